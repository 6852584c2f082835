//! Allocators of others, each built by its crate at the crate's defaults, in the Rust twin's loops.
//!
//! They stand beside the C library's, which serves the rest of the process: nothing is preloaded.

use std::ffi::c_void;

use diptych::workloads::{self, allocator::Malloc};
use diptych_lab::Contestant;

/// What all of them align to, and what snmalloc is told.
const ALIGN: usize = 16;

/// Makes an allocator a contestant, by the names of its functions.
macro_rules! allocator {
    ($(#[$doc:meta])* $name:ident: $malloc:path, $calloc:path, $realloc:path, $free:path) => {
        $(#[$doc])*
        pub struct $name;

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

/// The crate declares it among its extensions only; so are zeros asked for without those.
#[inline(always)]
unsafe fn mi_calloc(_count: usize, size: usize) -> *mut c_void {
    // SAFETY: A2 - any size may be asked for.
    unsafe { libmimalloc_sys::mi_zalloc(size) }
}

allocator! {
    /// mimalloc, of the version that its crate was told to build.
    Mimalloc: libmimalloc_sys::mi_malloc, mi_calloc, libmimalloc_sys::mi_realloc,
        libmimalloc_sys::mi_free
}

allocator! {
    /// jemalloc, under names of its own.
    Jemalloc: tikv_jemalloc_sys::malloc, tikv_jemalloc_sys::calloc, tikv_jemalloc_sys::realloc,
        tikv_jemalloc_sys::free
}

/// snmalloc, as its crate calls it: with sizes.
pub struct Snmalloc;

impl Malloc for Snmalloc {
    #[inline(always)]
    fn allocate(size: usize) -> *mut u8 {
        // SAFETY: A2 - any size may be asked for.
        unsafe { snmalloc_sys::sn_rust_alloc(ALIGN, size) }.cast()
    }
    #[inline(always)]
    fn allocate_zeroed(size: usize) -> *mut u8 {
        // SAFETY: A2 - any size may be asked for.
        unsafe { snmalloc_sys::sn_rust_alloc_zeroed(ALIGN, size) }.cast()
    }
    #[inline(always)]
    unsafe fn reallocate(block: *mut u8, old: usize, size: usize) -> *mut u8 {
        // SAFETY: A2 - the caller's promise: allocated with `old` bytes.
        unsafe { snmalloc_sys::sn_rust_realloc(block.cast(), ALIGN, old, size) }.cast()
    }
    #[inline(always)]
    unsafe fn deallocate(block: *mut u8, size: usize) {
        // SAFETY: A2 - the caller's promise: allocated with `size` bytes.
        let _ = unsafe { snmalloc_sys::sn_rust_dealloc(block.cast(), ALIGN, size) };
    }
}

/// rpmalloc. Its threads must say when they begin and when they end; here each asks itself at every
/// call, which costs what reading a thread's own variable does.
pub struct Rpmalloc;

/// A thread that rpmalloc knows, until it ends.
struct Known;

impl Known {
    fn new() -> Self {
        // SAFETY: A9 - needs nothing; what was begun already is left as it is.
        unsafe { rpmalloc_sys::rpmalloc_initialize() };
        // SAFETY: A9 - as above.
        unsafe { rpmalloc_sys::rpmalloc_thread_initialize() };
        Self
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        // SAFETY: A9 - the thread uses it no more.
        unsafe { rpmalloc_sys::rpmalloc_thread_finalize() };
    }
}

thread_local! {
    static KNOWN: Known = Known::new();
}

impl Malloc for Rpmalloc {
    #[inline(always)]
    fn allocate(size: usize) -> *mut u8 {
        KNOWN.with(|_| ());
        // SAFETY: A2 - any size may be asked for.
        unsafe { rpmalloc_sys::rpmalloc(size) }.cast()
    }
    #[inline(always)]
    fn allocate_zeroed(size: usize) -> *mut u8 {
        KNOWN.with(|_| ());
        // SAFETY: A2 - any size may be asked for.
        unsafe { rpmalloc_sys::rpcalloc(1, size) }.cast()
    }
    #[inline(always)]
    unsafe fn reallocate(block: *mut u8, _old: usize, size: usize) -> *mut u8 {
        KNOWN.with(|_| ());
        // SAFETY: A2 - the caller's promise: it is allocated.
        unsafe { rpmalloc_sys::rprealloc(block.cast(), size) }.cast()
    }
    #[inline(always)]
    unsafe fn deallocate(block: *mut u8, _size: usize) {
        KNOWN.with(|_| ());
        // SAFETY: A2 - the caller's promise: it is allocated.
        unsafe { rpmalloc_sys::rpfree(block.cast()) };
    }
}

/// What mimalloc is called here.
pub const MIMALLOC: &str =
    if cfg!(feature = "mimalloc-v2") { "mimalloc v2" } else { "mimalloc v3" };

/// Adds them, and compares both twins with each.
pub fn join(all: &mut Vec<Contestant>) {
    fn of<M: Malloc>(name: &str) -> Contestant {
        workloads::rust(name, &[], workloads::allocator::workloads::<M>())
    }
    let rivals = [
        of::<Mimalloc>(MIMALLOC),
        of::<Snmalloc>("snmalloc"),
        of::<Jemalloc>("jemalloc"),
        of::<Rpmalloc>("rpmalloc"),
    ];
    for twin in all.iter_mut().filter(|one| ["rust", "cpp"].contains(&one.name.as_str())) {
        twin.baselines.extend(rivals.iter().map(|rival| rival.name.clone()));
    }
    all.extend(rivals);
}
