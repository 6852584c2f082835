//! Threads that share work.

mod config;
mod control;
mod deque;
mod injector;
mod job;
mod join;
mod pool;
mod sync;
mod worker;

use std::sync::Arc;
use std::thread::JoinHandle;

pub use sync::Fences;

/// Threads that share work.
pub struct ThreadPool {
    pool: Arc<pool::Pool>,
    threads: Vec<JoinHandle<()>>,
}

impl ThreadPool {
    /// x
    pub fn new(threads: usize) -> Self {
        Self::with_fences(threads, Fences::best())
    }
    /// x
    pub fn with_fences(threads: usize, fences: Fences) -> Self {
        let pool = pool::Pool::new(threads, fences);
        let threads = (0..threads)
            .map(|index| {
                let pool = pool.clone();
                std::thread::spawn(move || pool.workers()[index].run())
            })
            .collect();
        Self { pool, threads }
    }
    /// x
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        join::install(&self.pool, work)
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        self.pool.end();
        for thread in self.threads.drain(..) {
            thread.join().expect("workers do not panic");
        }
    }
}

/// Both, perhaps at the same time.
#[inline(always)]
pub fn join<A: Send, B: Send>(
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    match worker::Worker::current() {
        Some(worker) => join::join_in(worker, a, b),
        None => (a(), b()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn fib(n: u32) -> u64 {
        if n < 2 {
            return u64::from(n);
        }
        let (a, b) = join(|| fib(n - 1), || fib(n - 2));
        a + b
    }
    #[test]
    fn works() {
        for fences in [Fences::Asymmetric, Fences::Symmetric] {
            for threads in [1, 2, 4, 8] {
                let pool = ThreadPool::with_fences(threads, fences);
                for _ in 0..20 {
                    assert_eq!(pool.install(|| fib(20)), 6765);
                }
            }
        }
    }
    #[test]
    fn panics() {
        let pool = ThreadPool::new(2);
        for k in 0..1000 {
            let r = job::attempt(|| {
                pool.install(|| {
                    join(
                        || {
                            if k % 2 == 0 {
                                panic!("a")
                            };
                            fib(10)
                        },
                        || {
                            if k % 3 == 0 {
                                panic!("b")
                            };
                            fib(12)
                        },
                    )
                })
            });
            assert_eq!(r.is_err(), k % 2 == 0 || k % 3 == 0);
        }
    }
}
