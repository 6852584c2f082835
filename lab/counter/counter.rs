//! The heap counter: a library that is preloaded into a worker for the memory pass only, and counts
//! at the malloc layer, the one layer that C++ and Rust share.
//!
//! It forwards to glibc's own functions and keeps the size asked for each live block in a table
//! of its own, so that the program's heap is laid out exactly as without it. A reallocation
//! counts as a change of size: that a moving one holds both blocks for an instant is inside the
//! allocator and is not seen. Memory taken with `mmap` is not seen either.
//!
//! Invariants C1 to C4, cited below: `spec/lab-protocol.md`, "Safety tags".
#![no_std]

mod table;

use core::cell::UnsafeCell;
use core::ffi::{c_int, c_void};
use core::hint::spin_loop;
use core::ptr::{self, null_mut};
use core::sync::atomic::{AtomicBool, Ordering};

use table::{Slot, Table};

#[link(name = "c")]
unsafe extern "C" {
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    fn __libc_realloc(block: *mut c_void, size: usize) -> *mut c_void;
    fn __libc_free(block: *mut c_void);
    fn __libc_memalign(alignment: usize, size: usize) -> *mut c_void;
    fn __errno_location() -> *mut c_int;
    fn mmap(
        at: *mut c_void,
        len: usize,
        prot: c_int,
        flags: c_int,
        fd: c_int,
        from: i64,
    ) -> *mut c_void;
    fn abort() -> !;
}

const EINVAL: c_int = 22;
const ENOMEM: c_int = 12;
const PROT_READ_WRITE: c_int = 1 | 2;
/// `MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE`
const MAP_FLAGS: c_int = 0x02 | 0x20 | 0x4000;

/// Room for 16 Mi blocks; only the pages in use take memory.
const SLOTS: usize = 1 << 24;
/// The counts of one window, as the worker reads them.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Heap {
    allocs: u64,
    reallocs: u64,
    frees: u64,
    bytes: u64,
    peak_bytes: u64,
    live_at_end: i64,
}

struct State {
    /// Mapped at the first block.
    table: Option<Table<'static, SLOTS>>,
    /// The table could not be had or was too small: the counts are void.
    full: bool,
    counting: bool,
    live: i64,
    peak: i64,
    heap: Heap,
}

const NOTHING: Heap = Heap {
    allocs: 0,
    reallocs: 0,
    frees: 0,
    bytes: 0,
    peak_bytes: 0,
    live_at_end: 0,
};

struct Shared(UnsafeCell<State>);

// SAFETY: C1 - the state is reached through `locked` alone.
unsafe impl Sync for Shared {}

static LOCK: AtomicBool = AtomicBool::new(false);
static STATE: Shared = Shared(UnsafeCell::new(State {
    table: None,
    full: false,
    counting: false,
    live: 0,
    peak: 0,
    heap: NOTHING,
}));

/// Runs `work` on the state while no other thread does.
fn locked<R>(work: impl FnOnce(&mut State) -> R) -> R {
    // Acquire pairs with the Release below: the last holder's writes are seen.
    while LOCK.swap(true, Ordering::Acquire) {
        spin_loop();
    }
    // SAFETY: C1 - the lock is held, so this is the only reference.
    let answer = work(unsafe { &mut *STATE.0.get() });
    LOCK.store(false, Ordering::Release);
    answer
}

impl State {
    /// Remembers a new block (C3).
    fn insert(&mut self, block: usize, size: usize) {
        if self.table.is_none() && !self.full {
            self.table = map();
        }
        let kept = self
            .table
            .as_mut()
            .is_some_and(|table| table.insert(block, size));
        self.full |= !kept;
    }

    /// Forgets a block and answers its size; 0 for one that was never in the table.
    fn remove(&mut self, block: usize) -> usize {
        self.table.as_mut().map_or(0, |table| table.remove(block))
    }

    fn grow(&mut self, change: i64) {
        self.live += change;
        self.peak = self.peak.max(self.live);
    }

    fn allocated(&mut self, block: usize, size: usize) {
        self.insert(block, size);
        if self.counting {
            self.heap.allocs += 1;
            self.heap.bytes += size as u64;
            self.grow(size as i64);
        }
    }

    fn freed(&mut self, block: usize) {
        let size = self.remove(block);
        if self.counting {
            self.heap.frees += 1;
            self.grow(-(size as i64));
        }
    }

    fn resized(&mut self, block: usize, before: usize, size: usize) {
        self.insert(block, size);
        if self.counting {
            self.heap.reallocs += 1;
            self.heap.bytes += size as u64;
            self.grow(size as i64 - before as i64);
        }
    }
}

