//! One trait over every way to reach an allocator, and a shadow of what it has given out.

use std::alloc::Layout;
use std::collections::BTreeMap;
use std::ffi::c_void;
use std::sync::Mutex;

use diptych::capi::bindings as c;
use diptych::{allocator, cpp};

/// The allocator of all threads, or a heap of one's own. The names are those of
/// `spec/allocator.md`; an implementation translates and never computes.
pub trait Memory {
    fn allocate(&mut self, size: usize) -> *mut u8;
    fn allocate_zeroed(&mut self, size: usize) -> *mut u8;
    fn allocate_aligned(&mut self, size: usize, align: usize) -> *mut u8;
    /// # Safety
    /// `block` is allocated here.
    unsafe fn reallocate(&mut self, block: *mut u8, size: usize) -> *mut u8;
    /// # Safety
    /// `block` is allocated here.
    unsafe fn deallocate(&mut self, block: *mut u8);
    /// # Safety
    /// `block` is allocated here.
    unsafe fn usable_size(&self, block: *mut u8) -> usize;
    /// Every block in use, and its usable bytes; nothing of the allocator of all threads.
    fn visit(&self) -> Vec<(usize, usize)> {
        Vec::new()
    }
}

/// A face of an allocator: how it is reached.
#[derive(Clone, Copy)]
pub struct Face {
    /// The allocator of all threads.
    pub threads: fn() -> Box<dyn Memory>,
    /// A new heap.
    pub heap: fn() -> Box<dyn Memory>,
}

// ---- The twins, natively ------------------------------------------------------------------------

macro_rules! native {
    ($threads:ident, $heap:ident, $($twin:tt)::+) => {
        pub struct $threads;

        impl Memory for $threads {
            fn allocate(&mut self, size: usize) -> *mut u8 {
                $($twin)::+::allocate(size)
            }
            fn allocate_zeroed(&mut self, size: usize) -> *mut u8 {
                $($twin)::+::allocate_zeroed(size)
            }
            fn allocate_aligned(&mut self, size: usize, align: usize) -> *mut u8 {
                $($twin)::+::allocate_aligned(size, align)
            }
            unsafe fn reallocate(&mut self, block: *mut u8, size: usize) -> *mut u8 {
                // SAFETY: A2 - the caller's promise.
                unsafe { $($twin)::+::reallocate(block, size) }
            }
            unsafe fn deallocate(&mut self, block: *mut u8) {
                // SAFETY: A2 - the caller's promise.
                unsafe { $($twin)::+::deallocate(block) };
            }
            unsafe fn usable_size(&self, block: *mut u8) -> usize {
                // SAFETY: A2 - the caller's promise.
                unsafe { $($twin)::+::usable_size(block) }
            }
        }

        pub struct $heap($($twin)::+::Heap);

        impl $heap {
            pub fn boxed() -> Box<dyn Memory> {
                Box::new(Self($($twin)::+::Heap::new()))
            }
        }

        impl Memory for $heap {
            fn allocate(&mut self, size: usize) -> *mut u8 {
                self.0.allocate(size)
            }
            fn allocate_zeroed(&mut self, size: usize) -> *mut u8 {
                self.0.allocate_zeroed(size)
            }
            fn allocate_aligned(&mut self, size: usize, align: usize) -> *mut u8 {
                self.0.allocate_aligned(size, align)
            }
            unsafe fn reallocate(&mut self, block: *mut u8, size: usize) -> *mut u8 {
                // SAFETY: A2 - the caller's promise.
                unsafe { self.0.reallocate(block, size) }
            }
            unsafe fn deallocate(&mut self, block: *mut u8) {
                // SAFETY: A2 - the caller's promise.
                unsafe { self.0.deallocate(block) };
            }
            unsafe fn usable_size(&self, block: *mut u8) -> usize {
                // SAFETY: A2 - the caller's promise.
                unsafe { $($twin)::+::usable_size(block) }
            }
            fn visit(&self) -> Vec<(usize, usize)> {
                let mut seen = Vec::new();
                self.0.visit(|block, size| seen.push((block.addr(), size)));
                seen
            }
        }
    };
}

native!(RustThreads, RustHeap, allocator);
native!(CppThreads, CppHeap, cpp::allocator);

/// The Rust twin.
pub const RUST: Face = Face { threads: || Box::new(RustThreads), heap: RustHeap::boxed };
/// The C++ twin, through cxx.
pub const CPP: Face = Face { threads: || Box::new(CppThreads), heap: CppHeap::boxed };

// ---- The twins, through C -----------------------------------------------------------------------

unsafe extern "C" fn see(context: *mut c_void, block: *mut c_void, size: usize) {
    // SAFETY: A9 - the context is what `visit` below has given.
    let seen = unsafe { &mut *context.cast::<Vec<(usize, usize)>>() };
    seen.push((block.addr(), size));
}

