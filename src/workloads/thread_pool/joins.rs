//! Forks and joins. `cpp/workloads/thread_pool/joins.hpp` is the same thing.

use core::marker::PhantomData;

use diptych_lab::Rng;

use super::Join;
use super::items::{Loop, Series, chain};

/// Joins of `fib(30)`.
pub const FIB_30: u64 = 1_346_268;

/// Fibonacci's numbers by their definition, with a join for each addition: `n` joins at most. There
/// is nothing to do but to fork and to join.
pub struct Fib<P>(PhantomData<P>);

impl<P: Join> Loop for Fib<P> {
    type Input = Series;

    fn prepare(n: u64, rng: &mut Rng) -> Series {
        Series::new(n, rng)
    }

    fn go<const EVERY: bool>(input: &mut Series) -> u64 {
        let k = number_of(input.n);
        let number = P::with(|inside| fib::<P>(inside, k));
        number.wrapping_mul(input.seed | 1)
    }
}

fn fib<P: Join>(inside: &mut P::Inside<'_>, k: u64) -> u64 {
    if k < 2 {
        return k;
    }
    let (a, b) = P::join(
        inside,
        move |inside| fib::<P>(inside, k - 1),
        move |inside| fib::<P>(inside, k - 2),
    );
    a + b
}

/// The last number of Fibonacci's that takes no more than `joins`.
fn number_of(joins: u64) -> u64 {
    // fib(k) takes as many as fib(k - 1) and fib(k - 2), and one.
    let (mut k, mut here, mut next) = (1, 0, 1);
    while next <= joins {
        (here, next) = (next, here + next + 1);
        k += 1;
    }
    k
}

/// How often [`Coarse`] comes in from outside, and the leaves of each time.
const ROUNDS: u64 = 10;
const LEAVES: u64 = 8;

/// Joins three levels deep, ten times over, with `n` steps of arithmetic in all leaves together: some
/// 100 us in each, so few and so large that a leaf which only its own thread knows of leaves the
/// others idle.
pub struct Coarse<P>(PhantomData<P>);

impl<P: Join> Loop for Coarse<P> {
    type Input = Series;

    fn prepare(n: u64, rng: &mut Rng) -> Series {
        Series::new(n, rng)
    }

    fn go<const EVERY: bool>(input: &mut Series) -> u64 {
        let (steps, seed) = (input.n / (ROUNDS * LEAVES), input.seed);
        let leaves = |round| {
            let start = seed.wrapping_add(round * 2 * LEAVES);
            P::with(|inside| half::<P>(inside, LEAVES, start, steps))
        };
        (0..ROUNDS).map(leaves).fold(0, u64::wrapping_add)
    }
}

/// The leaves from the one that begins with `start`, which is followed by every second number.
fn half<P: Join>(inside: &mut P::Inside<'_>, leaves: u64, start: u64, steps: u64) -> u64 {
    if leaves == 1 {
        return chain(start, steps);
    }
    let (leaves, middle) = (leaves / 2, start.wrapping_add(leaves));
    let (a, b) = P::join(
        inside,
        move |inside| half::<P>(inside, leaves, start, steps),
        move |inside| half::<P>(inside, leaves, middle, steps),
    );
    a ^ b
}
