//! The C library's `malloc`: in C++ as it is, in Rust as `std::alloc::System`.

#![allow(clippy::multiple_unsafe_ops_per_block, reason = "cxx generates such blocks")]

use std::alloc::{GlobalAlloc, Layout, System};

use diptych::workloads::{self, allocator::Malloc};

#[cxx::bridge(namespace = "diptych::peers")]
mod ffi {
    unsafe extern "C++" {
        include!("malloc.hpp");
        include!("bridge/workloads.hpp");

        #[namespace = "diptych::workloads::bridge"]
        type Contestant = diptych::workloads::cpp::Contestant;

        fn c_malloc() -> &'static Contestant;
    }
}

/// `malloc` from C++.
pub fn in_cpp() -> diptych_lab::Contestant {
    diptych::workloads::cpp::contestant(ffi::c_malloc())
}

/// `std::alloc::System`.
pub struct Std;

/// No more than malloc aligns to, and than any workload asks for: otherwise `System` calls something
/// else.
fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).expect("workloads ask for no more than there is")
}

impl Malloc for Std {
    #[inline(always)]
    fn allocate(size: usize) -> *mut u8 {
        // SAFETY: A2 - no workload asks for nothing.
        unsafe { System.alloc(layout(size)) }
    }
    #[inline(always)]
    fn allocate_zeroed(size: usize) -> *mut u8 {
        // SAFETY: A2 - no workload asks for nothing.
        unsafe { System.alloc_zeroed(layout(size)) }
    }
    #[inline(always)]
    unsafe fn reallocate(block: *mut u8, old: usize, size: usize) -> *mut u8 {
        // SAFETY: A2 - the caller's promise: allocated with `old` bytes.
        unsafe { System.realloc(block, layout(old), size) }
    }
    #[inline(always)]
    unsafe fn deallocate(block: *mut u8, size: usize) {
        // SAFETY: A2 - the caller's promise: allocated with `size` bytes.
        unsafe { System.dealloc(block, layout(size)) };
    }
}

/// `malloc` from Rust.
pub fn in_rust() -> diptych_lab::Contestant {
    let workloads = workloads::allocator::workloads::<Std>();
    workloads::rust("std::alloc::System", &["malloc"], workloads)
}
