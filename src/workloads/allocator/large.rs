//! Loops of one thread over large blocks. `cpp/workloads/allocator/large.hpp` is the same thing.

use core::hint::black_box;
use core::marker::PhantomData;

use diptych_lab::Rng;

use super::Malloc;
use super::blocks::{Block, Loop, NONE, Series, give, take, write};

/// Doubles a block of 64 bytes until it has `n`, as a vector does that grows, and touches the pages
/// that are new.
pub struct Doubling<M>(PhantomData<M>);

impl<M: Malloc> Loop for Doubling<M> {
    type Input = Series;

    fn prepare(n: u64, rng: &mut Rng) -> Series {
        Series { n, seed: rng.next() }
    }

    #[inline(always)]
    fn go<const EVERY: bool>(input: &mut Series) -> u64 {
        let mut size = 64;
        let mut block = take::<M, EVERY>(size, input.seed);
        while (size as u64) < input.n {
            // SAFETY: A2 - allocated with `size` bytes.
            block = black_box(unsafe { M::reallocate(block, size, 2 * size) });
            assert!(!block.is_null(), "out of memory");
            // SAFETY: A2 - it has twice as many now.
            unsafe { write::<EVERY>(block, size, 2 * size, input.seed) };
            size *= 2;
        }
        // SAFETY: A2 - allocated with `size` bytes, all of them written.
        unsafe { give::<M, EVERY>(block, size) }
    }
}

/// Large blocks that live at a time.
const LIVE: usize = 4;

/// Takes blocks of 5 to 25 MiB, each in the place of the oldest of four, and touches their pages,
/// until there were `n` pages.
pub struct LargeBlocks<M>(PhantomData<M>);

impl<M: Malloc> Loop for LargeBlocks<M> {
    type Input = Series;

    fn prepare(n: u64, rng: &mut Rng) -> Series {
        Series { n, seed: rng.next() }
    }

    #[inline(always)]
    fn go<const EVERY: bool>(input: &mut Series) -> u64 {
        let mut rng = Rng::new(input.seed);
        let mut blocks = [NONE; LIVE];
        let mut sum = 0_u64;
        let (mut oldest, mut left) = (0, input.n);
        while left > 0 {
            let random = rng.next();
            let pages = (1280 + random % 5121).min(left);
            sum = sum.wrapping_add(blocks[oldest].give::<M, EVERY>());
            blocks[oldest] = Block::take::<M, EVERY>(pages as usize * 4096, random);
            oldest = (oldest + 1) % LIVE;
            left -= pages;
        }
        for block in &mut blocks {
            sum = sum.wrapping_add(block.give::<M, EVERY>());
        }
        sum
    }
}