macro_rules! through_c {
    ($threads:ident, $heap:ident, $type:ident, $malloc:ident $calloc:ident $memalign:ident
     $realloc:ident $free:ident $usable:ident, $new:ident $heap_malloc:ident $heap_calloc:ident
     $heap_memalign:ident $heap_realloc:ident $heap_free:ident $visit:ident $delete:ident) => {
        pub struct $threads;

        impl Memory for $threads {
            fn allocate(&mut self, size: usize) -> *mut u8 {
                // SAFETY: A2 - any size may be asked for.
                unsafe { c::$malloc(size) }.cast()
            }
            fn allocate_zeroed(&mut self, size: usize) -> *mut u8 {
                // Both orders of the factors are products.
                // SAFETY: A2 - any size may be asked for.
                unsafe { c::$calloc(size, 1) }.cast()
            }
            fn allocate_aligned(&mut self, size: usize, align: usize) -> *mut u8 {
                // SAFETY: A2 - any size may be asked for.
                unsafe { c::$memalign(align, size) }.cast()
            }
            unsafe fn reallocate(&mut self, block: *mut u8, size: usize) -> *mut u8 {
                // SAFETY: A2 - the caller's promise.
                unsafe { c::$realloc(block.cast(), size) }.cast()
            }
            unsafe fn deallocate(&mut self, block: *mut u8) {
                // SAFETY: A2 - the caller's promise.
                unsafe { c::$free(block.cast()) };
            }
            unsafe fn usable_size(&self, block: *mut u8) -> usize {
                // SAFETY: A2 - the caller's promise.
                unsafe { c::$usable(block.cast()) }
            }
        }

        pub struct $heap(*mut c::$type);

        impl $heap {
            pub fn boxed() -> Box<dyn Memory> {
                // SAFETY: A2 - nothing is needed for it.
                let heap = unsafe { c::$new() };
                assert!(!heap.is_null(), "memory");
                Box::new(Self(heap))
            }
        }

        impl Memory for $heap {
            fn allocate(&mut self, size: usize) -> *mut u8 {
                // SAFETY: A6 - a heap of ours.
                unsafe { c::$heap_malloc(self.0, size) }.cast()
            }
            fn allocate_zeroed(&mut self, size: usize) -> *mut u8 {
                // SAFETY: A6 - a heap of ours.
                unsafe { c::$heap_calloc(self.0, 1, size) }.cast()
            }
            fn allocate_aligned(&mut self, size: usize, align: usize) -> *mut u8 {
                // SAFETY: A6 - a heap of ours.
                unsafe { c::$heap_memalign(self.0, align, size) }.cast()
            }
            unsafe fn reallocate(&mut self, block: *mut u8, size: usize) -> *mut u8 {
                // SAFETY: A6 - a heap of ours, and the caller's promise.
                unsafe { c::$heap_realloc(self.0, block.cast(), size) }.cast()
            }
            unsafe fn deallocate(&mut self, block: *mut u8) {
                // SAFETY: A6 - a heap of ours, and the caller's promise.
                unsafe { c::$heap_free(self.0, block.cast()) };
            }
            unsafe fn usable_size(&self, block: *mut u8) -> usize {
                // SAFETY: A2 - the caller's promise.
                unsafe { c::$usable(block.cast()) }
            }
            fn visit(&self) -> Vec<(usize, usize)> {
                let mut seen: Vec<(usize, usize)> = Vec::new();
                // SAFETY: A6 - a heap of ours; the visitor gets what it expects.
                unsafe { c::$visit(self.0, Some(see), (&raw mut seen).cast()) };
                seen
            }
        }

        impl Drop for $heap {
            fn drop(&mut self) {
                // SAFETY: A6 - a heap of ours, used no more.
                unsafe { c::$delete(self.0) };
            }
        }
    };
}

through_c!(RustCThreads, RustCHeap, dpt_rust_heap, dpt_rust_malloc dpt_rust_calloc dpt_rust_memalign
    dpt_rust_realloc dpt_rust_free dpt_rust_usable_size, dpt_rust_heap_new dpt_rust_heap_malloc
    dpt_rust_heap_calloc dpt_rust_heap_memalign dpt_rust_heap_realloc dpt_rust_heap_free
    dpt_rust_heap_visit dpt_rust_heap_delete);
through_c!(CppCThreads, CppCHeap, dpt_cpp_heap, dpt_cpp_malloc dpt_cpp_calloc dpt_cpp_memalign
    dpt_cpp_realloc dpt_cpp_free dpt_cpp_usable_size, dpt_cpp_heap_new dpt_cpp_heap_malloc
    dpt_cpp_heap_calloc dpt_cpp_heap_memalign dpt_cpp_heap_realloc dpt_cpp_heap_free
    dpt_cpp_heap_visit dpt_cpp_heap_delete);

/// The Rust twin, through C.
pub const RUST_C: Face = Face { threads: || Box::new(RustCThreads), heap: RustCHeap::boxed };
/// The C++ twin, through C.
pub const CPP_C: Face = Face { threads: || Box::new(CppCThreads), heap: CppCHeap::boxed };

