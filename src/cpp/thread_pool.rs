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

use core::cell::Cell;
use core::error::Error;
use core::fmt;
use core::marker::PhantomData;
use core::mem;
use core::ops::Range;
use core::ptr;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use cxx::UniquePtr;

pub use crate::bridge::thread_pool::ffi::Metrics;
use crate::bridge::thread_pool::{Body, Indexed, Job, Numbers, Parts, ScopeJob, Work, ffi};
use crate::thread_pool::{Failure, Priority};

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

type Payload = Box<dyn Any + Send>;

/// Work that is done once, and what came of it: a panic must not unwind through C++.
struct Once<F, R> {
    work: Option<F>,
    outcome: Option<Result<R, Payload>>,
}

/// The first panic of several threads, until all have ended.
#[derive(Default)]
struct First(Mutex<Option<Payload>>);

impl First {
    /// A panic is kept.
    fn watch(&self, work: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(panic);
        }
    }

    /// It goes on here.
    fn resume(&self) {
        if let Some(panic) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            resume_unwind(panic);
        }
    }
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

    /// Waits for all that is spawned in the scope, by `body` or by what it spawned. The first panic goes
    /// on here, `body`'s before others.
    pub fn scope<'scope, R: Send>(&self, body: impl FnOnce(&Scope<'scope>) -> R + Send) -> R {
        let first = First::default();
        let (mut body, mut outcome) = (Some(body), None);
        let mut go = |inner: &ffi::Scope| {
            let scope = Scope { inner, first: &raw const first, scope: PhantomData };
            let body = body.take().expect("called once");
            outcome = Some(catch_unwind(AssertUnwindSafe(|| body(&scope))));
        };
        // SAFETY: T2 - what the closure borrows outlives the call, which waits for all that is spawned.
        unsafe { self.0.scope(&mut Body::new(&mut go)) };
        let result =
            outcome.expect("C++ has called it").unwrap_or_else(|panic| resume_unwind(panic));
        first.resume();
        result
    }

    /// Does the work once in each thread, with its number.
    pub fn broadcast(&self, work: impl Fn(usize) + Sync) {
        let first = First::default();
        // SAFETY: T2 - what the closure borrows outlives the call.
        unsafe { self.0.broadcast(&Indexed(&|index| first.watch(|| work(index)))) };
        first.resume();
    }

    /// Calls `body` with parts of `0..count` that together are all of it, each once, and none longer
    /// than `grain`; 0 for one that suits most loops. A token that is cancelled ends it early.
    pub fn parallel_for_parts(
        &self,
        count: usize,
        grain: usize,
        token: Option<&CancelToken>,
        body: impl Fn(Range<usize>) + Sync,
    ) {
        let first = First::default();
        let body = |part| first.watch(|| body(part));
        // SAFETY: T2 - what the closure borrows outlives the call; T6 - the token too.
        unsafe { self.0.parallel_for(count, grain, raw(token), &Parts(&body)) };
        first.resume();
    }

    /// Maps each number, and combines what comes of them, in their order. Neither function may panic:
    /// that ends the program. Deterministic: divided at the same places, whatever the threads do.
    pub fn parallel_reduce_u64(
        &self,
        items: &[u64],
        grain: usize,
        deterministic: bool,
        identity: u64,
        map: impl Fn(u64) -> u64 + Sync,
        combine: impl Fn(u64, u64) -> u64 + Sync,
    ) -> u64 {
        let numbers = Numbers { map: &map, combine: &combine };
        // SAFETY: T2 - what the closures borrow outlives the call.
        unsafe { self.0.parallel_reduce(items, grain, deterministic, identity, &numbers) }
    }

    /// Those numbers that are wanted, in their order. The function may not panic, as above.
    pub fn parallel_filter_u64(
        &self,
        items: &[u64],
        is_wanted: impl Fn(u64) -> bool + Sync,
    ) -> Vec<u64> {
        let map = |number| u64::from(is_wanted(number));
        let numbers = Numbers { map: &map, combine: &|a, _| a };
        // SAFETY: T2 - what the closure borrows outlives the call.
        unsafe { self.0.parallel_filter(items, &numbers) }
    }

    /// What comes of each number combined with all before it. The function may not panic, as above.
    pub fn parallel_scan_u64(
        &self,
        items: &[u64],
        combine: impl Fn(u64, u64) -> u64 + Sync,
    ) -> Vec<u64> {
        let numbers = Numbers { map: &|number| number, combine: &combine };
        // SAFETY: T2 - what the closure borrows outlives the call.
        unsafe { self.0.parallel_scan(items, &numbers) }
    }

    /// Sorts.
    pub fn parallel_sort_u64(&self, items: &mut [u64]) {
        self.0.parallel_sort(items);
    }

    /// Does the work at some time. A panic is printed, and ends it.
    pub fn spawn(&self, work: impl FnOnce() + Send + 'static) {
        self.0.spawn(Job::new(work));
    }

    /// The same, with a priority and perhaps a token.
    pub fn spawn_with(
        &self,
        priority: Priority,
        token: Option<&CancelToken>,
        work: impl FnOnce() + Send + 'static,
    ) {
        // SAFETY: T6 - the token outlives the call.
        unsafe { self.0.spawn_with(priority as u8, raw(token), Job::new(work)) };
    }

    /// Does the work at some time; the handle has its result.
    pub fn submit<R: Send + 'static>(
        &self,
        priority: Priority,
        token: Option<&CancelToken>,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> Task<R> {
        let outcome = Arc::new(Mutex::new(None));
        let place = outcome.clone();
        let job = Job::new(move || {
            let done = catch_unwind(AssertUnwindSafe(work));
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
        });
        // SAFETY: T6 - the token outlives the call.
        let task = unsafe { self.0.submit(priority as u8, raw(token), job) };
        Task { task, outcome }
    }

    /// Waits until all that was spawned has ended.
    ///
    /// # Panics
    /// In a thread of this pool, which could not end before itself.
    pub fn wait_idle(&self) {
        assert!(!self.0.is_current(), "a job would wait for itself");
        self.0.wait_idle();
    }

    /// Ends the threads: what was submitted and has not begun is dropped. How many jobs that were.
    pub fn shutdown_now(mut self) -> u64 {
        self.0.pin_mut().shutdown_now()
    }
}

