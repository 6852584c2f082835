//! Worker processes: started afresh, watched at every answer, and never left behind.

use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command as Process, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::design::{Policy, Scheduling};
use crate::interrupt;
use crate::processor;
use crate::protocol::{Command, Sample, VERSION, WORKER_ARGUMENT, whole};
use crate::scheduling;

/// The longest line of an answer.
const LONGEST: usize = 1 << 16;

/// An executable that can be a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    /// Holds the coordinator too, and needs to be told that it is a worker.
    pub(crate) own: bool,
}

/// How long a worker may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// For one answer.
    pub(crate) answer: Duration,
    /// For its whole life: the kernel ends it then, whatever the coordinator does.
    pub(crate) life: Duration,
}

/// What a worker is started under.
#[derive(Clone, Debug, Default)]
pub(crate) struct Under {
    /// A program with arguments that is given the worker to run: valgrind.
    pub(crate) wrapper: Vec<OsString>,
    /// A library that is loaded before all others: the heap counter.
    pub(crate) preload: Option<PathBuf>,
    /// Variables that only it sees.
    pub(crate) environment: Vec<(&'static str, OsString)>,
    /// What the allocator is told.
    pub(crate) policy: Policy,
    pub(crate) scheduling: Scheduling,
}

/// Why a worker is of no more use. One line each.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The process could not be started.
    Start(io::Error),
    /// No answer in time.
    Silent(Duration),
    /// The process ended: how, and the last line it left on standard error.
    Died(ExitStatus, String),
    /// It lives, but nothing more can come.
    Closed,
    /// Not an answer of the protocol.
    Rubbish(String),
    /// It speaks another version, or refuses ours.
    Version(String),
    /// It said why not.
    Refused(String),
    /// It did other work than the rest.
    Digest(String),
    /// It claims a longer run than the time between command and answer.
    Clock { claimed: Duration, elapsed: Duration },
    /// It answered `warm` without having warmed up.
    Cold(String),
    /// A whole program did not end in time.
    Endless(Duration),
    /// A whole program did not tell the figure that it is measured by.
    Untold(String),
    /// What goes before each run of a whole program failed.
    Prepare(String),
    /// The pipe failed.
    Pipe(io::Error),
    /// The user wants the run to end.
    Interrupted,
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(error) => write!(f, "cannot be started: {error}"),
            Self::Silent(time) => write!(f, "gave no answer within {} s", time.as_secs_f64()),
            Self::Died(status, last) => {
                match (status.code(), status.signal()) {
                    (Some(code), _) => write!(f, "ended with exit status {code}")?,
                    (_, Some(signal)) => write!(f, "was killed by signal {signal}")?,
                    _ => f.write_str("ended")?,
                }
                if last.is_empty() { Ok(()) } else { write!(f, ": {last}") }
            }
            Self::Closed => f.write_str("closed its output without an answer"),
            Self::Rubbish(line) => write!(f, "answered rubbish: {}", shown(line)),
            Self::Version(line) => {
                write!(f, "does not speak version {VERSION} of the protocol: {}", shown(line))
            }
            Self::Refused(reason) => write!(f, "refused: {}", shown(reason)),
            Self::Digest(story) => write!(f, "did other work: {story}"),
            Self::Clock { claimed, elapsed } => {
                write!(f, "claims a run of {claimed:?} in a sample that took {elapsed:?} in all")
            }
            Self::Cold(story) => write!(f, "did not warm up: {story}"),
            Self::Endless(time) => write!(f, "did not end within {} s", time.as_secs_f64()),
            Self::Untold(form) => write!(f, "wrote no number as in \"{form}\""),
            Self::Prepare(story) => write!(f, "was not run: --prepare {story}"),
            Self::Pipe(error) => write!(f, "cannot be talked to: {error}"),
            Self::Interrupted => f.write_str("was stopped with the run"),
        }
    }
}

/// A foreign line, fit for a terminal.
fn shown(line: &str) -> String {
    let mut short: String =
        line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(100).collect();
    if line.chars().nth(100).is_some() {
        short.push_str("...");
    }
    format!("\"{short}\"")
}

