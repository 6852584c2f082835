//! Operations whose every step waits for the one before it, so that they show how long a step
//! takes, where others show how many fit into a time. `cpp/workloads/vector/chains.hpp` is the
//! same thing.

use core::marker::PhantomData;

use diptych_lab::{Digest, Rng};

use super::{
    Family,
    elements::{self, U64},
    growth::Series,
};
use crate::workloads::Operation;

/// Pushes numbers into an empty vector, each made from the one that the push before it has left
/// there. The vector dies inside the clock.
pub struct PushChain<F>(PhantomData<F>);

impl<F: Family> Operation for PushChain<F> {
    type Input = Series;
    type Output = F::Of<u64>;
    const KEEPS: bool = false;

    fn prepare(n: u64, rng: &mut Rng) -> Series {
        Series { n, seed: rng.next() }
    }

    #[inline(always)]
    fn work(input: &mut Series) -> F::Of<u64> {
        let mut out = F::Of::default();
        let mut item = input.seed;
        for _ in 0..input.n {
            F::push(&mut out, item);
            item = link(*out.last().expect("just pushed"), input.seed);
        }
        out
    }

    answers_vector!(U64);
}

/// The number that follows another in a chain of pushes.
#[inline(always)]
pub fn link(last: u64, seed: u64) -> u64 {
    last.rotate_left(5) ^ seed
}

/// One way through all places and back: what place `i` holds is where to read next. Its length
/// stands beside it, so that no compiler can conclude that an index is in bounds.
pub struct Ring<V> {
    pub next: V,
    pub n: u64,
}

impl<V> Ring<V> {
    /// A random ring (Sattolo 1986), held by what `hold` makes of it.
    pub fn make(n: u64, rng: &mut Rng, hold: impl FnOnce(Vec<u64>) -> V) -> Self {
        let mut next: Vec<u64> = (0..n).collect();
        for last in (1..next.len()).rev() {
            next.swap(last, (rng.next() % last as u64) as usize);
        }
        Self { next: hold(next), n }
    }

    /// Goes round once. Off the way from read to read, the places are mixed to one number.
    #[inline(always)]
    pub fn chase(&self, read: impl Fn(&V, usize) -> u64) -> u64 {
        let (mut at, mut mix) = (0, 0_u64);
        for _ in 0..self.n {
            at = read(&self.next, at as usize);
            mix = mix.rotate_left(5) ^ at;
        }
        mix
    }
}

/// Reads every number once, each at the place that the one before it says; each index is checked.
pub struct Chase<F>(PhantomData<F>);

impl<F: Family> Operation for Chase<F> {
    type Input = Ring<F::Of<u64>>;
    type Output = u64;
    const KEEPS: bool = false;

    fn prepare(n: u64, rng: &mut Rng) -> Self::Input {
        Ring::make(n, rng, |places| {
            let mut next = F::with_capacity(places.len());
            places.into_iter().for_each(|place| F::push(&mut next, place));
            next
        })
    }

    #[inline(always)]
    fn work(input: &mut Self::Input) -> u64 {
        input.chase(|next, at| *F::index(next, at))
    }

    answers_number!();
}
