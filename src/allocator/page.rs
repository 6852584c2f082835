//! A run of slices with blocks of one size, and its list of free blocks.
//!
//! ```text
//!   record (in the segment's header)      word before and first word of each block
//!  +----------------------------+        +---+------------+--+------------+---+------------+- - -
//!  | start seal key free raw .. |--free->| w | in_use     |  | (user's)   | w | in_use     |
//!  | used size         nowhere  |        +---+------------+--+------------+---+------------+- - -
//!  +----------------------------+           in_use ^ next      in_use        in_use ^ next
//!  | remote  heap next prev ... |                  |                         ^
//!  +----------------------------+                  +-------------------------+
//! ```
//!
//! `in_use` is `key ^ p`. The first line is the owner's, the second is where threads meet. The list
//! ends at two words in the record that lead nowhere: taking a block fails there by the same check
//! that finds words written over.

use core::cell::Cell;
use core::mem::offset_of;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use super::config::{
    CARVE_BYTES, CHECK_LINKS, CHECK_RUNS, GUARD_BYTES, SECURE, SEGMENT_BYTES, SLICE_BYTES,
};
use super::fault::{Fault, fail};
use super::heap::Heap;
use super::remote::Remote;
use super::size_class::bytes_of;
use super::thread::xor_thread_number;

/// Blocks are known by their addresses, in words and lists as well as here.
#[inline(always)]
pub(super) fn pointer_to(address: usize) -> *mut u8 {
    ptr::with_exposed_provenance_mut(address)
}

#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
pub(super) enum Kind {
    /// Slices that nobody uses.
    None,
    /// Blocks side by side.
    Many,
    /// One block of whole slices.
    Run,
    /// One block in a mapping of its own.
    Huge,
}

// ---- Types --------------------------------------------------------------------------------------

/// A record of zeros is one, of no page; `init` and `init_single` make it one of a page.
#[repr(C, align(64))]
pub(super) struct Page {
    pub(super) start: Cell<usize>,
    /// `key ^ number of the owner's thread`: who has that number finds the key.
    seal: AtomicUsize,
    key: Cell<usize>,
    /// The first free block, or `end_of_list()`.
    free: Cell<*mut u8>,
    /// Where blocks begin that were never handed out. Others look at it when they refuse a block.
    raw: AtomicUsize,
    /// Blocks in use, except in the first page of a queue: blocks are taken from that one only,
    /// which is kept when it empties, so that nobody has to count while taking.
    used: Cell<u32>,
    pub(super) size: Cell<u32>,
    /// The words at the end of the list: what is behind them is no place in any segment.
    nowhere: [Cell<usize>; 2],

    pub(super) remote: Remote,
    pub(super) heap: Cell<*const Heap>,
    pub(super) next: Cell<Option<&'static Page>>,
    pub(super) prev: Cell<Option<&'static Page>>,
    /// Of all slices but a guard; of the one block, in a run one word less than there is room for.
    pub(super) bytes: Cell<usize>,
    class: Cell<u8>,
    pub(super) kind: Cell<Kind>,
    /// In a `PageList`: of the left pages of its class, or of what its heap put aside.
    pub(super) listed: AtomicBool,
    /// Owned by a heap that is no thread's.
    pub(super) apart: Cell<bool>,
    /// The first of its queue.
    first: Cell<bool>,
}

const _: () = {
    assert!(size_of::<Page>() == 128);
    assert!(offset_of!(Page, remote) == 64 && offset_of!(Page, nowhere) == 48);
};

// SAFETY: A3 - cells are touched by the page's owner, or under the lock while it has none; what
// others read is an atomic, or does not change while they hold a block of the page.
unsafe impl Sync for Page {}

impl Page {
    /// No thread has this number.
    pub(super) const NOBODY: usize = 0;
    /// Nor this: owned by a thread that a fork left behind.
    pub(super) const LOST: usize = 1;
    /// Keys have a bit above all addresses, so that key ^ p is never 0 or an address.
    const KEY_MIN: usize = 1 << 63;
    /// Where the first block begins, behind its word.
    pub(super) const FIRST_BLOCK: usize = 16;
    /// Where a run's does: where few pages have one, so that freeing a run twice is found even when
    /// its slices have become a page.
    pub(super) const RUN_BLOCK: usize = 32;
    pub(super) const WORD_BYTES: usize = size_of::<usize>();
    /// `used` of the first page of a queue: never counts down to 0.
    const UNCOUNTED: u32 = 1 << 31;
    /// In the record: behind the first of the two words.
    const END_OF_LIST: usize = offset_of!(Self, nowhere) + Self::WORD_BYTES;

