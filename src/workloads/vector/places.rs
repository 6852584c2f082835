//! Operations at the front and in the middle. `cpp/workloads/vector/places.hpp` is the same thing.

use core::{marker::PhantomData, mem::take};

use diptych_lab::{Digest, Rng};

use super::{
    Family,
    elements::{self, Element, U64, make_items, make_vector},
};
use crate::workloads::Operation;

/// How many elements one call inserts or erases, one by one: the `n` others move as often.
const SHIFTS: u64 = 8;

/// A vector with room for `SHIFTS` more, and as many elements to put into it. All are made before
/// the clock starts, and die after it has stopped.
pub struct Insertion<F: Family, E: Element> {
    items: F::Of<E::Item>,
    more: Vec<E::Item>,
}

impl<F: Family, E: Element> Insertion<F, E> {
    fn make(n: u64, rng: &mut Rng) -> Self {
        let items = make_vector::<F, E>(n, SHIFTS, rng);
        Self { items, more: make_items::<E>(SHIFTS, rng) }
    }
}

/// Puts elements before the first.
pub struct InsertFront<F, E>(PhantomData<(F, E)>);

impl<F: Family, E: Element> Operation for InsertFront<F, E> {
    type Input = Insertion<F, E>;
    type Output = F::Of<E::Item>;
    const KEEPS: bool = true;

    fn prepare(n: u64, rng: &mut Rng) -> Insertion<F, E> {
        Insertion::make(n, rng)
    }

    #[inline(always)]
    fn work(input: &mut Insertion<F, E>) -> F::Of<E::Item> {
        let mut out = take(&mut input.items);
        E::look::<F>(&out);
        for item in input.more.drain(..) {
            F::insert(&mut out, 0, item);
            E::look::<F>(&out);
        }
        out
    }

    answers_vector!(E);
}

/// Puts elements before the one in the middle.
pub struct InsertMiddle<F, E>(PhantomData<(F, E)>);

impl<F: Family, E: Element> Operation for InsertMiddle<F, E> {
    type Input = Insertion<F, E>;
    type Output = F::Of<E::Item>;
    const KEEPS: bool = true;

    fn prepare(n: u64, rng: &mut Rng) -> Insertion<F, E> {
        Insertion::make(n, rng)
    }

    #[inline(always)]
    fn work(input: &mut Insertion<F, E>) -> F::Of<E::Item> {
        let mut out = take(&mut input.items);
        for item in input.more.drain(..) {
            let middle = out.len() / 2;
            F::insert(&mut out, middle, item);
        }
        out
    }

    answers_vector!(E);
}

/// Takes elements away at the front. The vector dies after the clock has stopped.
pub struct EraseFront<F, E>(PhantomData<(F, E)>);

impl<F: Family, E: Element> Operation for EraseFront<F, E> {
    type Input = F::Of<E::Item>;
    type Output = F::Of<E::Item>;
    const KEEPS: bool = true;

    fn prepare(n: u64, rng: &mut Rng) -> F::Of<E::Item> {
        make_vector::<F, E>(n + SHIFTS, 0, rng)
    }

    #[inline(always)]
    fn work(input: &mut F::Of<E::Item>) -> F::Of<E::Item> {
        let mut out = take(input);
        for _ in 0..SHIFTS {
            F::remove(&mut out, 0);
        }
        out
    }

    answers_vector!(E);
}

/// Keeps the even ones of random numbers: about half, which half cannot be foreseen. The vector
/// dies after the clock has stopped.
pub struct Retain<F>(PhantomData<F>);

impl<F: Family> Operation for Retain<F> {
    type Input = F::Of<u64>;
    type Output = F::Of<u64>;
    const KEEPS: bool = true;

    fn prepare(n: u64, rng: &mut Rng) -> F::Of<u64> {
        make_vector::<F, U64>(n, 0, rng)
    }

    #[inline(always)]
    fn work(input: &mut F::Of<u64>) -> F::Of<u64> {
        let mut out = take(input);
        F::retain(&mut out, |item| item % 2 == 0);
        out
    }

    answers_vector!(U64);
}
