//! Two things at a time.

use core::mem;

use super::job::StackJob;
use super::pool::Pool;
use super::worker::Worker;

// ---- Join ---------------------------------------------------------------------------------------

/// A published job whose frame is about to go: it is taken back, or waited for.
struct Published<'a, F: FnOnce() -> R, R> {
    worker: &'a Worker,
    job: &'a StackJob<F, R>,
    at: isize,
}

impl<F: FnOnce() -> R, R> Published<'_, F, R> {
    /// True if it was taken back.
    #[inline(always)]
    fn take(&self) -> bool {
        let is_done = || self.job.latch().is_done();
        // SAFETY: T1 - by the thread that pushed it.
        unsafe { self.worker.take(self.at, self.job.as_job(), is_done) }
    }
}

impl<F: FnOnce() -> R, R> Drop for Published<'_, F, R> {
    /// The other work has panicked.
    #[inline(always)]
    fn drop(&mut self) {
        give_up(self.worker, self.job, self.at);
    }
}

/// Nobody wants the result any more. A second panic is dropped.
#[cold]
#[inline(never)]
fn give_up<F: FnOnce() -> R, R>(worker: &Worker, job: &StackJob<F, R>, at: isize) {
    let published = mem::ManuallyDrop::new(Published { worker, job, at });
    if published.take() {
        // SAFETY: T2 - taken back.
        drop(unsafe { job.take_work() });
    } else {
        // SAFETY: T3 - done.
        drop(unsafe { job.take_outcome() });
    }
}

/// `join` in a worker's thread.
#[inline(always)]
pub(super) fn join_in<A, B>(
    worker: &Worker,
    a: impl FnOnce() -> A,
    b: impl FnOnce() -> B,
) -> (A, B) {
    let job = StackJob::new(b, worker);
    // SAFETY: T1, T2 - this thread's worker; `Published` sees to it that the frame stays.
    let at = unsafe { worker.push(job.as_job()) };
    let published = Published { worker, job: &job, at };
    let a = a();
    let is_ours = published.take();
    mem::forget(published);
    if is_ours {
        // SAFETY: T2 - taken back.
        let b = unsafe { job.take_work() };
        return (a, b());
    }
    // SAFETY: T3 - done.
    (a, unsafe { job.into_result() })
}

// ---- Install ------------------------------------------------------------------------------------

/// Does the work in a worker of the pool, while this thread waits.
#[cold]
pub(super) fn install<R>(pool: &Pool, work: impl FnOnce() -> R) -> R {
    let job = StackJob::new(work, core::ptr::null());
    // SAFETY: T2, T8 - the frame waits.
    unsafe { pool.inject(job.as_job()) };
    job.latch().wait();
    // SAFETY: T3 - done.
    unsafe { job.into_result() }
}