    /// A record at `here`, of no page.
    pub(super) const fn new(here: *const Self) -> Self {
        Self {
            start: Cell::new(0),
            seal: AtomicUsize::new(Self::KEY_MIN),
            key: Cell::new(Self::KEY_MIN),
            free: Cell::new(here.cast_mut().cast::<u8>().wrapping_add(Self::END_OF_LIST)),
            raw: AtomicUsize::new(0),
            used: Cell::new(0),
            size: Cell::new(0),
            nowhere: [Cell::new(0), Cell::new(usize::MAX)],
            remote: Remote::new(),
            heap: Cell::new(ptr::null()),
            next: Cell::new(None),
            prev: Cell::new(None),
            bytes: Cell::new(0),
            class: Cell::new(0),
            kind: Cell::new(Kind::None),
            listed: AtomicBool::new(false),
            apart: Cell::new(false),
            first: Cell::new(false),
        }
    }
}

// ---- Queries ------------------------------------------------------------------------------------

impl Page {
    #[inline(always)]
    fn end_of_list(&self) -> usize {
        ptr::from_ref(self).addr() + Self::END_OF_LIST
    }

    pub(super) fn class(&self) -> usize {
        self.class.get().into()
    }

    /// The first free block, if there is one.
    pub(super) fn free(&self) -> *mut u8 {
        self.free.get()
    }

    #[inline(always)]
    pub(super) fn has_free(&self) -> bool {
        self.free.get().addr() != self.end_of_list()
    }

    pub(super) fn raw(&self) -> usize {
        self.raw.load(Ordering::Relaxed)
    }

    pub(super) fn has_raw(&self) -> bool {
        let end = self.start.get() + self.bytes.get();
        self.raw() + self.size.get() as usize - Self::WORD_BYTES <= end
    }

    pub(super) fn is_full(&self) -> bool {
        !self.has_free() && !self.has_raw()
    }

    pub(super) fn used(&self) -> u32 {
        self.used.get()
    }

    pub(super) fn is_first(&self) -> bool {
        self.first.get()
    }

    /// The blocks in use: another thread may be at it, and the count one that was true a moment
    /// ago, or will be.
    pub(super) fn blocks(&self) -> usize {
        if !self.first.get() {
            // SAFETY: A3 - the owner writes whole words, and this one is only told to people.
            return unsafe { AtomicU32::from_ptr(self.used.as_ptr()) }.load(Ordering::Relaxed)
                as usize;
        }
        // Nobody counts there: the words tell.
        let is_in_use = |&p: &usize| {
            let place: *mut usize = pointer_to(p - Self::WORD_BYTES).cast();
            // SAFETY: A2, A3 - the word before a block; as above.
            let word = unsafe { AtomicUsize::from_ptr(place) };
            word.load(Ordering::Relaxed) == self.key.get() ^ p
        };
        self.each_block().filter(is_in_use).count()
    }

    /// Where the blocks begin that were handed out once.
    pub(super) fn each_block(&self) -> impl Iterator<Item = usize> + use<> {
        let blocks = self.start.get() + Self::FIRST_BLOCK..self.raw();
        blocks.step_by((self.size.get() as usize).max(1))
    }

    /// What may be used of each block.
    pub(super) fn usable(&self) -> usize {
        if self.kind.get() == Kind::Many {
            self.size.get() as usize - Self::WORD_BYTES
        } else {
            self.bytes.get()
        }
    }

    /// Two addresses differ by this: they can be in one list.
    #[inline(always)]
    fn near(difference: usize) -> bool {
        difference & !(SEGMENT_BYTES - 1) == 0
    }

    /// The word before it says so.
    ///
    /// # Safety
    /// The address lies in this page, perhaps nowhere near a block.
    #[inline(always)]
    pub(super) unsafe fn is_in_use(&self, p: *mut u8) -> bool {
        // SAFETY: A2 - the caller's promise.
        unsafe { word(p) == self.key.get() ^ p.addr() }
    }

    /// The words before and at it say so.
    ///
    /// # Safety
    /// The address lies in this page, perhaps nowhere near a block.
    pub(super) unsafe fn is_free(&self, p: *mut u8) -> bool {
        // SAFETY: A2 - the caller's promise.
        let is_in_use = unsafe { self.is_in_use(p) };
        // SAFETY: A2 - the caller's promise.
        !is_in_use && Self::near(unsafe { behind(p) } ^ p.addr())
    }

