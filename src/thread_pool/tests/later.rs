//! Work for later, what becomes of it, and who is told.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::task::Wake;

use super::*;

/// A pool of one thread that does nothing until it is let go: what is submitted meanwhile waits.
fn held() -> (ThreadPool, Sender<()>) {
    let pool = ThreadPool::new(1);
    let (begun, has_begun) = mpsc::channel();
    let (go, gate): (_, Receiver<()>) = mpsc::channel();
    pool.spawn(move || {
        begun.send(()).expect("the test waits");
        let _ = gate.recv(); // sent, or dropped with the test
    });
    has_begun.recv().expect("it begins");
    (pool, go)
}

fn with(priority: Priority) -> Options {
    Options { priority, ..Options::default() }
}

// ---- Order --------------------------------------------------------------------------------------

#[test]
fn high_priority_comes_first_low_last_and_of_equal_ones_the_oldest() {
    let (pool, go) = held();
    let order = Arc::new(Mutex::new(Vec::new()));
    for priority in [Priority::Low, Priority::Normal, Priority::High] {
        for number in 0..200_usize {
            let order = order.clone();
            pool.spawn_with(&with(priority), move || {
                order.lock().expect("no panic").push((priority, number));
            });
        }
    }
    go.send(()).expect("it waits");
    pool.wait_idle();
    let order = order.lock().expect("no panic");
    let expected = [Priority::High, Priority::Normal, Priority::Low];
    for (some, priority) in order.chunks_exact(200).zip(expected) {
        // Normal ones are looked for now and then, too: a batch more or less.
        let slack = if priority == Priority::Normal { config::BATCH } else { 0 };
        for (at, &(of, number)) in some.iter().enumerate() {
            assert!(of == priority && at.abs_diff(number) <= slack, "{of:?} {number} at {at}");
        }
    }
}

#[test]
fn what_a_job_submits_is_done_whatever_its_priority() {
    for pool in pools() {
        let count = Arc::new(AtomicUsize::new(0));
        for priority in [Priority::High, Priority::Normal, Priority::Low] {
            let count = count.clone();
            pool.spawn(move || {
                for _ in 0..100 {
                    let count = count.clone();
                    with_pool(|pool| {
                        task::spawn(pool, &with(priority), move || {
                            count.fetch_add(1, SeqCst);
                        });
                    });
                }
            });
        }
        pool.wait_idle();
        assert_eq!(count.load(SeqCst), 300);
    }
}

// ---- Results ------------------------------------------------------------------------------------

#[test]
fn a_panic_comes_to_who_waits_or_to_the_handler() {
    let handled = Arc::new(Mutex::new(Vec::new()));
    let sink = handled.clone();
    let keep = move |panic: job::Payload| {
        sink.lock().expect("no panic").push(*panic.downcast::<u32>().expect("a number"));
    };
    let pool = Builder::new().threads(2).panic_handler(keep).build().expect("threads");
    for number in 0..50_u32 {
        let panics = move || -> () { std::panic::resume_unwind(Box::new(number)) };
        let Err(Failure::Panicked(panic)) = pool.submit(panics).wait() else {
            panic!("it has panicked");
        };
        assert_eq!(*panic.downcast::<u32>().expect("a number"), number);
        pool.spawn(panics);
    }
    pool.wait_idle();
    let mut handled = handled.lock().expect("no panic").clone();
    handled.sort_unstable();
    assert!(handled.into_iter().eq(0..50));
}

#[derive(Default)]
struct Told(AtomicUsize);

