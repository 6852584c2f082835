//! Operations that go over all elements once. `cpp/workloads/vector/whole.hpp` is the same thing.

use core::{marker::PhantomData, mem::take};

use diptych_lab::{Digest, Rng};

use super::{
    Family,
    elements::{self, Element, U64, make_vector},
};
use crate::workloads::Operation;

/// Copies a vector. The copy dies inside the clock.
pub struct CloneAll<F, E>(PhantomData<(F, E)>);

impl<F: Family, E: Element<Item: Clone>> Operation for CloneAll<F, E> {
    type Input = F::Of<E::Item>;
    type Output = F::Of<E::Item>;
    const KEEPS: bool = false;

    fn prepare(n: u64, rng: &mut Rng) -> F::Of<E::Item> {
        make_vector::<F, E>(n, 0, rng)
    }

    #[inline(always)]
    fn work(input: &mut F::Of<E::Item>) -> F::Of<E::Item> {
        F::clone(input)
    }

    answers_vector!(E);
}

/// Numbers to be added up, and how many there are: told apart from the vector, so that no compiler
/// can conclude that an index below `n` is in bounds.
pub struct Summands<F: Family> {
    items: F::Of<u64>,
    n: usize,
}

impl<F: Family> Summands<F> {
    fn make(n: u64, rng: &mut Rng) -> Self {
        Self { items: make_vector::<F, U64>(n, 0, rng), n: n as usize }
    }
}

/// Adds up all numbers by iterating.
pub struct IterateSum<F>(PhantomData<F>);

impl<F: Family> Operation for IterateSum<F> {
    type Input = Summands<F>;
    type Output = u64;
    const KEEPS: bool = false;

    fn prepare(n: u64, rng: &mut Rng) -> Summands<F> {
        Summands::make(n, rng)
    }

    #[inline(always)]
    fn work(input: &mut Summands<F>) -> u64 {
        let mut sum = 0_u64;
        for item in input.items.iter() {
            sum = sum.wrapping_add(*item);
        }
        sum
    }

    answers_number!();
}

/// Adds up all numbers by index, each index checked: `at` in C++, `[]` in Rust.
pub struct IndexSumChecked<F>(PhantomData<F>);

impl<F: Family> Operation for IndexSumChecked<F> {
    type Input = Summands<F>;
    type Output = u64;
    const KEEPS: bool = false;

    fn prepare(n: u64, rng: &mut Rng) -> Summands<F> {
        Summands::make(n, rng)
    }

    #[inline(always)]
    fn work(input: &mut Summands<F>) -> u64 {
        let mut sum = 0_u64;
        for i in 0..input.n {
            sum = sum.wrapping_add(*F::index(&input.items, i));
        }
        sum
    }

    answers_number!();
}

/// Adds up all numbers by index, none checked: `[]` in C++, `get_unchecked` in Rust.
pub struct IndexSumUnchecked<F>(PhantomData<F>);

impl<F: Family> Operation for IndexSumUnchecked<F> {
    type Input = Summands<F>;
    type Output = u64;
    const KEEPS: bool = false;

    fn prepare(n: u64, rng: &mut Rng) -> Summands<F> {
        Summands::make(n, rng)
    }

    #[inline(always)]
    fn work(input: &mut Summands<F>) -> u64 {
        let mut sum = 0_u64;
        for i in 0..input.n {
            // SAFETY: V2 - slots [0, len) are alive; `Summands::make` sets n to len.
            sum = sum.wrapping_add(*unsafe { input.items.get_unchecked(i) });
        }
        sum
    }

    answers_number!();
}

/// Pops all numbers. The block dies after the clock has stopped.
pub struct PopAll<F>(PhantomData<F>);

impl<F: Family> Operation for PopAll<F> {
    type Input = F::Of<u64>;
    type Output = u64;
    const KEEPS: bool = false;

    fn prepare(n: u64, rng: &mut Rng) -> F::Of<u64> {
        make_vector::<F, U64>(n, 0, rng)
    }

    #[inline(always)]
    fn work(input: &mut F::Of<u64>) -> u64 {
        let mut out = take(input);
        let mut mix = 0_u64;
        while let Some(item) = F::pop(&mut out) {
            mix = mix.rotate_left(5) ^ item;
        }
        *input = out;
        mix
    }

    answers_number!();
}

/// Sorts random numbers through the iterators: `std::sort` in C++, `sort_unstable` of the slice in
/// Rust. Two algorithms, so the row compares the libraries more than the vectors. The vector dies
/// after the clock has stopped.
pub struct Sort<F>(PhantomData<F>);

impl<F: Family> Operation for Sort<F> {
    type Input = F::Of<u64>;
    type Output = F::Of<u64>;
    const KEEPS: bool = true;

    fn prepare(n: u64, rng: &mut Rng) -> F::Of<u64> {
        make_vector::<F, U64>(n, 0, rng)
    }

    #[inline(always)]
    fn work(input: &mut F::Of<u64>) -> F::Of<u64> {
        let mut out = take(input);
        out.sort_unstable();
        out
    }

    answers_vector!(U64);
}
