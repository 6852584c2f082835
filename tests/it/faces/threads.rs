//! One trait over every way to reach a thread pool.

pub mod c;

use std::any::Any;
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use diptych::thread_pool::{Builder, Failure, Fences, LoopOptions, Options};
use diptych::{cpp, thread_pool};

pub use diptych::thread_pool::Priority;

/// Work that is waited for.
pub type Work<'a> = &'a mut (dyn FnMut() + Send);

/// Work for later.
pub type Job = Box<dyn FnOnce() + Send>;

/// Work that is spawned in a scope, and what gets the scope first.
pub type ScopeJob = Box<dyn FnOnce(&dyn Spawn) + Send>;
pub type Body<'a> = &'a mut (dyn FnMut(&dyn Spawn) + Send);

/// A scope.
pub trait Spawn {
    fn spawn(&self, job: ScopeJob);
}

/// A token of the pool's face.
pub trait Token: Any + Send + Sync {
    fn cancel(&self);
    fn dropped(&self) -> u64;
}

/// The token that work is given, if any.
pub type Given<'a> = Option<&'a (dyn Token + 'static)>;

/// How submitted work has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Done,
    Cancelled,
    Panicked,
}

/// The handle of submitted work.
pub trait Handle {
    fn wait(self: Box<Self>) -> Ended;
}

/// What is done to numbers, in those faces that may give results back.
pub trait Numbers {
    fn sum(&self, items: &[u64], grain: usize, deterministic: bool) -> u64;
    /// Those that can be divided.
    fn filter(&self, items: &[u64], divisor: u64) -> Vec<u64>;
    /// Each with the sum of all before it.
    fn scan(&self, items: &[u64]) -> Vec<u64>;
    fn sort(&self, items: &mut [u64]);
}

/// What a panic carries.
type Payload = Box<dyn Any + Send>;

/// A pool. The names are those of `spec/thread_pool.md`; an implementation translates and never
/// computes.
pub trait Threads: Send + Sync {
    fn threads(&self) -> usize;
    fn install(&self, work: Work<'_>);
    fn join(&self, a: Work<'_>, b: Work<'_>);
    fn scope(&self, body: Body<'_>);
    fn broadcast(&self, work: &(dyn Fn(usize) + Sync));
    fn parallel_for(
        &self,
        count: usize,
        grain: usize,
        token: Given<'_>,
        body: &(dyn Fn(Range<usize>) + Sync),
    );
    fn numbers(&self) -> Option<&dyn Numbers>;
    fn token(&self) -> Box<dyn Token>;
    fn spawn(&self, work: Job);
    fn submit(&self, priority: Priority, token: Given<'_>, work: Job) -> Box<dyn Handle>;
    fn wait_idle(&self);
    /// How many jobs were dropped.
    fn shutdown_now(self: Box<Self>) -> u64;
}

/// A face of the thread pool: a pool of so many threads, with symmetric fences or the best there are.
pub type Face = fn(threads: usize, symmetric: bool) -> Box<dyn Threads>;

/// A token, as its own face knows it.
fn own<T: 'static>(token: Given<'_>) -> Option<&T> {
    token.map(|token| (token as &dyn Any).downcast_ref().expect("of the same face"))
}

fn ended(outcome: Result<(), Failure>) -> Ended {
    match outcome {
        Ok(()) => Ended::Done,
        Err(Failure::Cancelled) => Ended::Cancelled,
        Err(Failure::Panicked(_)) => Ended::Panicked,
    }
}

// ---- The twins, natively ------------------------------------------------------------------------

macro_rules! native {
    ($twin:ident) => {
        fn threads(&self) -> usize {
            self.threads()
        }
        fn install(&self, work: Work<'_>) {
            self.install(work);
        }
        fn join(&self, a: Work<'_>, b: Work<'_>) {
            self.join(a, b);
        }
        fn scope(&self, body: Body<'_>) {
            self.scope(|scope| body(scope));
        }
        fn broadcast(&self, work: &(dyn Fn(usize) + Sync)) {
            self.broadcast(work);
        }
        fn numbers(&self) -> Option<&dyn Numbers> {
            Some(self)
        }
        fn token(&self) -> Box<dyn Token> {
            Box::new($twin::CancelToken::new())
        }
        fn spawn(&self, work: Job) {
            self.spawn(work);
        }
        fn wait_idle(&self) {
            self.wait_idle();
        }
        fn shutdown_now(self: Box<Self>) -> u64 {
            // Work that runs meanwhile has the pool's address, where it stays until all have ended.
            let place = Box::into_raw(self);
            // SAFETY: T6 - ended once: the place is not dropped.
            let dropped = unsafe { place.read() }.shutdown_now();
            // SAFETY: T6 - of the box above.
            drop(unsafe { Box::from_raw(place.cast::<ManuallyDrop<Self>>()) });
            dropped
        }
    };
}

macro_rules! native_parts {
    ($twin:ident) => {
        impl Spawn for $twin::Scope<'_> {
            fn spawn(&self, job: ScopeJob) {
                self.spawn(move |scope| job(scope));
            }
        }

        impl Token for $twin::CancelToken {
            fn cancel(&self) {
                self.cancel();
            }
            fn dropped(&self) -> u64 {
                self.dropped()
            }
        }

        impl Handle for $twin::Task<()> {
            fn wait(self: Box<Self>) -> Ended {
                ended((*self).wait())
            }
        }
    };
}

native_parts!(thread_pool);

impl Threads for thread_pool::ThreadPool {
    native!(thread_pool);

