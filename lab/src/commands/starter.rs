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

/// So much of the end of an output is looked at for what it tells.
const TOLD: usize = 1 << 20;

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
    /// Where it runs; otherwise where the starter does.
    pub(crate) directory: Option<String>,
    /// Variables that are set, or taken away, for it alone.
    pub(crate) environment: Vec<(String, Option<String>)>,
    /// Its output tells a figure, with these words before and behind it.
    pub(crate) figure: Option<(String, String)>,
    /// Whether its output has this in it is asked.
    pub(crate) mention: Option<String>,
}

/// What a run took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// What a job's `figure` was, the last time that its output told it.
    pub(crate) figure: Option<f64>,
    /// Whether the output has a job's `mention` in it.
    pub(crate) mentioned: bool,
    /// The line of its standard error that says most, unless all went well.
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

/// `CLOSE_RANGE_CLOEXEC`.
const CLOSE_ON_EXEC: libc::c_uint = 4;

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
    let asked = job.figure.is_some() || job.mention.is_some();
    command
        .args(arguments)
        .stdin(input)
        .stdout(if job.read || asked { Stdio::piped() } else { Stdio::null() })
        .stderr(errors.try_clone()?);
    // Set for workers, not for programs.
    match &job.bind {
        Some(bind) => command.env("LD_BIND_NOW", bind),
        None => command.env_remove("LD_BIND_NOW"),
    };
    if let Some(directory) = &job.directory {
        command.current_dir(directory);
    }
    for (name, value) in &job.environment {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let parent = std::process::id();
    // SAFETY: L5 - between fork and exec only system calls that are safe there are made.
    unsafe { command.pre_exec(move || follow(parent)) };

    let begin = Instant::now();
    let mut child = command.spawn()?;
    let mut told = Vec::new();
    let (digest, output_bytes) = match child.stdout.take() {
        Some(output) => read(output, asked.then_some(&mut told))?,
        None => (0, 0),
    };
    let (status, usage) = reap(&child)?;
    let wall = begin.elapsed();

    let time = |time: libc::timeval| {
        let micros = i128::from(time.tv_sec) * 1_000_000 + i128::from(time.tv_usec);
        u64::try_from(micros * 1000).unwrap_or(0)
    };
    let count = |count: libc::c_long| u64::try_from(count).unwrap_or(0);
    let told = String::from_utf8_lossy(&told);
    let figure = job.figure.as_ref().and_then(|(before, behind)| figure(&told, before, behind));
    let mentioned = job.mention.as_ref().is_some_and(|words| told.contains(words));
    let well = status == 0 && mentioned == job.mention.is_some();
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
        figure,
        mentioned,
        last: if well { String::new() } else { crate::process::last_error(errors) },
    })
}

/// In the child: it dies with its parent, the starter, and gets no descriptor of others.
fn follow(parent: u32) -> io::Result<()> {
    // A kernel that does not know the call leaves a program what its starter was left.
    // SAFETY: L5 - a plain system call; what the standard library needs until exec stays open.
    unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, CLOSE_ON_EXEC) };
    // SAFETY: L5 - a plain system call.
    if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } != 0 {
        return Err(io::Error::last_os_error());
    }
    if std::os::unix::process::parent_id() != parent {
        return Err(io::Error::from_raw_os_error(libc::ESRCH));
    }
    Ok(())
}

/// The last number with these words before and behind it. Blanks between do not count.
fn figure(told: &str, before: &str, behind: &str) -> Option<f64> {
    let digit = |c: char| c.is_ascii_digit();
    let end = |text: &str| text.find(|c: char| !digit(c) && c != '.').unwrap_or(text.len());
    let starts = told.match_indices(digit).map(|(at, _)| at);
    let starts = starts.filter(|&at| !told[..at].ends_with(|c: char| digit(c) || c == '.'));
    let mut fits = starts.filter_map(|at| {
        let number = &told[at..][..end(&told[at..])];
        let number_end = at + number.len();
        let fits = told[..at].trim_end().ends_with(before.trim())
            && told[number_end..].trim_start().starts_with(behind.trim());
        fits.then(|| number.trim_end_matches('.').parse().ok()).flatten()
    });
    fits.next_back()
}

/// Reads and digests all of it; keeps the end of it where that is wanted.
fn read(mut output: impl Read, mut kept: Option<&mut Vec<u8>>) -> io::Result<(u64, u64)> {
    let mut digest = Digest::new();
    let (mut chunk, mut bytes) = ([0; 1 << 16], 0);
    loop {
        match output.read(&mut chunk) {
            Ok(0) => return Ok((digest.value(), bytes)),
            Ok(got) => {
                chunk[..got].iter().for_each(|&byte| digest.add(byte.into()));
                bytes += u64::try_from(got).unwrap_or(0);
                if let Some(kept) = &mut kept {
                    kept.extend_from_slice(&chunk[..got]);
                    let more = kept.len().saturating_sub(TOLD);
                    kept.drain(..more);
                }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_the_last_number_between_its_words() {
        let told =
            "Throughput = 12.5 operations per second, 3 threads\n1.5e3 x; Throughput =  7.\n";
        assert_eq!(figure(told, "Throughput =", ""), Some(7.0));
        assert_eq!(figure(told, "Throughput = ", "operations"), Some(12.5));
        assert_eq!(figure(told, "", "threads"), Some(3.0));
        assert_eq!(figure(told, "Latency =", ""), None);
        assert_eq!(figure("", "", ""), None);
    }

    #[test]
    fn the_end_of_a_long_output_is_kept() {
        let long: Vec<u8> = (0..3 * TOLD).map(|at| (at / 1000 % 251) as u8).collect();
        let mut kept = Vec::new();
        let (digest, bytes) = read(&long[..], Some(&mut kept)).expect("memory is read");
        assert_eq!((bytes, kept == long[long.len() - TOLD..]), (3 * TOLD as u64, true));
        assert_eq!(read(&long[..], None).expect("memory is read"), (digest, bytes));
    }
}
