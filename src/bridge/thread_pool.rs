//! The C++ thread pool as cxx sees it; `crate::cpp::thread_pool` makes it pleasant.

use core::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[cxx::bridge(namespace = "diptych::bridge")]
#[allow(
    clippy::multiple_unsafe_ops_per_block,
    reason = "in what cxx generates, not in what stands here"
)]
#[allow(missing_docs, reason = "cpp/bridge/thread_pool.hpp describes them")]
pub mod ffi {
    /// What a pool has done so far.
    #[namespace = "diptych::bridge::thread_pool"]
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Metrics {
        executed: u64,
        stolen: u64,
        sleeps: u64,
        calls: u64,
        dropped: u64,
        waiting: u64,
    }

    #[namespace = "diptych::bridge::thread_pool"]
    extern "Rust" {
        type Work<'a>;

        /// Does it.
        unsafe fn call<'a>(self: &mut Work<'a>);

        type Job;

        /// Does it, for the first and last time.
        fn run(self: &mut Job);

        type Body<'a>;

        /// Calls it, with the scope.
        unsafe fn call<'a>(self: &mut Body<'a>, scope: &Scope);

        type ScopeJob;

        /// Does it, for the first and last time.
        fn run_in(self: &mut ScopeJob, scope: &Scope);

        type Indexed<'a>;

        /// Calls it, in the thread of this number.
        unsafe fn call_with<'a>(self: &Indexed<'a>, index: usize);

        type Parts<'a>;

        /// Calls it, for a part of a loop.
        unsafe fn call_for<'a>(self: &Parts<'a>, first: usize, last: usize);

        type Numbers<'a>;

        /// What a number is mapped to.
        unsafe fn map<'a>(self: &Numbers<'a>, number: u64) -> u64;

        /// What two come to.
        unsafe fn combine<'a>(self: &Numbers<'a>, a: u64, b: u64) -> u64;
    }

    #[namespace = "diptych::bridge::thread_pool"]
    unsafe extern "C++" {
        include!("diptych/cpp/bridge/thread_pool.hpp");

        type Pool;

        #[Self = "Pool"]
        fn make(threads: usize, symmetric: bool) -> UniquePtr<Pool>;
        fn threads(self: &Pool) -> usize;
        fn is_current(self: &Pool) -> bool;
        fn metrics(self: &Pool) -> Metrics;
        unsafe fn install<'a>(self: &Pool, work: &mut Work<'a>);
        unsafe fn join_in<'a, 'b>(self: &Pool, a: &mut Work<'a>, b: &mut Work<'b>);
        unsafe fn scope<'a>(self: &Pool, body: &mut Body<'a>);
        unsafe fn broadcast<'a>(self: &Pool, work: &Indexed<'a>);
        unsafe fn parallel_for<'a>(
            self: &Pool,
            count: usize,
            grain: usize,
            token: *const Token,
            body: &Parts<'a>,
        );
        unsafe fn parallel_reduce<'a>(
            self: &Pool,
            items: &[u64],
            grain: usize,
            deterministic: bool,
            identity: u64,
            numbers: &Numbers<'a>,
        ) -> u64;
        unsafe fn parallel_filter<'a>(self: &Pool, items: &[u64], wanted: &Numbers<'a>)
        -> Vec<u64>;
        unsafe fn parallel_scan<'a>(self: &Pool, items: &[u64], numbers: &Numbers<'a>) -> Vec<u64>;
        fn parallel_sort(self: &Pool, items: &mut [u64]);
        fn spawn(self: &Pool, job: Box<Job>);
        unsafe fn spawn_with(self: &Pool, priority: u8, token: *const Token, job: Box<Job>);
        unsafe fn submit(
            self: &Pool,
            priority: u8,
            token: *const Token,
            job: Box<Job>,
        ) -> UniquePtr<Task>;
        fn wait_idle(self: &Pool);
        fn shutdown_now(self: Pin<&mut Pool>) -> u64;

        type Scope;

        unsafe fn spawn(self: &Scope, job: Box<ScopeJob>);

        type Task;

        fn is_done(self: &Task) -> bool;
        fn wait(self: &Task);

        type Token;

        #[Self = "Token"]
        fn make() -> UniquePtr<Token>;
        fn is_cancelled(self: &Token) -> bool;
        fn dropped(self: &Token) -> u64;
        fn cancel(self: &Token);

        unsafe fn join<'a, 'b>(a: &mut Work<'a>, b: &mut Work<'b>);
    }
}

/// A closure on its way through C++, in the frame of who waits for it.
pub struct Work<'a>(&'a mut (dyn FnMut() + Send));

impl<'a> Work<'a> {
    pub fn new(work: &'a mut (dyn FnMut() + Send)) -> Self {
        Self(work)
    }

    fn call(&mut self) {
        (self.0)();
    }
}

/// A closure that C++ keeps until it has been called, or dropped.
pub struct Job(Option<Box<dyn FnOnce() + Send>>);

impl Job {
    pub fn new(work: impl FnOnce() + Send + 'static) -> Box<Self> {
        Box::new(Self(Some(Box::new(work))))
    }

    /// A panic ends here: it must not unwind through C++.
    fn run(&mut self) {
        if let Some(work) = self.0.take() {
            drop(catch_unwind(AssertUnwindSafe(work)));
        }
    }
}

/// What is called with a scope of C++'s.
pub struct Body<'a>(&'a mut (dyn FnMut(&ffi::Scope) + Send));

impl<'a> Body<'a> {
    pub fn new(body: &'a mut (dyn FnMut(&ffi::Scope) + Send)) -> Self {
        Self(body)
    }

    fn call(&mut self, scope: &ffi::Scope) {
        (self.0)(scope);
    }
}

/// What a scope\'s job is given the scope for.
type InScope = Box<dyn FnOnce(&ffi::Scope) + Send>;

/// A closure that a scope of C++'s keeps until it has been called.
pub struct ScopeJob(Option<InScope>);

impl ScopeJob {
    pub fn new(work: InScope) -> Box<Self> {
        Box::new(Self(Some(work)))
    }

    fn run_in(&mut self, scope: &ffi::Scope) {
        if let Some(work) = self.0.take() {
            work(scope);
        }
    }
}

/// What each thread calls.
pub struct Indexed<'a>(pub &'a (dyn Fn(usize) + Sync));

impl Indexed<'_> {
    fn call_with(&self, index: usize) {
        (self.0)(index);
    }
}

/// What is called for each part of a loop.
pub struct Parts<'a>(pub &'a (dyn Fn(Range<usize>) + Sync));

impl Parts<'_> {
    fn call_for(&self, first: usize, last: usize) {
        (self.0)(first..last);
    }
}

/// What is done to numbers.
pub struct Numbers<'a> {
    pub map: &'a (dyn Fn(u64) -> u64 + Sync),
    pub combine: &'a (dyn Fn(u64, u64) -> u64 + Sync),
}

impl Numbers<'_> {
    fn map(&self, number: u64) -> u64 {
        (self.map)(number)
    }

    fn combine(&self, a: u64, b: u64) -> u64 {
        (self.combine)(a, b)
    }
}
