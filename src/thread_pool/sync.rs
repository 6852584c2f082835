//! What threads meet through: atomics, two fences, and waiting.
//!
//! A worker publishes a job and then looks whether somebody sleeps; takes one back and then looks
//! whether somebody steals. Each is a store, and a load that must not come before it, which on all
//! processors costs a fence. A worker does it for every job, a thief rarely: so the worker's fence
//! is nothing but an order to the compiler, and the thief's makes all threads of the process go
//! through a real one, wherever they are (`membarrier`). Where the kernel has no such call, both
//! are real.

use core::ffi::c_long;
use core::sync::atomic::Ordering;
#[cfg(not(all(test, any(loom, shuttle))))]
use core::sync::atomic::compiler_fence;

#[cfg(not(all(test, any(loom, shuttle))))]
pub(super) use core::sync::atomic::{
    AtomicBool, AtomicIsize, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, fence,
};
#[cfg(not(all(test, any(loom, shuttle))))]
pub(super) use {
    core::hint::spin_loop,
    std::sync::{Condvar, Mutex, MutexGuard},
    std::thread::yield_now,
};

#[cfg(all(test, any(loom, shuttle)))]
pub(super) use super::tests::machine::{
    AtomicBool, AtomicIsize, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Condvar, Mutex,
    MutexGuard, fence, spin_loop, wait, wake, yield_now,
};

/// Interleavings of a few threads are tried, on a machine of their own.
pub(super) const IS_MODEL: bool = cfg!(all(test, any(loom, shuttle)));

// ---- Fences -------------------------------------------------------------------------------------

/// Whose fence costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fences {
    /// The thief's alone.
    Asymmetric,
    /// Everybody's, the same.
    Symmetric,
}

impl Fences {
    /// What this process can do. Asked for each pool: the next one may be forbidden it.
    pub(super) fn best() -> Self {
        let can = membarrier(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0
            && membarrier(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0;
        if can { Self::Asymmetric } else { Self::Symmetric }
    }

    /// Between a store and a load of who does it often.
    #[inline(always)]
    #[cfg_attr(all(test, any(loom, shuttle)), track_caller)]
    pub(super) fn light(self) {
        match self {
            #[cfg(all(test, any(loom, shuttle)))]
            Self::Asymmetric => super::tests::machine::light_fence(),
            #[cfg(not(all(test, any(loom, shuttle))))]
            Self::Asymmetric => compiler_fence(Ordering::SeqCst),
            Self::Symmetric => fence(Ordering::SeqCst),
        }
    }

    /// Between a store and a load of who does it rarely: one of both loads sees the other's store.
    #[cfg_attr(all(test, any(loom, shuttle)), track_caller)]
    pub(super) fn heavy(self) {
        match self {
            Self::Asymmetric if IS_MODEL => fence(Ordering::SeqCst),
            Self::Asymmetric => {
                if membarrier(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0 {
                    forbidden();
                }
            }
            Self::Symmetric => fence(Ordering::SeqCst),
        }
    }
}

fn membarrier(command: libc::c_int) -> c_long {
    // SAFETY: T9 - the kernel's call takes three numbers.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) }
}

/// What was allowed when the pool was made is so no longer, and the others have no fence.
#[cold]
fn forbidden() -> ! {
    eprintln!("diptych: membarrier was forbidden after a thread pool had been made");
    std::process::abort();
}

// ---- Waiting ------------------------------------------------------------------------------------

/// Waits for somebody who is about to go on: a moment, or, if he seems not to be running, for as
/// long as the system gives others.
pub(super) fn back_off(times: u32) {
    if times < 8 { pause(1 << times) } else { yield_now() }
}

/// A moment of doing nothing, longer each time.
pub(super) fn pause(times: u32) {
    for _ in 0..times {
        spin_loop();
    }
}

/// Sleeps until somebody wakes who waits at the word, unless it is not `value` any more. May end
/// without a reason.
#[cfg(not(all(test, any(loom, shuttle))))]
pub(super) fn wait(word: &AtomicU32, value: u32) {
    let operation = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
    let forever: *const libc::timespec = core::ptr::null();
    // SAFETY: T9 - the word is alive, and the kernel only reads it.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), operation, value, forever) };
}

/// Wakes one who waits at the word, if it is still there: nothing is read from it.
#[cfg(not(all(test, any(loom, shuttle))))]
pub(super) fn wake(word: *const AtomicU32) {
    let operation = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: T9 - the kernel takes the address for a name.
    unsafe { libc::syscall(libc::SYS_futex, word, operation, 1) };
}

/// The memory is about to be read. It need not exist.
#[inline(always)]
pub(super) fn prefetch<T>(place: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: T9 - a hint, which never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

// ---- Threads ------------------------------------------------------------------------------------

/// Binds a thread to a processor.
pub(super) fn pin<T>(thread: &std::thread::JoinHandle<T>, processor: usize) -> std::io::Result<()> {
    use std::os::unix::thread::JoinHandleExt;

    // SAFETY: T9 - a set of zeros is the empty one.
    let mut set: libc::cpu_set_t = unsafe { core::mem::zeroed() };
    if processor >= libc::CPU_SETSIZE as usize {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: T9 - within the set.
    unsafe { libc::CPU_SET(processor, &mut set) };
    let of = thread.as_pthread_t();
    // SAFETY: T9 - a thread that has not been joined, and a set of this size.
    match unsafe { libc::pthread_setaffinity_np(of, size_of_val(&set), &raw const set) } {
        0 => Ok(()),
        error => Err(std::io::Error::from_raw_os_error(error)),
    }
}
