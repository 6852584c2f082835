//! The starter: a small process that starts whole programs, waits for them, and says what they
//! took. The coordinator does not do so itself: Linux counts the most memory that a process held
//! *before* it became the program (between fork and exec) to the program, and a coordinator is
//! larger than many of them. Programs stay in the starter's process group, and die with it.

use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::process::{Failure, Limits, Program, Under, Worker, memory_file};
use crate::workload::Digest;

/// The argument that makes a program with the coordinator in it the starter.
pub(crate) const ARGUMENT: &str = "--diptych-starter";

/// What is to be run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Job {
    /// The program and its arguments.
    pub(crate) words: Vec<String>,
    /// A file for its standard input; otherwise that is empty.
    pub(crate) input: Option<String>,
    /// Whether its output is read and digested; otherwise nobody gets it.
    pub(crate) read: bool,
    /// Whether symbols are looked up before it starts, as the environment says.
    pub(crate) bind: Option<String>,
}

/// What a run took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ran {
    /// From before the fork until it was reaped.
    pub(crate) wall_ns: u64,
    /// Of it and of all its descendants that it waited for.
    pub(crate) user_ns: u64,
    pub(crate) system_ns: u64,
    pub(crate) minor_faults: u64,
    pub(crate) major_faults: u64,
    /// Of the largest process of these.
    pub(crate) peak_rss_bytes: u64,
    /// As `wait` gives it.
    pub(crate) status: i32,
    /// Of its output, where that was read, and how long it was.
    pub(crate) digest: u64,
    pub(crate) output_bytes: u64,
    /// The last line on its standard error.
    pub(crate) last: String,
}

impl Ran {
    /// How it ended, unless well.
    pub(crate) fn failure(&self) -> Option<Failure> {
        (self.status != 0)
            .then(|| Failure::Died(ExitStatus::from_raw(self.status), self.last.clone()))
    }
}

/// The coordinator's side of a starter.
pub(crate) struct Starter(Worker);

impl Starter {
    /// Starts one. A run longer than `limit` is its end.
    pub(crate) fn new(limit: Duration) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(Failure::Start)?;
        // The program takes the place of a wrapper, and its argument that of the worker.
        let under = Under { wrapper: vec![program.into()], ..Under::default() };
        let starter = Program { path: PathBuf::from(ARGUMENT), own: false };
        let limits = Limits { answer: limit, life: Duration::from_secs(u32::MAX.into()) };
        Worker::start(&starter, &under, limits).map(Self)
    }

    /// Runs a program to its end.
    pub(crate) fn run(&mut self, job: &Job) -> Result<Ran, Failure> {
        let line = serde_json::to_string(job).map_err(|error| Failure::Pipe(error.into()))?;
        self.0.tell(&line)?;
        let answer = match self.0.receive() {
            Err(Failure::Refused(reason)) => return Err(Failure::Start(io::Error::other(reason))),
            Err(Failure::Silent(limit)) => return Err(Failure::Endless(limit)),
            answer => answer?.join("\t"),
        };
        serde_json::from_str(&answer).map_err(|_| Failure::Rubbish(answer))
    }
}

/// Serves the coordinator until it goes away.
pub(crate) fn serve() -> ExitCode {
    match listen() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("starter: {error}");
            ExitCode::FAILURE
        }
    }
}

fn listen() -> io::Result<()> {
    // One file for all: a program finds it empty.
    let mut errors = memory_file(c"diptych-program-errors")?;
    let mut answers = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let job: Job = serde_json::from_str(&line?)?;
        let answer = match run(&job, &mut errors) {
            Ok(ran) => format!("ok\t{}\n", serde_json::to_string(&ran)?),
            Err(error) => format!("error\t{error}\n"),
        };
        answers.write_all(answer.as_bytes())?;
        answers.flush()?;
    }
    Ok(())
}

fn run(job: &Job, errors: &mut File) -> io::Result<Ran> {
    let Some((program, arguments)) = job.words.split_first() else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    errors.set_len(0)?;
    errors.seek(SeekFrom::Start(0))?;
    let input = match &job.input {
        Some(path) => Stdio::from(File::open(path)?),
        None => Stdio::null(),
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(input)
        .stdout(if job.read { Stdio::piped() } else { Stdio::null() })
        .stderr(errors.try_clone()?);
    // Set for workers, not for programs.
    match &job.bind {
        Some(bind) => command.env("LD_BIND_NOW", bind),
        None => command.env_remove("LD_BIND_NOW"),
    };
    let parent = std::process::id();
    // SAFETY: L5 - between fork and exec only system calls that are safe there are made.
    unsafe { command.pre_exec(move || follow(parent)) };

    let begin = Instant::now();
    let mut child = command.spawn()?;
    let (digest, output_bytes) = match child.stdout.take() {
        Some(output) => read(output)?,
        None => (0, 0),
    };
    let (status, usage) = reap(&child)?;
    let wall = begin.elapsed();

    let time = |time: libc::timeval| {
        let micros = i128::from(time.tv_sec) * 1_000_000 + i128::from(time.tv_usec);
        u64::try_from(micros * 1000).unwrap_or(0)
    };
    let count = |count: libc::c_long| u64::try_from(count).unwrap_or(0);
    Ok(Ran {
        wall_ns: u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX),
        user_ns: time(usage.ru_utime),
        system_ns: time(usage.ru_stime),
        minor_faults: count(usage.ru_minflt),
        major_faults: count(usage.ru_majflt),
        peak_rss_bytes: count(usage.ru_maxrss) * 1024,
        status,
        digest,
        output_bytes,
        last: if status == 0 { String::new() } else { crate::process::last_error(errors) },
    })
}

/// In the child: it dies with its parent, the starter.
fn follow(parent: u32) -> io::Result<()> {
    // SAFETY: L5 - a plain system call.
    if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } != 0 {
        return Err(io::Error::last_os_error());
    }
    if std::os::unix::process::parent_id() != parent {
        return Err(io::Error::from_raw_os_error(libc::ESRCH));
    }
    Ok(())
}

fn read(mut output: impl Read) -> io::Result<(u64, u64)> {
    let mut digest = Digest::new();
    let (mut chunk, mut bytes) = ([0; 1 << 16], 0);
    loop {
        match output.read(&mut chunk) {
            Ok(0) => return Ok((digest.value(), bytes)),
            Ok(got) => {
                chunk[..got].iter().for_each(|&byte| digest.add(byte.into()));
                bytes += u64::try_from(got).unwrap_or(0);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Waits for the end of a child, which nobody else may do: its status and what it used.
fn reap(child: &Child) -> io::Result<(i32, libc::rusage)> {
    let id = libc::pid_t::try_from(child.id()).map_err(io::Error::other)?;
    let mut status = 0;
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    loop {
        // SAFETY: L2 - both are valid for a write.
        let waited = unsafe { libc::wait4(id, &raw mut status, 0, usage.as_mut_ptr()) };
        if waited == id {
            break;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    // SAFETY: L2 - zero bytes are a valid `rusage`, and the call wrote one.
    Ok((status, unsafe { usage.assume_init() }))
}
