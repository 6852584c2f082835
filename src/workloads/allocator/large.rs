//! Loops of one thread over large blocks. `cpp/workloads/allocator/large.hpp` is the same thing.

use core::marker::PhantomData;

use diptych_lab::Rng;

use super::Malloc;
use super::blocks::{Block, NONE, Serial, Series, give, give_all, grow, take};

/// Doubles a block of 64 bytes until it has `n`, as a vector does that grows, and touches the pages
/// that are new.
pub struct Doubling<M>(PhantomData<M>);

impl<M: Malloc> Serial for Doubling<M> {
    #[inline(always)]
    fn run<const EVERY: bool>(series: &Series) -> u64 {
        let mut size = 64;
        let mut block = take::<M, EVERY>(size, series.seed);
        while (size as u64) < series.n {
            // SAFETY: A2 - allocated with `size` bytes.
            block = unsafe { grow::<M, EVERY>(block, size, 2 * size, series.seed) };
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

impl<M: Malloc> Serial for LargeBlocks<M> {
    #[inline(always)]
    fn run<const EVERY: bool>(series: &Series) -> u64 {
        let mut rng = Rng::new(series.seed);
        let mut blocks = [NONE; LIVE];
        let mut sum = 0_u64;
        let (mut oldest, mut left) = (0, series.n);
        while left > 0 {
            let random = rng.next();
            let pages = (1280 + random % 5121).min(left);
            sum = sum.wrapping_add(blocks[oldest].give::<M, EVERY>());
            blocks[oldest] = Block::take::<M, EVERY>(pages as usize * 4096, random);
            oldest = (oldest + 1) % LIVE;
            left -= pages;
        }
        sum.wrapping_add(give_all::<M, EVERY>(&mut blocks))
    }
}
