//! A run of slices with blocks of one size, and its list of free blocks.
//!
//! ```text
//!   record (in the segment's header)      word before each block: key ^ p, in use; key ^ p ^ next, free
//!  +----------------------------+        +--+-----------+--+-----------+--+-----------+- - -
//!  | start seal key free raw .. |--free->|  | free      |  | in use    |  | free      |
//!  | used size            zero  |        +--+-----------+--+-----------+--+-----------+- - -
//!  +----------------------------+            |                             ^
//!  | remote  heap next prev ... |            +-----------------------------+
//!  +----------------------------+
//! ```
//!
//! The first line is the owner's, the second is where threads meet. The list ends at the second
//! line: the word before it is 0 and leads nowhere, so that taking a block fails there by the same
//! check that finds words written over.

use core::cell::Cell;
use core::mem::offset_of;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use super::config::{CARVE_BYTES, CHECK_LINKS, SEGMENT_BYTES, SLICE_BYTES};
use super::fault::{Fault, fail};
use super::heap::Heap;
use super::os;
use super::remote::Remote;
use super::size_class::bytes_of;

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
    used: Cell<u32>,
    pub(super) size: Cell<u32>,
    class: Cell<u8>,
    pub(super) kind: Cell<Kind>,
    /// In its class's list of left pages, changed under the region lock; or put aside by its heap.
    pub(super) listed: AtomicBool,
    /// Owned by a heap that is no thread's.
    pub(super) apart: Cell<bool>,
    /// The first of its queue, which counts one more in `used` so that it is kept.
    first: Cell<bool>,
    /// What stands before the end of the list.
    zero: u64,

    pub(super) remote: Remote,
    pub(super) heap: Cell<*const Heap>,
    pub(super) next: Cell<Option<&'static Page>>,
    pub(super) prev: Cell<Option<&'static Page>>,
    /// Of all slices, or of the one block.
    pub(super) bytes: Cell<usize>,
}

const _: () = {
    assert!(size_of::<Page>() == 128);
    assert!(offset_of!(Page, remote) == 64 && offset_of!(Page, zero) == 56);
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
    pub(super) const WORD_BYTES: usize = size_of::<usize>();

    /// A record at `here`, of no page.
    pub(super) const fn new(here: *const Self) -> Self {
        Self {
            start: Cell::new(0),
            seal: AtomicUsize::new(Self::KEY_MIN),
            key: Cell::new(Self::KEY_MIN),
            free: Cell::new(here.cast_mut().cast::<u8>().wrapping_add(offset_of!(Self, remote))),
            raw: AtomicUsize::new(0),
            used: Cell::new(0),
            size: Cell::new(0),
            class: Cell::new(0),
            kind: Cell::new(Kind::None),
            listed: AtomicBool::new(false),
            apart: Cell::new(false),
            first: Cell::new(false),
            zero: 0,
            remote: Remote::new(),
            heap: Cell::new(ptr::null()),
            next: Cell::new(None),
            prev: Cell::new(None),
            bytes: Cell::new(0),
        }
    }
}

// ---- Queries ------------------------------------------------------------------------------------

