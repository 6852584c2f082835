//! `malloc`, `free` and their family, and heaps of one's own.
//!
//! As the allocator of a whole program:
//! ```
//! #[global_allocator]
//! static ALLOCATOR: diptych::Allocator = diptych::Allocator;
//!
//! let words: Vec<String> = "all of this is ours".split(' ').map(String::from).collect();
//! assert_eq!(words.concat(), "allofthisisours");
//! ```
//! By hand:
//! ```
//! use diptych::allocator::{allocate, deallocate, usable_size};
//!
//! let p = allocate(100);
//! assert!(!p.is_null());
//! // SAFETY: A2 - a block in use.
//! assert!(unsafe { usable_size(p) } >= 100);
//! // SAFETY: A2 - nobody uses it afterwards.
//! unsafe { deallocate(p) };
//! ```
//! Or as a heap, of which everything goes at once: see [`Heap`].
//!
//! # Memory
//! ```text
//!  segment map             segment                       page                   heap (one per thread)
//! +---+---+---+---+      +--------+-------+-------+    +-------+-------+---+   +--------------------+
//! | 0 | * | 0 | 0 |----->| header | slice | slice |    | block | block |   |<--| direct[size / 16]  |
//! +---+---+---+---+      +--------+-------+-------+    +-------+-------+---+   | queues[class]      |
//!                                                                              +--------------------+
//! ```
//! A block is found by two look-ups from its address. Its page's first free block is what the next
//! allocation takes. The word before each block says, encoded with the page's key, whether it is in
//! use, or else which block is free behind it.
//!
//! # Ownership
//! Who allocates gives back, to the same functions, from any thread.
//!
//! # Threads
//! Every function may be called by any thread at any time, before `main` and after it; a [`Heap`]
//! by one at a time.
//!
//! # Misuse
//! A double or invalid free, and most writing past the end of a block, end the program with one
//! line on standard error. Memory that cannot be had is a null pointer, with `errno` `ENOMEM`.
//!
//! # Invariants
//! A1 to A9, cited by tag above every unsafe operation, are in `spec/allocator.md`.
//!
//! # What it lacks
//! Huge pages on demand, NUMA, more than one region lock.

mod api;
mod config;
mod faces;
mod fault;
mod heap;
mod huge;
mod os;
mod page;
mod page_list;
mod remote;
mod report;
mod segment;
mod size_class;
mod slice_set;
mod stats;
mod thread;

pub use stats::{CLASS_COUNT, ClassStats, Stats, ThreadStats};

// ---- Queries ------------------------------------------------------------------------------------

/// What the whole process holds at this moment. Counted by walking over the pages: what other
/// threads do meanwhile may or may not be in it.
pub fn stats() -> Stats {
    stats::stats()
}

/// Calls `visit(number, stats)` for each thread that has pages, with a number that no other living
/// thread has; and first of all with 0 for what belongs to no thread: full pages, blocks too large
/// to share a page, and [`Heap`]s. All together are what [`stats`] tells, if nobody allocates
/// meanwhile.
///
/// ```
/// use diptych::allocator::{allocate, deallocate, visit_threads};
///
/// let p = allocate(100);
/// let mut threads = 0;
/// visit_threads(|thread, stats| {
///     threads += usize::from(thread != 0);
///     assert!(thread == 0 || stats.pages > 0);
/// });
/// assert!(threads >= 1);
/// // SAFETY: A2 - nobody uses it afterwards.
/// unsafe { deallocate(p) };
/// ```
pub fn visit_threads(mut visit: impl FnMut(usize, ThreadStats)) {
    stats::visit_threads(&mut visit);
}

/// Writes [`stats`] and what threads hold to standard error: in one piece, without allocating and
/// without a stream of the standard library. `spec/allocator.md` shows the text.
pub fn print_stats() {
    report::print_stats();
}

/// The bytes that may be used behind `p`, at least those asked for; 0 for null.
///
/// # Safety
/// Null, or a block of this allocator in use.
pub unsafe fn usable_size(p: *const u8) -> usize {
    // SAFETY: A2 - the caller's promise.
    unsafe { api::usable_size(p) }
}

// ---- Mutation -----------------------------------------------------------------------------------

/// At least `size` bytes, aligned to 16; null with `ENOMEM`. Of size 0 too is a block of its own.
#[inline]
#[must_use = "losing the pointer leaks the block"]
pub fn allocate(size: usize) -> *mut u8 {
    api::allocate_from(thread::thread_heap(), size)
}

/// The same, and all bytes are zero.
#[inline]
#[must_use = "losing the pointer leaks the block"]
pub fn allocate_zeroed(size: usize) -> *mut u8 {
    api::allocate_zeroed_from(thread::thread_heap(), size)
}

/// The same, aligned to `align`; null too if that is no power of two.
#[must_use = "losing the pointer leaks the block"]
pub fn allocate_aligned(size: usize, align: usize) -> *mut u8 {
    api::allocate_aligned_from(thread::thread_heap(), size, align)
}

/// The block with another size, perhaps elsewhere; the bytes of the smaller of both come along.
/// Null with `ENOMEM`: the block is as it was. From null: a new block. To size 0: given back, null.
///
/// # Safety
/// Null, or a block of this allocator in use; unless the answer is null and `size` is not 0, nobody
/// uses it afterwards by this pointer.
#[inline]
#[must_use = "losing the pointer leaks the block"]
pub unsafe fn reallocate(p: *mut u8, size: usize) -> *mut u8 {
    // SAFETY: A2 - the caller's promise.
    unsafe { api::reallocate_in(thread::thread_heap(), p, size) }
}

/// Gives a block back. Null is nothing.
///
/// # Safety
/// Null, or a block of this allocator in use, not of a [`Heap`], that nobody uses afterwards.
#[inline]
pub unsafe fn deallocate(p: *mut u8) {
    // SAFETY: A2 - the caller's promise.
    unsafe { api::deallocate_here(p) };
}

/// What this thread keeps in reserve, and what nobody uses, goes back to the kernel; whether
/// anything did.
pub fn trim() -> bool {
    thread::trim()
}

// ---- Faces --------------------------------------------------------------------------------------

pub use faces::{Allocator, Heap};
