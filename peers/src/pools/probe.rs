//! What a pool does while there is little to do: how soon a task begins, and what the process burns.
//! `peers/cpp/pools/probe.hpp` measures pools in C++ in the same way.
//!
//! A process of its own measures one pool and prints, a line each and parted by tabs: `about`, its
//! language, compiler and flags, with the library's version; `latency`, the gap in microseconds and
//! all samples in nanoseconds; `trickle` and `idle`, both with milliseconds of processor time per
//! second.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use diptych::workloads::{
    self,
    thread_pool::{Serial, Twin, WORKERS},
};
use diptych_lab::{Contestant, clock::Reading};

/// How long the pool had nothing to do before a task comes.
pub const GAPS: [Duration; 2] = [Duration::from_micros(300), Duration::from_millis(5)];

/// Tasks of a trickle come so often.
const TICK: Duration = Duration::from_millis(1);

/// What is still going on when the pool was last used is over after this time.
const CALM: Duration = Duration::from_millis(200);

/// How much is measured.
#[derive(Clone, Copy)]
pub struct Order {
    /// Tasks for each gap.
    pub samples: usize,
    /// Of a trickle, and of idleness.
    pub time: Duration,
}

/// A pool of [`diptych::workloads::thread_pool::WORKERS`] that takes a task without telling when it
/// is done.
pub trait Submit: 'static {
    /// The task is done some time.
    fn submit(work: impl FnOnce() + Send + 'static);
}

/// The floor: no pool, the caller does it.
impl Submit for Serial {
    fn submit(work: impl FnOnce() + Send + 'static) {
        work();
    }
}

/// The Rust twin.
impl Submit for Twin<WORKERS> {
    fn submit(work: impl FnOnce() + Send + 'static) {
        Self::pool().spawn(work);
    }
}

/// One that is measured: its name, what made it, and what measures it.
pub struct Entry {
    pub name: &'static str,
    /// As it is printed.
    pub about: String,
    pub probe: fn(Order),
}

/// The line about a contestant, without its first field.
pub fn about(contestant: &Contestant) -> String {
    let Contestant { language, compiler, flags, .. } = contestant;
    format!("{language}\t{compiler}\t{flags}")
}

/// What this program was made by, and the version of a library.
fn of_this_program(version: &str) -> String {
    let own = about(&workloads::rust("", &[], Vec::new()));
    if version.is_empty() { own } else { format!("{own}, {version}") }
}

/// A pool that takes tasks.
pub fn submits<P: Submit>(name: &'static str, version: &str) -> Entry {
    let probe = |order: Order| {
        for gap in GAPS {
            latencies::<P>(gap, order.samples);
        }
        burns(|| P::submit(|| ()), order.time);
    };
    Entry { name, about: of_this_program(version), probe }
}

/// A pool that forks and joins only: nobody can say when a task begins that it need not share.
#[cfg(feature = "pools")]
pub fn forks<P: diptych::workloads::thread_pool::Join>(name: &'static str, version: &str) -> Entry {
    let probe = |order: Order| {
        let join = || {
            P::with(|inside| {
                P::join(inside, |_| (), |_| ());
            });
        };
        burns(join, order.time);
    };
    Entry { name, about: of_this_program(version), probe }
}

/// Nanoseconds since the process asked first; never 0.
fn now() -> u64 {
    static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
    FIRST.elapsed().as_nanos() as u64 + 1
}

/// When the task began; 0 as long as it did not.
static BEGUN: AtomicU64 = AtomicU64::new(0);

/// Submits tasks to an idle pool, and prints how long each took to begin.
fn latencies<P: Submit>(gap: Duration, samples: usize) {
    let mut text = format!("latency\t{}", gap.as_micros());
    // The first ones pay for what is made on first use.
    for sample in 0..samples + 10 {
        sleep(gap);
        BEGUN.store(0, Ordering::Relaxed);
        let submitted = now();
        P::submit(|| BEGUN.store(now(), Ordering::Release));
        let begun = loop {
            // Pairs with the task's store.
            match BEGUN.load(Ordering::Acquire) {
                // Who waits must not take the processor that the task wants.
                0 => sleep(Duration::from_micros(20)),
                begun => break begun,
            }
        };
        if sample >= 10 {
            text += &format!("\t{}", begun - submitted);
        }
    }
    println!("{text}");
}

/// Prints what the process burns with an empty task each millisecond, and then without any.
fn burns(one: impl Fn(), time: Duration) {
    let ticks = (time.as_nanos() / TICK.as_nanos()) as u32;
    one();
    sleep(CALM);
    let trickle = share_of_processor(|| {
        let start = Instant::now();
        for tick in 1..=ticks {
            one();
            sleep((start + TICK * tick).saturating_duration_since(Instant::now()));
        }
    });
    println!("trickle\t{trickle:.3}");
    sleep(CALM);
    println!("idle\t{:.3}", share_of_processor(|| sleep(time)));
}

/// Milliseconds of processor time per second, of the whole process.
fn share_of_processor(work: impl FnOnce()) -> f64 {
    let (before, wall) = (Reading::of_all_threads(), Instant::now());
    work();
    let cpu = Reading::of_all_threads().since(before);
    cpu as f64 / 1e6 / wall.elapsed().as_secs_f64()
}