/// A table of empty slots, straight from the kernel.
fn map() -> Option<Table<'static, SLOTS>> {
    // SAFETY: C4 - a new private anonymous mapping touches no other memory.
    let slots = unsafe {
        mmap(
            null_mut(),
            SLOTS * size_of::<Slot>(),
            PROT_READ_WRITE,
            MAP_FLAGS,
            -1,
            0,
        )
    };
    if slots as isize == -1 {
        return None;
    }
    // SAFETY: C3 - the mapping holds SLOTS slots, its zero bytes are empty ones, it is never
    // unmapped, and this is its only reference.
    Some(Table::new(unsafe { &mut *slots.cast() }))
}

fn remember(block: *mut c_void, size: usize) -> *mut c_void {
    if !block.is_null() {
        locked(|state| state.allocated(block as usize, size));
    }
    block
}

/// Starts a window: every count is zero, and live bytes are relative to now.
#[unsafe(no_mangle)]
pub extern "C" fn diptych_lab_heap_start() {
    locked(|state| {
        state.heap = NOTHING;
        (state.live, state.peak, state.counting) = (0, 0, true);
    });
}

/// Ends the window and writes its counts; 1 when they are complete, else 0.
///
/// # Safety
/// `counts` is valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diptych_lab_heap_stop(counts: *mut Heap) -> c_int {
    let (heap, complete) = locked(|state| {
        state.counting = false;
        state.heap.peak_bytes = state.peak as u64;
        state.heap.live_at_end = state.live;
        (state.heap, !state.full)
    });
    // SAFETY: C4 - the caller's promise.
    unsafe { ptr::write(counts, heap) };
    c_int::from(complete)
}

/// `malloc` of C.
#[unsafe(no_mangle)]
pub extern "C" fn malloc(size: usize) -> *mut c_void {
    // SAFETY: C4 - forwarded unchanged.
    remember(unsafe { __libc_malloc(size) }, size)
}

/// `calloc` of C.
#[unsafe(no_mangle)]
pub extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    // SAFETY: C4 - forwarded unchanged.
    let block = unsafe { __libc_calloc(count, size) };
    // The product cannot overflow where the call succeeds.
    remember(block, count.wrapping_mul(size))
}

/// `realloc` of C.
///
/// # Safety
/// As in C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    if block.is_null() {
        return malloc(size);
    }
    if size == 0 {
        // SAFETY: C4 - the caller's promise; glibc's realloc to 0 bytes frees too.
        unsafe { free(block) };
        return null_mut();
    }
    // Forgotten first: the address may be another thread's block as soon as glibc gave it up.
    let before = locked(|state| state.remove(block as usize));
    // SAFETY: C4 - the caller's promise, forwarded unchanged.
    let moved = unsafe { __libc_realloc(block, size) };
    locked(|state| match moved.is_null() {
        true => state.insert(block as usize, before),
        false => state.resized(moved as usize, before, size),
    });
    moved
}

/// `free` of C.
///
/// # Safety
/// As in C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(block: *mut c_void) {
    if !block.is_null() {
        locked(|state| state.freed(block as usize));
        // SAFETY: C4 - the caller's promise, forwarded unchanged.
        unsafe { __libc_free(block) };
    }
}

/// `memalign` of glibc.
#[unsafe(no_mangle)]
pub extern "C" fn memalign(alignment: usize, size: usize) -> *mut c_void {
    // SAFETY: C4 - forwarded unchanged.
    remember(unsafe { __libc_memalign(alignment, size) }, size)
}

/// `aligned_alloc` of C.
#[unsafe(no_mangle)]
pub extern "C" fn aligned_alloc(alignment: usize, size: usize) -> *mut c_void {
    memalign(alignment, size)
}

/// `posix_memalign` of POSIX.
///
/// # Safety
/// `answer` is valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_memalign(
    answer: *mut *mut c_void,
    alignment: usize,
    size: usize,
) -> c_int {
    if !alignment.is_power_of_two() || alignment % size_of::<*mut c_void>() != 0 {
        return EINVAL;
    }
    // SAFETY: C4 - errno's address is valid in every thread.
    let errno = unsafe { &mut *__errno_location() };
    // POSIX: errno is left alone.
    let before = *errno;
    let block = memalign(alignment, size);
    *errno = before;
    if block.is_null() {
        return ENOMEM;
    }
    // SAFETY: C4 - the caller's promise.
    unsafe { ptr::write(answer, block) };
    0
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: C4 - `abort` has no precondition.
    unsafe { abort() }
}
