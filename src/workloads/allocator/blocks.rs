//! Blocks as the loops use them. `cpp/workloads/allocator/blocks.hpp` is the same thing.

use core::hint::black_box;
use core::marker::PhantomData;

use diptych_lab::{Digest, Rng};

use super::Malloc;
use crate::workloads::Operation;

/// How many blocks a call takes, and the word of the first.
pub struct Series {
    pub n: u64,
    pub seed: u64,
}

impl Series {
    /// The series of a call of size `n`.
    pub fn new(n: u64, rng: &mut Rng) -> Self {
        Self { n, seed: rng.next() }
    }

    /// The sum of what `each` answers for the words of all blocks.
    #[inline(always)]
    pub fn sum(&self, mut each: impl FnMut(u64) -> u64) -> u64 {
        (0..self.n).fold(0, |sum, i| sum.wrapping_add(each(self.seed.wrapping_add(i))))
    }
}

/// A loop over blocks. With `EVERY` it writes and reads every byte of them, else as much as tells
/// that they are there.
pub trait Loop: 'static {
    /// What a call is given.
    type Input: 'static;

    /// Makes an input of size `n`. Not timed.
    fn prepare(n: u64, rng: &mut Rng) -> Self::Input;

    /// Does the work, and answers the sum of what was read.
    fn go<const EVERY: bool>(input: &mut Self::Input) -> u64;
}

/// A loop that is given a series and nothing else.
pub trait Serial: 'static {
    /// As [`Loop::go`].
    fn run<const EVERY: bool>(series: &Series) -> u64;
}

impl<S: Serial> Loop for S {
    type Input = Series;

    fn prepare(n: u64, rng: &mut Rng) -> Series {
        Series::new(n, rng)
    }

    #[inline(always)]
    fn go<const EVERY: bool>(input: &mut Series) -> u64 {
        S::run::<EVERY>(input)
    }
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

/// Bytes from one written word to the next, in blocks of which not every byte is written.
const PAGE: usize = 4096;

/// What an allocator answered. Seen by nobody, a block might as well not be allocated.
#[inline(always)]
pub fn seen(answer: *mut u8) -> *mut u8 {
    let block = black_box(answer);
    assert!(!block.is_null(), "out of memory");
    block
}

/// A new block that holds `word`.
#[inline(always)]
pub fn take<M: Malloc, const EVERY: bool>(size: usize, word: u64) -> *mut u8 {
    let block = seen(M::allocate(size));
    // SAFETY: A2 - allocated with that many bytes.
    unsafe { write::<EVERY>(block, 0, size, word) };
    block
}

/// A block of `old` bytes made `size` long, with `word` in the new ones.
///
/// # Safety
/// It is of `take` or `grow`, with the old size, a multiple of 8.
#[inline(always)]
pub unsafe fn grow<M: Malloc, const EVERY: bool>(
    block: *mut u8,
    old: usize,
    size: usize,
    word: u64,
) -> *mut u8 {
    // SAFETY: A2 - the caller's promise: allocated with `old` bytes.
    let block = seen(unsafe { M::reallocate(block, old, size) });
    // SAFETY: A2 - it has `size` bytes now.
    unsafe { write::<EVERY>(block, old, size, word) };
    block
}

/// Gives a block back, and answers what it held.
///
/// # Safety
/// It is of `take` or `grow`, with the same size.
#[inline(always)]
pub unsafe fn give<M: Malloc, const EVERY: bool>(block: *mut u8, size: usize) -> u64 {
    // SAFETY: A2 - allocated with that many bytes, and written.
    let sum = unsafe { read::<EVERY>(block, size) };
    // SAFETY: A2 - allocated.
    unsafe { M::deallocate(block, size) };
    sum
}

/// Writes a word that tells `word` and its place at each page of the bytes `from..to` of a block;
/// with `EVERY` at each eight bytes, and what is left behind them.
///
/// # Safety
/// The block has `to` bytes; `from` is a multiple of 8.
#[inline(always)]
pub unsafe fn write<const EVERY: bool>(block: *mut u8, from: usize, to: usize, word: u64) {
    let step = if EVERY { 8 } else { PAGE };
    let mut at = from.next_multiple_of(step);
    while at + 8 <= to {
        // SAFETY: A2 - at + 8 <= to.
        let place = unsafe { block.add(at) };
        // SAFETY: A2 - as above.
        unsafe { place.cast::<u64>().write_unaligned(word.wrapping_add(at as u64)) };
        at += step;
    }
    while EVERY && at < to {
        // SAFETY: A2 - at < to.
        let place = unsafe { block.add(at) };
        // SAFETY: A2 - as above.
        unsafe { place.write((word as u8).wrapping_add(at as u8)) };
        at += 1;
    }
}

/// The sum of what `write` wrote into all bytes of a block.
///
/// # Safety
/// The block has `size` bytes, all of them written with the same `EVERY`.
#[inline(always)]
pub unsafe fn read<const EVERY: bool>(block: *mut u8, size: usize) -> u64 {
    let step = if EVERY { 8 } else { PAGE };
    let mut sum = 0_u64;
    let mut at = 0;
    while at + 8 <= size {
        // SAFETY: A2 - at + 8 <= size.
        let place = unsafe { block.add(at) };
        // SAFETY: A2 - as above, and written.
        sum = sum.wrapping_add(unsafe { place.cast::<u64>().read_unaligned() });
        at += step;
    }
    while EVERY && at < size {
        // SAFETY: A2 - at < size.
        let place = unsafe { block.add(at) };
        // SAFETY: A2 - as above, and written.
        sum = sum.wrapping_add(u64::from(unsafe { place.read() }));
        at += 1;
    }
    sum
}

/// A block that stays for a while; none has a null pointer.
#[derive(Clone, Copy)]
pub struct Block {
    pub start: *mut u8,
    pub size: usize,
}

/// No block.
pub const NONE: Block = Block { start: core::ptr::null_mut(), size: 0 };

impl Block {
    /// A new block that holds `word`.
    #[inline(always)]
    pub fn take<M: Malloc, const EVERY: bool>(size: usize, word: u64) -> Self {
        Self { start: take::<M, EVERY>(size, word), size }
    }

    /// Gives it back, if it is one, and answers what it held.
    #[inline(always)]
    pub fn give<M: Malloc, const EVERY: bool>(&mut self) -> u64 {
        if self.start.is_null() {
            return 0;
        }
        // SAFETY: A2 - it is of `take`.
        let sum = unsafe { give::<M, EVERY>(self.start, self.size) };
        *self = NONE;
        sum
    }
}

/// Gives all of them back that are blocks, and answers what they held.
#[inline(always)]
pub fn give_all<'a, M: Malloc, const EVERY: bool>(
    blocks: impl IntoIterator<Item = &'a mut Block>,
) -> u64 {
    blocks.into_iter().fold(0, |sum, block| sum.wrapping_add(block.give::<M, EVERY>()))
}

// SAFETY: A4 - blocks may be freed by any thread; what is in them is plain bytes.
unsafe impl Send for Block {}
