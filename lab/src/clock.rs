//! The processor time of this process, of all its threads together and to the moment.
//!
//! The kernel adds to a thread's account when the thread leaves its processor and at the ticks of
//! that processor, a millisecond apart or four or ten. The clock of the process is the sum of the
//! accounts, of which it brings the caller's alone up to date: what threads on other processors
//! have used since their last tick is not in it, and is in it all at once a moment later. Asked for
//! the clock of one thread, though, the kernel brings that thread's account up to date wherever it
//! runs. So each thread is asked first, and then the process, which knows ended threads too.
//!
//! `diptych/lab/clock.hpp` is the same thing.

use std::fs;

/// One reading. It takes time itself, for which no work shall pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Nanoseconds until the reading began.
    begun: u64,
    /// The same until it was made.
    ended: u64,
}

impl Reading {
    /// Of a process whose other threads run meanwhile, perhaps.
    pub fn of_all_threads() -> Self {
        let begin = read(libc::CLOCK_THREAD_CPUTIME_ID);
        bring_up_to_date();
        let own = read(libc::CLOCK_THREAD_CPUTIME_ID).saturating_sub(begin);
        let ended = read(libc::CLOCK_PROCESS_CPUTIME_ID);
        Self { begun: ended.saturating_sub(own), ended }
    }

    /// Of a process whose other threads sleep, which is a system call and nothing else.
    pub fn of_one_thread() -> Self {
        let now = read(libc::CLOCK_PROCESS_CPUTIME_ID);
        Self { begun: now, ended: now }
    }

    /// Nanoseconds that the process has used since `before`, without those of the readings.
    pub fn since(self, before: Self) -> u64 {
        self.begun.saturating_sub(before.ended)
    }
}

/// Has the kernel bring the accounts of all threads up to date. Where it does not say which there
/// are, they stay as they are.
fn bring_up_to_date() {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    for task in tasks {
        // One that has ended meanwhile has no clock, and needs none.
        if let Some(thread) = task.file_name().to_str().and_then(|name| name.parse().ok()) {
            read(clock_of(thread));
        }
    }
}

/// The clock of a thread by its number, as the kernel and the C library make it: a clock that
/// counts (2), of a thread (4), whose number is the complement of what is above these bits.
const fn clock_of(thread: libc::pid_t) -> libc::clockid_t {
    (!thread << 3) | 4 | 2
}

/// What a clock says, in nanoseconds; 0 if there is none.
fn read(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: L2 - `time` is valid for a write.
    let failed = unsafe { libc::clock_gettime(clock, &raw mut time) };
    let whole = u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000;
    if failed == 0 { whole + u64::try_from(time.tv_nsec).unwrap_or(0) } else { 0 }
}
