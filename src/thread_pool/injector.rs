//! Jobs from outside, oldest first.
//!
//! ```text
//!     first                                    last
//!       |                                        |
//!       v                                        v
//!     +-----+  next  +-----+  next  +-----+    +-----+
//!     | job |------->| job |------->| job | .. | job |     the link to the youngest comes a
//!     +-----+        +-----+        +-----+    +-----+     moment after it: `last` is first
//!       one worker at a time takes       producers: one exchange each
//! ```
//!
//! Vyukov's queue (2010): a place holder lies in it whenever it would be without a job, so that
//! producers and takers never touch the same word of it. Takers are let in one by one, and take up
//! to a batch at a time, so that they seldom meet.

use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};

use super::config::BATCH;
use super::job::Job;
use super::sync::{AtomicBool, AtomicPtr};
use super::worker::Worker;

#[repr(align(128))]
pub(super) struct Injector {
    last: AtomicPtr<Job>,
    front: Front,
}

/// The takers' line.
#[repr(align(128))]
struct Front {
    first: AtomicPtr<Job>,
    /// A worker is taking.
    taken: AtomicBool,
    /// The place holder. On the heap, so that the injector may move before it is used.
    holder: Box<Job>,
}

// ---- Construction -------------------------------------------------------------------------------

impl Injector {
    pub(super) fn new() -> Self {
        let holder = Box::new(Job::new(Self::hold));
        let place = (&raw const *holder).cast_mut();
        // SAFETY: T8 - nobody else has it.
        unsafe { end(place) };
        Self {
            last: AtomicPtr::new(place),
            front: Front { first: AtomicPtr::new(place), taken: AtomicBool::new(false), holder },
        }
    }

    /// What a place holder does when it is executed, which it never is.
    unsafe fn hold(_: *mut Job, _: &Worker) {}
}

// ---- Queries ------------------------------------------------------------------------------------

impl Injector {
    /// Nothing waits that was published before the caller's fence, and nobody is just taking it.
    pub(super) fn is_empty(&self) -> bool {
        self.seems_empty() && !self.front.taken.load(SeqCst)
    }

    fn seems_empty(&self) -> bool {
        let holder = self.holder();
        ptr::eq(self.last.load(SeqCst), holder) && ptr::eq(self.front.first.load(SeqCst), holder)
    }

    fn holder(&self) -> *mut Job {
        (&raw const *self.front.holder).cast_mut()
    }
}

// ---- Mutation -----------------------------------------------------------------------------------

impl Injector {
    /// Puts a job in.
    ///
    /// # Safety
    /// It stays until somebody has taken it.
    pub(super) unsafe fn push(&self, job: *mut Job) {
        // SAFETY: T8 - nobody else has seen it.
        unsafe { end(job) };
        // E10: acquire and release, among producers; E2: sequentially consistent, with who is about
        // to sleep.
        let before = self.last.swap(job, SeqCst);
        // E10: release, with `take_first`. The one before stays in the queue until this is done.
        // SAFETY: T8 - as just said.
        unsafe { link(before, job) };
    }

    /// Takes the oldest.
    pub(super) fn take_one(&self) -> Option<*mut Job> {
        let mut job = [ptr::null_mut()];
        (self.take_some(&mut job).0 > 0).then(|| job[0])
    }

    /// Takes some, the oldest, and answers the first; the others go into the worker's deque.
    pub(super) fn take(&self, worker: &Worker) -> Option<*mut Job> {
        let mut batch = [ptr::null_mut(); BATCH];
        let (count, has_more) = self.take_some(&mut batch);
        // The oldest is to be popped first.
        for &job in batch[..count].iter().skip(1).rev() {
            // SAFETY: T1, T8 - by the worker's thread; they stay until they are executed.
            unsafe { worker.push(job) };
        }
        if has_more {
            worker.pool().wake_one();
        }
        (count > 0).then(|| batch[0])
    }

    /// Takes the oldest that there are; how many, and whether there are more.
    fn take_some(&self, batch: &mut [*mut Job]) -> (usize, bool) {
        if self.seems_empty() || self.front.taken.swap(true, Acquire) {
            return (0, false); // who is about to sleep sees that somebody takes, and looks again
        }
        let mut count = 0;
        for place in &mut *batch {
            let job = self.take_first();
            if job.is_null() {
                break;
            }
            *place = job;
            count += 1;
        }
        self.front.taken.store(false, Release);
        (count, count > 0 && !self.seems_empty())
    }

    /// By the taker: the oldest, or null if there is none, or none whose link is there yet.
    fn take_first(&self) -> *mut Job {
        let holder = self.holder();
        let mut first = self.front.first.load(Relaxed);
        if ptr::eq(first, holder) {
            // SAFETY: T8 - in the queue.
            first = unsafe { next(holder) };
            if first.is_null() {
                return first;
            }
            self.front.first.store(first, SeqCst);
        }
        // SAFETY: T8 - in the queue.
        let mut behind = unsafe { next(first) };
        if behind.is_null() {
            if !ptr::eq(self.last.load(Acquire), first) {
                return ptr::null_mut(); // its link is on the way
            }
            // SAFETY: T8 - the holder is not in the queue.
            unsafe { self.push(holder) };
            // SAFETY: T8 - in the queue.
            behind = unsafe { next(first) };
            if behind.is_null() {
                return ptr::null_mut(); // somebody came before the holder, and his link is on the way
            }
        }
        self.front.first.store(behind, SeqCst);
        first
    }
}

/// The one behind a job, if its link is there.
///
/// # Safety
/// A job that was put in, and has not been taken.
unsafe fn next(job: *mut Job) -> *mut Job {
    // SAFETY: T8 - the caller's promise.
    let next = unsafe { &(*job).next };
    // SAFETY: T8 - set when it was put in.
    unsafe { next.assume_init_ref() }.load(Acquire) // E10
}

/// Nothing is behind a job.
///
/// # Safety
/// Nobody else has it.
unsafe fn end(job: *mut Job) {
    // SAFETY: T8 - the caller's promise.
    let next = unsafe { &raw mut (*job).next };
    // SAFETY: T8 - as above.
    unsafe { next.write(MaybeUninit::new(AtomicPtr::new(ptr::null_mut()))) };
}

/// # Safety
/// A job that was put in, and stays until this is done.
unsafe fn link(job: *mut Job, behind: *mut Job) {
    // SAFETY: T8 - the caller's promise.
    let next = unsafe { &(*job).next };
    // SAFETY: T8 - set when it was put in.
    unsafe { next.assume_init_ref() }.store(behind, Release); // E10
}
