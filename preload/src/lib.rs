//! The C library's names for the Rust twin: what `LD_PRELOAD` puts before all others.
//!
//! ```console
//! $ cargo build --release -p diptych-malloc
//! $ LD_PRELOAD=target/release/libdiptych_malloc_rust.so program
//! ```

#![allow(missing_docs, clippy::missing_safety_doc, reason = "the C library's manual is theirs")]

mod at_exit;
mod operators;

use core::ffi::{c_int, c_void};
use core::ptr;

use diptych::allocator as twin;

/// What the kernel maps at a time.
const OS_PAGE_BYTES: usize = 4096;

fn set_errno(value: c_int) {
    // SAFETY: A9 - always allowed.
    let place = unsafe { libc::__errno_location() };
    // SAFETY: A9 - this thread's own variable.
    unsafe { place.write(value) };
}

fn invalid() -> *mut c_void {
    set_errno(libc::EINVAL);
    ptr::null_mut()
}

fn no_memory() -> *mut c_void {
    set_errno(libc::ENOMEM);
    ptr::null_mut()
}

// ---- Allocation ---------------------------------------------------------------------------------

#[unsafe(no_mangle)]
pub extern "C" fn malloc(size: usize) -> *mut c_void {
    twin::allocate(size).cast()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(p: *mut c_void) {
    // SAFETY: A2 - the caller's promise.
    unsafe { twin::deallocate(p.cast()) };
}

#[unsafe(no_mangle)]
pub extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size) {
        Some(bytes) => twin::allocate_zeroed(bytes).cast(),
        None => no_memory(),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(p: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: A2 - the caller's promise.
    unsafe { twin::reallocate(p.cast(), size) }.cast()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn reallocarray(p: *mut c_void, count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: A2 - the caller's promise.
        Some(bytes) => unsafe { twin::reallocate(p.cast(), bytes) }.cast(),
        None => no_memory(),
    }
}

// ---- Alignment ----------------------------------------------------------------------------------

#[unsafe(no_mangle)]
pub extern "C" fn memalign(align: usize, size: usize) -> *mut c_void {
    // As glibc: if it is no power of two, the next one that is.
    match align.checked_next_power_of_two() {
        Some(align) => twin::allocate_aligned(size, align).cast(),
        None => invalid(),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    if align.is_power_of_two() { twin::allocate_aligned(size, align).cast() } else { invalid() }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_memalign(p: *mut *mut c_void, align: usize, size: usize) -> c_int {
    if !align.is_power_of_two() || !align.is_multiple_of(size_of::<*mut c_void>()) {
        return libc::EINVAL;
    }
    // SAFETY: A9 - always allowed.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: A9 - this thread's own variable.
    let before = unsafe { errno.read() };
    let block = twin::allocate_aligned(size, align);
    // SAFETY: A9 - as above.
    unsafe { errno.write(before) };
    if block.is_null() {
        return libc::ENOMEM;
    }
    // SAFETY: A2 - the caller's promise: a pointer may be written there.
    unsafe { p.write(block.cast()) };
    0
}

#[unsafe(no_mangle)]
pub extern "C" fn valloc(size: usize) -> *mut c_void {
    twin::allocate_aligned(size, OS_PAGE_BYTES).cast()
}

#[unsafe(no_mangle)]
pub extern "C" fn pvalloc(size: usize) -> *mut c_void {
    match size.checked_next_multiple_of(OS_PAGE_BYTES) {
        Some(bytes) => twin::allocate_aligned(bytes, OS_PAGE_BYTES).cast(),
        None => no_memory(),
    }
}

// ---- Queries and the rest -----------------------------------------------------------------------

#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc_usable_size(p: *mut c_void) -> usize {
    // SAFETY: A2 - the caller's promise.
    unsafe { twin::usable_size(p.cast()) }
}

#[unsafe(no_mangle)]
pub extern "C" fn malloc_trim(_: usize) -> c_int {
    twin::trim().into()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_sized(p: *mut c_void, _: usize) {
    // SAFETY: A2 - the caller's promise.
    unsafe { twin::deallocate(p.cast()) };
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_aligned_sized(p: *mut c_void, _: usize, _: usize) {
    // SAFETY: A2 - the caller's promise.
    unsafe { twin::deallocate(p.cast()) };
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cfree(p: *mut c_void) {
    // SAFETY: A2 - the caller's promise.
    unsafe { twin::deallocate(p.cast()) };
}
