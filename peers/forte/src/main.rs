//! forte runs the loops. It forks and joins, spawns, and has no loops over ranges. A thread that
//! comes in from outside is one of its workers meanwhile, except where tasks are given to it from
//! outside: there as many threads of its own take them.

#[path = "../../src/pools/latch.rs"]
mod latch;
#[allow(dead_code, reason = "for other pools")]
#[path = "../../src/pools/probe.rs"]
mod probe;

use std::env;
use std::ops::Range;
use std::process::ExitCode;
use std::sync::Once;
use std::time::Duration;

use diptych::workloads::{
    self,
    thread_pool::{self as loops, Join, OVERSUBSCRIBED, Outside, Pool, Scope, WORKERS},
};
use diptych_lab::{Contestant, worker};
use forte::{ThreadPool, Worker};
use latch::Latch;
use probe::{Order, Submit, submits};

/// forte, with so many threads at work.
struct Forte<const THREADS: usize>;

impl<const THREADS: usize> Pool for Forte<THREADS> {
    type Inside<'pool> = &'pool Worker;

    fn with<R: Send>(work: impl FnOnce(&mut &Worker) -> R + Send) -> R {
        static FEW: ThreadPool = ThreadPool::new();
        static MANY: ThreadPool = ThreadPool::new();
        static MADE: [Once; 2] = [const { Once::new() }; 2];
        let (pool, made) =
            if THREADS == OVERSUBSCRIBED { (&MANY, &MADE[0]) } else { (&FEW, &MADE[1]) };
        made.call_once(|| {
            pool.resize_to(THREADS - 1);
        });
        pool.with_worker(|mut inside| work(&mut inside))
    }
}

impl<const THREADS: usize> Join for Forte<THREADS> {
    #[inline(always)]
    fn join<A: Send, B: Send>(
        inside: &mut &Worker,
        a: impl FnOnce(&mut &Worker) -> A + Send,
        b: impl FnOnce(&mut &Worker) -> B + Send,
    ) -> (A, B) {
        inside.join(|mut inside| a(&mut inside), |mut inside| b(&mut inside))
    }
}

impl<const THREADS: usize> Scope for Forte<THREADS> {
    fn spawn_each(inside: &mut &Worker, tasks: usize, task: &(impl Fn(usize) + Sync)) {
        inside.scope(|scope| {
            for index in 0..tasks {
                scope.spawn(move |_: &Worker| task(index));
            }
        });
    }
}

/// Of which all threads are its own.
fn detached() -> &'static ThreadPool {
    static POOL: ThreadPool = ThreadPool::new();
    static MADE: Once = Once::new();
    MADE.call_once(|| {
        POOL.resize_to(WORKERS);
    });
    &POOL
}

impl Outside for Forte<WORKERS> {
    fn submit_each(tasks: Range<usize>, task: &'static (impl Fn(usize) + Sync)) {
        let pool = detached();
        Latch::wait_for(tasks.len(), |latch| {
            for index in tasks {
                pool.spawn(move |_: &Worker| {
                    task(index);
                    latch.count_down();
                });
            }
        });
    }
}

impl Submit for Forte<WORKERS> {
    fn submit(work: impl FnOnce() + Send + 'static) {
        detached().spawn(move |_: &Worker| work());
    }
}

/// The version that is linked.
fn version() -> String {
    let lock = include_str!("../Cargo.lock");
    let version = lock.split_once("name = \"forte\"\nversion = \"");
    let version = version.and_then(|(_, rest)| rest.split('"').next()).unwrap_or("unknown");
    format!("forte {version}")
}

fn contestant() -> Contestant {
    let all = [
        loops::joins::<Forte<WORKERS>, Forte<OVERSUBSCRIBED>>(),
        loops::scopes::<Forte<WORKERS>, Forte<OVERSUBSCRIBED>>(),
        loops::outside::<Forte<WORKERS>>(),
    ];
    let mut contestant = workloads::rust("forte", &[], all.into_iter().flatten().collect());
    contestant.flags = format!("{}, {}", contestant.flags, version());
    contestant
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    if let [_, _, samples, milliseconds] = &words[..] {
        let number = |word: &String| word.parse::<u32>().unwrap_or(0);
        let time = Duration::from_millis(number(milliseconds).into());
        let entry = submits::<Forte<WORKERS>>("forte", &version());
        println!("about\t{}", entry.about);
        (entry.probe)(Order { samples: number(samples) as usize, time });
        return ExitCode::SUCCESS;
    }
    worker::serve(&[contestant()])
}