/// One test for each face of the twins, named after it: calls the function with the face.
macro_rules! on_every_face {
    ($check:ident) => {
        #[test]
        fn rust_twin() {
            $check($crate::faces::memory::RUST);
        }

        #[test]
        fn cpp_twin_through_cxx() {
            $check($crate::faces::memory::CPP);
        }

        #[test]
        fn rust_twin_through_c() {
            $check($crate::faces::memory::RUST_C);
        }

        #[test]
        fn cpp_twin_through_c() {
            $check($crate::faces::memory::CPP_C);
        }
    };
}
pub(crate) use on_every_face;

// ---- The specification, read by a program that is not a twin ------------------------------------

/// Blocks of the system, as large as the size classes of `spec/allocator.md` would have them.
#[derive(Default)]
pub struct Reference(BTreeMap<usize, Layout>);

/// The allocator of all threads: one for all.
struct Shared;

static SHARED: Mutex<Reference> = Mutex::new(Reference(BTreeMap::new()));

/// The specification.
pub const REFERENCE: Face =
    Face { threads: || Box::new(Shared), heap: || Box::new(Reference::default()) };

/// What may be used of a block: the size classes are 16 bytes apart to 128, then eight to each
/// doubling up to 20 KiB, and a word of 8 bytes stands before each block; above, blocks are of whole
/// slices up to 4 MiB, and then of pages.
fn usable(size: usize) -> usize {
    let wanted = size + 8;
    if wanted > 20 << 10 {
        return size.next_multiple_of(if size <= 4 << 20 { 1 << 14 } else { 4096 });
    }
    let apart = (wanted.next_power_of_two() / 16).max(16);
    wanted.next_multiple_of(apart) - 8
}

impl Memory for Reference {
    fn allocate(&mut self, size: usize) -> *mut u8 {
        self.allocate_aligned(size, 16)
    }
    fn allocate_zeroed(&mut self, size: usize) -> *mut u8 {
        let block = self.allocate(size);
        if !block.is_null() {
            // SAFETY: A2 - it has at least as many bytes.
            unsafe { block.write_bytes(0, size) };
        }
        block
    }
    fn allocate_aligned(&mut self, size: usize, align: usize) -> *mut u8 {
        if size > isize::MAX as usize - (1 << 20) {
            return std::ptr::null_mut();
        }
        let align = align.max(16);
        let layout = Layout::from_size_align(usable(size), align).expect("not too large");
        // SAFETY: A2 - its size is not 0.
        let block = unsafe { std::alloc::alloc(layout) };
        if !block.is_null() {
            self.0.insert(block.addr(), layout);
        }
        block
    }
    unsafe fn reallocate(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: A2 - the caller's promise.
        let there = unsafe { self.usable_size(block) };
        if size == 0 {
            // SAFETY: A2 - the caller's promise.
            unsafe { self.deallocate(block) };
            return std::ptr::null_mut();
        }
        // Half of its class is meant, with the word.
        let whole = if there < 20 << 10 { there + 8 } else { there };
        if size <= there && size >= whole / 2 {
            return block;
        }
        let moved = self.allocate(size);
        if !moved.is_null() {
            // SAFETY: A2 - two blocks, both with as many bytes.
            unsafe { moved.copy_from_nonoverlapping(block, there.min(size)) };
            // SAFETY: A2 - the caller's promise.
            unsafe { self.deallocate(block) };
        }
        moved
    }
    unsafe fn deallocate(&mut self, block: *mut u8) {
        let layout = self.0.remove(&block.addr()).expect("a block in use");
        // SAFETY: A2 - allocated with this layout.
        unsafe { std::alloc::dealloc(block, layout) };
    }
    unsafe fn usable_size(&self, block: *mut u8) -> usize {
        self.0[&block.addr()].size()
    }
    fn visit(&self) -> Vec<(usize, usize)> {
        self.0.iter().map(|(&block, layout)| (block, layout.size())).collect()
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        for (block, layout) in std::mem::take(&mut self.0) {
            // SAFETY: A2 - allocated with this layout, and in use.
            unsafe { std::alloc::dealloc(std::ptr::with_exposed_provenance_mut(block), layout) };
        }
    }
}

impl Memory for Shared {
    fn allocate(&mut self, size: usize) -> *mut u8 {
        SHARED.lock().unwrap().allocate(size)
    }
    fn allocate_zeroed(&mut self, size: usize) -> *mut u8 {
        SHARED.lock().unwrap().allocate_zeroed(size)
    }
    fn allocate_aligned(&mut self, size: usize, align: usize) -> *mut u8 {
        SHARED.lock().unwrap().allocate_aligned(size, align)
    }
    unsafe fn reallocate(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: A2 - the caller's promise.
        unsafe { SHARED.lock().unwrap().reallocate(block, size) }
    }
    unsafe fn deallocate(&mut self, block: *mut u8) {
        // SAFETY: A2 - the caller's promise.
        unsafe { SHARED.lock().unwrap().deallocate(block) };
    }
    unsafe fn usable_size(&self, block: *mut u8) -> usize {
        // SAFETY: A2 - the caller's promise.
        unsafe { SHARED.lock().unwrap().usable_size(block) }
    }
}
