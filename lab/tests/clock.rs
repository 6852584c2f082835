//! The processor time of work whose threads still run when it ends. This test program is its own
//! worker: with an argument it is no test.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use diptych_lab::{Batch, Contestant, Tracked, Workload, worker};
use libtest_mimic::{Arguments, Trial};

/// Nanoseconds that a thread besides uses in each call, at least: less than lies between two ticks.
const USED: u64 = 300_000;

/// Steps that no processor does in less than a nanosecond: six operations that wait for each other.
const STEPS_PER_NANOSECOND: u64 = 1;

/// Steps between two looks at how far it has come.
const STRIDE: u64 = 1000;

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

/// How far the thread besides has come. Its own clock it must not ask: that brings its account up to
/// date.
static STEPS: AtomicU64 = AtomicU64::new(0);

/// Starts it on another processor than the caller, who stays where it is. It does not stop.
fn busy() {
    let [here, there] = processors();
    bind(here);
    thread::spawn(move || {
        bind(there);
        let mut word = 1_u64;
        loop {
            for _ in 0..STRIDE {
                word ^= word << 13;
                word ^= word >> 7;
                word ^= word << 17;
            }
            std::hint::black_box(word);
            STEPS.fetch_add(STRIDE, Ordering::Relaxed);
        }
    });
}

/// The first one that may be used, and the last.
fn processors() -> [usize; 2] {
    // SAFETY: L2 - a set of bits: all zero is the empty one.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: L2 - `set` is valid for a write.
    unsafe { libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &raw mut set) };
    // SAFETY: L2 - no number is beyond the set.
    let mut all = (0..1024).filter(|&number| unsafe { libc::CPU_ISSET(number, &set) });
    let first = all.next().unwrap_or(0);
    [first, all.next_back().unwrap_or(first)]
}

/// Has the caller run there and nowhere else.
fn bind(processor: usize) {
    // SAFETY: L2 - a set of bits: all zero is the empty one.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: L2 - no number is beyond the set.
    unsafe { libc::CPU_SET(processor, &mut set) };
    // SAFETY: L2 - `set` is valid for a read.
    unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set) };
}

/// Ends when the thread besides has come far enough since it began, and goes on doing so.
struct Busy;

impl Batch for Busy {
    fn run(&mut self) -> u64 {
        // The stride under way may have begun before.
        let begin = STEPS.load(Ordering::Relaxed) + STRIDE;
        while STEPS.load(Ordering::Relaxed) < begin + USED * STEPS_PER_NANOSECOND {
            // Who waits uses nothing.
            thread::sleep(Duration::from_micros(500));
        }
        0
    }

    fn check(&mut self) -> u64 {
        0
    }
}

fn contestant() -> Contestant {
    busy();
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
