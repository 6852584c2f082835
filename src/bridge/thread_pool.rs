//! The C++ thread pool as cxx sees it; `crate::cpp::thread_pool` makes it pleasant.

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
    }

    #[namespace = "diptych::bridge::thread_pool"]
    unsafe extern "C++" {
        include!("diptych/cpp/bridge/thread_pool.hpp");

        type Pool;

        #[Self = "Pool"]
        fn make(threads: usize, symmetric: bool) -> UniquePtr<Pool>;
        fn threads(&self) -> usize;
        fn is_current(&self) -> bool;
        fn metrics(&self) -> Metrics;
        unsafe fn install<'a>(&self, work: &mut Work<'a>);
        unsafe fn join_in<'a, 'b>(&self, a: &mut Work<'a>, b: &mut Work<'b>);
        fn spawn(&self, job: Box<Job>);
        fn wait_idle(&self);
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
