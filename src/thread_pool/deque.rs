//! The jobs of one worker: it takes the youngest back, others steal the oldest.
//!
//! ```text
//!            top                  bottom          limit
//!             |                     |               |
//!   +---+---+-v-+---+---+---+---+---v---+---+---+---v---+
//!   |   |   | j | j | j | j | j | j |   |   |   |   |   |  a ring: index & mask
//!   +---+---+---+---+---+---+---+---+---+---+---+---+---+
//!     thieves: top + 1            owner: bottom +- 1
//! ```
//!
//! Chase and Lev's deque with the orderings of Lê, Pop, Cohen and Zappa Nardelli (PPoPP 2013), and
//! fences whose price the thief pays. A push looks at one word afterwards, `limit`: the index that
//! it may not reach without looking closer, because the ring is full or because somebody sleeps.

use core::cell::{Cell, UnsafeCell};
use core::ptr;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};

use super::job::Job;
use super::sync::{AtomicIsize, AtomicPtr, Fences};

type Slot = AtomicPtr<Job>;

struct Ring {
    slots: Box<[Slot]>,
    /// Those it took the place of, while thieves may be in them.
    older: UnsafeCell<Option<Box<Ring>>>,
}

impl Ring {
    fn new(count: usize, older: Option<Box<Ring>>) -> Box<Self> {
        let slots = (0..count).map(|_| Slot::new(ptr::null_mut())).collect();
        Box::new(Self { slots, older: UnsafeCell::new(older) })
    }

    fn slot(&self, at: isize) -> &Slot {
        &self.slots[at.cast_unsigned() & (self.slots.len() - 1)]
    }
}

/// What a thief comes back with.
#[derive(Debug, PartialEq)]
pub(super) enum Steal {
    Nothing,
    /// Somebody was quicker: there may be more.
    Again,
    Job(*mut Job),
}

/// The owner's line, and the thieves'.
#[repr(C, align(128))]
pub(super) struct Deque {
    /// Behind the youngest job. Written by the owner.
    bottom: AtomicIsize,
    /// Written by the owner, and lowered by who wants its attention.
    limit: AtomicIsize,
    /// Of the ring, for its owner.
    slots: Cell<*const Slot>,
    mask: Cell<isize>,
    /// Where the ring is full: `top`, as it was last seen, and the number of slots.
    full: Cell<isize>,
    ring: AtomicPtr<Ring>,
    pub(super) fences: Fences,
    /// The oldest job.
    top: Thieves,
}

#[repr(align(128))]
struct Thieves(AtomicIsize);

// SAFETY: T1 - the cells are the owner's; all else is atomic.
unsafe impl Sync for Deque {}
// SAFETY: T1 - as above.
unsafe impl Send for Deque {}

/// A limit that every push reaches.
const ATTENTION: isize = isize::MIN;

// ---- Construction -------------------------------------------------------------------------------

impl Deque {
    pub(super) fn new(slots: usize, fences: Fences) -> Self {
        let ring = Ring::new(slots, None);
        let full = slots.cast_signed();
        Self {
            bottom: AtomicIsize::new(0),
            // With fences of the same price nothing is done but by the slow path, which has them.
            limit: AtomicIsize::new(if fences == Fences::Asymmetric { full } else { ATTENTION }),
            slots: Cell::new(ring.slots.as_ptr()),
            mask: Cell::new(full - 1),
            full: Cell::new(full),
            ring: AtomicPtr::new(Box::into_raw(ring)),
            fences,
            top: Thieves(AtomicIsize::new(0)),
        }
    }
}

// ---- Queries ------------------------------------------------------------------------------------

impl Deque {
    /// How many jobs there seem to be.
    #[inline]
    pub(super) fn len(&self) -> isize {
        self.bottom.load(Relaxed) - self.top.0.load(Relaxed)
    }

    /// Where a job of that index lies.
    ///
    /// # Safety
    /// By the owner.
    #[inline(always)]
    unsafe fn slot(&self, at: isize) -> &Slot {
        let slot = self.slots.get().wrapping_offset(at & self.mask.get());
        // SAFETY: T1 - the ring stays while it is the owner's, and the mask keeps to it.
        unsafe { &*slot }
    }

    /// What the fast path of `take` is told of a job: with symmetric fences, something that leads it
    /// to the slow one.
    pub(super) fn token(&self, at: isize) -> isize {
        if self.fences == Fences::Asymmetric { at } else { isize::MIN }
    }

    /// No job that was published before the caller's heavy fence is left.
    pub(super) fn is_empty(&self) -> bool {
        self.top.0.load(Acquire) >= self.bottom.load(Acquire) // E2
    }
}

// ---- Mutation, fast path first ------------------------------------------------------------------

impl Deque {
    /// Puts a job in, and answers its index; true if the limit was reached: then there may be no
    /// room for another one until `make_room`.
    ///
    /// # Safety
    /// By the owner; the job stays until somebody has taken it.
    #[inline(always)]
    pub(super) unsafe fn push(&self, job: *mut Job) -> (isize, bool) {
        let at = self.bottom.load(Relaxed);
        // SAFETY: T1 - there is room for one, always.
        unsafe { self.slot(at) }.store(job, Relaxed);
        // E1: who sees the new bottom sees the job, and the ring.
        self.bottom.store(at + 1, Release);
        // E2: the limit is looked at afterwards.
        Fences::Asymmetric.light();
        (at, at + 1 >= self.limit.load(Relaxed))
    }