// ---- Scopes -------------------------------------------------------------------------------------

/// Where work is spawned that has ended when [`ThreadPool::scope`] returns.
pub struct Scope<'scope> {
    inner: *const ffi::Scope,
    first: *const First,
    /// Neither longer nor shorter.
    scope: PhantomData<Cell<&'scope ()>>,
}

// SAFETY: T2 - any thread may spawn in a scope of C++'s, and both outlive what is spawned.
unsafe impl Sync for Scope<'_> {}

impl<'scope> Scope<'scope> {
    /// Does it at some time before the scope ends, perhaps at once, in a thread of the pool.
    pub fn spawn(&self, work: impl FnOnce(&Scope<'scope>) + Send + 'scope) {
        let first = Shared(self.first);
        let job: Box<dyn FnOnce(&ffi::Scope) + Send + 'scope> = Box::new(move |inner| {
            let first = first; // as a whole: its part may not go to another thread
            let scope = Scope { inner, first: first.0, scope: PhantomData };
            // SAFETY: T2 - the scope ends after this job.
            unsafe { &*first.0 }.watch(|| work(&scope));
        });
        // SAFETY: T2 - called before the scope ends, and what it borrows outlives that.
        let job = unsafe {
            mem::transmute::<
                Box<dyn FnOnce(&ffi::Scope) + Send + 'scope>,
                Box<dyn FnOnce(&ffi::Scope) + Send + 'static>,
            >(job)
        };
        // SAFETY: T2 - the scope has not ended.
        let inner = unsafe { &*self.inner };
        // SAFETY: T2 - as above.
        unsafe { inner.spawn(ScopeJob::new(job)) };
    }
}

#[derive(Clone, Copy)]
struct Shared(*const First);

// SAFETY: T2 - it outlives the scope, and is made for sharing.
unsafe impl Send for Shared {}

// ---- Work for later -----------------------------------------------------------------------------

/// The handle of submitted work. Dropped, the work goes on.
#[must_use = "the work's result comes through it; `spawn` has none"]
pub struct Task<R> {
    task: UniquePtr<ffi::Task>,
    outcome: Arc<Mutex<Option<Result<R, Payload>>>>,
}

// SAFETY: T2 - a handle may be waited for by any one thread.
unsafe impl<R: Send> Send for Task<R> {}

impl<R> Task<R> {
    /// There is a result, or there never will be one.
    pub fn is_done(&self) -> bool {
        self.task.is_done()
    }

    /// Waits; a worker does other work meanwhile.
    pub fn wait(self) -> Result<R, Failure> {
        self.task.wait();
        match self.outcome.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(outcome) => outcome.map_err(Failure::Panicked),
            None => Err(Failure::Cancelled),
        }
    }
}

/// Tells work that has not begun that it need not.
pub struct CancelToken(UniquePtr<ffi::Token>);

// SAFETY: T6 - any thread may call all of its functions.
unsafe impl Send for CancelToken {}
// SAFETY: T6 - as above.
unsafe impl Sync for CancelToken {}

impl Default for CancelToken {
    fn default() -> Self {
        Self::new()
    }
}

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self(ffi::Token::make())
    }

    /// Somebody has called `cancel`.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Jobs, or items of loops, that were not done because of it, so far.
    pub fn dropped(&self) -> u64 {
        self.0.dropped()
    }

    /// What has not begun is dropped when its turn comes. What runs goes on.
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

fn raw(token: Option<&CancelToken>) -> *const ffi::Token {
    token.and_then(|token| token.0.as_ref()).map_or(ptr::null(), ptr::from_ref)
}

// ---- Anywhere -----------------------------------------------------------------------------------

/// Does both, perhaps at the same time, in the pool of this thread or the global one.
pub fn join<A: Send, B: Send>(
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    // SAFETY: T2 - what the closures borrow outlives the call.
    both(a, b, |a, b| unsafe { ffi::join(a, b) })
}