/// A living worker. Dropping it kills its whole process group and reaps it.
pub(crate) struct Worker {
    child: Child,
    commands: ChildStdin,
    answers: ChildStdout,
    errors: File,
    pending: Vec<u8>,
    /// When the latest command was sent.
    sent: Instant,
    limit: Duration,
    reaped: bool,
}

impl Worker {
    /// Starts a process without waiting for it.
    pub(crate) fn start(program: &Program, under: &Under, limits: Limits) -> Result<Self, Failure> {
        let errors = memory_file(c"diptych-worker-errors").map_err(Failure::Start)?;
        let mut line = under.wrapper.clone();
        line.push(program.path.clone().into());
        if program.own {
            line.push(WORKER_ARGUMENT.into());
        }
        let mut process = Process::new(&line[0]);
        process
            .args(&line[1..])
            // No symbol is looked up inside a measured run.
            .env("LD_BIND_NOW", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors.try_clone().map_err(Failure::Start)?)
            .envs(under.policy.variables().iter().copied());
        if let Some(library) = &under.preload {
            process.env("LD_PRELOAD", library);
        }
        for (name, value) in &under.environment {
            process.env(name, value);
        }
        let life = u32::try_from(limits.life.as_secs()).unwrap_or(u32::MAX).max(1);
        let parent = std::process::id();
        let calm = scheduling::Prepared::new(under.scheduling);
        // SAFETY: L5 - between fork and exec only system calls that are safe there are made.
        unsafe { process.pre_exec(move || leash(parent, life).and_then(|()| calm.apply())) };
        let mut child = process.spawn().map_err(Failure::Start)?;
        let (commands, answers) = (child.stdin.take(), child.stdout.take());
        Ok(Self {
            child,
            commands: commands.expect("piped above"),
            answers: answers.expect("piped above"),
            errors,
            pending: Vec::new(),
            sent: Instant::now(),
            limit: limits.answer,
            reaped: false,
        })
    }

    /// The process that was started.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Binds its main thread, and those that this one starts from now on.
    pub(crate) fn bind(&self, to: &libc::cpu_set_t) -> io::Result<()> {
        processor::bind(self.id(), to)
    }

    /// Sends a command without waiting for its answer.
    pub(crate) fn send(&mut self, command: &Command) -> Result<(), Failure> {
        self.tell(&command.to_string())
    }

    /// Sends a line.
    pub(crate) fn tell(&mut self, line: &str) -> Result<(), Failure> {
        self.sent = Instant::now();
        match self.commands.write_all(format!("{line}\n").as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(self.gone()),
            other => other.map_err(Failure::Pipe),
        }
    }

    /// The fields of the answer to the last command, after `ok`.
    pub(crate) fn receive(&mut self) -> Result<Vec<String>, Failure> {
        let line = self.line()?;
        accept(&line)?.ok_or(Failure::Rubbish(line))
    }

    /// One command, one answer.
    pub(crate) fn ask(&mut self, command: &Command) -> Result<Vec<String>, Failure> {
        self.send(command)?;
        self.receive()
    }

    /// Takes one sample. What the worker measured must fit between command and answer; that it
    /// measured too little cannot be seen from outside, because preparing takes time as well.
    pub(crate) fn sample(&mut self, seed: u64, calls: u64) -> Result<Sample, Failure> {
        self.send(&Command::Sample { seed, calls })?;
        self.taken()
    }

    /// The sample that the latest command asked for.
    pub(crate) fn taken(&mut self) -> Result<Sample, Failure> {
        let answer = self.receive()?;
        let elapsed = self.sent.elapsed();
        let sample = Sample::read(&answer).ok_or_else(|| Failure::Rubbish(answer.join("\t")))?;
        fits(Duration::from_nanos(sample.wall_ns), elapsed)?;
        Ok(sample)
    }

    /// Waits for the answer to `warm`, the latest command: after that time, with some work done.
    pub(crate) fn warmed(&mut self, asked: Duration) -> Result<(), Failure> {
        let answer = self.receive()?;
        let elapsed = self.sent.elapsed();
        let batches: Option<u64> = match &answer[..] {
            [batches] => whole(batches),
            _ => None,
        };
        warm_enough(batches.ok_or_else(|| Failure::Rubbish(answer.join("\t")))?, elapsed, asked)
    }

