//! What makes the loops generic: any allocator that can do what malloc can.

use crate::allocator;
use crate::capi::bindings as ffi;

/// An allocator, as the loops call it. Sizes are told again when a block comes back, for
/// allocators that want to know; others do not look.
pub trait Malloc: 'static {
    /// A block, or null.
    fn allocate(size: usize) -> *mut u8;

    /// A block of zeros, or null.
    fn allocate_zeroed(size: usize) -> *mut u8;

    /// Makes a block of `old` bytes `size` long. Null: it is as it was.
    ///
    /// # Safety
    /// `block` is allocated by this allocator, with `old` bytes.
    unsafe fn reallocate(block: *mut u8, old: usize, size: usize) -> *mut u8;

    /// Gives a block of `size` bytes back.
    ///
    /// # Safety
    /// `block` is allocated by this allocator, with `size` bytes.
    unsafe fn deallocate(block: *mut u8, size: usize);
}

/// The Rust twin, behind one call, which every allocator of another language or library is behind:
/// optimised as a whole, the loops would have it inlined, and not its rivals.
pub struct Twin;

impl Malloc for Twin {
    #[inline(never)]
    fn allocate(size: usize) -> *mut u8 {
        allocator::allocate(size)
    }
    #[inline(never)]
    fn allocate_zeroed(size: usize) -> *mut u8 {
        allocator::allocate_zeroed(size)
    }
    #[inline(never)]
    unsafe fn reallocate(block: *mut u8, _old: usize, size: usize) -> *mut u8 {
        // SAFETY: A2 - the caller's promise: it is allocated.
        unsafe { allocator::reallocate(block, size) }
    }
    #[inline(never)]
    unsafe fn deallocate(block: *mut u8, _size: usize) {
        // SAFETY: A2 - the caller's promise: it is allocated.
        unsafe { allocator::deallocate(block) };
    }
}

/// How blocks are taken, made longer or shorter, and given back.
type Functions = ([fn(usize) -> *mut u8; 2], Resize, Give);
type Resize = unsafe fn(*mut u8, usize, usize) -> *mut u8;
type Give = unsafe fn(*mut u8, usize);

/// Functions whose address is taken serve any caller. Without this, one that is called with the same
/// size everywhere would be made for that size, call or no call.
#[used]
static FOR_ANY_CALLER: Functions =
    ([Twin::allocate, Twin::allocate_zeroed], Twin::reallocate, Twin::deallocate);

/// The C++ twin, through C.
pub struct Cpp;

impl Malloc for Cpp {
    #[inline(always)]
    fn allocate(size: usize) -> *mut u8 {
        // SAFETY: A2 - any size may be asked for.
        unsafe { ffi::dpt_cpp_malloc(size) }.cast()
    }
    #[inline(always)]
    fn allocate_zeroed(size: usize) -> *mut u8 {
        // SAFETY: A2 - any size may be asked for.
        unsafe { ffi::dpt_cpp_calloc(1, size) }.cast()
    }
    #[inline(always)]
    unsafe fn reallocate(block: *mut u8, _old: usize, size: usize) -> *mut u8 {
        // SAFETY: A2 - the caller's promise: it is allocated.
        unsafe { ffi::dpt_cpp_realloc(block.cast(), size) }.cast()
    }
    #[inline(always)]
    unsafe fn deallocate(block: *mut u8, _size: usize) {
        // SAFETY: A2 - the caller's promise: it is allocated.
        unsafe { ffi::dpt_cpp_free(block.cast()) };
    }
}
