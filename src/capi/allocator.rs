//! The C functions of the allocator: `include/diptych/allocator.h` is their manual.
//!
//! Nothing here panics, and nothing is checked but null: the allocator checks what can be checked.

#![allow(clippy::missing_safety_doc, reason = "the C header is the manual")]

use core::ffi::{c_int, c_void};
use core::mem::ManuallyDrop;
use core::ptr::{self, NonNull};

use super::bindings::{
    dpt_rust_alloc_class, dpt_rust_alloc_stats, dpt_rust_alloc_thread, dpt_rust_heap, dpt_status,
};
use super::error::{Failure, at_border};
use crate::allocator::{self, Heap};

/// What a visitor of a heap is.
type Visit = unsafe extern "C" fn(context: *mut c_void, block: *mut c_void, size: usize);

/// What a visitor of threads is.
type VisitThread =
    unsafe extern "C" fn(context: *mut c_void, thread: usize, holds: *const dpt_rust_alloc_thread);

// ---- Pointers -----------------------------------------------------------------------------------

/// The heap behind a pointer that a caller gave, which keeps it.
///
/// # Safety
/// `heap` is null, or of `dpt_rust_heap_new`, and nothing else touches it meanwhile.
#[inline]
unsafe fn heap_of(heap: *mut dpt_rust_heap) -> Option<ManuallyDrop<Heap>> {
    // SAFETY: A3 - the caller's promise.
    let given = |heap| unsafe { Heap::from_raw(heap) };
    NonNull::new(heap.cast()).map(|heap| ManuallyDrop::new(given(heap)))
}

// ---- Blocks -------------------------------------------------------------------------------------

#[unsafe(no_mangle)]
pub extern "C" fn dpt_rust_malloc(size: usize) -> *mut c_void {
    allocator::allocate(size).cast()
}

#[unsafe(no_mangle)]
pub extern "C" fn dpt_rust_calloc(count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size) {
        Some(bytes) => allocator::allocate_zeroed(bytes).cast(),
        None => ptr::null_mut(),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_realloc(block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: A2 - the header's contract: a block of ours, or null.
    unsafe { allocator::reallocate(block.cast(), size) }.cast()
}

#[unsafe(no_mangle)]
pub extern "C" fn dpt_rust_memalign(align: usize, size: usize) -> *mut c_void {
    if !align.is_power_of_two() {
        return ptr::null_mut();
    }
    allocator::allocate_aligned(size, align).cast()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_free(block: *mut c_void) {
    // SAFETY: A2 - the header's contract: a block of ours, or null.
    unsafe { allocator::deallocate(block.cast()) };
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_usable_size(block: *const c_void) -> usize {
    // SAFETY: A2 - the header's contract: a block of ours, or null.
    unsafe { allocator::usable_size(block.cast_mut().cast()) }
}

// ---- The allocator itself -----------------------------------------------------------------------

#[unsafe(no_mangle)]
pub extern "C" fn dpt_rust_alloc_trim() -> c_int {
    c_int::from(allocator::trim())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_alloc_get_stats(out: *mut dpt_rust_alloc_stats) -> dpt_status {
    at_border(|| {
        if out.is_null() {
            return Err(Failure::Null("out"));
        }
        let stats = allocator::stats();
        let found = dpt_rust_alloc_stats {
            live_bytes: stats.live_bytes,
            live_blocks: stats.live_blocks,
            committed_bytes: stats.committed_bytes,
            peak_committed_bytes: stats.peak_committed_bytes,
            reserved_bytes: stats.reserved_bytes,
            pages: stats.pages,
            threads: stats.threads,
            classes: stats.classes.map(|of| dpt_rust_alloc_class {
                block_bytes: of.block_bytes,
                live_blocks: of.live_blocks,
                pages: of.pages,
            }),
        };
        // SAFETY: A9 - not null; the header's contract: it may be written.
        unsafe { out.write(found) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_alloc_visit_threads(
    visit: Option<VisitThread>,
    context: *mut c_void,
) {
    let Some(visit) = visit else { return };
    allocator::visit_threads(|thread, stats| {
        let holds = dpt_rust_alloc_thread {
            pages: stats.pages,
            live_blocks: stats.live_blocks,
            live_bytes: stats.live_bytes,
        };
        // SAFETY: A9 - the header's contract: the visitor takes what it is given.
        unsafe { visit(context, thread, &raw const holds) };
    });
}

#[unsafe(no_mangle)]
pub extern "C" fn dpt_rust_alloc_print_stats() {
    allocator::print_stats();
}

// ---- Heaps --------------------------------------------------------------------------------------

#[unsafe(no_mangle)]
pub extern "C" fn dpt_rust_heap_new() -> *mut dpt_rust_heap {
    Heap::try_new().map_or(ptr::null_mut(), |heap| heap.into_raw().as_ptr().cast())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_heap_malloc(
    heap: *mut dpt_rust_heap,
    size: usize,
) -> *mut c_void {
    // SAFETY: A6 - the header's contract: a heap of ours, or null.
    match unsafe { heap_of(heap) } {
        Some(heap) => heap.allocate(size).cast(),
        None => ptr::null_mut(),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_heap_calloc(
    heap: *mut dpt_rust_heap,
    count: usize,
    size: usize,
) -> *mut c_void {
    // SAFETY: A6 - the header's contract: a heap of ours, or null.
    match (unsafe { heap_of(heap) }, count.checked_mul(size)) {
        (Some(heap), Some(bytes)) => heap.allocate_zeroed(bytes).cast(),
        _ => ptr::null_mut(),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_heap_memalign(
    heap: *mut dpt_rust_heap,
    align: usize,
    size: usize,
) -> *mut c_void {
    // SAFETY: A6 - the header's contract: a heap of ours, or null.
    match unsafe { heap_of(heap) } {
        Some(heap) if align.is_power_of_two() => heap.allocate_aligned(size, align).cast(),
        _ => ptr::null_mut(),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_heap_realloc(
    heap: *mut dpt_rust_heap,
    block: *mut c_void,
    size: usize,
) -> *mut c_void {
    // SAFETY: A6 - the header's contract: a heap of ours, or null.
    match unsafe { heap_of(heap) } {
        // SAFETY: A2 - the header's contract: a block of the heap, or null.
        Some(heap) => unsafe { heap.reallocate(block.cast(), size) }.cast(),
        None => ptr::null_mut(),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_heap_free(heap: *mut dpt_rust_heap, block: *mut c_void) {
    // SAFETY: A6 - the header's contract: a heap of ours, or null.
    if let Some(heap) = unsafe { heap_of(heap) } {
        // SAFETY: A2 - the header's contract: a block of the heap, or null.
        unsafe { heap.deallocate(block.cast()) };
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_heap_visit(
    heap: *mut dpt_rust_heap,
    visit: Option<Visit>,
    context: *mut c_void,
) {
    // SAFETY: A6 - the header's contract: a heap of ours, or null.
    if let (Some(heap), Some(visit)) = (unsafe { heap_of(heap) }, visit) {
        // SAFETY: A6 - the header's contract: the visitor takes what it is given.
        heap.visit(|block, size| unsafe { visit(context, block.cast(), size) });
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_heap_delete(heap: *mut dpt_rust_heap) {
    // SAFETY: A6 - the header's contract: a heap of ours, used no more, or null.
    drop(unsafe { heap_of(heap) }.map(ManuallyDrop::into_inner));
}