impl Wake for Told {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn a_task_is_a_future_whose_last_waker_is_told_once() {
    let (pool, go) = held();
    let mut task = pin!(pool.submit(|| 42));
    let wakers = [Arc::new(Told::default()), Arc::new(Told::default())];
    for told in &wakers {
        let waker = Waker::from(told.clone());
        assert!(task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert!(!task.is_done());
    go.send(()).expect("it waits");
    pool.wait_idle();
    assert!(task.is_done());
    assert_eq!(wakers.map(|told| told.0.load(SeqCst)), [0, 1]);
    let outcome = task.poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(outcome, Poll::Ready(Ok(42))));
}

#[test]
fn who_waits_in_a_worker_gets_results_of_its_own_pool_and_of_others() {
    let other = ThreadPool::new(1);
    for pool in pools() {
        let sum = pool.install(|| {
            let own: Vec<_> = (0..50_u64).map(|n| submit(move || n)).collect();
            let others: Vec<_> = (0..50_u64).map(|n| other.submit(move || n)).collect();
            own.into_iter().chain(others).map(Task::join).sum::<u64>()
        });
        assert_eq!(sum, 2 * 1225);
    }
}

// ---- Idleness -----------------------------------------------------------------------------------

/// Waits until somebody waits for the pool to be idle, so that nothing but the end of a job can tell.
fn let_it_be_awaited(pool: &Pool) {
    while !pool.is_awaited() {
        std::thread::yield_now();
    }
}

/// What a worker of a pool of one does that has to do something else behind its last submitted job:
/// given the job, and what then goes on until somebody has been told.
type GoesOn = fn(&ThreadPool, &(dyn Fn() + Sync), &(dyn Fn() + Sync));

#[test]
fn who_waits_until_it_is_idle_is_told_before_a_worker_goes_on_with_something_else() {
    let ways: [GoesOn; 5] = [
        // With what waited for the job.
        |pool, last, rest| {
            pool.install(|| {
                later(last).join();
                rest();
            });
        },
        // With what it had published before.
        |pool, last, rest| {
            pool.install(|| {
                join(|| drop(later(last)), rest);
            });
        },
        |pool, last, rest| {
            pool.scope(|scope| {
                scope.spawn(|_| rest());
                drop(later(last));
            });
        },
        // With work from outside.
        |pool, last, rest| {
            let (begun, has_begun) = mpsc::channel();
            let last = move || {
                begun.send(()).expect("the test waits");
                while pool.pool.injectors.iter().all(injector::Injector::is_empty) {
                    std::thread::yield_now();
                }
                last();
            };
            pool.install(|| drop(later(&last)));
            has_begun.recv().expect("it begins");
            pool.install(rest);
        },
        // With what submits so many that it does some itself.
        |pool, last, rest| {
            pool.scope(|scope| {
                for _ in 0..config::SPAWN_LIMIT {
                    scope.spawn(|_| ());
                }
                drop(later(last));
                rest();
            });
        },
    ];
    for goes_on in ways {
        let pool = ThreadPool::new(1);
        let (told, is_told) = mpsc::channel();
        let is_told = Mutex::new(is_told);
        let begun = AtomicUsize::new(0);
        std::thread::scope(|threads| {
            let (pool, begun) = (&pool, &begun);
            threads.spawn(move || {
                while begun.load(SeqCst) == 0 {
                    std::thread::yield_now();
                }
                pool.wait_idle();
                told.send(()).expect("the worker waits");
            });
            let last = || {
                begun.store(1, SeqCst);
                let_it_be_awaited(&pool.pool);
            };
            goes_on(pool, &last, &|| is_told.lock().expect("no panic").recv().expect("it is told"));
        });
    }
}

/// Submits a job that borrows: the caller sees to it that it ends in time.
fn later(job: &(dyn Fn() + Sync)) -> Task<()> {
    // SAFETY: T2 - the tests wait for it.
    let job: &'static (dyn Fn() + Sync) = unsafe { core::mem::transmute(job) };
    submit(job)
}

// ---- Dropping -----------------------------------------------------------------------------------

/// How often it was dropped.
struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn what_is_dropped_is_dropped_once_and_counted_by_token_and_pool() {
    let (pool, go) = held();
    let (gone, token) = (Arc::new(AtomicUsize::new(0)), CancelToken::new());
    let options = Options { token: Some(token.clone()), ..Options::default() };
    let mut tasks = Vec::new();
    for _ in 0..40 {
        let (kept, cancelled) = (Dropped(gone.clone()), Dropped(gone.clone()));
        pool.spawn(move || drop(kept));
        tasks.push(pool.submit_with(&options, move || drop(cancelled)));
    }
    assert!(!token.is_cancelled());
    token.cancel();
    assert!(token.is_cancelled());
    go.send(()).expect("it waits");
    pool.wait_idle();
    assert_eq!((gone.load(SeqCst), token.dropped(), pool.metrics().dropped), (80, 40, 40));
    for task in tasks {
        assert!(matches!(task.wait(), Err(Failure::Cancelled)));
    }
}

#[test]
fn a_shutdown_drops_what_has_not_begun_and_says_how_much() {
    let (pool, go) = held();
    let (gone, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let task = pool.submit(|| 42);
    for _ in 0..99 {
        let (job, done) = (Dropped(gone.clone()), done.clone());
        pool.spawn(move || {
            done.fetch_add(1, SeqCst);
            drop(job);
        });
    }
    pool.pool.end(true);
    go.send(()).expect("it waits");
    assert_eq!(pool.shutdown_now(), 100);
    assert_eq!((gone.load(SeqCst), done.load(SeqCst)), (99, 0));
    assert!(matches!(task.wait(), Err(Failure::Cancelled)));
}

#[test]
fn jobs_that_fit_a_block_and_those_that_do_not_come_whole() {
    #[repr(align(128))]
    #[derive(Clone, Copy)]
    struct Aligned(usize);

    for pool in pools() {
        let sum = AtomicUsize::new(0);
        let add = |bytes: &[usize]| _ = sum.fetch_add(bytes.iter().sum(), SeqCst);
        pool.scope(|scope| {
            for number in 0..300 {
                let (small, large, aligned) = ([number; 3], [number; 40], Aligned(number));
                scope.spawn(move |_| add(&small));
                scope.spawn(move |_| add(&large));
                scope.spawn(move |_| {
                    let aligned = &aligned;
                    assert_eq!(core::ptr::from_ref(aligned) as usize % 128, 0);
                    add(&[aligned.0]);
                });
            }
        });
        assert_eq!(sum.into_inner(), 44 * 300 * 299 / 2);
    }
}

// ---- Scopes and threads -------------------------------------------------------------------------

#[test]
fn of_a_scope_the_body_s_panic_goes_on_else_the_first_and_all_is_done() {
    for pool in pools() {
        for body_panics in [false, true] {
            let count = AtomicUsize::new(0);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                pool.scope(|scope| {
                    for number in 0..2000 {
                        let count = &count;
                        scope.spawn(move |_| {
                            count.fetch_add(1, SeqCst);
                            assert_ne!(number % 100, 7, "of a job");
                        });
                    }
                    assert!(!body_panics, "of the body");
                });
            }));
            let panic = outcome.expect_err("one of them goes on");
            let of_body = panic.downcast_ref::<&str>() == Some(&"of the body");
            assert_eq!((of_body, count.into_inner()), (body_panics, 2000));
        }
    }
}