    fn parallel_for(
        &self,
        count: usize,
        grain: usize,
        token: Given<'_>,
        body: &(dyn Fn(Range<usize>) + Sync),
    ) {
        let token = own::<thread_pool::CancelToken>(token).cloned();
        let options = LoopOptions { grain, token, deterministic: false };
        self.parallel_for_parts(&options, 0..count, body);
    }

    fn submit(&self, priority: Priority, token: Given<'_>, work: Job) -> Box<dyn Handle> {
        let token = own::<thread_pool::CancelToken>(token).cloned();
        Box::new(self.submit_with(&Options { priority, token }, work))
    }
}

impl Numbers for thread_pool::ThreadPool {
    fn sum(&self, items: &[u64], grain: usize, deterministic: bool) -> u64 {
        let options = LoopOptions { grain, token: None, deterministic };
        self.parallel_reduce_with(&options, items, || 0, |item| *item, u64::wrapping_add)
    }
    fn filter(&self, items: &[u64], divisor: u64) -> Vec<u64> {
        self.parallel_filter(items, |item| item.is_multiple_of(divisor))
    }
    fn scan(&self, items: &[u64]) -> Vec<u64> {
        self.parallel_scan(items, |a, b| a.wrapping_add(*b))
    }
    fn sort(&self, items: &mut [u64]) {
        self.parallel_sort(items);
    }
}

use cpp::thread_pool as cpp_pool;

native_parts!(cpp_pool);

impl Threads for cpp::ThreadPool {
    native!(cpp_pool);

    fn parallel_for(
        &self,
        count: usize,
        grain: usize,
        token: Given<'_>,
        body: &(dyn Fn(Range<usize>) + Sync),
    ) {
        self.parallel_for_parts(count, grain, own(token), body);
    }

