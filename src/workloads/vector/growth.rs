//! Operations that make vectors longer at the end. `cpp/workloads/vector/growth.hpp` is the same
//! thing.

use core::marker::PhantomData;

use diptych_lab::{Digest, Rng};

use super::{
    Family,
    elements::{self, Element, Nested, U64, make_items},
};
use crate::workloads::Operation;

/// How many elements a call makes, and the word of the first.
pub struct Series {
    pub n: u64,
    pub seed: u64,
}

/// Pushes elements, made on the spot, into an empty vector. The vector dies inside the clock.
pub struct PushGrowing<F, E>(PhantomData<(F, E)>);

impl<F: Family, E: Element> Operation for PushGrowing<F, E> {
    type Input = Series;
    type Output = F::Of<E::Item>;
    const KEEPS: bool = false;

    fn prepare(n: u64, rng: &mut Rng) -> Series {
        Series { n, seed: rng.next() }
    }

    #[inline(always)]
    fn work(input: &mut Series) -> F::Of<E::Item> {
        let mut out = F::Of::default();
        for i in 0..input.n {
            F::push(&mut out, E::make(input.seed.wrapping_add(i)));
            E::look::<F>(&out);
        }
        out
    }

    answers_vector!(E);
}

/// Moves elements, made before the clock starts, into an empty vector: what the container costs,
/// not what the elements cost. They die after the clock has stopped.
pub struct PushGrowingMoved<F, E>(PhantomData<(F, E)>);

impl<F: Family, E: Element> Operation for PushGrowingMoved<F, E> {
    type Input = Vec<E::Item>;
    type Output = F::Of<E::Item>;
    const KEEPS: bool = true;

    fn prepare(n: u64, rng: &mut Rng) -> Vec<E::Item> {
        make_items::<E>(n, rng)
    }

    #[inline(always)]
    fn work(input: &mut Vec<E::Item>) -> F::Of<E::Item> {
        let mut out = F::Of::default();
        for item in input.drain(..) {
            F::push(&mut out, item);
        }
        out
    }

    answers_vector!(E);
}

/// As [`PushGrowing`], into room for all.
pub struct PushReserved<F, E>(PhantomData<(F, E)>);

impl<F: Family, E: Element> Operation for PushReserved<F, E> {
    type Input = Series;
    type Output = F::Of<E::Item>;
    const KEEPS: bool = false;

    fn prepare(n: u64, rng: &mut Rng) -> Series {
        Series { n, seed: rng.next() }
    }

    #[inline(always)]
    fn work(input: &mut Series) -> F::Of<E::Item> {
        let mut out = F::with_capacity(input.n as usize);
        for i in 0..input.n {
            F::push(&mut out, E::make(input.seed.wrapping_add(i)));
        }
        out
    }

    answers_vector!(E);
}

/// As [`PushGrowingMoved`], into room for all.
pub struct PushReservedMoved<F, E>(PhantomData<(F, E)>);

impl<F: Family, E: Element> Operation for PushReservedMoved<F, E> {
    type Input = Vec<E::Item>;
    type Output = F::Of<E::Item>;
    const KEEPS: bool = true;

    fn prepare(n: u64, rng: &mut Rng) -> Vec<E::Item> {
        make_items::<E>(n, rng)
    }

    #[inline(always)]
    fn work(input: &mut Vec<E::Item>) -> F::Of<E::Item> {
        let mut out = F::with_capacity(input.len());
        for item in input.drain(..) {
            F::push(&mut out, item);
        }
        out
    }

    answers_vector!(E);
}

/// Eight pushes into a fresh vector, which then dies, `n / 8` times over.
pub struct PushEight<F, E>(PhantomData<(F, E)>);

impl<F: Family, E: Element> Operation for PushEight<F, E> {
    type Input = Series;
    type Output = u64;
    const KEEPS: bool = false;

    fn prepare(n: u64, rng: &mut Rng) -> Series {
        Series { n, seed: rng.next() }
    }

    #[inline(always)]
    fn work(input: &mut Series) -> u64 {
        let mut marks = 0_u64;
        for first in (0..input.n).step_by(8) {
            let mut out = F::Of::default();
            for i in 0..8 {
                F::push(&mut out, E::make(input.seed.wrapping_add(first).wrapping_add(i)));
            }
            marks = marks.wrapping_add(elements::mark::<E>(&out));
        }
        marks
    }

    answers_number!();
}

/// Blocks, and how much of the block to append, step by step.
pub struct Blocks {
    block: Vec<u64>,
    lengths: Vec<usize>,
}

/// Appends blocks of 1 to 8 KiB to an empty vector until it holds `n` numbers. The vector dies
/// inside the clock.
pub struct ExtendBlock<F>(PhantomData<F>);

impl<F: Family> Operation for ExtendBlock<F> {
    type Input = Blocks;
    type Output = F::Of<u64>;
    const KEEPS: bool = false;

    fn prepare(n: u64, rng: &mut Rng) -> Blocks {
        let mut input = Blocks { block: make_items::<U64>(1024, rng), lengths: Vec::new() };
        let mut left = n;
        while left > 0 {
            let length = (128 + rng.next() % 897).min(left);
            input.lengths.push(length as usize);
            left -= length;
        }
        input
    }

    #[inline(always)]
    fn work(input: &mut Blocks) -> F::Of<u64> {
        let mut out = F::Of::default();
        for length in &input.lengths {
            F::extend_from_slice(&mut out, &input.block[..*length]);
        }
        out
    }

    answers_vector!(U64);
}

/// How long each inner vector becomes, and the word of the first element of each.
pub struct Lengths {
    lengths: Vec<u64>,
    seed: u64,
}

/// Builds `n` vectors of 0 to 15 numbers by pushes, each moved into an outer vector when it is
/// complete. All die inside the clock.
pub struct VectorOfVectors<F>(PhantomData<F>);

impl<F: Family> Operation for VectorOfVectors<F> {
    type Input = Lengths;
    type Output = F::Of<F::Of<u64>>;
    const KEEPS: bool = false;

    fn prepare(n: u64, rng: &mut Rng) -> Lengths {
        let lengths = (0..n).map(|_| rng.next() % 16).collect();
        Lengths { lengths, seed: rng.next() }
    }

    #[inline(always)]
    fn work(input: &mut Lengths) -> F::Of<F::Of<u64>> {
        let mut out = F::Of::default();
        for length in &input.lengths {
            let mut inner = F::Of::default();
            for i in 0..*length {
                F::push(&mut inner, input.seed.wrapping_add(i));
            }
            F::push(&mut out, inner);
        }
        out
    }

    answers_vector!(Nested<F>);
}
