//! The twin as Rust's global allocator, and as heaps of one's own.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::mem;
use core::ptr::{self, NonNull};

use super::heap::{delete_heap, make_heap};
use super::{api, heap, stats};

// ---- The allocator of all threads ---------------------------------------------------------------

/// The allocator of all threads, for `#[global_allocator]`. Stateless, and all are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allocator;

/// Blocks have at least this alignment.
const ALIGN: usize = 16;

// SAFETY: A2, A8 - blocks are apart, as large and as aligned as asked for, and do not unwind.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= ALIGN {
            super::allocate(layout.size())
        } else {
            super::allocate_aligned(layout.size(), layout.align())
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= ALIGN {
            return super::allocate_zeroed(layout.size());
        }
        let p = super::allocate_aligned(layout.size(), layout.align());
        if !p.is_null() {
            // SAFETY: A2 - a new block of so many bytes.
            unsafe { p.write_bytes(0, layout.size()) };
        }
        p
    }

    #[inline]
    unsafe fn dealloc(&self, p: *mut u8, _: Layout) {
        // SAFETY: A2 - the caller's promise.
        unsafe { super::deallocate(p) };
    }

    #[inline]
    unsafe fn realloc(&self, p: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if layout.align() <= ALIGN {
            // SAFETY: A2 - the caller's promise.
            return unsafe { super::reallocate(p, new_size) };
        }
        let moved = super::allocate_aligned(new_size, layout.align());
        if !moved.is_null() {
            // SAFETY: A2 - both have so many bytes, and are two.
            unsafe { ptr::copy_nonoverlapping(p, moved, new_size.min(layout.size())) };
            // SAFETY: A2 - the caller's promise.
            unsafe { super::deallocate(p) };
        }
        moved
    }
}

// ---- A heap of one's own ------------------------------------------------------------------------

/// A heap of one's own: what is allocated in it is given back to it, or goes with it all at once.
/// One thread at a time.
///
/// ```
/// let heap = diptych::allocator::Heap::new();
/// for size in 0..100 {
///     assert!(!heap.allocate(size).is_null());
/// }
/// let mut blocks = 0;
/// heap.visit(|_, _| blocks += 1);
/// assert_eq!(blocks, 100);
/// drop(heap); // All hundred are gone.
/// ```
/// ```compile_fail,E0277
/// let heap = diptych::allocator::Heap::new();
/// std::thread::scope(|scope| scope.spawn(|| heap.allocate(1) as usize)); // Not shared.
/// ```
#[derive(Debug)]
#[repr(transparent)]
pub struct Heap {
    pages: NonNull<heap::Heap>,
    /// Its cells are for one thread at a time.
    not_shared: PhantomData<Cell<()>>,
}

#[cfg(feature = "workloads")]
impl Heap {
    /// Its field, which nobody else can name: name, offset, size.
    pub(crate) const FIELD: (&str, usize, usize) =
        ("pages", mem::offset_of!(Self, pages), size_of::<NonNull<heap::Heap>>());
}

// SAFETY: A3 - whoever has it is the owner of its pages.
unsafe impl Send for Heap {}

impl Default for Heap {
    fn default() -> Self {
        Self::new()
    }
}

impl Heap {
    /// An empty heap. If there is no memory for it,
    /// [`handle_alloc_error`](std::alloc::handle_alloc_error) decides.
    pub fn new() -> Self {
        Self::try_new()
            .unwrap_or_else(|| std::alloc::handle_alloc_error(Layout::new::<heap::Heap>()))
    }

    /// An empty heap; none if there is no memory for it.
    pub fn try_new() -> Option<Self> {
        Some(Self { pages: NonNull::from(make_heap()?), not_shared: PhantomData })
    }

    /// Takes it over from [`into_raw`](Self::into_raw).
    ///
    /// # Safety
    /// The pointer is of `into_raw`, and nobody else uses it.
    pub unsafe fn from_raw(pointer: NonNull<c_void>) -> Self {
        Self { pages: pointer.cast(), not_shared: PhantomData }
    }

    /// Gives it up: without [`from_raw`](Self::from_raw) it stays for ever.
    #[must_use = "losing the pointer leaks the heap"]
    pub fn into_raw(self) -> NonNull<c_void> {
        let pointer = self.pages.cast();
        mem::forget(self);
        pointer
    }

    fn pages(&self) -> &'static heap::Heap {
        // SAFETY: A3 - heaps stay.
        unsafe { self.pages.as_ref() }
    }

    /// As [`allocate`](super::allocate).
    #[inline]
    #[must_use = "losing the pointer leaks the block"]
    pub fn allocate(&self, size: usize) -> *mut u8 {
        api::allocate_from(self.pages(), size)
    }

    /// As [`allocate_zeroed`](super::allocate_zeroed).
    #[inline]
    #[must_use = "losing the pointer leaks the block"]
    pub fn allocate_zeroed(&self, size: usize) -> *mut u8 {
        api::allocate_zeroed_from(self.pages(), size)
    }

    /// As [`allocate_aligned`](super::allocate_aligned).
    #[must_use = "losing the pointer leaks the block"]
    pub fn allocate_aligned(&self, size: usize, align: usize) -> *mut u8 {
        api::allocate_aligned_from(self.pages(), size, align)
    }

    /// As [`reallocate`](super::reallocate).
    ///
    /// # Safety
    /// As there; the block is of this heap, and no visit is under way.
    #[must_use = "losing the pointer leaks the block"]
    pub unsafe fn reallocate(&self, p: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: A2 - the caller's promise.
        unsafe { api::reallocate_in(self.pages(), p, size) }
    }

    /// As [`deallocate`](super::deallocate).
    ///
    /// # Safety
    /// As there; the block is of this heap, and no visit is under way.
    #[inline]
    pub unsafe fn deallocate(&self, p: *mut u8) {
        // SAFETY: A2 - the caller's promise.
        unsafe { api::deallocate_to(self.pages(), p) };
    }

    /// Calls `visit(block, bytes)` for each block in use. What it allocates meanwhile may be
    /// visited or not.
    pub fn visit(&self, mut visit: impl FnMut(*mut u8, usize)) {
        stats::visit(self.pages(), &mut visit);
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        delete_heap(self.pages());
    }
}
