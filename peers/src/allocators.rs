//! Allocators of others, each built by its crate at its defaults, in the Rust twin's loops.
//!
//! They stand beside the C library's, which serves the rest of the process: nothing is preloaded.

#![allow(unsafe_code, reason = "they are written in C and C++")]

use std::ffi::c_void;

use diptych::workloads::{self, allocator::Malloc};
use diptych_lab::Contestant;

/// Makes an allocator a contestant, by the names of its functions.
macro_rules! allocator {
    ($(#[$doc:meta])* $name:ident: $malloc:path, $calloc:path, $realloc:path, $free:path) => {
        $(#[$doc])*
        struct $name;

        impl Malloc for $name {
            #[inline(always)]
            fn allocate(size: usize) -> *mut u8 {
                // SAFETY: A2 - any size may be asked for.
                unsafe { $malloc(size) }.cast()
            }
            #[inline(always)]
            fn allocate_zeroed(size: usize) -> *mut u8 {
                // SAFETY: A2 - any size may be asked for.
                unsafe { $calloc(1, size) }.cast()
            }
            #[inline(always)]
            unsafe fn reallocate(block: *mut u8, _old: usize, size: usize) -> *mut u8 {
                // SAFETY: A2 - the caller's promise: it is allocated.
                unsafe { $realloc(block.cast::<c_void>(), size) }.cast()
            }
            #[inline(always)]
            unsafe fn deallocate(block: *mut u8, _size: usize) {
                // SAFETY: A2 - the caller's promise: it is allocated.
                unsafe { $free(block.cast::<c_void>()) };
            }
        }
    };
}
