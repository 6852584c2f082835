//! Work that a worker may take: a function, and behind it whatever it needs.

use core::any::Any;
use core::cell::UnsafeCell;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::sync::atomic::Ordering::{Acquire, SeqCst};
use std::boxed::Box;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::sync::{self, AtomicU32};
use super::worker::Worker;

/// The beginning of every job.
#[repr(C)]
pub(super) struct Job {
    /// Called once, by whoever took the job; afterwards it may be gone.
    pub(super) execute: unsafe fn(*mut Job, &Worker),
}

/// What a panic carries.
pub(super) type Payload = Box<dyn Any + Send>;

/// What came of some work.
pub(super) type Outcome<R> = Result<R, Payload>;

/// The work's result, or its panic.
pub(super) fn attempt<R>(work: impl FnOnce() -> R) -> Outcome<R> {
    catch_unwind(AssertUnwindSafe(work))
}

// ---- Latch --------------------------------------------------------------------------------------

/// Told once that something is done.
pub(super) struct Latch {
    state: AtomicU32,
    /// Whoever sets it is of another pool.
    is_foreign: bool,
    /// The worker that waits; none: a thread that belongs to no pool.
    waiter: *const Worker,
}

pub(super) const PENDING: u32 = 0;
pub(super) const DONE: u32 = 1;
/// Somebody sleeps at the word itself.
pub(super) const AWAITED: u32 = 2;

impl Latch {
    #[inline(always)]
    pub(super) fn new(waiter: *const Worker, is_foreign: bool) -> Self {
        Self { state: AtomicU32::new(PENDING), is_foreign, waiter }
    }

    /// Who sees it done sees what was done.
    pub(super) fn is_done(&self) -> bool {
        self.state.load(Acquire) == DONE // E8, E9
    }

    /// The last that is done to it: whoever waits may take its memory back at once.
    ///
    /// # Safety
    /// The latch is alive until it is done.
    pub(super) unsafe fn set(this: *const Self) {
        // SAFETY: T3 - alive until the swap.
        let waiter = unsafe { (*this).waiter };
        // SAFETY: T3 - as above; only its address is used afterwards.
        let state = unsafe { &raw const (*this).state };
        // SAFETY: T6 - a worker waits, so its pool is alive, until the swap at least.
        let waiter = unsafe { waiter.as_ref() };
        // SAFETY: T3 - as above.
        let is_foreign = unsafe { (*this).is_foreign };
        let _keep = waiter.filter(|_| is_foreign).map(|waiter| waiter.pool().keep());
        // E8; E9: with the load of the waiter's word, either it sees this, or is seen.
        // SAFETY: T3 - the last access.
        let before = unsafe { (*state).swap(DONE, SeqCst) };
        if let Some(waiter) = waiter {
            waiter.notify();
        } else if before == AWAITED {
            sync::wake(state);
        }
    }

    /// Waits in a thread that can do nothing else meanwhile.
    pub(super) fn wait(&self) {
        for times in 0..super::config::SPINS {
            if self.is_done() {
                return;
            }
            sync::pause(times);
        }
        while !self.is_done() {
            // E8, E9: it is done, or who sets it sees that somebody sleeps.
            let _ = self.state.compare_exchange(PENDING, AWAITED, SeqCst, Acquire);
            sync::wait(&self.state, AWAITED);
        }
    }
}

// ---- Jobs in a frame ----------------------------------------------------------------------------

/// A job in the frame of a function that waits for it.
#[repr(C)]
pub(super) struct StackJob<F, R> {
    job: Job,
    latch: Latch,
    work: UnsafeCell<ManuallyDrop<F>>,
    outcome: UnsafeCell<MaybeUninit<Outcome<R>>>,
}

impl<F: FnOnce() -> R, R> StackJob<F, R> {
    #[inline(always)]
    pub(super) fn new(work: F, waiter: *const Worker, is_foreign: bool) -> Self {
        Self {
            job: Job { execute: Self::execute },
            latch: Latch::new(waiter, is_foreign),
            work: UnsafeCell::new(ManuallyDrop::new(work)),
            outcome: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    #[inline(always)]
    pub(super) fn as_job(&self) -> *mut Job {
        (&raw const *self).cast_mut().cast()
    }

    pub(super) fn latch(&self) -> &Latch {
        &self.latch
    }

    /// The work itself, for who has the job, or has taken it back.
    ///
    /// # Safety
    /// Once.
    #[inline(always)]
    pub(super) unsafe fn take_work(&self) -> F {
        // SAFETY: T2 - the caller's promise.
        let work = unsafe { &mut *self.work.get() };
        // SAFETY: T2 - as above.
        unsafe { ManuallyDrop::take(work) }
    }

    /// What came of it.
    ///
    /// # Safety
    /// Once, after the latch is done.
    pub(super) unsafe fn take_outcome(&self) -> Outcome<R> {
        // SAFETY: T3 - done: nobody else looks at it.
        let outcome = unsafe { &*self.outcome.get() };
        // SAFETY: T3 - written before the latch was set, and read once.
        unsafe { outcome.assume_init_read() }
    }

    /// The result; or its panic goes on here.
    ///
    /// # Safety
    /// As for `take_outcome`.
    #[cold]
    pub(super) unsafe fn take_result(&self) -> R {
        // SAFETY: T3 - the caller's promise.
        unsafe { self.take_outcome() }.unwrap_or_else(|panic| resume_unwind(panic))
    }

    unsafe fn execute(job: *mut Job, worker: &Worker) {
        worker.tell_ends();
        // SAFETY: T2 - the frame waits for the latch.
        let this: &Self = unsafe { &*job.cast_const().cast() };
        // SAFETY: T2 - taken, once.
        let work = unsafe { this.take_work() };
        let outcome = MaybeUninit::new(attempt(work));
        // SAFETY: T2 - nobody looks before the latch is done.
        unsafe { this.outcome.get().write(outcome) };
        let latch = &raw const this.latch;
        // SAFETY: T3 - the last access.
        unsafe { Latch::set(latch) };
    }
}
