//! Sorting. `cpp/workloads/thread_pool/sorts.hpp` is the same thing.

use core::marker::PhantomData;

use diptych_lab::Rng;

use super::Sort;
use super::items::{Loop, digest};

/// In what order words are before they are sorted.
pub trait Order: 'static {
    /// So many words.
    fn words(n: u64, rng: &mut Rng) -> Vec<u64>;
}

/// In none.
pub struct Random;

impl Order for Random {
    fn words(n: u64, rng: &mut Rng) -> Vec<u64> {
        (0..n).map(|_| rng.next()).collect()
    }
}

/// In none, and of sixteen values.
pub struct Few;

impl Order for Few {
    fn words(n: u64, rng: &mut Rng) -> Vec<u64> {
        (0..n).map(|_| rng.next() % 16).collect()
    }
}

/// In order, a few of them equal.
pub struct Ascending;

impl Order for Ascending {
    fn words(n: u64, rng: &mut Rng) -> Vec<u64> {
        let mut word = 0;
        let mut next = |_| {
            word += rng.next() % 1024;
            word
        };
        (0..n).map(&mut next).collect()
    }
}

/// In the opposite order.
pub struct Descending;

impl Order for Descending {
    fn words(n: u64, rng: &mut Rng) -> Vec<u64> {
        let mut words = Ascending::words(n, rng);
        words.reverse();
        words
    }
}

/// Sorts `n` words.
pub struct Sorted<P, O>(PhantomData<(P, O)>);

impl<P: Sort, O: Order> Loop for Sorted<P, O> {
    type Input = Vec<u64>;

    fn prepare(n: u64, rng: &mut Rng) -> Vec<u64> {
        O::words(n, rng)
    }

    fn go<const EVERY: bool>(input: &mut Vec<u64>) -> u64 {
        let words = &mut input[..];
        P::with(|_| P::sort(words));
        let step = if EVERY { 1 } else { input.len() / 4 + 1 };
        digest(input.iter().step_by(step).copied())
    }
}
