//! The Rust twin as a pool. `cpp/workloads/thread_pool/twin.hpp` is the same for C++.

use std::ops::Range;
use std::sync::OnceLock;

use super::{Join, Loops, Outside, Pool, Scope, Sort};
use crate::thread_pool::{self, ThreadPool};

/// The Rust twin, with so many threads.
pub struct Twin<const THREADS: usize>;

impl<const THREADS: usize> Twin<THREADS> {
    /// One for each number of threads that is in the table; both stay with the process.
    pub fn pool() -> &'static ThreadPool {
        static FEW: OnceLock<ThreadPool> = OnceLock::new();
        static MANY: OnceLock<ThreadPool> = OnceLock::new();
        let pool = if THREADS == super::WORKERS { &FEW } else { &MANY };
        pool.get_or_init(|| ThreadPool::new(THREADS))
    }
}

impl<const THREADS: usize> Pool for Twin<THREADS> {
    type Inside<'pool> = ();

    fn with<R: Send>(work: impl FnOnce(&mut ()) -> R + Send) -> R {
        Self::pool().install(|| work(&mut ()))
    }
}

impl<const THREADS: usize> Join for Twin<THREADS> {
    #[inline(always)]
    fn join<A: Send, B: Send>(
        _: &mut (),
        a: impl FnOnce(&mut ()) -> A + Send,
        b: impl FnOnce(&mut ()) -> B + Send,
    ) -> (A, B) {
        thread_pool::join(|| a(&mut ()), || b(&mut ()))
    }
}

impl<const THREADS: usize> Scope for Twin<THREADS> {
    fn spawn_each(_: &mut (), tasks: usize, task: &(impl Fn(usize) + Sync)) {
        thread_pool::scope(|scope| {
            for index in 0..tasks {
                scope.spawn(move |_| task(index));
            }
        });
    }
}

impl<const THREADS: usize> Outside for Twin<THREADS> {
    fn submit_each(tasks: Range<usize>, task: &'static (impl Fn(usize) + Sync)) {
        let pool = Self::pool();
        for index in tasks {
            pool.spawn(move || task(index));
        }
        pool.wait_idle();
    }
}

impl<const THREADS: usize> Loops for Twin<THREADS> {
    fn for_each(items: usize, body: &(impl Fn(usize) + Sync)) {
        thread_pool::parallel_for(0..items, body);
    }

    fn sum(words: &[u64]) -> u64 {
        thread_pool::parallel_reduce(words, || 0, |word| *word, u64::wrapping_add)
    }
}

impl<const THREADS: usize> Sort for Twin<THREADS> {
    fn sort(words: &mut [u64]) {
        thread_pool::parallel_sort(words);
    }
}
