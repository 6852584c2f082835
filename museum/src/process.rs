//! Foreign programs, some of them broken on purpose: each in a process group of its own, with an end
//! that it cannot put off.

use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// What is kept of each stream. The rest is read and dropped.
const KEPT: usize = 1 << 17;

/// How long what a process has left in its pipes may take to be read.
const DRAIN: Duration = Duration::from_secs(1);

/// What is to be run.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The program and its arguments.
    pub words: &'a [String],
    /// Where.
    pub folder: &'a Path,
    /// Variables beside those that all have.
    pub environment: &'a [(&'static str, String)],
    /// How long it may take.
    pub limit: Duration,
    /// How much address space it may have.
    pub memory: Option<u64>,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// By itself.
    Exit(i32),
    /// By a signal.
    Signal(i32),
    /// It had to be ended.
    Limit,
}

/// A process that is no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// How it ended.
    pub how: How,
    /// What it wrote to standard output.
    pub out: String,
    /// What it wrote to standard error.
    pub err: String,
    /// Processor time of it and its children, in milliseconds.
    pub cpu: u64,
}

/// Runs it to its end, or to its limit.
pub fn run(order: Order<'_>) -> io::Result<Ended> {
    let mut command = Command::new(&order.words[0]);
    command
        .args(&order.words[1..])
        .current_dir(order.folder)
        .env("LC_ALL", "C")
        .env("RUST_BACKTRACE", "0")
        .env_remove("LD_LIBRARY_PATH")
        .env_remove("LD_PRELOAD")
        .envs(order.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let memory = order.memory;
    // SAFETY: L5 - between fork and exec only system calls that are safe there are made.
    unsafe { command.pre_exec(move || confine(memory)) };
    let end = Instant::now() + order.limit;
    let mut child = command.spawn()?;
    let group = i32::try_from(child.id()).map_err(io::Error::other)?;
    let watch = Watch { group, reaped: false };
    let ended = open(group)?;
    let mut streams = [
        Stream::new(child.stdout.take().expect("piped above"))?,
        Stream::new(child.stderr.take().expect("piped above"))?,
    ];
    let mut late = false;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            late = true;
            break;
        }
        let ready = wait(&ended, &streams, left)?;
        streams.iter_mut().try_for_each(Stream::take)?;
        if ready {
            break;
        }
    }
    let (status, cpu) = watch.reap()?;
    let end = Instant::now() + DRAIN;
    while streams.iter().any(|stream| stream.source.is_some()) {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        wait(&ended, &streams, left)?;
        streams.iter_mut().try_for_each(Stream::take)?;
    }
    let how = if late {
        How::Limit
    } else if libc::WIFSIGNALED(status) {
        How::Signal(libc::WTERMSIG(status))
    } else {
        How::Exit(libc::WEXITSTATUS(status))
    };
    let [out, err] = streams.map(Stream::text);
    Ok(Ended { how, out, err, cpu })
}

/// A process group that ends with this.
struct Watch {
    group: i32,
    reaped: bool,
}

impl Watch {
    /// Ends what is left, and says how its first process ended and what all of it cost.
    fn reap(mut self) -> io::Result<(i32, u64)> {
        self.kill();
        self.reaped = true;
        let mut status = 0;
        // SAFETY: L2 - zero bytes are a valid `rusage`.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: L2 - both are valid for a write, and the child was not waited for before.
        while unsafe { libc::wait4(self.group, &raw mut status, 0, &raw mut usage) } < 0 {
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
        let time = |time: libc::timeval| time.tv_sec * 1000 + time.tv_usec / 1000;
        let cpu = time(usage.ru_utime) + time(usage.ru_stime);
        Ok((status, u64::try_from(cpu).unwrap_or(0)))
    }

    fn kill(&self) {
        // SAFETY: L6 - the child is not reaped yet, so the number of the group is still its own.
        unsafe { libc::kill(-self.group, libc::SIGKILL) };
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.reaped {
            self.kill();
        }
    }
}

/// Half of a pipe, and what came through it.
struct Stream {
    source: Option<Box<dyn Source>>,
    text: Vec<u8>,
}

trait Source: Read + AsRawFd {}
impl<T: Read + AsRawFd> Source for T {}

impl Stream {
    fn new(source: impl Source + 'static) -> io::Result<Self> {
        // SAFETY: L2 - a plain system call on a descriptor that is open.
        if unsafe { libc::fcntl(source.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) } < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { source: Some(Box::new(source)), text: Vec::new() })
    }

