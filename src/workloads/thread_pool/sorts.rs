//! Sorting. `cpp/workloads/thread_pool/sorts.hpp` is the same thing.

use core::marker::PhantomData;

use diptych_lab::Rng;

use super::Sort;
use super::items::{Loop, digest};

/// Sorts `n` random words.
pub struct Random<P>(PhantomData<P>);

impl<P: Sort> Loop for Random<P> {
    type Input = Vec<u64>;

    fn prepare(n: u64, rng: &mut Rng) -> Vec<u64> {
        (0..n).map(|_| rng.next()).collect()
    }

    fn go<const EVERY: bool>(input: &mut Vec<u64>) -> u64 {
        let words = &mut input[..];
        P::with(|_| P::sort(words));
        let step = if EVERY { 1 } else { input.len() / 4 + 1 };
        digest(input.iter().step_by(step).copied())
    }
}
