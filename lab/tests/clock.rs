//! The processor time of work whose threads still run when it ends. This test program is its own
//! worker: with an argument it is no test.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use diptych_lab::clock::Reading;
use diptych_lab::{Batch, Contestant, Tracked, Workload, worker};
use libtest_mimic::{Arguments, Trial};

/// What a thread besides uses in each call, at least: less than lies between two ticks.
const USED: u64 = 300_000;

/// Samples of each worker. A clock that knows ticks alone is right now and then.
const SAMPLES: usize = 40;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(WORKER) {
        return worker::serve(&[contestant()]);
    }
    let arguments = Arguments::from_args();
    let name = |worker: &str| format!("what_other_threads_use_is_counted_to_the_moment_{worker}");
    let ours = Trial::test(name("rust"), || {
        let this = std::env::current_exe().expect("a program knows itself");
        asks(Command::new(this).arg(WORKER));
        Ok(())
    });
    let theirs = Trial::test(name("cxx"), || {
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        asks(&mut Command::new(built(directory.path())));
        Ok(())
    });
    let present = Command::new("c++").arg("--version").output().is_ok();
    let tests = vec![ours, theirs.with_ignored_flag(!present)];
    libtest_mimic::run(&arguments, tests).exit_code()
}

const WORKER: &str = "--worker";

/// The same worker in C++.
fn built(directory: &Path) -> std::path::PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = directory.join("worker");
    let built = Command::new("c++")
        .args(["-std=c++20", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"])
        .args(["-pthread", "-I"])
        .arg(root.join("include"))
        .arg(root.join("tests/clock.cpp"))
        .arg("-o")
        .arg(&program)
        .output()
        .expect("present, as asked above");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    program
}

/// Takes samples of a worker.
fn asks(command: &mut Command) {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it can be started");
    let mut input = child.stdin.take().expect("it was asked for");
    let output = child.stdout.take().expect("it was asked for");
    let sample = "sample\t1\t1\n".repeat(SAMPLES);
    let commands = format!("hello\t1\nopen\tx\ttoy\tbusy\t1\n{sample}quit\n");
    input.write_all(commands.as_bytes()).expect("it listens");
    let answers: Vec<String> =
        BufReader::new(output).lines().map(|line| line.expect("it answers in text")).collect();
    assert!(child.wait().expect("it ends").success());
    let used: Vec<u64> = answers[2..]
        .iter()
        .map(|line| line.split('\t').nth(2).and_then(|ns| ns.parse().ok()).expect(line))
        .collect();
    assert_eq!(used.len(), SAMPLES);
    assert!(used.iter().all(|&ns| ns >= USED), "of {USED} each: {used:?}");
}

/// What the thread besides has used, by its own clock and as it says so.
static TOLD: AtomicU64 = AtomicU64::new(0);

/// Starts it, if it does not run yet. It does not stop.
fn busy() {
    static BUSY: OnceLock<thread::JoinHandle<()>> = OnceLock::new();
    BUSY.get_or_init(|| {
        thread::spawn(|| {
            loop {
                let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
                // SAFETY: L2 - `time` is valid for a write.
                unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
                let whole = u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000;
                TOLD.store(whole + u64::try_from(time.tv_nsec).unwrap_or(0), Ordering::Relaxed);
            }
        })
    });
}

/// What it says when `enough` of what it said before.
fn told(enough: impl Fn(u64) -> bool) -> u64 {
    loop {
        match TOLD.load(Ordering::Relaxed) {
            // Who waits uses nothing.
            said if !enough(said) => thread::sleep(Duration::from_micros(20)),
            said => return said,
        }
    }
}

/// Ends when the thread besides has used enough since it began, and goes on doing so.
struct Busy;

impl Batch for Busy {
    fn run(&mut self) -> u64 {
        busy();
        // What it says first may have been read before this began; what comes next was not.
        let first = told(|_| true);
        let second = told(|said| said != first);
        let begin = told(|said| said != second);
        told(|said| said >= begin + USED)
    }

    fn check(&mut self) -> u64 {
        0
    }
}

fn contestant() -> Contestant {
    // It is known before the first reading.
    busy();
    let _ = Reading::of_all_threads();
    Contestant {
        name: "x".into(),
        language: "rust".into(),
        compiler: "rustc".into(),
        flags: String::new(),
        baselines: Vec::new(),
        workloads: vec![Workload {
            component: "toy".into(),
            name: "busy".into(),
            n: 1,
            tracked: false,
            large: false,
            threads: 2,
            prepare: Box::new(|_, _, _| Box::new(Busy)),
        }],
        tracked: Tracked::default,
    }
}