    /// Takes what there is.
    fn take(&mut self) -> io::Result<()> {
        let mut chunk = [0; 8192];
        while let Some(source) = &mut self.source {
            match source.read(&mut chunk) {
                Ok(0) => self.source = None,
                Ok(got) => {
                    let room = KEPT - self.text.len();
                    self.text.extend_from_slice(&chunk[..got.min(room)]);
                    // A program that never stops writing must not keep its clock from being read.
                    if got > room {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn text(self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }
}

/// Waits for the end of the process or for something to read; says whether it ended.
fn wait(ended: &OwnedFd, streams: &[Stream; 2], left: Duration) -> io::Result<bool> {
    let entry = |fd: RawFd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    let of = |stream: &Stream| stream.source.as_ref().map_or(-1, |source| source.as_raw_fd());
    let mut poll = [entry(ended.as_raw_fd()), entry(of(&streams[0])), entry(of(&streams[1]))];
    let slice = i32::try_from(left.as_millis()).unwrap_or(i32::MAX).max(1);
    // SAFETY: L2 - three valid entries.
    if unsafe { libc::poll(poll.as_mut_ptr(), 3, slice) } < 0 {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    Ok(poll[0].revents != 0)
}

/// A descriptor that becomes readable when the process ends.
fn open(process: i32) -> io::Result<OwnedFd> {
    // SAFETY: L2 - a plain system call.
    let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, process, 0) };
    let descriptor = RawFd::try_from(descriptor).map_err(io::Error::other)?;
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: L1 - the descriptor is open and nobody else has its number.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// Ties a child to its parent's life, and its memory to a limit.
fn confine(memory: Option<u64>) -> io::Result<()> {
    // SAFETY: L5 - a plain system call.
    if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } != 0 {
        return Err(io::Error::last_os_error());
    }
    limit(libc::RLIMIT_CORE, 0)?;
    memory.map_or(Ok(()), |bytes| limit(libc::RLIMIT_AS, bytes))
}

fn limit(what: libc::__rlimit_resource_t, most: u64) -> io::Result<()> {
    let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
    // SAFETY: L5 - `limit` is valid for a read.
    if unsafe { libc::setrlimit(what, &raw const limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(text: &str, milliseconds: u64) -> Ended {
        let words = ["/bin/sh", "-c", text].map(str::to_owned);
        run(Order {
            words: &words,
            folder: Path::new("/"),
            environment: &[("MUSEUM", "open".to_owned())],
            limit: Duration::from_millis(milliseconds),
            memory: Some(1 << 32),
        })
        .unwrap()
    }

    #[test]
    fn what_a_process_wrote_and_how_it_ended_is_known() {
        let ended = shell("echo $MUSEUM; echo no >&2; exit 3", 20_000);
        assert_eq!((ended.out.as_str(), ended.err.as_str()), ("open\n", "no\n"));
        assert_eq!(ended.how, How::Exit(3));
        assert_eq!(shell("kill -SEGV $$", 20_000).how, How::Signal(libc::SIGSEGV));
    }

    #[test]
    fn what_never_ends_is_ended_with_all_that_it_started() {
        let ended = shell("echo $$; sleep 1000 & wait", 300);
        assert_eq!(ended.how, How::Limit);
        let group: i32 = ended.out.trim().parse().unwrap();
        // SAFETY: L6 - signal 0 only asks.
        let gone = |()| unsafe { libc::kill(-group, 0) } != 0;
        // What was killed is reaped by somebody else, at some time.
        let end = Instant::now() + Duration::from_secs(20);
        while !gone(()) && Instant::now() < end {
            std::thread::yield_now();
        }
        assert!(gone(()));
    }

    #[test]
    fn a_flood_is_cut_and_does_not_put_off_the_end() {
        let ended = shell("yes", 300);
        assert_eq!((ended.how, ended.out.len()), (How::Limit, KEPT));
    }

    #[test]
    fn who_is_left_behind_with_the_pipe_in_hand_is_ended_too() {
        let begin = Instant::now();
        let ended = shell("sleep 1000 & echo done", 60_000);
        assert_eq!((ended.how, ended.out.as_str()), (How::Exit(0), "done\n"));
        assert!(begin.elapsed() < Duration::from_secs(60));
    }
}
