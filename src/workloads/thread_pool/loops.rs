//! Loops over ranges. `cpp/workloads/thread_pool/loops.hpp` is the same thing.

use core::marker::PhantomData;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use diptych_lab::Rng;

use super::Loops;
use super::items::{Loop, Series, chain, digest};

/// The series of a loop, and a word for each item.
pub struct Items {
    series: Series,
    words: Vec<AtomicU64>,
}

impl Items {
    fn new(n: u64, rng: &mut Rng) -> Self {
        let words = (0..n).map(|_| AtomicU64::new(0)).collect();
        Self { series: Series::new(n, rng), words }
    }

    /// Computes one item. Nobody else does.
    #[inline(always)]
    fn compute(&self, index: usize, steps: u64) {
        let word = chain(self.series.seed.wrapping_add(2 * index as u64), steps);
        self.words[index].store(word, Relaxed);
    }

    /// What all items are.
    fn told<const EVERY: bool>(&self) -> u64 {
        let words = self.words.iter().map(|word| word.load(Relaxed));
        if EVERY { digest(words) } else { words.fold(0, u64::wrapping_add) }
    }
}

/// Steps of arithmetic of most items of [`Skewed`]: some 16 ns, as several overlap; and of the first
/// hundredth, which takes as long as all others together.
const LIGHT: u64 = 18;
const HEAVY: u64 = 1000;

/// `n` items, of which the first hundredth has half the work.
pub struct Skewed<P>(PhantomData<P>);

impl<P: Loops> Loop for Skewed<P> {
    type Input = Items;

    fn prepare(n: u64, rng: &mut Rng) -> Items {
        Items::new(n, rng)
    }

    fn go<const EVERY: bool>(input: &mut Items) -> u64 {
        let items = &*input;
        let count = items.words.len();
        let heavy = count / 100;
        P::with(|_| {
            P::for_each(count, &|index| {
                items.compute(index, if index < heavy { HEAVY } else { LIGHT });
            });
        });
        items.told::<EVERY>()
    }
}

/// Items of an inner loop, and the steps of arithmetic of each: some 28 ns.
const INNER: usize = 256;
const INNER_STEPS: u64 = 25;

/// A loop over `n / 256`, each of which is a loop over 256 items.
pub struct Nested<P>(PhantomData<P>);

impl<P: Loops> Loop for Nested<P> {
    type Input = Items;

    fn prepare(n: u64, rng: &mut Rng) -> Items {
        Items::new(n, rng)
    }

    fn go<const EVERY: bool>(input: &mut Items) -> u64 {
        let items = &*input;
        let count = items.words.len();
        P::with(|_| {
            P::for_each(count.div_ceil(INNER), &|outer| {
                let first = outer * INNER;
                P::for_each(INNER.min(count - first), &|inner| {
                    items.compute(first + inner, INNER_STEPS);
                });
            });
        });
        items.told::<EVERY>()
    }
}

/// Adds `n` words.
pub struct Sum<P>(PhantomData<P>);

impl<P: Loops> Loop for Sum<P> {
    type Input = Vec<u64>;

    fn prepare(n: u64, rng: &mut Rng) -> Vec<u64> {
        (0..n).map(|_| rng.next()).collect()
    }

    fn go<const EVERY: bool>(input: &mut Vec<u64>) -> u64 {
        let words = &input[..];
        P::with(|_| P::sum(words))
    }
}
