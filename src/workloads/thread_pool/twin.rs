//! The Rust twin as a pool. `cpp/workloads/thread_pool/twin.hpp` is the same for C++.

use std::ops::Range;
use std::sync::OnceLock;

use super::{Join, Loops, Outside, Pool, Scope, Sort, WORKERS};
use crate::thread_pool::{self, Builder, Fences, ThreadPool};

/// The Rust twin, with so many threads.
pub struct Twin<const THREADS: usize>;

impl<const THREADS: usize> Twin<THREADS> {
    /// One for each number of threads that is in the table; both stay with the process.
    pub fn pool() -> &'static ThreadPool {
        static FEW: OnceLock<ThreadPool> = OnceLock::new();
        static MANY: OnceLock<ThreadPool> = OnceLock::new();
        let pool = if THREADS == WORKERS { &FEW } else { &MANY };
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

/// With fences for which the owner of a job pays as much as a thief, as where there is no
/// `membarrier`.
pub struct Fenced;

impl Pool for Fenced {
    type Inside<'pool> = ();

    fn with<R: Send>(work: impl FnOnce(&mut ()) -> R + Send) -> R {
        static POOL: OnceLock<ThreadPool> = OnceLock::new();
        let make = || {
            let builder = Builder::new().threads(WORKERS).fences(Fences::Symmetric);
            builder.build().expect("threads can be had")
        };
        POOL.get_or_init(make).install(|| work(&mut ()))
    }
}

impl Join for Fenced {
    #[inline(always)]
    fn join<A: Send, B: Send>(
        inside: &mut (),
        a: impl FnOnce(&mut ()) -> A + Send,
        b: impl FnOnce(&mut ()) -> B + Send,
    ) -> (A, B) {
        Twin::<WORKERS>::join(inside, a, b)
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
