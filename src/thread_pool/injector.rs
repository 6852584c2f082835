//! Jobs from outside, oldest first.
//!
//! ```text
//!     head                                                 tail
//!      |                                                    |
//!   +--v---+---+-- --+---+------+   +---+---+-- --+---+-----v+
//!   | job  | j | ..  | j | next |-->| j | j | ..  |   | next |     segments of 255 slots
//!   +------+---+-- --+---+------+   +---+---+-- --+---+------+
//!     one worker at a time takes, up to a batch       producers: a slot each
//! ```
//!
//! Producers claim slots by counting; a job is there when its slot is not null. Nothing is read from
//! a job before it is executed: neither side waits for memory that the other has written last.

use core::cell::Cell;
use core::ptr;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};

use super::config::{BATCH, SEGMENT_SLOTS};
use super::job::Job;
use super::sync::{self, AtomicBool, AtomicPtr, AtomicUsize};
use super::worker::Worker;

/// Counts of jobs skip one at the end of each segment: while it is reached, the next is being put in.
const LAP: usize = SEGMENT_SLOTS + 1;

struct Segment {
    slots: [AtomicPtr<Job>; SEGMENT_SLOTS],
    next: AtomicPtr<Segment>,
}

impl Segment {
    fn new() -> *mut Self {
        let none = |_| AtomicPtr::new(ptr::null_mut());
        let slots = core::array::from_fn(none);
        Box::into_raw(Box::new(Self { slots, next: AtomicPtr::new(ptr::null_mut()) }))
    }
}

pub(super) struct Injector {
    tail: Tail,
    head: Head,
}

/// The producers' line.
#[repr(align(128))]
struct Tail {
    count: AtomicUsize,
    segment: AtomicPtr<Segment>,
}

/// The takers' line.
#[repr(align(128))]
struct Head {
    count: AtomicUsize,
    segment: Cell<*mut Segment>,
    /// A worker is taking.
    taken: AtomicBool,
}

// SAFETY: T8 - the cell is the taker's.
unsafe impl Sync for Injector {}
// SAFETY: T8 - as above.
unsafe impl Send for Injector {}

// ---- Construction -------------------------------------------------------------------------------

impl Injector {
    pub(super) fn new() -> Self {
        let segment = Segment::new();
        let taken = AtomicBool::new(false);
        Self {
            tail: Tail { count: AtomicUsize::new(0), segment: AtomicPtr::new(segment) },
            head: Head { count: AtomicUsize::new(0), segment: Cell::new(segment), taken },
        }
    }
}

// ---- Queries ------------------------------------------------------------------------------------

impl Injector {
    /// Nothing waits, or somebody is just putting it in.
    #[inline]
    fn seems_empty(&self) -> bool {
        self.head.count.load(Relaxed) == self.tail.count.load(Relaxed)
    }

    /// Nothing waits that was published before the caller's fence.
    pub(super) fn is_empty(&self) -> bool {
        self.head.count.load(SeqCst) == self.tail.count.load(SeqCst) // E2
    }
}

// ---- Mutation -----------------------------------------------------------------------------------

impl Injector {
    /// Puts a job in.
    ///
    /// # Safety
    /// It stays until somebody has taken it.
    pub(super) unsafe fn push(&self, job: *mut Job) {
        let mut next: *mut Segment = ptr::null_mut();
        let mut times = 0;
        loop {
            let count = self.tail.count.load(Acquire); // E10: and so the segment that belongs to it
            let segment = self.tail.segment.load(Acquire); // E10
            let at = count % LAP;
            if at == SEGMENT_SLOTS {
                times += 1;
                sync::back_off(times); // whoever took the last slot is about to go on
                continue;
            }
            let is_last = at + 1 == SEGMENT_SLOTS;
            if is_last && next.is_null() {
                next = Segment::new();
            }
            // E2: with who is about to sleep. Whose count it is still has the right segment.
            if self.tail.count.compare_exchange_weak(count, count + 1, SeqCst, Relaxed).is_err() {
                continue;
            }
            // SAFETY: T8 - it stays until its last job is taken, which this one, or a later one, is.
            let segment = unsafe { &*segment };
            if is_last {
                self.tail.segment.store(next, Release); // E10
                self.tail.count.store(count + 2, SeqCst); // E2, E10
                segment.next.store(next, Relaxed); // known to who finds the last job
                next = ptr::null_mut();
            }
            segment.slots[at].store(job, Release); // E10
            break;
        }
        if !next.is_null() {
            // SAFETY: T8 - somebody else was quicker, and nobody has seen it.
            drop(unsafe { Box::from_raw(next) });
        }
    }

    /// Takes the oldest.
    #[inline]
    pub(super) fn take_one(&self) -> Option<*mut Job> {
        if self.seems_empty() {
            return None; // as nearly always
        }
        let mut job = [ptr::null_mut()];
        (self.take_some(&mut job) > 0).then(|| job[0])
    }

    /// Takes some, the oldest, and answers the first; the others go into the worker's deque.
    pub(super) fn take(&self, worker: &Worker) -> Option<*mut Job> {
        let mut batch = [ptr::null_mut(); BATCH];
        let count = self.take_some(&mut batch);
        // The oldest is to be popped first.
        for &job in batch[..count].iter().skip(1).rev() {
            // SAFETY: T1, T8 - by the worker's thread; they stay until they are executed.
            unsafe { worker.push(job) };
        }
        if count == BATCH && !self.is_empty() {
            worker.pool().wake_one();
        }
        (count > 0).then(|| batch[0])
    }

    /// Takes the oldest that there are; how many.
    fn take_some(&self, batch: &mut [*mut Job]) -> usize {
        let taken = &self.head.taken;
        // E10: of two takers the second sees what the first has left.
        if self.seems_empty() || taken.compare_exchange(false, true, Acquire, Relaxed).is_err() {
            return 0; // who is about to sleep counts both, and looks again
        }
        let mut head = self.head.count.load(Relaxed);
        let mut count = 0;
        for place in &mut *batch {
            let job = self.take_first(&mut head);
            if job.is_null() {
                break;
            }
            sync::prefetch(job); // all of the batch at the same time, before the first is executed
            *place = job;
            count += 1;
        }
        self.head.count.store(head, SeqCst); // E2: once for all of them, as it costs a fence
        self.head.taken.store(false, Release); // E10
        count
    }

    /// By the taker: the oldest; null if there is none, or it is claimed and not there yet.
    fn take_first(&self, count: &mut usize) -> *mut Job {
        let place = self.head.segment.get();
        // SAFETY: T8 - it goes when its last job is taken.
        let segment = unsafe { &*place };
        let job = segment.slots[*count % LAP].load(Acquire); // E10
        if job.is_null() {
            return job;
        }
        *count += 1;
        if *count % LAP == SEGMENT_SLOTS {
            *count += 1;
            self.head.segment.set(segment.next.load(Relaxed));
            // SAFETY: T8 - all its producers are done: each has put its job in last.
            drop(unsafe { Box::from_raw(place) });
        }
        job
    }
}

// ---- Destruction --------------------------------------------------------------------------------

impl Drop for Injector {
    fn drop(&mut self) {
        // SAFETY: T8 - nobody else is left, and the head's is the only one: jobs were all taken.
        drop(unsafe { Box::from_raw(self.head.segment.get()) });
    }
}
