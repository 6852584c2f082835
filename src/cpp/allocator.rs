//! The C++ allocator, for Rust programs.
//!
//! [`Allocator`] lets a whole program run on it, without nightly features and without C++ in the
//! program's own sources:
//!
//! ```
//! #[global_allocator]
//! static ALLOCATOR: diptych::cpp::Allocator = diptych::cpp::Allocator;
//!
//! let words: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
//! assert_eq!(words.concat().len(), 2890);
//! ```
//!
//! [`Heap`] and the functions are those of [`crate::allocator`], in the other language.

use core::alloc::{GlobalAlloc, Layout};
use core::pin::Pin;
use std::panic::resume_unwind;

use cxx::UniquePtr;

use crate::bridge::allocator::{Visitor, ffi};
use crate::capi::bindings as c;

/// The alignment of every block.
const ALIGN: usize = 16;

// ---- Blocks -------------------------------------------------------------------------------------

/// At least `size` bytes, aligned to 16; null if there is no memory.
pub fn allocate(size: usize) -> *mut u8 {
    ffi::allocate(size)
}

/// The same, and all bytes are zero.
pub fn allocate_zeroed(size: usize) -> *mut u8 {
    ffi::allocate_zeroed(size)
}

/// The same as [`allocate`], aligned to `align`, a power of two.
pub fn allocate_aligned(size: usize, align: usize) -> *mut u8 {
    debug_assert!(align.is_power_of_two());
    ffi::allocate_aligned(size, align)
}

/// The block with another size, perhaps elsewhere. Null: it is as it was, or `size` is 0 and it is
/// gone.
///
/// # Safety
/// `block` is null, or allocated by this allocator.
pub unsafe fn reallocate(block: *mut u8, size: usize) -> *mut u8 {
    // SAFETY: A2 - the caller's promise.
    unsafe { ffi::reallocate(block, size) }
}

/// Gives a block back. Null is nothing.
///
/// # Safety
/// `block` is null, or allocated by this allocator and not of a [`Heap`].
pub unsafe fn deallocate(block: *mut u8) {
    // SAFETY: A2 - the caller's promise.
    unsafe { ffi::deallocate(block) };
}

/// How many bytes of the block may be used; 0 for null.
///
/// # Safety
/// `block` is null, or allocated by this allocator.
pub unsafe fn usable_size(block: *const u8) -> usize {
    // SAFETY: A2 - the caller's promise.
    unsafe { ffi::usable_size(block) }
}

/// What nobody uses goes back to the kernel; whether anything did.
pub fn trim() -> bool {
    ffi::trim()
}

// ---- The global allocator -----------------------------------------------------------------------

/// The C++ allocator as the global one of a Rust program.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allocator;

// SAFETY: A2, A8 - what is allocated has the size and the alignment asked for, is nobody else's, and
// stays until it is given back; nothing here unwinds.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= ALIGN {
            // SAFETY: A2 - any size may be asked for.
            unsafe { c::dpt_cpp_malloc(layout.size()) }.cast()
        } else {
            // SAFETY: A8 - any size may be asked for; the alignment is a power of two.
            unsafe { c::dpt_cpp_memalign(layout.align(), layout.size()) }.cast()
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= ALIGN {
            // SAFETY: A2 - any size may be asked for.
            return unsafe { c::dpt_cpp_calloc(1, layout.size()) }.cast();
        }
        // SAFETY: A8 - the caller's promise.
        let block = unsafe { self.alloc(layout) };
        if !block.is_null() {
            // SAFETY: A2 - it has that many bytes.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, _layout: Layout) {
        // SAFETY: A2 - the caller's promise: it is allocated.
        unsafe { c::dpt_cpp_free(block.cast()) };
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if layout.align() <= ALIGN {
            // SAFETY: A2 - the caller's promise: it is allocated.
            return unsafe { c::dpt_cpp_realloc(block.cast(), size) }.cast();
        }
        // SAFETY: A8 - the caller's promise: together they are a layout.
        let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: A8 - as above.
        let moved = unsafe { self.alloc(new) };
        if !moved.is_null() {
            // SAFETY: A2 - both have as many bytes, and are two blocks.
            unsafe { moved.copy_from_nonoverlapping(block, size.min(layout.size())) };
            // SAFETY: A2 - the caller's promise: it is allocated.
            unsafe { self.dealloc(block, layout) };
        }
        moved
    }
}

// ---- Heaps --------------------------------------------------------------------------------------

/// A heap of one's own: what is allocated in it is given back to it, or goes with it all at once.
///
/// ```
/// let mut heap = diptych::cpp::Heap::new();
/// let block = heap.allocate(100);
/// assert!(!block.is_null());
/// let mut bytes = 0;
/// heap.visit(|_block, size| bytes += size);
/// assert!(bytes >= 100);
/// ```
pub struct Heap(UniquePtr<ffi::Heap>);

impl Heap {
    /// A heap without blocks.
    ///
    /// # Panics
    /// If there is no memory; [`Heap::try_new`] answers `None`.
    pub fn new() -> Self {
        Self::try_new().expect("out of memory")
    }

    /// A heap without blocks; `None` if there is no memory.
    pub fn try_new() -> Option<Self> {
        Some(ffi::Heap::make()).filter(|heap| !heap.is_null()).map(Self)
    }

    /// At least `size` bytes, aligned to 16; null if there is no memory.
    pub fn allocate(&mut self, size: usize) -> *mut u8 {
        self.twin().allocate(size)
    }

    /// The same, and all bytes are zero.
    pub fn allocate_zeroed(&mut self, size: usize) -> *mut u8 {
        self.twin().allocate_zeroed(size)
    }

    /// The same as [`Heap::allocate`], aligned to `align`, a power of two.
    pub fn allocate_aligned(&mut self, size: usize, align: usize) -> *mut u8 {
        debug_assert!(align.is_power_of_two());
        self.twin().allocate_aligned(size, align)
    }

    /// The block with another size, perhaps elsewhere. Null: it is as it was, or `size` is 0 and it
    /// is gone.
    ///
    /// # Safety
    /// `block` is null, or of this heap.
    pub unsafe fn reallocate(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: A2 - the caller's promise.
        unsafe { self.twin().reallocate(block, size) }
    }

    /// Gives a block back.
    ///
    /// # Safety
    /// `block` is null, or of this heap.
    pub unsafe fn deallocate(&mut self, block: *mut u8) {
        // SAFETY: A2 - the caller's promise.
        unsafe { self.twin().deallocate(block) };
    }

    /// Calls `each(block, size)` for each block in use; `size` is what may be used of it.
    pub fn visit(&self, mut each: impl FnMut(*mut u8, usize)) {
        let mut visitor = Visitor::new(&mut each);
        // SAFETY: A6 - the heap is borrowed meanwhile, so that nobody changes it.
        unsafe { self.0.visit(&mut visitor) };
        if let Some(panic) = visitor.into_panic() {
            resume_unwind(panic);
        }
    }

    fn twin(&mut self) -> Pin<&mut ffi::Heap> {
        self.0.pin_mut()
    }
}

impl Default for Heap {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: A3 - a heap belongs to whoever holds it, and not to the thread that made it.
unsafe impl Send for Heap {}