    /// The page's key, if no thread is the owner; else some other number.
    pub(super) fn key_of_nobody(&self) -> usize {
        self.seal.load(Ordering::Relaxed) ^ Self::NOBODY
    }

    pub(super) fn owner(&self) -> usize {
        self.seal.load(Ordering::Relaxed) ^ self.key.get()
    }

    /// A block begins there that may have been handed out.
    pub(super) fn is_block(&self, p: usize) -> bool {
        let first = self.start.get() + Self::FIRST_BLOCK;
        let offset = p.wrapping_sub(first);
        p >= first && p < self.raw() && offset.checked_rem(self.size.get() as usize) == Some(0)
    }

    /// The block in use that was handed out as `p`: `p` itself, or what `p` lies in because it had
    /// to be aligned.
    ///
    /// # Safety
    /// The address lies in this page, perhaps nowhere near a block.
    pub(super) unsafe fn block_of(&self, p: *mut u8) -> Option<*mut u8> {
        // SAFETY: A2 - the caller's promise.
        let told = unsafe { word(p) } ^ self.key.get() ^ p.addr();
        if told == 0 {
            return Some(p);
        }
        // Aligned: the word tells twice how far inside it is, and one.
        let block = p.wrapping_sub(told / 2);
        let inside = told % 2 == 1 && told / 2 < self.size.get() as usize;
        // SAFETY: A2 - it is in this page.
        let is_one = inside && self.is_block(block.addr()) && unsafe { self.is_in_use(block) };
        is_one.then_some(block)
    }
}

/// The word before a block, or before what is taken for one.
///
/// # Safety
/// What lies before the address may be read.
#[inline(always)]
unsafe fn word(p: *mut u8) -> usize {
    let place: *mut usize = p.wrapping_sub(Page::WORD_BYTES).cast();
    // SAFETY: A2 - the caller's promise.
    unsafe { place.read_unaligned() }
}

/// # Safety
/// The word before a block that is the caller's to change.
#[inline(always)]
unsafe fn set_word(p: *mut u8, value: usize) {
    let place: *mut usize = p.wrapping_sub(Page::WORD_BYTES).cast();
    // SAFETY: A2 - the caller's promise.
    unsafe { place.write_unaligned(value) };
}

/// The first word of a block.
///
/// # Safety
/// It may be read.
#[inline(always)]
unsafe fn head(p: *mut u8) -> usize {
    // SAFETY: A2 - the caller's promise.
    unsafe { p.cast::<usize>().read_unaligned() }
}

/// # Safety
/// The first word of a block that is the caller's to change.
#[inline(always)]
unsafe fn set_head(p: *mut u8, value: usize) {
    // SAFETY: A2 - the caller's promise.
    unsafe { p.cast::<usize>().write_unaligned(value) };
}

/// What a free block's words say is behind it.
///
/// # Safety
/// Both may be read.
#[inline(always)]
unsafe fn behind(p: *mut u8) -> usize {
    // SAFETY: A2 - the caller's promise.
    let word = unsafe { word(p) };
    // SAFETY: A2 - the caller's promise.
    word ^ unsafe { head(p) }
}

// ---- Mutation, fast path first ------------------------------------------------------------------

impl Page {
    /// Takes a block off, or answers null: the list is empty, or somebody wrote over its first
    /// word.
    #[inline(always)]
    pub(super) fn pop(&self) -> *mut u8 {
        let p = self.free.get();
        // SAFETY: A2, A3 - the first free block, or the end of the list.
        let in_use = unsafe { head(p) };
        // SAFETY: A2, A3 - as above.
        let next = unsafe { word(p) } ^ in_use;
        let is_there = if CHECK_LINKS { Self::near(next ^ p.addr()) } else { self.has_free() };
        if !is_there {
            return ptr::null_mut();
        }
        self.free.set(pointer_to(next));
        // SAFETY: A2 - the block was free, and is the caller's from here on.
        unsafe { set_word(p, in_use) };
        p
    }

    /// Puts a block in front, if its word says that it is in use, under the key that the page's
    /// owner finds: both told by one comparison.
    ///
    /// # Safety
    /// The address lies in this page, perhaps nowhere near a block; if it is one, nobody uses it.
    #[inline(always)]
    pub(super) unsafe fn push(&self, p: *mut u8, key: usize) -> bool {
        let in_use = key ^ p.addr();
        // SAFETY: A2 - the caller's promise.
        if unsafe { word(p) } != in_use {
            return false;
        }
        // SAFETY: A2, A3 - a block of the owner's page, which its user gave up.
        unsafe { set_head(p, in_use) };
        // SAFETY: A2, A3 - as above.
        unsafe { set_word(p, in_use ^ self.free.get().addr()) };
        self.free.set(p);
        true
    }

