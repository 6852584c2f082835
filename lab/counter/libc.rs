//! The C library, as far as the counter needs it.

use core::ffi::{c_char, c_int, c_void};

/// `struct timespec`.
#[repr(C)]
pub(crate) struct Time {
    pub(crate) seconds: i64,
    pub(crate) nanoseconds: i64,
}

#[link(name = "c")]
unsafe extern "C" {
    pub(crate) fn __libc_malloc(size: usize) -> *mut c_void;
    pub(crate) fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    pub(crate) fn __libc_realloc(block: *mut c_void, size: usize) -> *mut c_void;
    pub(crate) fn __libc_free(block: *mut c_void);
    pub(crate) fn __libc_memalign(alignment: usize, size: usize) -> *mut c_void;
    pub(crate) fn __errno_location() -> *mut c_int;
    pub(crate) fn mmap(
        at: *mut c_void,
        len: usize,
        prot: c_int,
        flags: c_int,
        fd: c_int,
        from: i64,
    ) -> *mut c_void;
    pub(crate) fn clock_gettime(clock: c_int, time: *mut Time) -> c_int;
    pub(crate) fn getenv(name: *const c_char) -> *const c_char;
    pub(crate) fn open(path: *const c_char, flags: c_int, ...) -> c_int;
    pub(crate) fn read(descriptor: c_int, to: *mut c_void, len: usize) -> isize;
    pub(crate) fn write(descriptor: c_int, from: *const c_void, len: usize) -> isize;
    pub(crate) fn close(descriptor: c_int) -> c_int;
    pub(crate) fn abort() -> !;
}

#[cfg(target_arch = "x86_64")]
#[link(name = "dl")]
unsafe extern "C" {
    pub(crate) fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

pub(crate) const EINVAL: c_int = 22;
pub(crate) const ENOMEM: c_int = 12;
pub(crate) const PROT_READ_WRITE: c_int = 1 | 2;
/// `MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE`
pub(crate) const MAP_FLAGS: c_int = 0x02 | 0x20 | 0x4000;
pub(crate) const CLOCK_MONOTONIC: c_int = 1;
/// `O_RDONLY | O_CLOEXEC`
pub(crate) const TO_READ: c_int = 0o2_000_000;
/// `O_WRONLY | O_TRUNC | O_CLOEXEC`
pub(crate) const TO_WRITE: c_int = 0o1 | 0o1000 | 0o2_000_000;

/// Nanoseconds of the clock that never goes back.
pub(crate) fn now() -> u64 {
    let mut time = Time { seconds: 0, nanoseconds: 0 };
    // SAFETY: C4 - `time` is valid for a write.
    unsafe { clock_gettime(CLOCK_MONOTONIC, &raw mut time) };
    (time.seconds as u64).wrapping_mul(1_000_000_000).wrapping_add(time.nanoseconds as u64)
}
