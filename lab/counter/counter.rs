//! The heap counter: a library that is preloaded into a worker for the memory pass only, and counts
//! at the malloc layer, the one layer that C++ and Rust share.
//!
//! It forwards to glibc's own functions and keeps the size asked for each live block in a table
//! of its own, so that the program's heap is laid out exactly as without it. A reallocation
//! counts as a change of size: that a moving one holds both blocks for an instant is inside the
//! allocator and is not seen. Memory taken with `mmap` is not seen either.
//!
//! Every allocator function is a few instructions that pass on its own return address: who asked
//! is known without walking the stack. (On x86-64; elsewhere nobody is known.)
//!
//! Invariants C1 to C4, cited below: `spec/lab-protocol.md`, "Safety tags".
#![no_std]

mod curve;
mod libc;
mod operators;
mod paper;
mod sites;
mod table;

use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int, c_void};
use core::hint::spin_loop;
use core::ptr::{self, null_mut};
use core::sync::atomic::{AtomicBool, Ordering};

use curve::Curve;
use libc::{__libc_calloc, __libc_free, __libc_malloc, __libc_memalign, __libc_realloc};
use operators::{Caller, Marks};
use paper::Paper;
use sites::{Sites, Way};
use table::{Slot, Table};

/// Room for 16 Mi blocks; only the pages in use take memory.
const SLOTS: usize = 1 << 24;
/// Sites by size class: many for a program's one call, and a fifth of a megabyte.
const SITES: usize = 1 << 12;
const POINTS: usize = 256;

/// Names the file that takes the report, where one is wanted.
const REPORT: *const c_char = c"DIPTYCH_LAB_HEAP_REPORT".as_ptr();

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

pub(crate) struct State {
    /// Mapped at the first block.
    table: Option<Table<'static, SLOTS>>,
    /// The table could not be had or was too small: the counts are void.
    full: bool,
    counting: bool,
    /// Numbers windows, from 1.
    window: u32,
    begin: u64,
    live: i64,
    peak: i64,
    heap: Heap,
    /// Blocks given back through `operator delete`.
    deletes: u64,
    sites: Sites<SITES>,
    curve: Curve<POINTS>,
    marks: Marks,
}

const NOTHING: Heap =
    Heap { allocs: 0, reallocs: 0, frees: 0, bytes: 0, peak_bytes: 0, live_at_end: 0 };

struct Shared(UnsafeCell<State>);

// SAFETY: C1 - the state is reached through `locked` alone.
unsafe impl Sync for Shared {}

static LOCK: AtomicBool = AtomicBool::new(false);
static STATE: Shared = Shared(UnsafeCell::new(State {
    table: None,
    full: false,
    counting: false,
    window: 0,
    begin: 0,
    live: 0,
    peak: 0,
    heap: NOTHING,
    deletes: 0,
    sites: Sites::new(),
    curve: Curve::new(),
    marks: Marks::new(),
}));

/// Runs `work` on the state while no other thread does.
pub(crate) fn locked<R>(work: impl FnOnce(&mut State) -> R) -> R {
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
    /// Remembers a block (C3).
    fn insert(&mut self, slot: Slot) {
        if self.table.is_none() && !self.full {
            self.table = map();
        }
        let kept = self.table.as_mut().is_some_and(|table| table.insert(slot));
        self.full |= !kept;
    }

    /// Forgets a block and answers what was known of it.
    fn remove(&mut self, block: usize) -> Slot {
        self.table.as_mut().map_or(Slot::EMPTY, |table| table.remove(block))
    }

    /// Counts a taken block with its site and remembers it.
    fn take(&mut self, block: usize, size: usize, way: Way, caller: Caller) {
        let operator = self.marks.take(caller, false);
        let (mut window, mut site) = (0, 0);
        if self.counting {
            let (at, way) = operator.map_or((caller.site, way), |at| (at, Way::New));
            (window, site) = (self.window, self.sites.took(at, way, size));
        }
        self.insert(Slot { block, size, window, site });
    }

    /// A block is none of its site's any more.
    fn leave(&mut self, slot: Slot) {
        if self.counting && slot.window == self.window {
            self.sites.gave(slot.site, slot.size);
        }
    }

    fn change(&mut self, asked: usize, change: i64) {
        self.heap.bytes += asked as u64;
        self.live += change;
        self.peak = self.peak.max(self.live);
        let begin = self.begin;
        self.curve.add(self.heap.bytes, self.live, || libc::now().wrapping_sub(begin));
    }

    fn allocated(&mut self, block: usize, size: usize, caller: Caller) {
        self.take(block, size, Way::Malloc, caller);
        if self.counting {
            self.heap.allocs += 1;
            self.change(size, size as i64);
        }
    }

    fn freed(&mut self, block: usize, caller: Caller) {
        let slot = self.remove(block);
        self.leave(slot);
        let operator = self.marks.take(caller, true);
        if self.counting {
            self.heap.frees += 1;
            self.deletes += u64::from(operator.is_some());
            self.change(0, -(slot.size as i64));
        }
    }

    fn resized(&mut self, block: usize, before: Slot, size: usize, caller: Caller) {
        self.leave(before);
        self.take(block, size, Way::Realloc, caller);
        if self.counting {
            self.heap.reallocs += 1;
            self.change(size, size as i64 - before.size as i64);
        }
    }

    /// Writes what the counts do not say: `spec/lab-protocol.md`, "The heap report".
    fn report(&self, paper: &mut Paper, ns: u64) {
        paper.bytes(b"diptych-heap\t1").end();
        for site in self.sites.all() {
            paper.bytes(b"site").hex(site.at as u64).bytes(b"\t").bytes(&[site.way as u8]);
            paper.number(u64::from(site.class)).number(site.calls).number(site.bytes);
            paper.number(site.live_blocks).number(site.live_bytes).end();
        }
        for point in self.curve.points() {
            paper.bytes(b"point").number(point.allocated).number(point.ns);
            paper.signed(point.live).end();
        }
        paper.bytes(b"deletes").number(self.deletes).end();
        let Heap { bytes, live_at_end, .. } = self.heap;
        paper.bytes(b"window").number(bytes).number(ns).signed(live_at_end).end();
    }
}