    /// Takes the job of that index back; false if it is not the youngest, or the last one, or
    /// perhaps stolen: then nothing has changed, and `take_slowly` knows.
    ///
    /// # Safety
    /// By the owner, who pushed it with asymmetric fences.
    #[inline(always)]
    pub(super) unsafe fn take(&self, at: isize) -> bool {
        if self.bottom.load(Relaxed) != at + 1 {
            return false;
        }
        self.bottom.store(at, Release); // E1, as all that it is told
        // E3: a thief that has not seen this bottom has moved top before.
        Fences::Asymmetric.light();
        if self.top.0.load(Relaxed) < at {
            return true;
        }
        self.bottom.store(at + 1, Release); // E1
        false
    }

    /// Takes the youngest job.
    ///
    /// # Safety
    /// By the owner.
    pub(super) unsafe fn pop(&self) -> Option<*mut Job> {
        let at = self.bottom.load(Relaxed) - 1;
        self.bottom.store(at, Release); // E1
        self.fences.light(); // E3
        let top = self.top.0.load(Relaxed);
        if top <= at {
            // SAFETY: T1 - an index between both ends.
            let job = unsafe { self.slot(at) }.load(Relaxed);
            if top < at {
                return Some(job);
            }
            // E4: the last one; who moves top has it.
            let is_ours = self.top.0.compare_exchange(top, top + 1, SeqCst, Relaxed).is_ok();
            self.bottom.store(at + 1, Release); // E1
            return is_ours.then_some(job);
        }
        self.bottom.store(at + 1, Release); // E1
        None
    }

    /// Takes the oldest job.
    ///
    /// # Safety
    /// By a thread that `Control` counts as searching: or rings go while it is in them.
    pub(super) unsafe fn steal(&self) -> Steal {
        let top = self.top.0.load(Acquire); // E3
        if top >= self.bottom.load(Relaxed) {
            return Steal::Nothing; // or just published: whoever is about to sleep looks again
        }
        self.fences.heavy(); // E3
        // E1, E3: a job of that index is seen, or was taken back.
        if top >= self.bottom.load(Acquire) {
            return Steal::Nothing;
        }
        // SAFETY: T7 - rings stay while somebody searches.
        let ring = unsafe { &*self.ring.load(Acquire) }; // E6, E7
        let job = ring.slot(top).load(Relaxed);
        // E4: success is the thief's only claim to the job. What was read else is thrown away. E15: what
        // was read was read before.
        match self.top.0.compare_exchange(top, top + 1, SeqCst, Relaxed) {
            Ok(_) => Steal::Job(job),
            Err(_) => Steal::Again,
        }
    }

    /// The owner's next push will reach the limit.
    pub(super) fn call(&self) {
        // E5: with `listen`, one of both swaps sees the other.
        self.limit.swap(ATTENTION, SeqCst);
    }
}

// ---- Slow path ----------------------------------------------------------------------------------

impl Deque {
    /// After a push that reached the limit: makes room for the next one, if the ring was full.
    ///
    /// # Safety
    /// By the owner.
    pub(super) unsafe fn make_room(&self) {
        let bottom = self.bottom.load(Relaxed);
        if bottom >= self.full.get() {
            // E15: what was read of the slots below it was read.
            let top = self.top.0.load(Acquire);
            self.full.set(top + self.mask.get() + 1);
            if bottom >= self.full.get() {
                self.grow(top, bottom);
            }
        }
    }

    /// Nobody needs attention, the caller thinks: it has to look again afterwards.
    ///
    /// # Safety
    /// By the owner.
    pub(super) unsafe fn listen(&self) {
        if self.fences == Fences::Asymmetric {
            // E5: who called before is seen afterwards.
            self.limit.swap(self.full.get(), SeqCst);
        }
    }

    fn grow(&self, top: isize, bottom: isize) {
        // SAFETY: T1 - only the owner changes which ring it is.
        let old = unsafe { Box::from_raw(self.ring.load(Relaxed)) };
        let ring = Ring::new(2 * old.slots.len(), None);
        for at in top..bottom {
            ring.slot(at).store(old.slot(at).load(Relaxed), Relaxed);
        }
        let slots = ring.slots.len().cast_signed();
        self.slots.set(ring.slots.as_ptr());
        self.mask.set(slots - 1);
        self.full.set(top + slots);
        // SAFETY: T1 - no thief looks at this member.
        unsafe { *ring.older.get() = Some(old) };
        // E6: who sees the new ring sees the jobs in it. Thieves in the old one find theirs there. E7:
        // until nobody is.
        self.ring.store(Box::into_raw(ring), Release);
    }

    /// Frees the rings that were grown out of.
    ///
    /// # Safety
    /// By the owner, when nobody was searching after it grew.
    pub(super) unsafe fn reclaim(&self) {
        // SAFETY: T1 - only the owner changes which ring it is.
        let ring = unsafe { &*self.ring.load(Relaxed) };
        // SAFETY: T7 - the caller's promise.
        drop(unsafe { (*ring.older.get()).take() });
    }

    /// There is something for `reclaim`.
    pub(super) fn has_old_rings(&self) -> bool {
        // SAFETY: T1 - only the owner changes which ring it is.
        let ring = unsafe { &*self.ring.load(Relaxed) };
        // SAFETY: T1 - by the owner alone.
        unsafe { (*ring.older.get()).is_some() }
    }
}

// ---- Destruction --------------------------------------------------------------------------------

impl Drop for Deque {
    fn drop(&mut self) {
        // SAFETY: T1 - nobody else is left.
        drop(unsafe { Box::from_raw(self.ring.load(Relaxed)) });
    }
}