#[test]
fn of_two_panics_in_a_scope_the_first_goes_on() {
    let pool = ThreadPool::new(1);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        pool.scope(|scope| {
            scope.spawn(|scope| {
                scope.spawn(|_| panic!("later"));
                panic!("first");
            });
        });
    }));
    let panic = outcome.expect_err("one of them goes on");
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"first"));
}

#[test]
fn a_scope_may_be_given_work_from_threads_outside() {
    for pool in pools() {
        let count = AtomicUsize::new(0);
        pool.scope(|scope| {
            std::thread::scope(|threads| {
                for _ in 0..3 {
                    threads.spawn(|| {
                        for _ in 0..100 {
                            scope.spawn(|_| _ = count.fetch_add(1, SeqCst));
                        }
                    });
                }
            });
        });
        assert_eq!(count.into_inner(), 300);
    }
}

#[test]
fn hooks_are_called_once_in_each_thread_with_its_number_and_name() {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let hook = |what: &'static str| {
        let calls = calls.clone();
        move |index| {
            let name = std::thread::current().name().map(str::to_owned);
            calls.lock().expect("no panic").push((what, index, name));
        }
    };
    let builder = Builder::new().threads(3).name("hooked");
    let pool = builder.on_start(hook("start")).on_stop(hook("stop")).build().expect("threads");
    assert_eq!(pool.broadcast(|index| index), [0, 1, 2]);
    drop(pool);
    let mut calls = calls.lock().expect("no panic").clone();
    calls.sort();
    let call = |what, index| (what, index, Some(format!("hooked-{index}")));
    let expected = ["start", "stop"].map(|what| [0, 1, 2].map(|index| call(what, index)));
    assert_eq!(calls, expected.concat());
}

#[test]
fn a_thread_of_a_pool_cannot_wait_until_it_is_idle() {
    let pool = ThreadPool::new(1);
    assert!(catch_unwind(AssertUnwindSafe(|| pool.install(|| pool.wait_idle()))).is_err());
    pool.wait_idle();
}
