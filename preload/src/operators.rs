//! `operator new` and `operator delete` for the Rust twin, under the names that C++ compilers give
//! them.
//!
//! The C++ library's own would call `malloc` and `free`; these save the step. A program in C has no
//! C++ library: what is needed of it, when memory runs out, is looked for and may be absent.

use core::ffi::{CStr, c_void};
use core::mem;
use core::ptr;

use diptych::allocator as twin;

/// What every block is aligned to.
const NATURAL: usize = 16;
/// No block is larger.
const SIZE_MAX: usize = isize::MAX as usize;

#[inline(always)]
fn allocate(size: usize, align: usize) -> *mut c_void {
    let p =
        if align <= NATURAL { twin::allocate(size) } else { twin::allocate_aligned(size, align) };
    p.cast()
}

/// A function of the C++ library, which may be in the program, in a library that was loaded after
/// this one, or in one that was loaded for somebody alone.
fn find(symbol: &CStr) -> *mut c_void {
    // SAFETY: A9 - the name ends in 0.
    let next = unsafe { libc::dlsym(libc::RTLD_NEXT, symbol.as_ptr()) };
    if !next.is_null() {
        return next;
    }
    let only_if_there = libc::RTLD_LAZY | libc::RTLD_NOLOAD;
    // SAFETY: A9 - the name ends in 0; nothing is loaded.
    let library = unsafe { libc::dlopen(c"libstdc++.so.6".as_ptr(), only_if_there) };
    if library.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: A9 - a library that is loaded, and a name that ends in 0.
    unsafe { libc::dlsym(library, symbol.as_ptr()) }
}

/// The end, because there is nobody who could throw.
fn abort() -> ! {
    const LINE: &[u8] = b"diptych: no memory for operator new\n";
    // One call, so that lines of several processes do not mix. If it fails nobody can be told.
    // SAFETY: A9 - a call of the kernel; the line is as long as it says.
    unsafe { libc::write(libc::STDERR_FILENO, LINE.as_ptr().cast(), LINE.len()) };
    // SAFETY: A9 - neither allocates nor prints.
    unsafe { libc::abort() }
}

// ---- When memory runs out -----------------------------------------------------------------------

// The C++ library's own operators call the handler, as long as there is one, and `malloc` after it,
// which is this allocator's; then they throw, or answer null. They add the alignment to the size
// without looking at the result: a size that cannot be had stays one.

type New = unsafe extern "C-unwind" fn(usize) -> *mut c_void;
type NewAligned = unsafe extern "C-unwind" fn(usize, usize) -> *mut c_void;
type NewOrNull = unsafe extern "C-unwind" fn(usize, *const c_void) -> *mut c_void;
type NewAlignedOrNull = unsafe extern "C-unwind" fn(usize, usize, *const c_void) -> *mut c_void;

#[cold]
#[inline(never)]
extern "C-unwind" fn again_or_throw(size: usize, align: usize) -> *mut c_void {
    let size = size.min(SIZE_MAX);
    if align <= NATURAL {
        let next = find(c"_Znwm");
        if !next.is_null() {
            // SAFETY: A9 - a function of that name is an operator.
            let next: New = unsafe { mem::transmute(next) };
            // SAFETY: A2 - any size may be asked for.
            return unsafe { next(size) };
        }
    } else {
        let next = find(c"_ZnwmSt11align_val_t");
        if !next.is_null() {
            // SAFETY: A9 - a function of that name is an operator.
            let next: NewAligned = unsafe { mem::transmute(next) };
            // SAFETY: A2 - any size may be asked for.
            return unsafe { next(size, align) };
        }
    }
    abort()
}

