//! Loops of one thread over small and medium blocks. `cpp/workloads/allocator/single.hpp` is the
//! same thing.

use core::marker::PhantomData;

use diptych_lab::Rng;

use super::Malloc;
use super::blocks::{
    Block, Loop, NONE, Serial, Series, give, give_all, grow, read, seen, take, write,
};

/// Takes a block of 48 bytes and gives it back, `n` times.
pub struct Pairs<M>(PhantomData<M>);

impl<M: Malloc> Serial for Pairs<M> {
    #[inline(always)]
    fn run<const EVERY: bool>(series: &Series) -> u64 {
        series.sum(|word| {
            let block = take::<M, EVERY>(48, word);
            // SAFETY: A2 - just taken.
            unsafe { give::<M, EVERY>(block, 48) }
        })
    }
}

/// Blocks of a batch.
const BATCH: usize = 100;

/// Takes blocks of 64 bytes, 100 at a time, and gives them back: in the same order, or the last one
/// taken first.
pub struct Batches<M, const LAST_FIRST: bool>(PhantomData<M>);

impl<M: Malloc, const LAST_FIRST: bool> Serial for Batches<M, LAST_FIRST> {
    #[inline(always)]
    fn run<const EVERY: bool>(series: &Series) -> u64 {
        let mut blocks = [core::ptr::null_mut(); BATCH];
        let mut sum = 0_u64;
        for first in (0..series.n).step_by(BATCH) {
            let count = BATCH.min((series.n - first) as usize);
            for (i, block) in (first..).zip(&mut blocks[..count]) {
                *block = take::<M, EVERY>(64, series.seed.wrapping_add(i));
            }
            for i in 0..count {
                let block = blocks[if LAST_FIRST { count - 1 - i } else { i }];
                // SAFETY: A2 - taken above.
                sum = sum.wrapping_add(unsafe { give::<M, EVERY>(block, 64) });
            }
        }
        sum
    }
}

/// Which sizes, and how many blocks live at a time.
pub trait Mix: 'static {
    /// Blocks that live at a time, at most; a power of two.
    const LIVE: usize;
    /// The size that a random number asks for.
    fn size(random: u64) -> usize;
}

/// 8 to 519 bytes, 8192 of them.
pub struct Small;

impl Mix for Small {
    const LIVE: usize = 8192;
    #[inline(always)]
    fn size(random: u64) -> usize {
        8 + (random % 512) as usize
    }
}

/// 512 bytes to 17 KiB, 1024 of them.
pub struct Medium;

impl Mix for Medium {
    const LIVE: usize = 1024;
    #[inline(always)]
    fn size(random: u64) -> usize {
        512 + (random % 16_896) as usize
    }
}

/// The series of a random mix, and room for its blocks.
pub struct Slots {
    series: Series,
    slots: Vec<Block>,
}

/// Puts `n` blocks of random sizes into random slots, each in the place of the block that was there.
pub struct Random<M, X>(PhantomData<(M, X)>);

impl<M: Malloc, X: Mix> Loop for Random<M, X> {
    type Input = Slots;

    fn prepare(n: u64, rng: &mut Rng) -> Slots {
        Slots { series: Series::new(n, rng), slots: vec![NONE; X::LIVE] }
    }

    #[inline(always)]
    fn go<const EVERY: bool>(input: &mut Slots) -> u64 {
        let mut rng = Rng::new(input.series.seed);
        let mut sum = 0_u64;
        for _ in 0..input.series.n {
            let random = rng.next();
            let slot = &mut input.slots[random as usize % X::LIVE];
            sum = sum.wrapping_add(slot.give::<M, EVERY>());
            *slot = Block::take::<M, EVERY>(X::size(random >> 32), random);
        }
        sum.wrapping_add(give_all::<M, EVERY>(&mut input.slots))
    }
}

/// Takes a block of 200 zeros and gives it back, `n` times.
pub struct Zeroed<M>(PhantomData<M>);

impl<M: Malloc> Serial for Zeroed<M> {
    #[inline(always)]
    fn run<const EVERY: bool>(series: &Series) -> u64 {
        series.sum(|word| {
            let block = seen(M::allocate_zeroed(200));
            // SAFETY: A2 - allocated with 200 bytes, all of them zero.
            let zeros = unsafe { read::<EVERY>(block, 200) };
            // SAFETY: A2 - allocated with 200 bytes.
            unsafe { write::<EVERY>(block, 0, 200, word) };
            // SAFETY: A2 - as above.
            zeros.wrapping_add(unsafe { give::<M, EVERY>(block, 200) })
        })
    }
}

/// Makes a block longer by 16 bytes, `n` times; at 1024 bytes it goes back, and a new one begins.
pub struct Steps<M>(PhantomData<M>);

impl<M: Malloc> Serial for Steps<M> {
    #[inline(always)]
    fn run<const EVERY: bool>(series: &Series) -> u64 {
        let mut sum = 0_u64;
        let mut left = series.n;
        while left > 0 {
            let mut size = 16;
            let mut block = take::<M, EVERY>(size, series.seed.wrapping_add(left));
            while size < 1024 && left > 0 {
                let word = series.seed.wrapping_add(left);
                // SAFETY: A2 - allocated with `size` bytes.
                block = unsafe { grow::<M, EVERY>(block, size, size + 16, word) };
                size += 16;
                left -= 1;
            }
            // SAFETY: A2 - allocated with `size` bytes, all of them written.
            sum = sum.wrapping_add(unsafe { give::<M, EVERY>(block, size) });
        }
        sum
    }
}