    fn submit(&self, priority: Priority, token: Given<'_>, work: Job) -> Box<dyn Handle> {
        Box::new(self.submit(priority, own(token), work))
    }
}

impl Numbers for cpp::ThreadPool {
    fn sum(&self, items: &[u64], grain: usize, deterministic: bool) -> u64 {
        self.parallel_reduce_u64(items, grain, deterministic, 0, |item| item, u64::wrapping_add)
    }
    fn filter(&self, items: &[u64], divisor: u64) -> Vec<u64> {
        self.parallel_filter_u64(items, |item| item.is_multiple_of(divisor))
    }
    fn scan(&self, items: &[u64]) -> Vec<u64> {
        self.parallel_scan_u64(items, u64::wrapping_add)
    }
    fn sort(&self, items: &mut [u64]) {
        self.parallel_sort_u64(items);
    }
}

/// The Rust twin.
pub const RUST: Face = |threads, symmetric| {
    let fences = if symmetric { Fences::Symmetric } else { Fences::Asymmetric };
    Box::new(Builder::new().threads(threads).fences(fences).build().expect("threads"))
};

/// The C++ twin, through cxx.
pub const CPP: Face = |threads, symmetric| {
    let pool = match symmetric {
        true => cpp::ThreadPool::with_symmetric_fences(threads),
        false => cpp::ThreadPool::new(threads),
    };
    Box::new(pool.expect("threads"))
};

// ---- The specification, read by a program that is not a twin ------------------------------------

/// Does everything at once, in the thread that asks.
struct Reference {
    threads: usize,
    dropped: AtomicU64,
}

impl Threads for Reference {
    fn threads(&self) -> usize {
        self.threads
    }
    fn install(&self, work: Work<'_>) {
        work();
    }
    fn join(&self, a: Work<'_>, b: Work<'_>) {
        a();
        b();
    }
    fn scope(&self, body: Body<'_>) {
        let scope = ReferenceScope::default();
        body(&scope);
        if let Some(panic) = scope.0.into_inner() {
            resume_unwind(panic);
        }
    }
    fn broadcast(&self, work: &(dyn Fn(usize) + Sync)) {
        (0..self.threads).for_each(work);
    }
    fn parallel_for(
        &self,
        count: usize,
        grain: usize,
        token: Given<'_>,
        body: &(dyn Fn(Range<usize>) + Sync),
    ) {
        let grain = grain.max(1);
        for first in (0..count).step_by(grain) {
            let part = first..count.min(first + grain);
            if !drops(token, part.len() as u64) {
                body(part);
            }
        }
    }
    fn numbers(&self) -> Option<&dyn Numbers> {
        None
    }
    fn token(&self) -> Box<dyn Token> {
        Box::new(ReferenceToken::default())
    }
    fn spawn(&self, work: Job) {
        drop(catch_unwind(AssertUnwindSafe(work)));
    }
    fn submit(&self, _: Priority, token: Given<'_>, work: Job) -> Box<dyn Handle> {
        Box::new(if drops(token, 1) {
            self.dropped.fetch_add(1, SeqCst);
            Ended::Cancelled
        } else if catch_unwind(AssertUnwindSafe(work)).is_ok() {
            Ended::Done
        } else {
            Ended::Panicked
        })
    }
    fn wait_idle(&self) {}
    fn shutdown_now(self: Box<Self>) -> u64 {
        self.dropped.into_inner()
    }
}

#[derive(Default)]
struct ReferenceScope(RefCell<Option<Payload>>);

impl Spawn for ReferenceScope {
    fn spawn(&self, job: ScopeJob) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| job(self))) {
            self.0.borrow_mut().get_or_insert(panic);
        }
    }
}

#[derive(Default)]
struct ReferenceToken {
    is_cancelled: AtomicBool,
    dropped: AtomicU64,
}

impl Token for ReferenceToken {
    fn cancel(&self) {
        self.is_cancelled.store(true, SeqCst);
    }
    fn dropped(&self) -> u64 {
        self.dropped.load(SeqCst)
    }
}

/// Whether it says so; then so many are counted.
fn drops(token: Given<'_>, count: u64) -> bool {
    let cancelled = own::<ReferenceToken>(token).filter(|token| token.is_cancelled.load(SeqCst));
    cancelled.is_some_and(|token| token.dropped.fetch_add(count, SeqCst) < u64::MAX)
}

impl Handle for Ended {
    fn wait(self: Box<Self>) -> Ended {
        *self
    }
}

/// The specification.
pub const REFERENCE: Face =
    |threads, _| Box::new(Reference { threads, dropped: AtomicU64::new(0) });

macro_rules! on_every_face {
    ($check:ident) => {
        #[test]
        fn rust_twin() {
            $check($crate::faces::threads::RUST);
        }

        #[test]
        fn cpp_twin_through_cxx() {
            $check($crate::faces::threads::CPP);
        }

        #[test]
        fn rust_twin_through_c() {
            $check($crate::faces::threads::c::RUST);
        }

        #[test]
        fn cpp_twin_through_c() {
            $check($crate::faces::threads::c::CPP);
        }
    };
}
pub(crate) use on_every_face;
