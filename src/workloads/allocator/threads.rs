//! Loops of several threads. `cpp/workloads/allocator/threads.hpp` is the same thing.

use core::marker::PhantomData;
use std::sync::{Condvar, Mutex};
use std::thread;

use diptych_lab::Rng;

use super::Malloc;
use super::blocks::{Block, Loop, NONE, Series, give_all};

/// Blocks that are handed over at a time.
const PORTION: usize = 512;

/// Portions that wait to be freed, at most: what is freed early is there to be taken again.
const AHEAD: usize = 4;

/// How many portions the producer has filled and the consumer has freed.
struct Counts {
    filled: usize,
    freed: usize,
}

/// A producer takes blocks of 64 bytes, a consumer gives them back: every block is freed by a thread
/// that did not allocate it.
pub struct ProducerConsumer<M>(PhantomData<M>);

/// The portions, made beforehand, so that handing over is a matter of counting.
pub struct Portions {
    series: Series,
    portions: Vec<Mutex<Vec<Block>>>,
}

impl<M: Malloc> Loop for ProducerConsumer<M> {
    type Input = Portions;

    fn prepare(n: u64, rng: &mut Rng) -> Portions {
        let portion = |first| PORTION.min((n - first) as usize);
        let portions = (0..n).step_by(PORTION).map(|first| Mutex::new(vec![NONE; portion(first)]));
        Portions { series: Series::new(n, rng), portions: portions.collect() }
    }

    fn go<const EVERY: bool>(input: &mut Portions) -> u64 {
        let counts = Mutex::new(Counts { filled: 0, freed: 0 });
        let changed = Condvar::new();
        let (portions, seed) = (&input.portions, input.series.seed);
        thread::scope(|scope| {
            let consumer = scope.spawn(|| {
                let mut sum = 0_u64;
                for (index, portion) in portions.iter().enumerate() {
                    let waiting = |counts: &mut Counts| counts.filled == index;
                    let counted = counts.lock().expect("nobody panics");
                    drop(changed.wait_while(counted, waiting).expect("nobody panics"));
                    let mut portion = portion.lock().expect("nobody panics");
                    sum = sum.wrapping_add(give_all::<M, EVERY>(portion.iter_mut()));
                    drop(portion);
                    counts.lock().expect("nobody panics").freed = index + 1;
                    changed.notify_one();
                }
                sum
            });
            let mut word = seed;
            for (index, portion) in portions.iter().enumerate() {
                let waiting = |counts: &mut Counts| counts.freed + AHEAD == index;
                let counted = counts.lock().expect("nobody panics");
                drop(changed.wait_while(counted, waiting).expect("nobody panics"));
                for block in portion.lock().expect("nobody panics").iter_mut() {
                    *block = Block::take::<M, EVERY>(64, word);
                    word = word.wrapping_add(1);
                }
                counts.lock().expect("nobody panics").filled = index + 1;
                changed.notify_one();
            }
            consumer.join().expect("nobody panics")
        })
    }
}

/// Blocks that one thread takes.
const OF_ONE_THREAD: usize = 1000;

/// One thread after the other takes 1000 blocks of 16 to 1039 bytes, gives back every other one and
/// what its predecessor has left, and ends.
pub struct ThreadChurn<M>(PhantomData<M>);

/// The series of a thread churn, and room for what two threads hold.
pub struct Estate {
    series: Series,
    left: Vec<Block>,
    own: Vec<Block>,
}

impl<M: Malloc> Loop for ThreadChurn<M> {
    type Input = Estate;

    fn prepare(n: u64, rng: &mut Rng) -> Estate {
        let room = || vec![NONE; OF_ONE_THREAD];
        Estate { series: Series::new(n, rng), left: room(), own: room() }
    }

    fn go<const EVERY: bool>(input: &mut Estate) -> u64 {
        let mut rng = Rng::new(input.series.seed);
        let (left, own) = (&mut input.left, &mut input.own);
        let mut sum = 0_u64;
        for first in (0..input.series.n).step_by(OF_ONE_THREAD) {
            let count = OF_ONE_THREAD.min((input.series.n - first) as usize);
            let of_thread = thread::scope(|scope| {
                let work = || life::<M, EVERY>(&mut rng, left, &mut own[..count]);
                scope.spawn(work).join().expect("nobody panics")
            });
            sum = sum.wrapping_add(of_thread);
            core::mem::swap(left, own);
        }
        sum.wrapping_add(give_all::<M, EVERY>(left))
    }
}

/// What one thread does.
fn life<M: Malloc, const EVERY: bool>(rng: &mut Rng, left: &mut [Block], own: &mut [Block]) -> u64 {
    for block in &mut *own {
        let random = rng.next();
        *block = Block::take::<M, EVERY>(16 + (random % 1024) as usize, random);
    }
    let sum = give_all::<M, EVERY>(left);
    sum.wrapping_add(give_all::<M, EVERY>(own.iter_mut().step_by(2)))
}