    /// The page's key, if this thread is the owner; else some other number.
    ///
    /// The thread's number is not asked for by itself: that would be one instruction more.
    #[inline(always)]
    pub(super) fn key_of_thread(&self) -> usize {
        xor_thread_number(self.seal.load(Ordering::Relaxed))
    }

    pub(super) fn set_owner(&self, thread: usize) {
        self.seal.store(self.key.get() ^ thread, Ordering::Relaxed);
    }

    /// A block that is free, and is followed by another, or the end.
    ///
    /// # Safety
    /// A block of this page that nobody uses.
    #[inline(always)]
    unsafe fn link(&self, p: *mut u8, next: usize) {
        let in_use = self.key.get() ^ p.addr();
        // SAFETY: A2 - the caller's promise.
        unsafe { set_head(p, in_use) };
        // SAFETY: A2 - the caller's promise.
        unsafe { set_word(p, in_use ^ next) };
    }

    /// One block less is in use; how many are.
    #[inline(always)]
    pub(super) fn uncount(&self) -> u32 {
        let used = self.used.get().wrapping_sub(1);
        self.used.set(used);
        used
    }
}

// ---- Slow path ----------------------------------------------------------------------------------

impl Page {
    /// It is the first of its queue from now on: nobody counts.
    pub(super) fn begin_queue(&self) {
        self.first.set(true);
        self.used.set(Self::UNCOUNTED);
    }

    /// It is the first of its queue no longer.
    pub(super) fn end_queue(&self) {
        self.first.set(false);
        self.used.set(self.count());
    }

    /// The words around the block of a run are as they were left; if it begins where its slices do,
    /// as it had to be aligned, there is none before it.
    pub(super) fn is_whole(&self) -> bool {
        let (start, bytes) = (self.start.get(), self.bytes.get());
        if self.kind.get() != Kind::Run || !CHECK_RUNS {
            return true;
        }
        let end = self.end_of_run();
        // SAFETY: A2 - behind the block, in its slices.
        let is_whole_behind = unsafe { head(pointer_to(start + bytes)) } == end;
        // SAFETY: A2 - before the block, in its slices.
        let is_whole_before = || unsafe { word(pointer_to(start)) } == end;
        is_whole_behind && (start.is_multiple_of(SLICE_BYTES) || is_whole_before())
    }

    /// Puts the words around the block of a run; no block of a page has such a one.
    pub(super) fn close_run(&self) {
        let (start, bytes) = (self.start.get(), self.bytes.get());
        // SAFETY: A2 - behind the block, in its slices.
        unsafe { set_head(pointer_to(start + bytes), self.end_of_run()) };
        if !start.is_multiple_of(SLICE_BYTES) {
            // SAFETY: A2 - before the block, in its slices.
            unsafe { set_word(pointer_to(start), self.end_of_run()) };
        }
    }

    fn end_of_run(&self) -> usize {
        !(self.key.get() ^ self.start.get())
    }

    pub(super) fn slices_of_run(&self) -> usize {
        Self::slices_for(self.start.get() % SLICE_BYTES, self.bytes.get())
    }

    /// The slices of a run whose block begins so far inside.
    pub(super) const fn slices_for(before: usize, block_bytes: usize) -> usize {
        (before + block_bytes + Self::WORD_BYTES + GUARD_BYTES).div_ceil(SLICE_BYTES)
    }

    /// An aligned place in a block, to be handed out instead.
    ///
    /// # Safety
    /// The place is in the block, and the block the caller's.
    pub(super) unsafe fn align(&self, block: *mut u8, p: *mut u8) {
        let distance = p.addr() - block.addr();
        if distance != 0 {
            // SAFETY: A2 - the caller's promise.
            unsafe { set_word(p, self.key.get() ^ p.addr() ^ (2 * distance + 1)) };
        }
    }

    /// What an aligned place was for is over; or it could be freed again.
    ///
    /// # Safety
    /// The place is in the block, and the block the caller's.
    pub(super) unsafe fn unalign(&self, block: *mut u8, p: *mut u8) {
        if p != block {
            // SAFETY: A2 - the caller's promise.
            unsafe { set_word(p, 0) };
        }
    }

