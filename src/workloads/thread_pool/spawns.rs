//! Tasks one by one. `cpp/workloads/thread_pool/spawns.hpp` is the same thing.

use core::marker::PhantomData;
use core::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::Mutex;
use std::thread;

use diptych_lab::Rng;

use super::items::{Loop, Series, digest};
use super::{Outside, Scope};

/// Bytes of a line of a cache.
const LINE: usize = 64;

/// What tasks write into: a byte for each, in so many lines of a cache. Tasks that follow each other,
/// and are done at the same time, write into different lines, so that no two threads fight over one.
/// A room is for all calls, so that a task which outlives its call, as far as types can tell, knows
/// where to write.
#[repr(align(64))]
struct Room<const LINES: usize> {
    lines: [[AtomicU8; LINE]; LINES],
    seed: AtomicU64,
    used: Mutex<()>,
}

/// For a million tasks; and for a tenth of that, in a cache that is nearer.
static LARGE: Room<16_384> = Room::new();
static SMALL: Room<2048> = Room::new();

impl<const LINES: usize> Room<LINES> {
    const fn new() -> Self {
        let lines = [const { [const { AtomicU8::new(0) }; LINE] }; LINES];
        Self { lines, seed: AtomicU64::new(0), used: Mutex::new(()) }
    }

    /// What one task does.
    #[inline(always)]
    fn write(&self, index: usize) {
        let word = self.seed.load(Relaxed).wrapping_add(index as u64);
        self.lines[index % LINES][index / LINES].store(word as u8 | 1, Relaxed);
    }

    /// Has the tasks of a call done, and answers the sum of what they wrote. With `EVERY` no byte
    /// is left from the call before.
    fn call<const EVERY: bool>(&self, series: &Series, work: impl FnOnce()) -> u64 {
        let _alone = self.used.lock().expect("nobody panics");
        self.seed.store(series.seed, Relaxed);
        let tasks = series.n as usize;
        // In the order in which they lie, as this is timed.
        let bytes = || {
            let of = |at| tasks / LINES + usize::from(at < tasks % LINES);
            self.lines.iter().enumerate().flat_map(move |(at, line)| &line[..of(at)])
        };
        if EVERY {
            bytes().for_each(|byte| byte.store(0, Relaxed));
        }
        work();
        let words = bytes().map(|byte| u64::from(byte.load(Relaxed)));
        if EVERY { digest(words) } else { words.sum() }
    }
}

/// `n` tasks that one of the pool's spawns and waits for.
pub struct Inside<P>(PhantomData<P>);

impl<P: Scope> Loop for Inside<P> {
    type Input = Series;

    fn prepare(n: u64, rng: &mut Rng) -> Series {
        Series::new(n, rng)
    }

    fn go<const EVERY: bool>(input: &mut Series) -> u64 {
        let tasks = input.n as usize;
        LARGE.call::<EVERY>(input, || {
            P::with(|inside| P::spawn_each(inside, tasks, &|index| LARGE.write(index)));
        })
    }
}

/// `n` tasks that threads outside of the pool submit and wait for, each its share. Of several
/// producers each is a new thread, which takes less than a hundredth of the time that all takes.
pub struct Submitted<P, const PRODUCERS: usize>(PhantomData<P>);

impl<P: Outside, const PRODUCERS: usize> Loop for Submitted<P, PRODUCERS> {
    type Input = Series;

    fn prepare(n: u64, rng: &mut Rng) -> Series {
        Series::new(n, rng)
    }

    fn go<const EVERY: bool>(input: &mut Series) -> u64 {
        let tasks = input.n as usize;
        let share = |producer| {
            let [first, end] = [producer, producer + 1].map(|at| tasks * at / PRODUCERS);
            P::submit_each(first..end, &|index| SMALL.write(index));
        };
        SMALL.call::<EVERY>(input, || {
            if PRODUCERS == 1 {
                return share(0);
            }
            thread::scope(|scope| {
                for producer in 0..PRODUCERS {
                    scope.spawn(move || share(producer));
                }
            });
        })
    }
}
