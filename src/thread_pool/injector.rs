//! Jobs from outside: what came last is in front, and who takes some takes them oldest first.
//!
//! ```text
//!   producers ---> incoming: youngest -> .. -> oldest
//!                     |  all at once, turned round, by one worker at a time
//!                     v
//!                  ready: oldest -> .. -> youngest ---> BATCH jobs, into the worker's deque
//! ```

use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};

use super::config::BATCH;
use super::job::Job;
use super::sync::{AtomicBool, AtomicPtr};
use super::worker::Worker;

#[repr(align(128))]
pub(super) struct Injector {
    incoming: AtomicPtr<Job>,
    ready: Ready,
}

#[repr(align(128))]
struct Ready {
    first: AtomicPtr<Job>,
    /// A worker is taking.
    taken: AtomicBool,
}

// ---- Construction -------------------------------------------------------------------------------

impl Injector {
    pub(super) fn new() -> Self {
        Self {
            incoming: AtomicPtr::new(ptr::null_mut()),
            ready: Ready { first: AtomicPtr::new(ptr::null_mut()), taken: AtomicBool::new(false) },
        }
    }
}

// ---- Queries ------------------------------------------------------------------------------------

impl Injector {
    /// Nothing waits that was published before the caller's fence; or somebody is just taking it.
    pub(super) fn is_empty(&self) -> bool {
        self.incoming.load(SeqCst).is_null()
            && self.ready.first.load(SeqCst).is_null()
            && !self.ready.taken.load(SeqCst)
    }
}

// ---- Mutation -----------------------------------------------------------------------------------

impl Injector {
    /// Puts a job in.
    ///
    /// # Safety
    /// It stays until somebody has taken it.
    pub(super) unsafe fn push(&self, job: *mut Job) {
        let mut first = self.incoming.load(Relaxed);
        loop {
            // SAFETY: T8 - nobody else has seen it.
            unsafe { set_next(job, first) };
            // E10: release, with `take`; sequentially consistent, with who is about to sleep.
            match self.incoming.compare_exchange_weak(first, job, SeqCst, Relaxed) {
                Ok(_) => return,
                Err(now) => first = now,
            }
        }
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
        if self.ready.first.load(Relaxed).is_null() && self.incoming.load(Relaxed).is_null() {
            return (0, false);
        }
        if self.ready.taken.load(Relaxed) || self.ready.taken.swap(true, Acquire) {
            return (0, false); // who is about to sleep sees that, and looks again
        }
        let mut first = self.ready.first.load(Relaxed);
        if first.is_null() {
            first = turned(self.incoming.swap(ptr::null_mut(), Acquire)); // E10
        }
        let mut count = 0;
        while count < batch.len() && !first.is_null() {
            batch[count] = first;
            // SAFETY: T8 - of the list, which is the taker's.
            first = unsafe { next(first) };
            count += 1;
        }
        let has_more = !first.is_null();
        self.ready.first.store(first, SeqCst);
        self.ready.taken.store(false, Release);
        (count, has_more)
    }
}

/// The list the other way round.
fn turned(mut list: *mut Job) -> *mut Job {
    let mut first = ptr::null_mut();
    while !list.is_null() {
        // SAFETY: T8 - the list is the taker's.
        let behind = unsafe { next(list) };
        // SAFETY: T8 - as above.
        unsafe { set_next(list, first) };
        first = list;
        list = behind;
    }
    first
}

/// # Safety
/// A job that was put in, and is the caller's.
unsafe fn next(job: *mut Job) -> *mut Job {
    // SAFETY: T8 - the caller's promise.
    let next = unsafe { &*(*job).next.get() };
    // SAFETY: T8 - set when it was put in.
    unsafe { next.assume_init() }
}

/// # Safety
/// A job that is the caller's.
unsafe fn set_next(job: *mut Job, next: *mut Job) {
    // SAFETY: T8 - the caller's promise.
    unsafe { (*job).next.get().write(MaybeUninit::new(next)) };
}
