//! What is asked of the kernel: memory, time, chance, and to wait.
//!
//! Nothing here allocates. All of it keeps `errno`.

use core::ffi::{c_int, c_long, c_void};
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

use super::config::SIZE_MAX;

/// Whatever happens in between, `errno` is afterwards what it was.
struct KeepErrno(c_int);

impl KeepErrno {
    fn new() -> Self {
        Self(errno())
    }
}

impl Drop for KeepErrno {
    fn drop(&mut self) {
        set_errno(self.0);
    }
}

pub(super) fn errno() -> c_int {
    // SAFETY: A9 - always allowed.
    let place = unsafe { libc::__errno_location() };
    // SAFETY: A9 - this thread's own variable.
    unsafe { place.read() }
}

pub(super) fn set_errno(value: c_int) {
    // SAFETY: A9 - always allowed.
    let place = unsafe { libc::__errno_location() };
    // SAFETY: A9 - this thread's own variable.
    unsafe { place.write(value) };
}

const PROTECTION: c_int = libc::PROT_READ | libc::PROT_WRITE;
const FLAGS: c_int = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;

/// A mapping somewhere, or, where there is nothing, there; with this protection, or null.
fn map_at(hint: *mut u8, bytes: usize, protect: c_int) -> *mut u8 {
    let flags = if hint.is_null() { FLAGS } else { FLAGS | libc::MAP_FIXED_NOREPLACE };
    // SAFETY: A9 - a new mapping touches nothing that exists.
    let p = unsafe { libc::mmap(hint.cast(), bytes, protect, flags, -1, 0) };
    if p == libc::MAP_FAILED { ptr::null_mut() } else { p.cast() }
}

/// Room somewhere, aligned, with this protection.
fn room(bytes: usize, align: usize, protect: c_int) -> *mut u8 {
    let p = map_at(ptr::null_mut(), bytes, protect);
    if p.addr() & (align - 1) == 0 {
        return p; // the usual case: below the last one, which was aligned; or null
    }
    // SAFETY: A9 - the mapping is ours, and nobody else has seen it.
    unsafe { libc::munmap(p.cast(), bytes) };
    // Below it there is room as a rule, and what begins a little lower is aligned.
    let lower = p.map_addr(|address| address & !(align - 1));
    if !lower.is_null() {
        let there = map_at(lower, bytes, protect);
        if there == lower {
            return there;
        }
        if !there.is_null() {
            // A kernel that took the address for a hint.
            // SAFETY: A9 - as above.
            unsafe { libc::munmap(there.cast(), bytes) };
        }
    }
    if bytes > SIZE_MAX - align {
        return ptr::null_mut();
    }
    let wide = map_at(ptr::null_mut(), bytes + align, protect);
    if wide.is_null() {
        return wide;
    }
    let before = wide.addr().wrapping_neg() & (align - 1);
    let begin = wide.wrapping_add(before);
    if before != 0 {
        // SAFETY: A9 - as above.
        unsafe { libc::munmap(wide.cast(), before) };
    }
    // SAFETY: A9 - as above; before < align, because both are multiples of what the kernel maps.
    unsafe { libc::munmap(begin.wrapping_add(bytes).cast(), align - before) };
    begin
}

// ---- Memory -------------------------------------------------------------------------------------

/// Zeroed memory, or null. `bytes` and `align` are multiples of `OS_PAGE_BYTES`, `align` a power
/// of two.
pub(super) fn map(bytes: usize, align: usize) -> *mut u8 {
    let _keep = KeepErrno::new();
    room(bytes, align, PROTECTION)
}

/// # Safety
/// The range is a mapping of `map`, whole or in part, and nobody uses it afterwards.
pub(super) unsafe fn unmap(p: *mut u8, bytes: usize) {
    let _keep = KeepErrno::new();
    // SAFETY: A9 - the caller's promise.
    unsafe { libc::munmap(p.cast(), bytes) };
}

/// The mapping, larger or smaller, where it lies; false if there is no room.
///
/// # Safety
/// The range is a mapping of `map`; nobody uses what it loses.
pub(super) unsafe fn resize(p: *mut u8, old_bytes: usize, new_bytes: usize) -> bool {
    let _keep = KeepErrno::new();
    // SAFETY: A9 - the caller's promise.
    let moved = unsafe { libc::mremap(p.cast(), old_bytes, new_bytes, 0) };
    moved != libc::MAP_FAILED
}

