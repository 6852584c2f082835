//! The C++ vector twin as cxx sees it; `crate::cpp` makes it pleasant.
//!
//! cxx knows no templates: there is one opaque type for each element type, all of them instances
//! of `VectorOf` in `cpp/bridge/vector.hpp`, with the same functions.

use core::panic::AssertUnwindSafe;
use std::any::Any;
use std::panic::catch_unwind;

#[cxx::bridge(namespace = "diptych::bridge")]
#[allow(
    clippy::multiple_unsafe_ops_per_block,
    reason = "in what cxx generates, not in what stands here"
)]
#[allow(missing_docs, reason = "cpp/bridge/vector.hpp describes them")]
pub mod ffi {
    /// Which exception a call ended with.
    #[derive(Debug)]
    #[repr(u8)]
    enum Fault {
        None,
        Range,
        Capacity,
        Alloc,
        Closure,
    }

    /// Sixty-four bytes that are their own value.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Pod64 {
        /// The bytes, as eight numbers.
        pub words: [u64; 8],
    }

    extern "Rust" {
        type Question<'a>;

        /// Asks the closure about one element or two. `Err`: it has panicked.
        unsafe fn ask<'a>(
            self: &mut Question<'a>,
            item: *const u8,
            kept: *const u8,
        ) -> Result<bool>;
    }

    unsafe extern "C++" {
        include!("diptych/cpp/bridge/vector.hpp");

        type Fault;
    }

    unsafe extern "C++" {
        type VectorU64;

        #[Self = "VectorU64"]
        fn make() -> UniquePtr<VectorU64>;
        fn with_capacity(self: Pin<&mut Self>, capacity: usize) -> Fault;
        fn copy_to(&self, out: Pin<&mut VectorU64>) -> Fault;
        fn len(&self) -> usize;
        fn is_empty(&self) -> bool;
        fn capacity(&self) -> usize;
        fn get(&self, index: usize) -> *const u64;
        fn data(&self) -> *const u64;
        fn reserve(self: Pin<&mut Self>, additional: usize) -> Fault;
        fn reserve_exact(self: Pin<&mut Self>, additional: usize) -> Fault;
        fn shrink_to_fit(self: Pin<&mut Self>) -> Fault;
        fn push(self: Pin<&mut Self>, item: u64) -> Fault;
        fn pop(self: Pin<&mut Self>, out: &mut u64) -> bool;
        fn insert(self: Pin<&mut Self>, index: usize, item: u64) -> Fault;
        fn remove(self: Pin<&mut Self>, index: usize, out: &mut u64) -> Fault;
        fn swap_remove(self: Pin<&mut Self>, index: usize, out: &mut u64) -> Fault;
        fn truncate(self: Pin<&mut Self>, len: usize);
        fn clear(self: Pin<&mut Self>);
        fn resize(self: Pin<&mut Self>, len: usize, fill: u64) -> Fault;
        fn extend_from_slice(self: Pin<&mut Self>, items: &[u64]) -> Fault;
        fn append(self: Pin<&mut Self>, source: Pin<&mut VectorU64>) -> Fault;
        fn split_off(self: Pin<&mut Self>, at: usize, out: Pin<&mut VectorU64>) -> Fault;
        fn drain(self: Pin<&mut Self>, first: usize, end: usize) -> Fault;
        unsafe fn retain<'a>(self: Pin<&mut Self>, keep: &mut Question<'a>) -> Fault;
        unsafe fn dedup_by<'a>(self: Pin<&mut Self>, same: &mut Question<'a>) -> Fault;
    }

    unsafe extern "C++" {
        type VectorF64;

        #[Self = "VectorF64"]
        fn make() -> UniquePtr<VectorF64>;
        fn with_capacity(self: Pin<&mut Self>, capacity: usize) -> Fault;
        fn copy_to(&self, out: Pin<&mut VectorF64>) -> Fault;
        fn len(&self) -> usize;
        fn is_empty(&self) -> bool;
        fn capacity(&self) -> usize;
        fn get(&self, index: usize) -> *const f64;
        fn data(&self) -> *const f64;
        fn reserve(self: Pin<&mut Self>, additional: usize) -> Fault;
        fn reserve_exact(self: Pin<&mut Self>, additional: usize) -> Fault;
        fn shrink_to_fit(self: Pin<&mut Self>) -> Fault;
        fn push(self: Pin<&mut Self>, item: f64) -> Fault;
        fn pop(self: Pin<&mut Self>, out: &mut f64) -> bool;
        fn insert(self: Pin<&mut Self>, index: usize, item: f64) -> Fault;
        fn remove(self: Pin<&mut Self>, index: usize, out: &mut f64) -> Fault;
        fn swap_remove(self: Pin<&mut Self>, index: usize, out: &mut f64) -> Fault;
        fn truncate(self: Pin<&mut Self>, len: usize);
        fn clear(self: Pin<&mut Self>);
        fn resize(self: Pin<&mut Self>, len: usize, fill: f64) -> Fault;
        fn extend_from_slice(self: Pin<&mut Self>, items: &[f64]) -> Fault;
        fn append(self: Pin<&mut Self>, source: Pin<&mut VectorF64>) -> Fault;
        fn split_off(self: Pin<&mut Self>, at: usize, out: Pin<&mut VectorF64>) -> Fault;
        fn drain(self: Pin<&mut Self>, first: usize, end: usize) -> Fault;
        unsafe fn retain<'a>(self: Pin<&mut Self>, keep: &mut Question<'a>) -> Fault;
        unsafe fn dedup_by<'a>(self: Pin<&mut Self>, same: &mut Question<'a>) -> Fault;
    }

    unsafe extern "C++" {
        type VectorPod64;

        #[Self = "VectorPod64"]
        fn make() -> UniquePtr<VectorPod64>;
        fn with_capacity(self: Pin<&mut Self>, capacity: usize) -> Fault;
        fn copy_to(&self, out: Pin<&mut VectorPod64>) -> Fault;
        fn len(&self) -> usize;
        fn is_empty(&self) -> bool;
        fn capacity(&self) -> usize;
        fn get(&self, index: usize) -> *const Pod64;
        fn data(&self) -> *const Pod64;
        fn reserve(self: Pin<&mut Self>, additional: usize) -> Fault;
        fn reserve_exact(self: Pin<&mut Self>, additional: usize) -> Fault;
        fn shrink_to_fit(self: Pin<&mut Self>) -> Fault;
        fn push(self: Pin<&mut Self>, item: Pod64) -> Fault;
        fn pop(self: Pin<&mut Self>, out: &mut Pod64) -> bool;
        fn insert(self: Pin<&mut Self>, index: usize, item: Pod64) -> Fault;
        fn remove(self: Pin<&mut Self>, index: usize, out: &mut Pod64) -> Fault;
        fn swap_remove(self: Pin<&mut Self>, index: usize, out: &mut Pod64) -> Fault;
        fn truncate(self: Pin<&mut Self>, len: usize);
        fn clear(self: Pin<&mut Self>);
        fn resize(self: Pin<&mut Self>, len: usize, fill: Pod64) -> Fault;
        fn extend_from_slice(self: Pin<&mut Self>, items: &[Pod64]) -> Fault;
        fn append(self: Pin<&mut Self>, source: Pin<&mut VectorPod64>) -> Fault;
        fn split_off(self: Pin<&mut Self>, at: usize, out: Pin<&mut VectorPod64>) -> Fault;
        fn drain(self: Pin<&mut Self>, first: usize, end: usize) -> Fault;
        unsafe fn retain<'a>(self: Pin<&mut Self>, keep: &mut Question<'a>) -> Fault;
        unsafe fn dedup_by<'a>(self: Pin<&mut Self>, same: &mut Question<'a>) -> Fault;
    }

    unsafe extern "C++" {
        type VectorString;

        #[Self = "VectorString"]
        fn make() -> UniquePtr<VectorString>;
        fn with_capacity(self: Pin<&mut Self>, capacity: usize) -> Fault;
        fn copy_to(&self, out: Pin<&mut VectorString>) -> Fault;
        fn len(&self) -> usize;
        fn is_empty(&self) -> bool;
        fn capacity(&self) -> usize;
        fn get(&self, index: usize) -> *const CxxString;
        fn reserve(self: Pin<&mut Self>, additional: usize) -> Fault;
        fn reserve_exact(self: Pin<&mut Self>, additional: usize) -> Fault;
        fn shrink_to_fit(self: Pin<&mut Self>) -> Fault;
        fn push(self: Pin<&mut Self>, item: &str) -> Fault;
        fn pop(self: Pin<&mut Self>, out: Pin<&mut CxxString>) -> bool;
        fn insert(self: Pin<&mut Self>, index: usize, item: &str) -> Fault;
        fn remove(self: Pin<&mut Self>, index: usize, out: Pin<&mut CxxString>) -> Fault;
        fn swap_remove(self: Pin<&mut Self>, index: usize, out: Pin<&mut CxxString>) -> Fault;
        fn truncate(self: Pin<&mut Self>, len: usize);
        fn clear(self: Pin<&mut Self>);
        fn resize(self: Pin<&mut Self>, len: usize, fill: &str) -> Fault;
        fn extend_from_slice(self: Pin<&mut Self>, items: &[String]) -> Fault;
        fn append(self: Pin<&mut Self>, source: Pin<&mut VectorString>) -> Fault;
        fn split_off(self: Pin<&mut Self>, at: usize, out: Pin<&mut VectorString>) -> Fault;
        fn drain(self: Pin<&mut Self>, first: usize, end: usize) -> Fault;
        unsafe fn retain<'a>(self: Pin<&mut Self>, keep: &mut Question<'a>) -> Fault;
        unsafe fn dedup_by<'a>(self: Pin<&mut Self>, same: &mut Question<'a>) -> Fault;
    }
}

/// A closure on its way through C++. C++ hands it addresses of elements, not knowing their type.
pub struct Question<'a> {
    closure: &'a mut dyn FnMut(*const u8, *const u8) -> bool,
    panic: Option<Box<dyn Any + Send>>,
}

impl<'a> Question<'a> {
    pub fn new(closure: &'a mut dyn FnMut(*const u8, *const u8) -> bool) -> Self {
        Question { closure, panic: None }
    }

    /// A panic must not unwind through C++: it is kept here, and C++ sees an exception.
    fn ask(&mut self, item: *const u8, kept: *const u8) -> Result<bool, &'static str> {
        let closure = AssertUnwindSafe(|| (self.closure)(item, kept));
        catch_unwind(closure).map_err(|panic| {
            self.panic = Some(panic);
            "a closure panicked"
        })
    }

    /// What the closure panicked with.
    pub fn into_panic(self) -> Option<Box<dyn Any + Send>> {
        self.panic
    }
}
