//! The C++ allocator as cxx sees it; `crate::cpp::allocator` makes it pleasant.

use core::panic::AssertUnwindSafe;
use std::any::Any;
use std::panic::catch_unwind;

#[cxx::bridge(namespace = "diptych::bridge")]
#[allow(
    clippy::multiple_unsafe_ops_per_block,
    reason = "in what cxx generates, not in what stands here"
)]
#[allow(missing_docs, reason = "cpp/bridge/allocator.hpp describes them")]
pub mod ffi {
    extern "Rust" {
        type Visitor<'a>;

        /// Shows the closure a block.
        unsafe fn visit<'a>(self: &mut Visitor<'a>, block: *mut u8, size: usize);
    }

    unsafe extern "C++" {
        include!("diptych/cpp/bridge/allocator.hpp");

        fn allocate(size: usize) -> *mut u8;
        fn allocate_zeroed(size: usize) -> *mut u8;
        fn allocate_aligned(size: usize, align: usize) -> *mut u8;
        unsafe fn reallocate(block: *mut u8, size: usize) -> *mut u8;
        unsafe fn deallocate(block: *mut u8);
        unsafe fn usable_size(block: *const u8) -> usize;
        fn trim() -> bool;
    }

    unsafe extern "C++" {
        type Heap;

        #[Self = "Heap"]
        fn make() -> UniquePtr<Heap>;
        fn allocate(self: Pin<&mut Self>, size: usize) -> *mut u8;
        fn allocate_zeroed(self: Pin<&mut Self>, size: usize) -> *mut u8;
        fn allocate_aligned(self: Pin<&mut Self>, size: usize, align: usize) -> *mut u8;
        unsafe fn reallocate(self: Pin<&mut Self>, block: *mut u8, size: usize) -> *mut u8;
        unsafe fn deallocate(self: Pin<&mut Self>, block: *mut u8);
        unsafe fn visit<'a>(&self, visitor: &mut Visitor<'a>);
    }
}

/// A closure on its way through C++.
pub struct Visitor<'a> {
    closure: &'a mut dyn FnMut(*mut u8, usize),
    panic: Option<Box<dyn Any + Send>>,
}

impl<'a> Visitor<'a> {
    pub fn new(closure: &'a mut dyn FnMut(*mut u8, usize)) -> Self {
        Visitor { closure, panic: None }
    }

    /// A panic must not unwind through C++: it is kept here, and the other blocks are not shown.
    fn visit(&mut self, block: *mut u8, size: usize) {
        if self.panic.is_none() {
            let closure = AssertUnwindSafe(|| (self.closure)(block, size));
            self.panic = catch_unwind(closure).err();
        }
    }

    /// What the closure panicked with.
    pub fn into_panic(self) -> Option<Box<dyn Any + Send>> {
        self.panic
    }
}