/// The mapping's pages, at an address aligned as for `map`, and as many more as are needed; null,
/// and all is as it was, if there is no room.
///
/// # Safety
/// The range is a mapping of `map` that nobody uses afterwards, if it was moved.
pub(super) unsafe fn relocate(
    p: *mut u8,
    old_bytes: usize,
    new_bytes: usize,
    align: usize,
) -> *mut u8 {
    let _keep = KeepErrno::new();
    let target = room(new_bytes, align, libc::PROT_NONE);
    if target.is_null() {
        return target;
    }
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
    let place: *mut c_void = target.cast();
    // SAFETY: A9 - the caller's promise; the target is ours, and nobody has seen it.
    let moved = unsafe { libc::mremap(p.cast(), old_bytes, new_bytes, flags, place) };
    if moved == libc::MAP_FAILED {
        // SAFETY: A9 - as above.
        unsafe { libc::munmap(place, new_bytes) };
        return ptr::null_mut();
    }
    moved.cast()
}

/// The kernel takes the pages; they read as zero from now on.
///
/// # Safety
/// The range lies in a mapping of `map`, and holds nothing that anybody needs.
pub(super) unsafe fn discard(p: *mut u8, bytes: usize) {
    let _keep = KeepErrno::new();
    // SAFETY: A9 - the caller's promise.
    unsafe { libc::madvise(p.cast(), bytes, libc::MADV_DONTNEED) };
}

/// The kernel may use huge pages there.
pub(super) fn prefer_huge_pages(p: *mut u8, bytes: usize) {
    let _keep = KeepErrno::new();
    // SAFETY: A9 - changes no byte.
    unsafe { libc::madvise(p.cast(), bytes, libc::MADV_HUGEPAGE) };
}

/// Touching it ends the program; if the kernel refuses, it does not.
///
/// # Safety
/// The range lies in a mapping of `map`, and nobody uses it.
pub(super) unsafe fn guard(p: *mut u8, bytes: usize) {
    let _keep = KeepErrno::new();
    // SAFETY: A9 - the caller's promise.
    unsafe { libc::mprotect(p.cast(), bytes, libc::PROT_NONE) };
}

/// It can be touched again, and holds what it held.
///
/// # Safety
/// The range lies in a mapping of `map`.
pub(super) unsafe fn unguard(p: *mut u8, bytes: usize) {
    let _keep = KeepErrno::new();
    // SAFETY: A9 - the caller's promise.
    unsafe { libc::mprotect(p.cast(), bytes, PROTECTION) };
}

// ---- Time and chance ----------------------------------------------------------------------------

fn clock(which: libc::clockid_t) -> libc::timespec {
    let mut time = MaybeUninit::zeroed();
    // SAFETY: A9 - the place may be written.
    unsafe { libc::clock_gettime(which, time.as_mut_ptr()) };
    // SAFETY: A9 - zeros are a time, and so is what the clock says.
    unsafe { time.assume_init() }
}

/// Milliseconds since some start.
pub(super) fn now() -> u64 {
    let time = clock(libc::CLOCK_MONOTONIC_COARSE);
    time.tv_sec as u64 * 1000 + time.tv_nsec as u64 / 1_000_000
}