impl Page {
    #[inline(always)]
    fn end_of_list(&self) -> usize {
        (&raw const self.remote).addr()
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

    pub(super) fn used(&self) -> u32 {
        self.used.get()
    }

    /// The blocks in use: another thread may be at it, and the count one that was true a moment
    /// ago, or will be.
    pub(super) fn blocks(&self) -> u32 {
        // SAFETY: A3 - the owner writes whole words, and this one is only told to people.
        let used = unsafe { AtomicU32::from_ptr(self.used.as_ptr()) };
        used.load(Ordering::Relaxed).wrapping_sub(self.first.get().into())
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

    /// # Safety
    /// The address lies in this page, perhaps nowhere near a block.
    #[inline(always)]
    pub(super) unsafe fn is_in_use(&self, p: *mut u8) -> bool {
        // SAFETY: A2 - the caller's promise.
        unsafe { word(p) == self.key.get() ^ p.addr() }
    }

    /// # Safety
    /// The address lies in this page, perhaps nowhere near a block.
    pub(super) unsafe fn is_free(&self, p: *mut u8) -> bool {
        // SAFETY: A2 - the caller's promise. No address is near to 0, as one in use would be.
        Self::near(unsafe { word(p) } ^ self.key.get())
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
pub(super) unsafe fn word(p: *mut u8) -> usize {
    let place: *mut usize = p.wrapping_sub(Page::WORD_BYTES).cast();
    // SAFETY: A2 - the caller's promise.
    unsafe { place.read_unaligned() }
}

/// # Safety
/// The word before a block that is the caller's to change.
#[inline(always)]
pub(super) unsafe fn set_word(p: *mut u8, value: usize) {
    let place: *mut usize = p.wrapping_sub(Page::WORD_BYTES).cast();
    // SAFETY: A2 - the caller's promise.
    unsafe { place.write_unaligned(value) };
}

// ---- Mutation, fast path first ------------------------------------------------------------------

impl Page {
    /// Takes a block off, or answers null: the list is empty, or somebody wrote over its first
    /// word.
    #[inline(always)]
    pub(super) fn pop(&self) -> *mut u8 {
        let p = self.free.get();
        // SAFETY: A2, A3 - the first free block, or the end of the list.
        let to_next = unsafe { word(p) } ^ self.key.get();
        let is_there = if CHECK_LINKS { Self::near(to_next) } else { self.has_free() };
        if !is_there {
            return ptr::null_mut();
        }
        self.free.set(pointer_to(to_next ^ p.addr()));
        // SAFETY: A2 - the block was free, and is the caller's from here on.
        unsafe { set_word(p, self.key.get() ^ p.addr()) };
        self.used.set(self.used.get().wrapping_add(1));
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
        unsafe { set_word(p, in_use ^ self.free.get().addr()) };
        self.free.set(p);
        true
    }

    /// The page's key, if this thread is the owner; else some other number.
    ///
    /// TWIN: the thread's number is not asked for by itself, because an instruction saved here is
    /// one that the compiler of the twin saves.
    #[inline(always)]
    pub(super) fn key_of_thread(&self) -> usize {
        os::xor_thread_number(self.seal.load(Ordering::Relaxed))
    }

    pub(super) fn set_owner(&self, thread: usize) {
        self.seal.store(self.key.get() ^ thread, Ordering::Relaxed);
    }

    /// A block is free, and this one is behind it; 0 for none.
    ///
    /// # Safety
    /// A block of this page that nobody uses.
    #[inline(always)]
    pub(super) unsafe fn link(&self, p: *mut u8, next: usize) {
        // SAFETY: A2 - the caller's promise.
        unsafe { set_word(p, self.key.get() ^ p.addr() ^ next) };
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
    /// It is the first of its queue from now on.
    pub(super) fn count_first(&self) {
        self.first.set(true);
        self.used.set(self.used.get().wrapping_add(1));
    }

    /// It is the first of its queue no longer.
    pub(super) fn uncount_first(&self) {
        self.first.set(false);
        self.uncount();
    }

    /// An aligned place in a block, to be handed out instead.
    ///
    /// # Safety
    /// The place is in the block, and the block the caller's.
    pub(super) unsafe fn align(&self, block: *mut u8, p: *mut u8) {
        let distance = p.addr() - block.addr();
        if distance != 0 {
            // SAFETY: A2 - the caller's promise.
            unsafe { self.link(p, 2 * distance + 1) };
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
        self.remote.push(p.addr(), |behind| {
            let behind = if behind == 0 { self.end_of_list() } else { behind };
            // SAFETY: A2 - the caller's promise.
            unsafe { self.link(p, behind) };
        })
    }

    /// A page of these slices, without an owner yet, with no block carved.
    pub(super) fn init(&self, slice_count: usize, of_class: usize, random: u64) {
        self.key.set(random as usize | Self::KEY_MIN);
        self.free.set(pointer_to(self.end_of_list()));
        self.raw.store(self.start.get() + Self::FIRST_BLOCK, Ordering::Relaxed);
        self.used.set(0);
        self.size.set(bytes_of(of_class) as u32);
        self.class.set(of_class as u8);
        self.kind.set(Kind::Many);
        self.bytes.set(slice_count * SLICE_BYTES);
        self.remote.reset();
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
    pub(super) fn carve(&self) {
        let (size, raw) = (self.size.get() as usize, self.raw());
        let room = self.start.get() + self.bytes.get() - raw + Self::WORD_BYTES;
        let room = room.checked_div(size).unwrap_or(0);
        let some = if size < CARVE_BYTES { CARVE_BYTES.checked_div(size).unwrap_or(0) } else { 1 };
        let stop = raw + some.min(room) * size;
        // Linked in the order of addresses, from the last one back.
        let mut p = stop;
        while p != raw {
            p -= size;
            // SAFETY: A2 - blocks from `raw` on have never been handed out.
            unsafe { self.link(pointer_to(p), self.free.get().addr()) };
            self.free.set(pointer_to(p));
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
        let mut count = 1;
        loop {
            // SAFETY: A4 - a block that somebody freed, and now this page's owner's.
            let to_next = unsafe { word(p) } ^ self.key.get();
            if !Self::near(to_next) {
                fail(Fault::CorruptedBlock, p);
            }
            let behind = to_next ^ p.addr();
            if behind == self.end_of_list() {
                break;
            }
            p = pointer_to(behind);
            count += 1;
        }
        // SAFETY: A4 - as above.
        unsafe { self.link(p, self.free.get().addr()) };
        self.free.set(pointer_to(first_freed));
        self.used.set(self.used.get().wrapping_sub(count));
    }
}
