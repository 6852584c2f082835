//! Thread pools of a process that is forbidden `membarrier`: before it makes one, or behind its back.
//!
//! Each case is a process of its own: this program once more, with a filter of system calls. The
//! C++ twin has the same cases in `cpp/tests/thread_pool_fences_test.cpp`.

use std::env;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::time::Duration;

use diptych::thread_pool::{Builder, Fences, ThreadPool, join};

use super::tools::{Outcome, outcome};

const CASE: &str = "DIPTYCH_TEST_FENCES";

#[test]
fn where_membarrier_fails_pools_have_real_fences_and_work() {
    for case in ["ENOSYS", "EPERM", "made anew"] {
        let Outcome { status, out, err } = run(case);
        assert!(status.is_some_and(|status| status.success()), "{case}: {out}\n{err}");
    }
}

#[test]
fn a_pool_that_loses_membarrier_ends_the_process_and_says_why() {
    let Outcome { status, out, err } = run("lost");
    if out.contains("none here") {
        println!("not run: this kernel has no membarrier");
        return;
    }
    assert_eq!(status.and_then(|status| status.signal()), Some(libc::SIGABRT), "{out}\n{err}");
    assert!(err.contains("membarrier was forbidden after a thread pool had been made"), "{err}");
}

/// This program, with one of the cases below.
fn run(case: &str) -> Outcome {
    let mut command = Command::new(env::current_exe().expect("it runs"));
    command.args(["fences::in_a_process_of_its_own", "--exact", "--nocapture"]).env(CASE, case);
    outcome(&mut command, Duration::from_secs(60), |child| child.kill().expect("it is ours"))
}

#[test]
fn in_a_process_of_its_own() {
    let has_asymmetric = || ThreadPool::new(1).fences() == Fences::Asymmetric;
    match env::var(CASE).as_deref() {
        Ok("ENOSYS") => {
            forbid(libc::ENOSYS);
            works();
        }
        Ok("EPERM") => {
            forbid(libc::EPERM);
            works();
        }
        Ok("made anew") => {
            has_asymmetric(); // and is gone again
            forbid(libc::ENOSYS);
            works();
        }
        Ok("lost") if !has_asymmetric() => println!("none here"),
        Ok("lost") => {
            let pool = ThreadPool::new(2);
            assert_eq!(pool.install(|| fib(10)), 55);
            forbid(libc::ENOSYS);
            // Before one of them sleeps it wants a heavy fence.
            loop {
                pool.install(|| fib(10));
            }
        }
        _ => {} // nobody has asked for one
    }
}

fn works() {
    let wishes = [Some(Fences::Asymmetric), Some(Fences::Symmetric), None];
    for (wish, threads) in wishes.into_iter().flat_map(|wish| [(wish, 1), (wish, 2), (wish, 4)]) {
        let builder = Builder::new().threads(threads);
        let builder = if let Some(wish) = wish { builder.fences(wish) } else { builder };
        let pool = builder.build().expect("threads can be had");
        assert_eq!(pool.fences(), Fences::Symmetric);
        for _ in 0..20 {
            assert_eq!(pool.install(|| fib(15)), 610);
            let tasks: Vec<_> = (0..100_u64).map(|n| pool.submit(move || n * n)).collect();
            assert_eq!(tasks.into_iter().map(|task| task.join()).sum::<u64>(), 328_350);
            pool.wait_idle();
        }
    }
}

fn fib(n: u32) -> u64 {
    if n < 2 {
        return n.into();
    }
    let (a, b) = join(|| fib(n - 1), || fib(n - 2));
    a + b
}

/// From now on `membarrier` fails with this error, in all threads of the process.
fn forbid(error: libc::c_int) {
    // Looks at the call's number and at nothing else.
    const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const IS: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const ANSWER: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let line = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let mut lines = [
        line(LOAD, 0, 0, 0),
        line(IS, 0, 1, libc::SYS_membarrier as u32),
        line(ANSWER, 0, 0, libc::SECCOMP_RET_ERRNO | error.cast_unsigned()),
        line(ANSWER, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: 4, filter: lines.as_mut_ptr() };
    // SAFETY: T9 - numbers.
    let gave_up = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(gave_up, 0);
    let (mode, of_all) = (libc::SECCOMP_SET_MODE_FILTER, libc::SECCOMP_FILTER_FLAG_TSYNC);
    // SAFETY: T9 - the program and its lines are alive, and the kernel only reads them.
    let filtered = unsafe { libc::syscall(libc::SYS_seccomp, mode, of_all, &raw const program) };
    assert_eq!(filtered, 0, "{}", std::io::Error::last_os_error());
    // SAFETY: T9 - numbers.
    let answer = unsafe { libc::syscall(libc::SYS_membarrier, 0, 0, 0) };
    let failed = std::io::Error::last_os_error().raw_os_error();
    assert_eq!((answer, failed), (-1, Some(error)), "the filter is in force");
}