/// Copies the list of this process's mappings, each line after `map` and a tab.
fn report_maps(paper: &mut Paper) {
    // SAFETY: C4 - a constant path that ends in a zero byte.
    let maps = unsafe { libc::open(c"/proc/self/maps".as_ptr(), libc::TO_READ) };
    if maps < 0 {
        return;
    }
    let (mut chunk, mut fresh) = ([0_u8; 2048], true);
    loop {
        // SAFETY: C4 - `chunk` is valid for its length.
        let got = unsafe { libc::read(maps, chunk.as_mut_ptr().cast(), chunk.len()) };
        let Some(got) = usize::try_from(got).ok().filter(|&got| got > 0) else { break };
        for &byte in chunk.get(..got).unwrap_or(&[]) {
            if fresh {
                paper.bytes(b"map\t");
            }
            paper.bytes(&[byte]);
            fresh = byte == b'\n';
        }
    }
    // SAFETY: C4 - the descriptor was opened above and is nobody else's.
    unsafe { libc::close(maps) };
}

/// A table of empty slots, straight from the kernel.
fn map() -> Option<Table<'static, SLOTS>> {
    // SAFETY: C4 - a new private anonymous mapping touches no other memory.
    let slots = unsafe {
        libc::mmap(
            null_mut(),
            SLOTS * size_of::<Slot>(),
            libc::PROT_READ_WRITE,
            libc::MAP_FLAGS,
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

fn remember(block: *mut c_void, size: usize, caller: Caller) -> *mut c_void {
    if !block.is_null() {
        locked(|state| state.allocated(block as usize, size, caller));
    }
    block
}

/// Starts a window: every count is zero, and live bytes are relative to now.
#[unsafe(no_mangle)]
pub extern "C" fn diptych_lab_heap_start() {
    locked(|state| {
        state.heap = NOTHING;
        state.deletes = 0;
        state.sites.clear();
        state.curve.clear();
        // Block 0's window stays nobody's.
        state.window = state.window.wrapping_add(1).max(1);
        (state.live, state.peak, state.counting) = (0, 0, true);
        state.begin = libc::now();
    });
}

/// Ends the window and writes its counts; 1 when they are complete, else 0. Writes the report to
/// the file that `DIPTYCH_LAB_HEAP_REPORT` names, where it names one.
///
/// # Safety
/// `counts` is valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diptych_lab_heap_stop(counts: *mut Heap) -> c_int {
    let (heap, complete, ns) = locked(|state| {
        state.counting = false;
        state.heap.peak_bytes = state.peak as u64;
        state.heap.live_at_end = state.live;
        (state.heap, !state.full, libc::now().wrapping_sub(state.begin))
    });
    // SAFETY: C4 - the name ends in a zero byte.
    let path = unsafe { libc::getenv(REPORT) };
    if complete && !path.is_null() {
        // SAFETY: C4 - what `getenv` answers ends in a zero byte.
        let file = unsafe { libc::open(path, libc::TO_WRITE) };
        if file >= 0 {
            let mut paper = Paper::new(file);
            // No window is open: nobody waits for the lock in a run that is measured.
            locked(|state| state.report(&mut paper, ns));
            report_maps(&mut paper);
            paper.bytes(b"end").end();
            paper.flush();
            // SAFETY: C4 - the descriptor was opened above and is nobody else's.
            unsafe { libc::close(file) };
        }
    }
    // SAFETY: C4 - the caller's promise.
    unsafe { ptr::write(counts, heap) };
    c_int::from(complete)
}

extern "C" fn counted_malloc(size: usize, site: usize, frame: usize) -> *mut c_void {
    // SAFETY: C4 - forwarded unchanged.
    remember(unsafe { __libc_malloc(size) }, size, Caller { site, frame })
}

extern "C" fn counted_calloc(count: usize, size: usize, site: usize, frame: usize) -> *mut c_void {
    // SAFETY: C4 - forwarded unchanged.
    let block = unsafe { __libc_calloc(count, size) };
    // The product cannot overflow where the call succeeds.
    remember(block, count.wrapping_mul(size), Caller { site, frame })
}

unsafe extern "C" fn counted_realloc(
    block: *mut c_void,
    size: usize,
    site: usize,
    frame: usize,
) -> *mut c_void {
    if block.is_null() {
        return counted_malloc(size, site, frame);
    }
    if size == 0 {
        // SAFETY: C4 - the caller's promise; glibc's realloc to 0 bytes frees too.
        unsafe { counted_free(block, site, frame) };
        return null_mut();
    }
    // Forgotten first: the address may be another thread's block as soon as glibc gave it up.
    let before = locked(|state| state.remove(block as usize));
    // SAFETY: C4 - the caller's promise, forwarded unchanged.
    let moved = unsafe { __libc_realloc(block, size) };
    locked(|state| match moved.is_null() {
        true => state.insert(Slot { block: block as usize, ..before }),
        false => state.resized(moved as usize, before, size, Caller { site, frame }),
    });
    moved
}

unsafe extern "C" fn counted_free(block: *mut c_void, site: usize, frame: usize) {
    if !block.is_null() {
        locked(|state| state.freed(block as usize, Caller { site, frame }));
        // SAFETY: C4 - the caller's promise, forwarded unchanged.
        unsafe { __libc_free(block) };
    }
}

extern "C" fn counted_memalign(
    alignment: usize,
    size: usize,
    site: usize,
    frame: usize,
) -> *mut c_void {
    // SAFETY: C4 - forwarded unchanged.
    remember(unsafe { __libc_memalign(alignment, size) }, size, Caller { site, frame })
}

unsafe extern "C" fn counted_posix_memalign(
    answer: *mut *mut c_void,
    alignment: usize,
    size: usize,
    site: usize,
    frame: usize,
) -> c_int {
    if !alignment.is_power_of_two() || !alignment.is_multiple_of(size_of::<*mut c_void>()) {
        return libc::EINVAL;
    }
    // SAFETY: C4 - errno's address is valid in every thread.
    let errno = unsafe { &mut *libc::__errno_location() };
    // POSIX: errno is left alone.
    let before = *errno;
    let block = counted_memalign(alignment, size, site, frame);
    *errno = before;
    if block.is_null() {
        return libc::ENOMEM;
    }
    // SAFETY: C4 - the caller's promise.
    unsafe { ptr::write(answer, block) };
    0
}

/// Exports a function of the C library: it goes on to `$counted` with two more arguments, its
/// return address and where on the stack that lies, in the registers after its own.
macro_rules! export {
    ($(#[$doc:meta])* fn $name:ident($($argument:ident: $type:ty),*) $(-> $answer:ty)?
        = $counted:ident, $site:literal, $frame:literal) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// As in C.
        #[cfg(target_arch = "x86_64")]
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($argument: $type),*) $(-> $answer)? {
            core::arch::naked_asm!(
                concat!("mov ", $site, ", [rsp]"),
                concat!("mov ", $frame, ", rsp"),
                "jmp {counted}",
                counted = sym $counted,
            )
        }
        $(#[$doc])*
        #[cfg(not(target_arch = "x86_64"))]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($argument: $type),*) $(-> $answer)? {
            // SAFETY: C4 - the caller's promise, forwarded unchanged.
            unsafe { $counted($($argument,)* 0, 0) }
        }
    };
}

export! {
    /// `malloc` of C.
    fn malloc(size: usize) -> *mut c_void = counted_malloc, "rsi", "rdx"
}
export! {
    /// `calloc` of C.
    fn calloc(count: usize, size: usize) -> *mut c_void = counted_calloc, "rdx", "rcx"
}
export! {
    /// `realloc` of C.
    fn realloc(block: *mut c_void, size: usize) -> *mut c_void = counted_realloc, "rdx", "rcx"
}
export! {
    /// `free` of C.
    fn free(block: *mut c_void) = counted_free, "rsi", "rdx"
}
export! {
    /// `memalign` of glibc.
    fn memalign(alignment: usize, size: usize) -> *mut c_void = counted_memalign, "rdx", "rcx"
}
export! {
    /// `aligned_alloc` of C.
    fn aligned_alloc(alignment: usize, size: usize) -> *mut c_void = counted_memalign, "rdx", "rcx"
}
export! {
    /// `posix_memalign` of POSIX.
    fn posix_memalign(answer: *mut *mut c_void, alignment: usize, size: usize) -> c_int
        = counted_posix_memalign, "rcx", "r8"
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: C4 - `abort` has no precondition.
    unsafe { libc::abort() }
}