#[cold]
#[inline(never)]
extern "C-unwind" fn again_or_null(
    size: usize,
    align: usize,
    nothrow: *const c_void,
) -> *mut c_void {
    let size = size.min(SIZE_MAX);
    if align <= NATURAL {
        let next = find(c"_ZnwmRKSt9nothrow_t");
        if !next.is_null() {
            // SAFETY: A9 - a function of that name is an operator.
            let next: NewOrNull = unsafe { mem::transmute(next) };
            // SAFETY: A2 - any size may be asked for.
            return unsafe { next(size, nothrow) };
        }
    } else {
        let next = find(c"_ZnwmSt11align_val_tRKSt9nothrow_t");
        if !next.is_null() {
            // SAFETY: A9 - a function of that name is an operator.
            let next: NewAlignedOrNull = unsafe { mem::transmute(next) };
            // SAFETY: A2 - any size may be asked for.
            return unsafe { next(size, align, nothrow) };
        }
    }
    ptr::null_mut()
}

#[inline(always)]
fn make(size: usize, align: usize) -> *mut c_void {
    let p = allocate(size, align);
    if p.is_null() { again_or_throw(size, align) } else { p }
}

#[inline(always)]
fn try_make(size: usize, align: usize, nothrow: *const c_void) -> *mut c_void {
    let p = allocate(size, align);
    if p.is_null() { again_or_null(size, align, nothrow) } else { p }
}

// ---- new ----------------------------------------------------------------------------------------

macro_rules! new {
    ($($name:ident $symbol:literal ($($parameter:ident: $type:ty),*) $made:expr;)*) => { $(
        // May unwind: what the C++ library throws goes through.
        #[unsafe(export_name = $symbol)]
        pub extern "C-unwind" fn $name($($parameter: $type),*) -> *mut c_void {
            $made
        }
    )* };
}

new! {
    new "_Znwm" (n: usize) make(n, NATURAL);
    new_array "_Znam" (n: usize) make(n, NATURAL);
    new_aligned "_ZnwmSt11align_val_t" (n: usize, a: usize) make(n, a);
    new_array_aligned "_ZnamSt11align_val_t" (n: usize, a: usize) make(n, a);
    new_or_null "_ZnwmRKSt9nothrow_t" (n: usize, t: *const c_void) try_make(n, NATURAL, t);
    new_array_or_null "_ZnamRKSt9nothrow_t" (n: usize, t: *const c_void) try_make(n, NATURAL, t);
    new_aligned_or_null "_ZnwmSt11align_val_tRKSt9nothrow_t"
        (n: usize, a: usize, t: *const c_void) try_make(n, a, t);
    new_array_aligned_or_null "_ZnamSt11align_val_tRKSt9nothrow_t"
        (n: usize, a: usize, t: *const c_void) try_make(n, a, t);
}

// ---- delete -------------------------------------------------------------------------------------

macro_rules! delete {
    ($($name:ident $symbol:literal ($($type:ty),*);)*) => { $(
        #[unsafe(export_name = $symbol)]
        pub unsafe extern "C" fn $name(p: *mut c_void $(, _: $type)*) {
            // SAFETY: A2 - the caller's promise.
            unsafe { twin::deallocate(p.cast()) };
        }
    )* };
}

delete! {
    delete "_ZdlPv" ();
    delete_array "_ZdaPv" ();
    delete_sized "_ZdlPvm" (usize);
    delete_array_sized "_ZdaPvm" (usize);
    delete_aligned "_ZdlPvSt11align_val_t" (usize);
    delete_array_aligned "_ZdaPvSt11align_val_t" (usize);
    delete_sized_aligned "_ZdlPvmSt11align_val_t" (usize, usize);
    delete_array_sized_aligned "_ZdaPvmSt11align_val_t" (usize, usize);
    delete_or_null "_ZdlPvRKSt9nothrow_t" (*const c_void);
    delete_array_or_null "_ZdaPvRKSt9nothrow_t" (*const c_void);
    delete_aligned_or_null "_ZdlPvSt11align_val_tRKSt9nothrow_t" (usize, *const c_void);
    delete_array_aligned_or_null "_ZdaPvSt11align_val_tRKSt9nothrow_t" (usize, *const c_void);
}
