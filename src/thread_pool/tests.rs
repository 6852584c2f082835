#[cfg(loom)]
#[path = "tests/loom.rs"]
mod engine;
#[cfg(shuttle)]
#[path = "tests/shuttle.rs"]
mod engine;
#[cfg(not(any(loom, shuttle)))]
mod later;
#[cfg(any(loom, shuttle))]
pub(super) mod machine;
#[cfg(any(loom, shuttle))]
mod model;
#[cfg(not(any(loom, shuttle)))]
mod parts;
#[cfg(not(any(loom, shuttle)))]
mod stress;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::*;

mod loops;

fn fib(n: u32) -> u64 {
    if n < 2 {
        return u64::from(n);
    }
    let (a, b) = join(|| fib(n - 1), || fib(n - 2));
    a + b
}

fn pools() -> impl Iterator<Item = ThreadPool> {
    let fences = [Fences::Asymmetric, Fences::Symmetric];
    fences.into_iter().flat_map(|fences| {
        [1, 2, 4, 8]
            .map(|threads| Builder::new().threads(threads).fences(fences).build().expect("threads"))
    })
}

#[test]
fn joins_compute_what_calls_do() {
    for pool in pools() {
        for _ in 0..20 {
            assert_eq!(pool.install(|| fib(18)), 2584);
        }
    }
}

#[test]
fn the_first_panic_of_a_join_goes_on_and_the_pool_stays() {
    for pool in pools() {
        for k in 0..200 {
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                pool.join(
                    || assert!(k % 2 != 0, "a"),
                    || {
                        fib(5);
                        assert!(k % 3 != 0, "b");
                    },
                )
            }));
            let expected = (k % 2 == 0).then_some("a").or((k % 3 == 0).then_some("b"));
            let panic = outcome.err().map(|panic| *panic.downcast::<&str>().expect("a word"));
            assert_eq!(panic, expected);
        }
    }
}

#[test]
fn a_scope_waits_for_all_that_was_spawned_in_it_by_anybody() {
    for pool in pools() {
        let count = AtomicUsize::new(0);
        pool.scope(|scope| {
            for _ in 0..3000 {
                scope.spawn(|scope| {
                    count.fetch_add(1, SeqCst);
                    scope.spawn(|_| {
                        count.fetch_add(1, SeqCst);
                    });
                });
            }
        });
        assert_eq!(count.into_inner(), 6000);
    }
}

#[test]
fn submitted_work_has_a_result_and_a_pool_that_is_dropped_has_done_all_of_it() {
    for pool in pools() {
        let count = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..100_u64).map(|n| pool.submit(move || n * n)).collect();
        for _ in 0..1000 {
            let count = count.clone();
            pool.spawn(move || {
                count.fetch_add(1, SeqCst);
            });
        }
        for (n, task) in (0..).zip(tasks) {
            assert_eq!(task.join(), n * n);
        }
        pool.wait_idle();
        assert_eq!(count.load(SeqCst), 1000);
        let more = count.clone();
        pool.spawn(move || {
            for _ in 0..10 {
                let more = more.clone();
                spawn(move || {
                    more.fetch_add(1, SeqCst);
                });
            }
        });
        drop(pool);
        assert_eq!(count.load(SeqCst), 1010);
    }
}

#[test]
fn broadcast_runs_once_in_each_thread() {
    for pool in pools() {
        for _ in 0..20 {
            let indices = pool.broadcast(|index| (index, current_index()));
            let expected: Vec<_> = (0..pool.threads()).map(|index| (index, Some(index))).collect();
            assert_eq!(indices, expected);
        }
    }
}

#[test]
fn pools_may_call_each_other() {
    let (a, b) = (ThreadPool::new(1), ThreadPool::new(1));
    for _ in 0..1000 {
        let answer = a.install(|| b.install(|| a.install(|| b.join(|| 20, || 22))));
        assert_eq!(answer, (20, 22));
    }
}

#[test]
fn what_is_cancelled_or_shut_down_is_dropped_and_counted() {
    for pool in pools() {
        let token = CancelToken::new();
        token.cancel();
        let options = Options { token: Some(token.clone()), ..Options::default() };
        let task = pool.submit_with(&options, || unreachable!("cancelled"));
        assert!(matches!(task.wait(), Err::<(), _>(Failure::Cancelled)));
        assert_eq!(token.dropped(), 1);
        assert_eq!(pool.shutdown_now(), 1);
    }
}

#[test]
fn threads_work_on_when_hooks_and_the_handler_panic() {
    let handled = Arc::new(AtomicUsize::new(0));
    let count = handled.clone();
    let hook = |_| std::panic::resume_unwind(Box::new(1_usize)); // without a message
    let builder = Builder::new().threads(3).on_start(hook).on_stop(hook);
    let pool = builder.panic_handler(move |panic| {
        count.fetch_add(*panic.downcast::<usize>().expect("the hook's"), SeqCst);
        std::panic::resume_unwind(Box::new(2_usize))
    });
    let pool = pool.build().expect("threads");
    assert_eq!(pool.broadcast(|index| index), [0, 1, 2]);
    pool.spawn(|| std::panic::resume_unwind(Box::new(100_usize)));
    pool.wait_idle();
    drop(pool);
    assert_eq!(handled.load(SeqCst), 106);
}
