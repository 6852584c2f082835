//! Thread pools of others, each with the calls that its documentation has for the job.

use std::ops::Range;
use std::sync::LazyLock;
use std::{num::NonZero, thread};

use diptych::workloads::{
    self,
    thread_pool::{
        self as loops, Join, Loops, OVERSUBSCRIBED, Outside, Pool, Scope, Sort, WORKERS,
    },
};
use diptych_lab::Contestant;
use rayon::prelude::*;

use super::latch::Latch;
use super::probe::{Entry, Submit, forks, submits};

// ---- rayon ------------------------------------------------------------------------------------

/// rayon, with a pool of its own.
pub struct Rayon<const WORKERS: usize>;

impl<const WORKERS: usize> Rayon<WORKERS> {
    fn pool() -> &'static rayon::ThreadPool {
        fn of(workers: usize) -> rayon::ThreadPool {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(workers).build();
            pool.expect("threads can be started")
        }
        static FEW: LazyLock<rayon::ThreadPool> = LazyLock::new(|| of(loops::WORKERS));
        static MANY: LazyLock<rayon::ThreadPool> = LazyLock::new(|| of(OVERSUBSCRIBED));
        if WORKERS == OVERSUBSCRIBED { &MANY } else { &FEW }
    }
}

impl<const WORKERS: usize> Pool for Rayon<WORKERS> {
    type Inside<'pool> = ();

    fn with<R: Send>(work: impl FnOnce(&mut ()) -> R + Send) -> R {
        Self::pool().install(|| work(&mut ()))
    }
}

impl<const WORKERS: usize> Join for Rayon<WORKERS> {
    #[inline(always)]
    fn join<A: Send, B: Send>(
        _: &mut (),
        a: impl FnOnce(&mut ()) -> A + Send,
        b: impl FnOnce(&mut ()) -> B + Send,
    ) -> (A, B) {
        rayon::join(|| a(&mut ()), || b(&mut ()))
    }
}

impl<const WORKERS: usize> Scope for Rayon<WORKERS> {
    fn spawn_each(_: &mut (), tasks: usize, task: &(impl Fn(usize) + Sync)) {
        rayon::scope(|scope| {
            for index in 0..tasks {
                scope.spawn(move |_| task(index));
            }
        });
    }
}

impl<const WORKERS: usize> Outside for Rayon<WORKERS> {
    fn submit_each(tasks: Range<usize>, task: &'static (impl Fn(usize) + Sync)) {
        Self::pool().in_place_scope(|scope| {
            for index in tasks {
                scope.spawn(move |_| task(index));
            }
        });
    }
}

impl<const WORKERS: usize> Loops for Rayon<WORKERS> {
    fn for_each(items: usize, body: &(impl Fn(usize) + Sync)) {
        (0..items).into_par_iter().for_each(body);
    }

    fn sum(words: &[u64]) -> u64 {
        words.par_iter().copied().reduce(|| 0, u64::wrapping_add)
    }
}

impl<const WORKERS: usize> Sort for Rayon<WORKERS> {
    fn sort(words: &mut [u64]) {
        words.par_sort_unstable();
    }
}

impl Submit for Rayon<WORKERS> {
    fn submit(work: impl FnOnce() + Send + 'static) {
        Self::pool().spawn(work);
    }
}

// ---- chili ------------------------------------------------------------------------------------

/// chili, which forks and joins and has nothing else. The caller is one of its threads.
pub struct Chili<const WORKERS: usize>;

impl<const WORKERS: usize> Pool for Chili<WORKERS> {
    type Inside<'pool> = chili::Scope<'pool>;

    fn with<R: Send>(work: impl FnOnce(&mut chili::Scope<'_>) -> R + Send) -> R {
        fn of(workers: usize) -> chili::ThreadPool {
            chili::ThreadPool::with_config(chili::Config {
                thread_count: NonZero::new(workers),
                ..chili::Config::default()
            })
        }
        static FEW: LazyLock<chili::ThreadPool> = LazyLock::new(|| of(loops::WORKERS));
        static MANY: LazyLock<chili::ThreadPool> = LazyLock::new(|| of(OVERSUBSCRIBED));
        let pool = if WORKERS == OVERSUBSCRIBED { &MANY } else { &FEW };
        work(&mut pool.scope())
    }
}

impl<const WORKERS: usize> Join for Chili<WORKERS> {
    #[inline(always)]
    fn join<A: Send, B: Send>(
        inside: &mut chili::Scope<'_>,
        a: impl FnOnce(&mut chili::Scope<'_>) -> A + Send,
        b: impl FnOnce(&mut chili::Scope<'_>) -> B + Send,
    ) -> (A, B) {
        inside.join(a, b)
    }
}

// ---- tokio ------------------------------------------------------------------------------------

/// Tasks without a single await in tokio's scheduler.
pub struct Tokio;

impl Tokio {
    fn runtime() -> &'static tokio::runtime::Runtime {
        static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).build();
            runtime.expect("threads can be started")
        });
        &RUNTIME
    }
}

