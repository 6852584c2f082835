//! The engine that tries many interleavings of more threads and jobs than can be tried in all ways:
//! at random, and with few interruptions at random places (PCT; Burckhardt and others, 2010). The
//! seeds are fixed, so what is found is found again.
//!
//! All operations are sequentially consistent here: what a weaker ordering or a missing fence does
//! is for the other engine.

use core::cell;
use core::sync::atomic::Ordering::SeqCst;

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, MaxSteps, Runner};

pub(in super::super) use shuttle::hint::spin_loop;
pub(super) use shuttle::sync::atomic as weak;
pub(in super::super) use shuttle::sync::{Condvar, Mutex, MutexGuard};
pub(super) use shuttle::thread;

/// How many times more there is of everything than what shows a defect.
pub(super) const MORE: usize = 4;

/// Of each kind; or as many as `SHUTTLE_EXECUTIONS` says.
const EXECUTIONS: usize = 1000;
const SEED: u64 = 0x5EED_0F_D1B7;
/// A thread is interrupted so often.
const DEPTHS: [usize; 2] = [2, 4];

pub(super) fn explore(scene: impl Fn() + Send + Sync + 'static) {
    let mut config = Config::new();
    config.stack_size = 1 << 17;
    config.max_steps = MaxSteps::FailAfter(100_000);
    config.silence_warnings = true;
    let scene = std::sync::Arc::new(move || {
        scene();
        assert!(!WENT_TWICE.take(), "a word goes twice");
    });
    let again = scene.clone();
    let wish = std::env::var("SHUTTLE_EXECUTIONS").ok().and_then(|wish| wish.parse().ok());
    let executions = wish.unwrap_or(EXECUTIONS);
    let random = RandomScheduler::new_from_seed(SEED, executions);
    Runner::new(random, config.clone()).run(move || again());
    for depth in DEPTHS {
        let again = scene.clone();
        let interrupted = PctScheduler::new_from_seed(SEED, depth, executions);
        Runner::new(interrupted, config.clone()).run(move || again());
    }
}

/// Whether a word is there still: freed memory stays as it is for a while.
#[derive(Default)]
pub(super) struct Life(core::sync::atomic::AtomicU64);

thread_local! {
    static WENT_TWICE: cell::Cell<bool> = const { cell::Cell::new(false) };
}

const ALIVE: u64 = 0xA11E_A11E_A11E_A11E;

impl Life {
    pub(super) fn new() -> Self {
        Self(core::sync::atomic::AtomicU64::new(ALIVE))
    }

    pub(super) fn check(&self) {
        assert_eq!(self.0.load(SeqCst), ALIVE, "a word is used that is gone");
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let before = self.0.swap(0, SeqCst);
        if before != ALIVE {
            WENT_TWICE.set(true); // to say so here would take time, in which its memory is used again
        }
    }
}

/// A cell that finds out if two use it at once.
pub(super) struct UnsafeCell<T> {
    value: cell::UnsafeCell<T>,
    /// How many read it; or -1: one writes.
    users: weak::AtomicIsize,
}

// SAFETY: T2 - who uses it while another one does is found.
unsafe impl<T: Send> Sync for UnsafeCell<T> {}

impl<T> UnsafeCell<T> {
    pub(super) fn new(value: T) -> Self {
        Self { value: cell::UnsafeCell::new(value), users: weak::AtomicIsize::new(0) }
    }

    pub(super) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        assert!(self.users.fetch_add(1, SeqCst) >= 0, "it is read while it is written");
        let answer = read(self.value.get());
        self.users.fetch_sub(1, SeqCst);
        answer
    }

    pub(super) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        assert_eq!(self.users.swap(-1, SeqCst), 0, "it is written while it is used");
        let answer = write(self.value.get());
        self.users.store(0, SeqCst);
        answer
    }
}