    /// Waits for the answer to `hello`.
    pub(crate) fn greeted(&mut self) -> Result<(), Failure> {
        let line = self.line()?;
        if line == format!("ok\tdiptych-worker\t{VERSION}") {
            Ok(())
        } else if line.starts_with("error\t") || line.starts_with("ok\tdiptych-worker\t") {
            Err(Failure::Version(line))
        } else {
            Err(Failure::Rubbish(line))
        }
    }

    /// All lines of an answer that has several: those before `ok`, in fields.
    pub(crate) fn ask_list(&mut self, command: &Command) -> Result<Vec<Vec<String>>, Failure> {
        self.send(command)?;
        let mut lines = Vec::new();
        loop {
            let line = self.line()?;
            match accept(&line)? {
                Some(_) => return Ok(lines),
                None => lines.push(line.split('\t').map(str::to_owned).collect()),
            }
        }
    }

    /// The next line, before the watchdog's time is over.
    fn line(&mut self) -> Result<String, Failure> {
        let end = Instant::now() + self.limit;
        loop {
            if let Some(at) = self.pending.iter().position(|&byte| byte == b'\n') {
                let rest = self.pending.split_off(at + 1);
                let mut line = std::mem::replace(&mut self.pending, rest);
                line.truncate(at);
                return Ok(String::from_utf8_lossy(&line).into_owned());
            }
            if self.pending.len() > LONGEST {
                let start = String::from_utf8_lossy(&self.pending[..100]).into_owned();
                return Err(Failure::Rubbish(start));
            }
            self.wait(end)?;
            let mut chunk = [0; 4096];
            match self.answers.read(&mut chunk) {
                Ok(0) => return Err(self.gone()),
                Ok(got) => self.pending.extend_from_slice(&chunk[..got]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::Pipe(error)),
            }
        }
    }

    /// Waits until there is something to read.
    fn wait(&self, end: Instant) -> Result<(), Failure> {
        loop {
            if interrupt::asked() {
                return Err(Failure::Interrupted);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Failure::Silent(self.limit));
            }
            // Woken now and then: an interrupt may come just before the wait.
            let slice = i32::try_from(left.as_millis()).unwrap_or(i32::MAX).clamp(1, 200);
            let mut poll =
                libc::pollfd { fd: self.answers.as_raw_fd(), events: libc::POLLIN, revents: 0 };
            // SAFETY: L2 - `poll` is one valid entry.
            if unsafe { libc::poll(&raw mut poll, 1, slice) } > 0 {
                return Ok(());
            }
        }
    }

    /// Why the pipe is closed.
    fn gone(&mut self) -> Failure {
        // The pipe closes a moment before the process can be reaped.
        let end = Instant::now() + Duration::from_millis(500);
        while Instant::now() < end {
            if interrupt::asked() {
                return Failure::Interrupted;
            }
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    self.reaped = true;
                    return Failure::Died(status, last_error(&mut self.errors));
                }
                Ok(None) => std::thread::sleep(Duration::from_millis(2)),
                Err(error) => return Failure::Pipe(error),
            }
        }
        Failure::Closed
    }
}

/// The line of standard error that says most: a panic's message, or else the last one.
pub(crate) fn last_error(errors: &mut File) -> String {
    let mut text = Vec::new();
    let length = errors.seek(SeekFrom::End(0)).unwrap_or(0);
    if errors.seek(SeekFrom::Start(length.saturating_sub(8192))).is_ok() {
        // What cannot be read is no worse than nothing written.
        let _ = Read::by_ref(errors).take(8192).read_to_end(&mut text);
    }
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let panic = lines.clone().skip_while(|line| !line.contains("panicked at")).nth(1);
    panic.or_else(|| lines.next_back()).map(|line| shown(telling(line))).unwrap_or_default()
}

/// What a loader says stands behind the paths of the program and of a library.
fn telling(line: &str) -> &str {
    let at = ["undefined symbol: ", "error while loading shared libraries: "]
        .into_iter()
        .find_map(|words| line.find(words));
    &line[at.unwrap_or(0)..]
}

