//! The C++ thread pool, for Rust programs.
//!
//! What is here is that of [`crate::thread_pool`], in the other language; work crosses the border
//! once on its way to a thread, so that for small work [`crate::thread_pool::ThreadPool`] is the
//! faster choice.
//!
//! ```
//! use diptych::cpp::ThreadPool;
//!
//! let pool = ThreadPool::new(2)?;
//! let (a, b) = pool.join(|| 20, || 22);
//! assert_eq!(a + b, 42);
//! # Ok::<(), diptych::cpp::thread_pool::NoThreads>(())
//! ```

use core::error::Error;
use core::fmt;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use cxx::UniquePtr;

pub use crate::bridge::thread_pool::ffi::Metrics;
use crate::bridge::thread_pool::{Job, Work, ffi};

/// `diptych::cpp::ThreadPool`.
pub struct ThreadPool(UniquePtr<ffi::Pool>);

// SAFETY: T6 - any thread may call all of its functions.
unsafe impl Send for ThreadPool {}
// SAFETY: T6 - as above.
unsafe impl Sync for ThreadPool {}

/// The system has no more threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoThreads;

impl fmt::Display for NoThreads {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the system has no more threads")
    }
}

impl Error for NoThreads {}

/// Work that is done once, and what came of it: a panic must not unwind through C++.
struct Once<F, R> {
    work: Option<F>,
    outcome: Option<Result<R, Box<dyn Any + Send>>>,
}

impl<F: FnOnce() -> R, R> Once<F, R> {
    fn new(work: F) -> Self {
        Self { work: Some(work), outcome: None }
    }

    fn go(&mut self) {
        let work = self.work.take().expect("called once");
        self.outcome = Some(catch_unwind(AssertUnwindSafe(work)));
    }

    fn result(self) -> R {
        let outcome = self.outcome.expect("C++ has called it");
        outcome.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

/// Has C++ do both.
fn both<A: Send, B: Send>(
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
    join: impl FnOnce(&mut Work<'_>, &mut Work<'_>),
) -> (A, B) {
    let (mut a, mut b) = (Once::new(a), Once::new(b));
    let (mut go_a, mut go_b) = (|| a.go(), || b.go());
    join(&mut Work::new(&mut go_a), &mut Work::new(&mut go_b));
    (a.result(), b.result())
}

// ---- Pools --------------------------------------------------------------------------------------

impl ThreadPool {
    /// So many threads; 0 for as many as the process has processors.
    ///
    /// # Errors
    /// [`NoThreads`].
    pub fn new(threads: usize) -> Result<Self, NoThreads> {
        Self::made(ffi::Pool::make(threads, false))
    }

    /// The same, with real fences on both sides.
    ///
    /// # Errors
    /// [`NoThreads`].
    pub fn with_symmetric_fences(threads: usize) -> Result<Self, NoThreads> {
        Self::made(ffi::Pool::make(threads, true))
    }

    fn made(pool: UniquePtr<ffi::Pool>) -> Result<Self, NoThreads> {
        if pool.is_null() { Err(NoThreads) } else { Ok(Self(pool)) }
    }

    /// How many there are.
    pub fn threads(&self) -> usize {
        self.0.threads()
    }

    /// What they have done so far.
    pub fn metrics(&self) -> Metrics {
        self.0.metrics()
    }

    /// Does the work in one of the threads, and waits.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        let mut work = Once::new(work);
        let mut go = || work.go();
        // SAFETY: T2 - what the closure borrows outlives the call.
        unsafe { self.0.install(&mut Work::new(&mut go)) };
        work.result()
    }

    /// Does both, perhaps at the same time.
    pub fn join<A: Send, B: Send>(
        &self,
        a: impl FnOnce() -> A + Send,
        b: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        // SAFETY: T2 - what the closures borrow outlives the call.
        both(a, b, |a, b| unsafe { self.0.join_in(a, b) })
    }

    /// Does the work at some time. A panic is printed, and ends it.
    pub fn spawn(&self, work: impl FnOnce() + Send + 'static) {
        self.0.spawn(Job::new(work));
    }

    /// Waits until all that was spawned has ended.
    ///
    /// # Panics
    /// In a thread of this pool, which could not end before itself.
    pub fn wait_idle(&self) {
        assert!(!self.0.is_current(), "a job would wait for itself");
        self.0.wait_idle();
    }
}

/// Does both, perhaps at the same time, in the pool of this thread or the global one.
pub fn join<A: Send, B: Send>(
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    // SAFETY: T2 - what the closures borrow outlives the call.
    both(a, b, |a, b| unsafe { ffi::join(a, b) })
}
