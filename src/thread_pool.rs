//! Threads that share work: two things at a time, many, or some for later.
//!
//! ```
//! use diptych::thread_pool;
//!
//! fn sum(numbers: &[u64]) -> u64 {
//!     if numbers.len() < 1000 {
//!         return numbers.iter().sum();
//!     }
//!     let (left, right) = numbers.split_at(numbers.len() / 2);
//!     let (left, right) = thread_pool::join(|| sum(left), || sum(right));
//!     left + right
//! }
//!
//! let numbers: Vec<u64> = (0..100_000).collect();
//! assert_eq!(sum(&numbers), 4_999_950_000);
//! ```
//!
//! # Memory
//! ```text
//!   Pool                          Worker (one per thread)
//!  +---------------------------+ +----------------------------------------------------+
//!  | control: asleep, searching|-| deque: jobs, oldest stolen first, youngest taken   |
//!  | injectors, by priority    | | park: where it sleeps                              |
//!  | workers                   | | mail: jobs for this one                            |
//!  +---------------------------+ +----------------------------------------------------+
//!        jobs lie in the frames of those who wait for them, or in blocks of 64 bytes
//! ```
//! A worker publishes what somebody else may do and goes on; if nobody came for it, it does that,
//! too. Publishing and taking back are a store and a load each: the fence between them is paid by
//! who steals.
//!
//! # Ownership
//! A pool's threads end when it is dropped, after all that was submitted. Work given to [`join`] and
//! [`scope`] may borrow; work given to [`spawn`] and [`submit`] is owned until it was done.
//!
//! # Threads
//! All functions may be called from any thread: a worker's does other work while it waits, another
//! one sleeps. From outside of all pools they use a global one with as many threads as there are
//! processors.
//!
//! # Panics
//! Go on where somebody waits for the work: the first of them, others are dropped. The pool stays.
//!
//! # Hazards
//! While a worker waits, it does other work, in the same stack: a lock that is held while waiting may
//! be wanted by that work, which then waits for ever. Work that runs long is not interrupted.
//!
//! # Invariants
//! T1 to T11, cited by tag above every unsafe operation, and the edges E1 to E15 between threads, are
//! in `spec/thread_pool.md`.

mod block;
mod builder;
mod cancel;
mod collect;
#[cfg_attr(all(test, any(loom, shuttle)), path = "thread_pool/tests/small.rs")]
mod config;
mod control;
mod deque;
mod injector;
mod job;
mod join;
mod metrics;
mod parallel;
mod pool;
mod scope;
mod sort;
mod sync;
mod tally;
mod task;
mod worker;

use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

pub use builder::Builder;
pub use cancel::CancelToken;
pub use metrics::Metrics;
pub use scope::Scope;
pub use sync::Fences;
pub use task::{Failure, Options, Priority, Task};

use pool::Pool;
use worker::Worker;

/// Threads that share work. Dropped, it does what was submitted, and ends them.
pub struct ThreadPool {
    pool: Arc<Pool>,
    threads: Vec<JoinHandle<()>>,
}

// ---- Construction -------------------------------------------------------------------------------

impl ThreadPool {
    /// So many threads; 0 for as many as the process has processors. See [`Builder`] for more.
    ///
    /// # Panics
    /// If the system has no more threads: [`Builder::build`] answers an error instead.
    pub fn new(threads: usize) -> Self {
        Builder::new().threads(threads).build().expect("threads can be had")
    }
}

/// The pool that is used outside of all others. Made when it is asked for first, it stays.
fn global() -> &'static ThreadPool {
    static GLOBAL: OnceLock<ThreadPool> = OnceLock::new();
    GLOBAL.get_or_init(|| ThreadPool::new(0))
}

/// The pool of this thread, or the global one.
fn with_pool<R>(work: impl FnOnce(&Pool) -> R) -> R {
    match Worker::current() {
        Some(worker) => work(worker.pool()),
        None => work(&global().pool),
    }
}

// ---- Queries ------------------------------------------------------------------------------------

impl ThreadPool {
    /// How many there are.
    pub fn threads(&self) -> usize {
        self.pool.workers().len()
    }

    /// This thread is one of them.
    pub fn is_current(&self) -> bool {
        Worker::current().is_some_and(|worker| core::ptr::eq(worker.pool(), &*self.pool))
    }

    /// What they have done so far.
    pub fn metrics(&self) -> Metrics {
        self.pool.metrics()
    }

    /// Whose fences cost in this pool.
    pub fn fences(&self) -> Fences {
        self.pool.workers()[0].deque.fences
    }
}

/// The number of this thread in its pool; none outside of all.
pub fn current_index() -> Option<usize> {
    Worker::current().map(|worker| worker.index)
}

// ---- Join and scope -----------------------------------------------------------------------------

impl ThreadPool {
    /// Does the work in one of the threads, and waits. What it calls uses this pool. In a thread of
    /// this pool it is done at once; a thread of another pool does other work of its own meanwhile.
    /// A panic goes on here.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        join::install(&self.pool, |_| work())
    }

    /// [`join`] in this pool.
    pub fn join<A: Send, B: Send>(
        &self,
        a: impl FnOnce() -> A + Send,
        b: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        join::install(&self.pool, |worker| join::join_in(worker, a, b))
    }

    /// [`scope`] in this pool.
    pub fn scope<'scope, R: Send>(&self, body: impl FnOnce(&Scope<'scope>) -> R + Send) -> R {
        join::install(&self.pool, |worker| scope::scope_in(worker, body))
    }

    /// Does the work once in each thread, with its number, and answers what came of it, in this
    /// order. Each thread does it when its job at hand, or what that waits for, lets it. If some
    /// panic, all others are done, and the panic of the lowest number goes on here.
    pub fn broadcast<R: Send>(&self, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
        join::broadcast(&self.pool, work)
    }
}

