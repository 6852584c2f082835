//! Memory for jobs that outlive the call that made them: blocks of 64 bytes, which go from hand to
//! hand.
//!
//! ```text
//!   a thread's own: [ block, block, .. ]          taken and given without asking anybody
//!                        |  magazines of 32, when there are too many or none
//!                        v
//!   of all threads: [ magazine, magazine, .. ]    under a lock
//! ```
//! What is free is listed beside the blocks, not in them: a thread that takes a block does not have
//! to wait for memory that another one has written last (Bonwick and Adams, 2001).

use core::cell::{Cell, UnsafeCell};
use core::mem::MaybeUninit;
use core::ptr;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::config::{BLOCK_BYTES, MAGAZINE_BLOCKS, SHARED_MAGAZINES};

#[repr(align(64))]
struct Block {
    _bytes: MaybeUninit<[u8; BLOCK_BYTES]>,
}

const LAYOUT: Layout = Layout::new::<Block>();

/// Free blocks that go from one thread to another.
type Magazine = [*mut Block; MAGAZINE_BLOCKS];

struct Magazines(Vec<Magazine>);

// SAFETY: T8 - blocks that nobody else has.
unsafe impl Send for Magazines {}

static SHARED: Mutex<Magazines> = Mutex::new(Magazines(Vec::new()));

/// A thread's own free blocks.
struct Own {
    blocks: UnsafeCell<[*mut Block; 2 * MAGAZINE_BLOCKS]>,
    count: Cell<usize>,
}

thread_local! {
    static OWN_BLOCKS: Own = const {
        Own { blocks: UnsafeCell::new([ptr::null_mut(); 2 * MAGAZINE_BLOCKS]), count: Cell::new(0) }
    };
    static AT_EXIT: AtExit = const { AtExit };
}

/// Gives the thread's blocks to the others.
struct AtExit;

impl Drop for AtExit {
    fn drop(&mut self) {
        give_all();
    }
}

fn shared() -> MutexGuard<'static, Magazines> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

// ---- Mutation, fast path first ------------------------------------------------------------------

/// A `T` has room in a block.
const fn fits<T>() -> bool {
    size_of::<T>() <= BLOCK_BYTES && align_of::<T>() <= align_of::<Block>()
}

/// Puts a value on the heap.
pub(super) fn put<T>(value: T) -> *mut T {
    if !fits::<T>() {
        return Box::into_raw(Box::new(value));
    }
    let place: *mut T = OWN_BLOCKS.with(Own::take).cast();
    // SAFETY: T8 - a block of enough bytes that is nobody else's.
    unsafe { place.write(value) };
    place
}

/// Takes it back.
///
/// # Safety
/// Of `put`, and nobody uses it afterwards.
pub(super) unsafe fn get<T>(place: *mut T) -> T {
    if !fits::<T>() {
        // SAFETY: T2 - the caller's promise.
        return *unsafe { Box::from_raw(place) };
    }
    // SAFETY: T2 - the caller's promise.
    let value = unsafe { place.read() };
    OWN_BLOCKS.with(|own| own.give(place.cast()));
    value
}

impl Own {
    #[inline]
    fn take(&self) -> *mut Block {
        if self.count.get() == 0 {
            self.fill();
        }
        let count = self.count.get() - 1;
        self.count.set(count);
        // SAFETY: T8 - this thread's own, and nobody holds a reference.
        unsafe { (*self.blocks.get())[count] }
    }

    #[inline]
    fn give(&self, block: *mut Block) {
        if self.count.get() == 2 * MAGAZINE_BLOCKS {
            self.empty();
        }
        let count = self.count.get();
        // SAFETY: T8 - as above.
        unsafe { (*self.blocks.get())[count] = block };
        self.count.set(count + 1);
    }
}

// ---- Slow path ----------------------------------------------------------------------------------

impl Own {
    /// There is none: a magazine, or new ones.
    #[cold]
    fn fill(&self) {
        let _ = AT_EXIT.try_with(|_| ()); // later than that, they stay with the process
        // SAFETY: T8 - this thread's own, and nobody holds a reference.
        let blocks = unsafe { &mut *self.blocks.get() };
        let magazine = shared().0.pop();
        if let Some(magazine) = magazine {
            blocks[..MAGAZINE_BLOCKS].copy_from_slice(&magazine);
            return self.count.set(MAGAZINE_BLOCKS);
        }
        for place in &mut blocks[..MAGAZINE_BLOCKS] {
            // SAFETY: T8 - the layout has a size.
            let block = unsafe { alloc(LAYOUT) };
            if block.is_null() {
                break;
            }
            *place = block.cast();
            self.count.set(self.count.get() + 1);
        }
        if self.count.get() == 0 {
            handle_alloc_error(LAYOUT);
        }
    }

    /// The last magazine of them, or what there is, to the others; or to the allocator.
    #[cold]
    fn empty(&self) {
        let count = self.count.get();
        let from = count.saturating_sub(MAGAZINE_BLOCKS);
        self.count.set(from);
        // SAFETY: T8 - this thread's own, and nobody holds a reference.
        let blocks = unsafe { &(&(*self.blocks.get()))[from..count] };
        if let Ok(magazine) = blocks.try_into() {
            let mut shared = shared();
            if shared.0.len() < SHARED_MAGAZINES {
                return shared.0.push(magazine);
            }
        }
        for &block in blocks {
            // SAFETY: T8 - of `alloc`, with this layout, and nobody has it.
            unsafe { dealloc(block.cast(), LAYOUT) };
        }
    }
}

/// Gives what this thread has to the others.
pub(super) fn give_all() {
    OWN_BLOCKS.with(|own| {
        while own.count.get() > 0 {
            own.empty();
        }
    });
}