impl Drop for Worker {
    fn drop(&mut self) {
        if self.reaped {
            return;
        }
        if let Ok(group) = i32::try_from(self.child.id()) {
            // SAFETY: L6 - the child is not reaped before this, so the group's number is still its
            // own; a worker under a wrapper and its forks are in it.
            unsafe { libc::kill(-group, libc::SIGKILL) };
        }
        // A child that is already reaped cannot be killed: nothing is left to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a run of `claimed` may have been part of what took `elapsed` in all.
fn fits(claimed: Duration, elapsed: Duration) -> Result<(), Failure> {
    if claimed > elapsed + tolerance(elapsed) {
        return Err(Failure::Clock { claimed, elapsed });
    }
    Ok(())
}

/// Whether so many batches within `elapsed` are the warm-up of `asked`.
fn warm_enough(batches: u64, elapsed: Duration, asked: Duration) -> Result<(), Failure> {
    if batches == 0 {
        return Err(Failure::Cold("not one batch was run".into()));
    }
    if elapsed + tolerance(elapsed) < asked {
        let story = format!("the answer came after {elapsed:?}, {asked:?} were asked for");
        return Err(Failure::Cold(story));
    }
    Ok(())
}

/// What two honest clocks may differ by: one of them may be slewed, by at most 500 ppm.
fn tolerance(elapsed: Duration) -> Duration {
    elapsed / 1000 + Duration::from_micros(1)
}

/// `Some` fields after `ok`, `None` for a line that is neither `ok` nor `error`.
fn accept(line: &str) -> Result<Option<Vec<String>>, Failure> {
    let mut fields = line.split('\t').map(str::to_owned);
    match fields.next().as_deref() {
        Some("ok") => Ok(Some(fields.collect())),
        Some("error") => Err(Failure::Refused(fields.collect::<Vec<_>>().join(" "))),
        _ => Ok(None),
    }
}

/// Ties a child to its parent's life and to a limit of its own.
fn leash(parent: u32, life: u32) -> io::Result<()> {
    // SAFETY: L5 - a plain system call.
    if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // The parent may have died before the call above.
    if std::os::unix::process::parent_id() != parent {
        return Err(io::Error::from_raw_os_error(libc::ESRCH));
    }
    // SAFETY: L5 - a plain system call. The alarm outlives exec and its default action kills.
    unsafe { libc::alarm(life) };
    Ok(())
}

/// A file that lives in memory and is closed on exec.
pub(crate) fn memory_file(name: &std::ffi::CStr) -> io::Result<File> {
    memory_file_with(name, 0)
}

/// The same for a program, where the kernel lets one run from memory.
pub(crate) fn memory_program(name: &std::ffi::CStr) -> io::Result<File> {
    // Kernels before 6.3 do not know the flag, and let every such file run.
    memory_file_with(name, libc::MFD_EXEC).or_else(|_| memory_file(name))
}

fn memory_file_with(name: &std::ffi::CStr, flags: libc::c_uint) -> io::Result<File> {
    // SAFETY: L3 - the name ends in a zero byte.
    let descriptor = unsafe { libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC | flags) };
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: L1 - the descriptor is open and nobody else has its number.
    Ok(unsafe { File::from_raw_fd(descriptor) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    #[test]
    fn a_run_fits_the_time_it_was_part_of_and_no_longer_one() {
        for claimed in [Duration::ZERO, MILLISECOND, MILLISECOND + Duration::from_nanos(1900)] {
            assert!(fits(claimed, MILLISECOND).is_ok(), "{claimed:?}");
        }
        for claimed in [MILLISECOND + Duration::from_micros(3), Duration::MAX] {
            let failure = fits(claimed, MILLISECOND).expect_err("it is longer");
            assert!(failure.to_string().starts_with("claims a run of "), "{failure}");
        }
    }

    #[test]
    fn a_warm_up_has_a_batch_and_takes_its_time() {
        assert!(warm_enough(1, 30 * MILLISECOND, 30 * MILLISECOND).is_ok());
        assert!(warm_enough(1, Duration::ZERO, Duration::ZERO).is_ok());
        assert!(warm_enough(0, 30 * MILLISECOND, 30 * MILLISECOND).is_err());
        let early = warm_enough(9, 29 * MILLISECOND, 30 * MILLISECOND).expect_err("it is early");
        let words = "did not warm up: the answer came after 29ms, 30ms were asked for";
        assert_eq!(early.to_string(), words);
    }
}
