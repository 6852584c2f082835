//! How many submitted jobs have begun their way and how many have ended, so that somebody can wait
//! until there are none.
//!
//! Each worker counts for itself, and threads outside have a few counters to share: nothing is
//! counted at one place. All that have ended are added up first, then all that began: both only
//! grow, so if the sums are equal, there was a moment in between with no job at all (Mattern, 1987).

use core::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};

use super::sync::AtomicU64;

#[repr(align(128))]
pub(super) struct Tally {
    begun: AtomicU64,
    ended: AtomicU64,
}

// ---- Construction -------------------------------------------------------------------------------

impl Tally {
    pub(super) fn new() -> Self {
        Self { begun: AtomicU64::new(0), ended: AtomicU64::new(0) }
    }
}

// ---- Mutation -----------------------------------------------------------------------------------

impl Tally {
    /// By the only thread that counts here.
    pub(super) fn begin(&self) {
        self.begun.store(self.begun.load(Relaxed) + 1, Release); // E12
    }

    /// By the only thread that counts here. Who sees the end sees what the job began.
    pub(super) fn end(&self) {
        self.ended.store(self.ended.load(Relaxed) + 1, Release); // E12
    }

    /// By one of several threads.
    pub(super) fn begin_shared(&self) {
        self.begun.fetch_add(1, SeqCst); // E12
    }
}

// ---- Queries ------------------------------------------------------------------------------------

/// No job is under way, at some moment of this call.
pub(super) fn is_quiet<'a>(tallies: impl Iterator<Item = &'a Tally> + Clone) -> bool {
    let ended: u64 = tallies.clone().map(|tally| tally.ended.load(Acquire)).sum(); // E12
    let begun: u64 = tallies.map(|tally| tally.begun.load(SeqCst)).sum(); // E12
    begun == ended
}