/// Nobody can guess it.
pub(super) fn random() -> u64 {
    let _keep = KeepErrno::new();
    let mut value = 0_u64;
    let place: *mut c_void = (&raw mut value).cast();
    // SAFETY: A9 - eight bytes may be written there.
    let got = unsafe { libc::getrandom(place, size_of::<u64>(), libc::GRND_NONBLOCK) };
    if got != size_of::<u64>() as isize {
        // Before the kernel has gathered chance: where it put us, and when.
        let time = clock(libc::CLOCK_MONOTONIC);
        value =
            (place.addr() as u64 ^ (time.tv_nsec as u64) << 32).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
    value
}

// ---- Waiting ------------------------------------------------------------------------------------

/// A mutex of one word that can be let go by a forked child.
pub(super) struct Lock {
    word: AtomicU32, // 0 free, 1 taken, 2 taken and somebody waits
}

impl Lock {
    pub(super) const fn new() -> Self {
        Self { word: AtomicU32::new(0) }
    }

    #[inline]
    pub(super) fn lock(&self) {
        // Acquire: with unlock.
        if self.word.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.wait();
        }
    }

    #[inline]
    pub(super) fn unlock(&self) {
        // Release: with lock and wait.
        if self.word.swap(0, Ordering::Release) == 2 {
            self.wake();
        }
    }

    #[cold]
    #[inline(never)]
    fn wait(&self) {
        let _keep = KeepErrno::new();
        // The word says 2 while anybody waits, so that whoever lets go wakes one.
        // Acquire: with unlock.
        while self.word.swap(2, Ordering::Acquire) != 0 {
            self.futex(libc::FUTEX_WAIT, 2);
        }
    }

    #[cold]
    #[inline(never)]
    fn wake(&self) {
        let _keep = KeepErrno::new();
        self.futex(libc::FUTEX_WAKE, 1);
    }

    fn futex(&self, operation: c_int, value: c_int) {
        let operation = operation | libc::FUTEX_PRIVATE_FLAG;
        let (word, forever) = (self.word.as_ptr(), ptr::null::<libc::timespec>());
        // SAFETY: A9 - the word outlives the call.
        unsafe { libc::syscall(libc::SYS_futex, word, operation, value, forever, 0, 0 as c_long) };
    }
}

// ---- Tests --------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use std::cell::UnsafeCell;
    use std::thread;

    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn a_mapping_is_aligned_and_reads_as_zero() {
        for align in [4096, 1 << 16, 32 * MIB] {
            // Shifts what the kernel would choose next.
            let odd = map(4096, 4096);
            let p = map(3 * 4096, align);
            assert!(!p.is_null() && p.addr().is_multiple_of(align));
            for offset in 0..3 * 4096 {
                // SAFETY: A9 - in the mapping.
                assert_eq!(unsafe { p.wrapping_add(offset).read() }, 0);
            }
            // SAFETY: A9 - nobody else knows it.
            unsafe { unmap(p, 3 * 4096) };
            // SAFETY: A9 - nobody else knows it.
            unsafe { unmap(odd, 4096) };
        }
    }

    #[test]
    fn what_cannot_be_mapped_is_null_and_leaves_errno() {
        set_errno(77);
        assert!(map(1 << 60, 4096).is_null());
        assert!(map(SIZE_MAX & !4095, 32 * MIB).is_null());
        assert_eq!(errno(), 77);
    }

    #[test]
    fn moved_pages_keep_their_bytes() {
        let p = map(2 * MIB, 32 * MIB);
        // SAFETY: A9 - in the mapping.
        unsafe { p.wrapping_add(MIB).write(42) };
        // SAFETY: A9 - p is not used afterwards.
        let q = unsafe { relocate(p, 2 * MIB, 40 * MIB, 32 * MIB) };
        assert!(!q.is_null() && q.addr().is_multiple_of(32 * MIB));
        // SAFETY: A9 - in the mapping.
        assert_eq!(unsafe { q.wrapping_add(MIB).read() }, 42);
        // SAFETY: A9 - what it loses is not used.
        assert!(unsafe { resize(q, 40 * MIB, 2 * MIB) });
        // SAFETY: A9 - holds nothing that is needed.
        unsafe { discard(q, 2 * MIB) };
        // SAFETY: A9 - in the mapping.
        assert_eq!(unsafe { q.wrapping_add(MIB).read() }, 0);
        // SAFETY: A9 - nobody else knows it.
        unsafe { unmap(q, 2 * MIB) };
    }

    #[test]
    fn chance_differs_each_time() {
        assert_ne!(random(), random());
    }

    #[test]
    fn a_lock_lets_one_in_at_a_time() {
        struct Shared(Lock, UnsafeCell<u64>);
        // SAFETY: A7 - the cell is touched under the lock alone.
        unsafe impl Sync for Shared {}
        let shared = Shared(Lock::new(), UnsafeCell::new(0));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let shared = &shared;
                    for _ in 0..20_000 {
                        shared.0.lock();
                        // SAFETY: A7 - under the lock.
                        unsafe { *shared.1.get() += 1 };
                        shared.0.unlock();
                    }
                });
            }
        });
        assert_eq!(shared.1.into_inner(), 80_000);
        assert_eq!(shared.0.word.into_inner(), 0);
    }
}
