//! Two things at a time.

use core::{mem, ptr};
use std::panic::resume_unwind;

use super::job::StackJob;
use super::pool::Pool;
use super::task::Priority;
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
    let job = StackJob::new(b, worker, false);
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
    (a, unsafe { job.take_result() })
}

// ---- Install ------------------------------------------------------------------------------------

/// Does the work in a worker of the pool, while this thread waits; or does what else there is, if it
/// is a worker of another pool.
#[cold]
pub(super) fn install<R>(pool: &Pool, work: impl FnOnce(&Worker) -> R) -> R {
    let current = Worker::current();
    if let Some(worker) = current.filter(|worker| ptr::eq(worker.pool(), pool)) {
        return work(worker);
    }
    let in_worker = || work(Worker::current().expect("executed by a worker"));
    let job = StackJob::new(in_worker, current.map_or(ptr::null(), ptr::from_ref), true);
    // SAFETY: T2, T8 - the frame waits.
    unsafe { pool.inject(job.as_job(), Priority::Normal) };
    wait(current, &[&job]);
    // SAFETY: T3 - done.
    unsafe { job.take_result() }
}

/// Does the work once in each worker of the pool, and answers what came of it, in their order. If
/// some panic, the first panic goes on.
pub(super) fn broadcast<R>(pool: &Pool, work: impl Fn(usize) -> R) -> Vec<R> {
    let current = Worker::current();
    let waiter = current.map_or(ptr::null(), ptr::from_ref);
    let is_foreign = current.is_none_or(|worker| !ptr::eq(worker.pool(), pool));
    let work = &work;
    let jobs = (0..pool.workers().len())
        .map(|index| StackJob::new(move || work(index), waiter, is_foreign));
    let jobs: Vec<_> = jobs.collect();
    for (worker, job) in pool.workers().iter().zip(&jobs) {
        // SAFETY: T2, T8 - the frame waits.
        unsafe { worker.mail.push(job.as_job()) };
        worker.notify(); // E9
    }
    wait(current, &jobs.iter().collect::<Vec<_>>());
    // SAFETY: T3 - done.
    let outcomes: Vec<_> = jobs.iter().map(|job| unsafe { job.take_outcome() }).collect();
    outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap_or_else(|panic| resume_unwind(panic)))
        .collect()
}

/// Until all are done.
fn wait<F: FnOnce() -> R, R>(current: Option<&Worker>, jobs: &[&StackJob<F, R>]) {
    for job in jobs {
        match current {
            Some(worker) => worker.work_until(|| job.latch().is_done()),
            None => job.latch().wait(),
        }
    }
}
