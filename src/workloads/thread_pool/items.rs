//! What the loops are made of. `cpp/workloads/thread_pool/items.hpp` is the same thing.

use core::marker::PhantomData;

use diptych_lab::{Digest, Rng};

use crate::workloads::Operation;

/// A loop over a pool. With `EVERY` it answers a digest of all that was computed, else as much as
/// tells that it was.
pub trait Loop: 'static {
    /// What a call is given.
    type Input: 'static;

    /// Makes an input of size `n`. Not timed.
    fn prepare(n: u64, rng: &mut Rng) -> Self::Input;

    /// Does the work.
    fn go<const EVERY: bool>(input: &mut Self::Input) -> u64;
}

/// A loop as an operation of the laboratory.
pub struct Timed<L>(PhantomData<L>);

impl<L: Loop> Operation for Timed<L> {
    type Input = L::Input;
    type Output = u64;
    const KEEPS: bool = false;

    fn prepare(n: u64, rng: &mut Rng) -> L::Input {
        L::prepare(n, rng)
    }

    #[inline(always)]
    fn work(input: &mut L::Input) -> u64 {
        L::go::<false>(input)
    }

    fn prove(input: &mut L::Input) -> u64 {
        L::go::<true>(input)
    }

    #[inline(always)]
    fn mark(output: &u64) -> u64 {
        *output
    }

    fn digest(output: &u64, digest: &mut Digest) {
        digest.add(*output);
    }
}

/// How many elements a call has, and a number that its results depend on.
pub struct Series {
    pub n: u64,
    pub seed: u64,
}

impl Series {
    /// The series of a call of size `n`.
    pub fn new(n: u64, rng: &mut Rng) -> Self {
        Self { n, seed: rng.next() }
    }
}

/// Arithmetic of known length, each step waiting for the one before: xorshift (Marsaglia 2003).
#[inline(always)]
pub fn chain(start: u64, steps: u64) -> u64 {
    let mut word = start | 1;
    for _ in 0..steps {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
    }
    word
}

/// A digest of words.
pub fn digest(words: impl Iterator<Item = u64>) -> u64 {
    let mut digest = Digest::new();
    words.for_each(|word| digest.add(word));
    digest.value()
}