impl Outside for Tokio {
    fn submit_each(tasks: Range<usize>, task: &'static (impl Fn(usize) + Sync)) {
        let runtime = Self::runtime();
        Latch::wait_for(tasks.len(), |latch| {
            for index in tasks {
                runtime.spawn(async move {
                    task(index);
                    latch.count_down();
                });
            }
        });
    }
}

impl Submit for Tokio {
    fn submit(work: impl FnOnce() + Send + 'static) {
        Self::runtime().spawn(async move { work() });
    }
}

// ---- A channel and threads --------------------------------------------------------------------

/// Threads that take boxed functions from a channel of crossbeam's: what one writes in ten lines.
pub struct Channel;

type Job = Box<dyn FnOnce() + Send>;

impl Channel {
    fn sender() -> &'static crossbeam_channel::Sender<Job> {
        static SENDER: LazyLock<crossbeam_channel::Sender<Job>> = LazyLock::new(|| {
            let (sender, receiver) = crossbeam_channel::unbounded::<Job>();
            for _ in 0..WORKERS {
                let receiver = receiver.clone();
                thread::spawn(move || receiver.iter().for_each(|job| job()));
            }
            sender
        });
        &SENDER
    }
}

impl Outside for Channel {
    fn submit_each(tasks: Range<usize>, task: &'static (impl Fn(usize) + Sync)) {
        let sender = Self::sender();
        Latch::wait_for(tasks.len(), |latch| {
            for index in tasks {
                let job = move || {
                    task(index);
                    latch.count_down();
                };
                sender.send(Box::new(job)).expect("threads receive for ever");
            }
        });
    }
}

impl Submit for Channel {
    fn submit(work: impl FnOnce() + Send + 'static) {
        Self::sender().send(Box::new(work)).expect("threads receive for ever");
    }
}

// ---- threadpool -------------------------------------------------------------------------------

/// The crate threadpool: a channel of the standard library behind a mutex.
pub struct ThreadPool;

impl ThreadPool {
    fn pool() -> &'static threadpool::ThreadPool {
        // Producers submit at once; the pool can only be cloned, not shared, where they do.
        static POOL: LazyLock<threadpool::ThreadPool> =
            LazyLock::new(|| threadpool::ThreadPool::new(WORKERS));
        &POOL
    }
}

impl Outside for ThreadPool {
    fn submit_each(tasks: Range<usize>, task: &'static (impl Fn(usize) + Sync)) {
        let pool = Self::pool();
        for index in tasks {
            pool.execute(move || task(index));
        }
        pool.join();
    }
}

impl Submit for ThreadPool {
    fn submit(work: impl FnOnce() + Send + 'static) {
        Self::pool().execute(work);
    }
}

// ---- All of them ------------------------------------------------------------------------------

/// All of them, for the laboratory.
pub fn contestants() -> Vec<Contestant> {
    let of = |name, version, workloads: Vec<diptych_lab::Workload>| {
        let mut contestant = workloads::rust(name, &[], workloads);
        contestant.flags = format!("{}, {version}", contestant.flags);
        contestant
    };
    vec![
        of("rayon", env!("PEERS_RAYON"), loops::workloads::<Rayon<2>, Rayon<8>>()),
        of("chili", env!("PEERS_CHILI"), loops::joins::<Chili<2>, Chili<8>>()),
        of("tokio", env!("PEERS_TOKIO"), loops::outside::<Tokio>()),
        of("crossbeam-channel", env!("PEERS_CROSSBEAM_CHANNEL"), loops::outside::<Channel>()),
        of("threadpool", env!("PEERS_THREADPOOL"), loops::outside::<ThreadPool>()),
    ]
}

/// All of them, for what they do while there is little to do.
pub fn entries() -> Vec<Entry> {
    vec![
        submits::<Rayon<WORKERS>>("rayon", env!("PEERS_RAYON")),
        forks::<Chili<WORKERS>>("chili", env!("PEERS_CHILI")),
        submits::<Tokio>("tokio", env!("PEERS_TOKIO")),
        submits::<Channel>("crossbeam-channel", env!("PEERS_CROSSBEAM_CHANNEL")),
        submits::<ThreadPool>("threadpool", env!("PEERS_THREADPOOL")),
    ]
}