    /// As `push`, for a thread that is not the owner; whether it is from now on.
    ///
    /// # Safety
    /// A block of this page that nobody uses.
    pub(super) unsafe fn push_remote(&self, p: *mut u8) -> bool {
        self.remote.push(p.addr(), |next| {
            let next = if next == 0 { self.end_of_list() } else { next };
            // SAFETY: A2 - the caller's promise.
            unsafe { self.link(p, next) };
        })
    }

    /// A page of these slices, without an owner yet, with no block carved.
    pub(super) fn init(&self, slice_count: usize, of_class: usize, random: u64) {
        self.set_key(random);
        self.free.set(pointer_to(self.end_of_list()));
        self.raw.store(self.start.get() + Self::FIRST_BLOCK, Ordering::Relaxed);
        self.nowhere[1].set(usize::MAX);
        self.used.set(0);
        self.size.set(bytes_of(of_class) as u32);
        self.class.set(of_class as u8);
        self.kind.set(Kind::Many);
        self.bytes.set(slice_count * SLICE_BYTES - GUARD_BYTES);
        self.remote.reset();
    }

    pub(super) fn set_key(&self, random: u64) {
        self.key.set(random as usize | Self::KEY_MIN);
        self.set_owner(Self::NOBODY);
    }

    /// One block of whole slices, or of a mapping.
    pub(super) fn init_single(&self, block: usize, block_bytes: usize, of_kind: Kind) {
        self.start.set(block);
        self.free.set(pointer_to(self.end_of_list()));
        self.used.set(1);
        self.kind.set(of_kind);
        self.bytes.set(block_bytes);
        self.heap.set(ptr::null());
        self.apart.set(false); // a heap that is gone may have had the record
    }

    /// Makes the next blocks usable; there are some.
    pub(super) fn carve(&self, mut random: u64) {
        let (size, raw) = (self.size.get() as usize, self.raw());
        let room = self.start.get() + self.bytes.get() - raw + Self::WORD_BYTES;
        let room = room.checked_div(size).unwrap_or(0);
        let some = if size < CARVE_BYTES { CARVE_BYTES.checked_div(size).unwrap_or(0) } else { 1 };
        let stop = raw + some.min(room) * size;
        // Linked in the order of addresses, from the last one back; or at either end, as chance has
        // it.
        let (mut p, mut last) = (stop, 0);
        while p != raw {
            p -= size;
            random = random.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            if SECURE && last != 0 && random >> 63 != 0 {
                // SAFETY: A2 - blocks from `raw` on have never been handed out.
                unsafe { self.link(pointer_to(last), p) };
                // SAFETY: A2 - as above.
                unsafe { self.link(pointer_to(p), self.end_of_list()) };
                last = p;
            } else {
                last = if last == 0 { p } else { last };
                // SAFETY: A2 - as above.
                unsafe { self.link(pointer_to(p), self.free.get().addr()) };
                self.free.set(pointer_to(p));
            }
        }
        self.raw.store(stop, Ordering::Relaxed);
    }

    /// Takes what others freed; ends the program if somebody wrote over it.
    pub(super) fn collect(&self) {
        let first_freed = self.remote.take();
        if first_freed == 0 {
            return;
        }
        let mut p = pointer_to(first_freed);
        let mut freed = 1;
        loop {
            // SAFETY: A4 - a block that somebody freed, and now this page's owner's.
            let next = unsafe { behind(p) };
            if !Self::near(next ^ p.addr()) {
                fail(Fault::CorruptedBlock, p);
            }
            if next == self.end_of_list() {
                break;
            }
            p = pointer_to(next);
            freed += 1;
        }
        // SAFETY: A4 - as above.
        unsafe { self.link(p, self.free.get().addr()) };
        self.free.set(pointer_to(first_freed));
        self.used.set(self.used.get().wrapping_sub(freed)); // or nobody counts
    }

    /// Counts the blocks in use, of a page whose queue did not.
    pub(super) fn count(&self) -> u32 {
        let carved = self.raw() - self.start.get() - Self::FIRST_BLOCK;
        let mut blocks = carved.checked_div(self.size.get() as usize).unwrap_or(0) as u32;
        let mut p = self.free.get();
        while p.addr() != self.end_of_list() {
            // SAFETY: A2, A3 - a free block.
            let next = unsafe { behind(p) };
            if !Self::near(next ^ p.addr()) {
                fail(Fault::CorruptedBlock, p);
            }
            blocks = blocks.wrapping_sub(1);
            p = pointer_to(next);
        }
        blocks
    }
}