/// Does both, perhaps at the same time: `b` in another thread if one is free, and answers what came
/// of them. If both panic, `a`'s panic goes on.
#[inline(always)]
pub fn join<A: Send, B: Send>(
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    match Worker::current() {
        Some(worker) => join::join_in(worker, a, b),
        None => global().join(a, b),
    }
}

/// Waits for all that is spawned in the scope, by `body` or by what it spawned, and answers what
/// came of `body`.
///
/// ```
/// let mut squares = [1, 2, 3];
/// diptych::thread_pool::scope(|scope| {
///     for square in &mut squares {
///         scope.spawn(|_| *square *= *square);
///     }
/// });
/// assert_eq!(squares, [1, 4, 9]);
/// ```
pub fn scope<'scope, R: Send>(body: impl FnOnce(&Scope<'scope>) -> R + Send) -> R {
    match Worker::current() {
        Some(worker) => scope::scope_in(worker, body),
        None => global().scope(body),
    }
}

// ---- Loops --------------------------------------------------------------------------------------

// The functions of a pool that are called so, too, are where these are.
pub use collect::{parallel_filter, parallel_map, parallel_scan};
pub use parallel::{
    Items, LoopOptions, parallel_for, parallel_for_parts, parallel_for_with, parallel_reduce,
    parallel_reduce_with,
};
pub use sort::{parallel_sort, parallel_sort_by};

// ---- Work for later -----------------------------------------------------------------------------

impl ThreadPool {
    /// Does the work at some time. Nobody waits for it, but the end of the pool. In a thread of this
    /// pool it is put onto what this thread has to do: it takes the youngest first, others steal the
    /// oldest. From elsewhere, the oldest is begun first, more or less. A panic goes to
    /// [`Builder::panic_handler`].
    pub fn spawn(&self, work: impl FnOnce() + Send + 'static) {
        task::spawn(&self.pool, &Options::default(), work);
    }

    /// The same, as `options` say. Work that is dropped is dropped in a thread of the pool.
    pub fn spawn_with(&self, options: &Options, work: impl FnOnce() + Send + 'static) {
        task::spawn(&self.pool, options, work);
    }

    /// Does the work at some time; the handle, which is a future too, has its result.
    pub fn submit<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> Task<R> {
        task::submit(&self.pool, &Options::default(), work)
    }

    /// The same, as `options` say.
    pub fn submit_with<R: Send + 'static>(
        &self,
        options: &Options,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> Task<R> {
        task::submit(&self.pool, options, work)
    }

    /// Waits until all that was spawned and submitted has ended, what that has submitted too. Others
    /// may go on submitting: then it is a moment between. Work of `join`, `scope`, `install` and loops
    /// is not looked at: somebody waits for it.
    ///
    /// # Panics
    /// In a thread of this pool, which could not end before itself.
    pub fn wait_idle(&self) {
        assert!(!self.is_current(), "a job would wait for itself");
        self.pool.wait_quiet();
    }
}

/// [`ThreadPool::spawn`] in this thread's pool, or the global one.
pub fn spawn(work: impl FnOnce() + Send + 'static) {
    with_pool(|pool| task::spawn(pool, &Options::default(), work));
}

/// [`ThreadPool::spawn_with`] in this thread's pool, or the global one.
pub fn spawn_with(options: &Options, work: impl FnOnce() + Send + 'static) {
    with_pool(|pool| task::spawn(pool, options, work));
}

/// [`ThreadPool::submit`] in this thread's pool, or the global one.
pub fn submit<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> Task<R> {
    with_pool(|pool| task::submit(pool, &Options::default(), work))
}

/// [`ThreadPool::submit_with`] in this thread's pool, or the global one.
pub fn submit_with<R: Send + 'static>(
    options: &Options,
    work: impl FnOnce() -> R + Send + 'static,
) -> Task<R> {
    with_pool(|pool| task::submit(pool, options, work))
}

// ---- End ----------------------------------------------------------------------------------------

impl ThreadPool {
    /// Ends the threads: what was submitted and has not begun is dropped, and its handles say
    /// [`Failure::Cancelled`]. Waits for what has begun. How many jobs were dropped in the pool's
    /// life, those of cancelled tokens included.
    pub fn shutdown_now(mut self) -> u64 {
        self.end(true);
        self.pool.metrics().dropped
    }

    fn end(&mut self, drops: bool) {
        self.pool.end(drops);
        let me = std::thread::current().id();
        for thread in self.threads.drain(..).filter(|thread| thread.thread().id() != me) {
            drop(thread.join()); // who panics in a hook has told so
        }
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        self.end(false);
    }
}

impl core::fmt::Debug for ThreadPool {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let metrics = self.metrics();
        formatter
            .debug_struct("ThreadPool")
            .field("threads", &self.threads())
            .field("metrics", &metrics)
            .finish()
    }
}

// ---- Tests --------------------------------------------------------------------------------------

#[cfg(test)]
mod tests;
