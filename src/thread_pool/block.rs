//! Memory for jobs that outlive the call that made them: blocks of 64 bytes, which go from hand to
//! hand.
//!
//! ```text
//!   a thread's own: block -> block -> ..          taken and given without asking anybody
//!                     |  chains of 32, when there are too many or none
//!                     v
//!   of all threads: chain -> chain -> ..          under a lock
//! ```

use core::cell::Cell;
use core::mem::MaybeUninit;
use core::ptr;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::config::{BLOCK_BYTES, CHAIN_BLOCKS, SHARED_CHAINS};

/// A free block.
#[repr(C, align(16))]
struct Block {
    next: *mut Block,
    /// Of a chain's first: the chain behind it.
    chain: *mut Block,
    rest: MaybeUninit<[u8; BLOCK_BYTES - 16]>,
}

const LAYOUT: Layout = Layout::new::<Block>();

struct Chains {
    first: *mut Block,
    count: usize,
}

// SAFETY: T8 - blocks that nobody else has.
unsafe impl Send for Chains {}

static SHARED: Mutex<Chains> = Mutex::new(Chains { first: ptr::null_mut(), count: 0 });

thread_local! {
    static FIRST: Cell<*mut Block> = const { Cell::new(ptr::null_mut()) };
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static AT_EXIT: AtExit = const { AtExit };
}

/// Gives the thread's blocks to the others.
struct AtExit;

impl Drop for AtExit {
    fn drop(&mut self) {
        give_all();
    }
}

fn shared() -> MutexGuard<'static, Chains> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

// ---- Mutation, fast path first ------------------------------------------------------------------

/// The kind of `T` that fits in a block.
pub(super) const fn fits<T>() -> bool {
    size_of::<T>() <= BLOCK_BYTES && align_of::<T>() <= align_of::<Block>()
}

/// Puts a value on the heap.
pub(super) fn put<T>(value: T) -> *mut T {
    if !fits::<T>() {
        return Box::into_raw(Box::new(value));
    }
    let place: *mut T = take().cast();
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
    // SAFETY: T2 - as above.
    unsafe { give(place.cast()) };
    value
}

fn take() -> *mut Block {
    let mut block = FIRST.get();
    if block.is_null() {
        block = take_chain();
    }
    // SAFETY: T8 - a free block of this thread's.
    FIRST.set(unsafe { (*block).next });
    COUNT.set(COUNT.get() - 1);
    block
}

/// # Safety
/// A block of `take` that nobody uses.
unsafe fn give(block: *mut Block) {
    // SAFETY: T8 - the caller's promise.
    unsafe { (*block).next = FIRST.get() };
    FIRST.set(block);
    COUNT.set(COUNT.get() + 1);
    if COUNT.get() >= 2 * CHAIN_BLOCKS {
        give_chain();
    }
}

// ---- Slow path ----------------------------------------------------------------------------------

/// A chain for this thread, which has no block.
#[cold]
fn take_chain() -> *mut Block {
    let _ = AT_EXIT.try_with(|_| ()); // blocks taken later stay with the process
    let mut chains = shared();
    let chain = chains.first;
    if !chain.is_null() {
        // SAFETY: T8 - a chain under the lock.
        chains.first = unsafe { (*chain).chain };
        chains.count -= 1;
        drop(chains);
        FIRST.set(chain);
        COUNT.set(CHAIN_BLOCKS);
        return chain;
    }
    drop(chains);
    for _ in 0..CHAIN_BLOCKS {
        // SAFETY: T8 - the layout has a size.
        let block: *mut Block = unsafe { alloc(LAYOUT) }.cast();
        if block.is_null() {
            if FIRST.get().is_null() {
                handle_alloc_error(LAYOUT);
            }
            break;
        }
        // SAFETY: T8 - new, and large enough.
        unsafe { (&raw mut (*block).next).write(FIRST.get()) };
        FIRST.set(block);
        COUNT.set(COUNT.get() + 1);
    }
    FIRST.get()
}

/// A chain of this thread's, or what it has, for the others; or for the allocator.
#[cold]
fn give_chain() {
    let first = FIRST.get();
    let mut last = first;
    let mut count = 1;
    while count < CHAIN_BLOCKS.min(COUNT.get()) {
        // SAFETY: T8 - blocks of this thread's.
        last = unsafe { (*last).next };
        count += 1;
    }
    // SAFETY: T8 - as above.
    FIRST.set(unsafe { (*last).next });
    COUNT.set(COUNT.get() - count);
    let mut chains = shared();
    if count == CHAIN_BLOCKS && chains.count < SHARED_CHAINS {
        // SAFETY: T8 - the chain is this thread's until the lock goes.
        unsafe { (*last).next = ptr::null_mut() };
        // SAFETY: T8 - as above.
        unsafe { (*first).chain = chains.first };
        chains.first = first;
        chains.count += 1;
        return;
    }
    drop(chains);
    let mut block = first;
    for _ in 0..count {
        // SAFETY: T8 - as above.
        let next = unsafe { (*block).next };
        // SAFETY: T8 - of `alloc`, with this layout, and nobody has it.
        unsafe { dealloc(block.cast(), LAYOUT) };
        block = next;
    }
}

/// Gives what this thread has to the others.
pub(super) fn give_all() {
    while COUNT.get() > 0 {
        give_chain();
    }
}
