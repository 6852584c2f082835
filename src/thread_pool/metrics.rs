//! What a pool has done so far.

use core::sync::atomic::AtomicU64;
use core::sync::atomic::Ordering::Relaxed;

use super::worker::Worker;

/// What a pool has done so far, all workers together, and what waits. Read word by word while they
/// go on: the numbers are of no single moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Jobs that were taken from a deque or from outside. What `join` takes back is not counted.
    pub executed: u64,
    /// Of these, taken from another worker.
    pub stolen: u64,
    /// Times that a worker went to sleep.
    pub sleeps: u64,
    /// Times that one was woken because there was work.
    pub calls: u64,
    /// Jobs that were dropped instead of executed.
    pub dropped: u64,
    /// Jobs that wait in deques at present.
    pub waiting: u64,
}

/// What one worker counts.
pub(super) struct Counts {
    pub(super) executed: Count,
    pub(super) stolen: Count,
    pub(super) sleeps: Count,
    pub(super) calls: Count,
}

pub(super) struct Count(AtomicU64);

// ---- Construction -------------------------------------------------------------------------------

impl Counts {
    pub(super) fn new() -> Self {
        let zero = || Count(AtomicU64::new(0));
        Self { executed: zero(), stolen: zero(), sleeps: zero(), calls: zero() }
    }
}

// ---- Mutation -----------------------------------------------------------------------------------

impl Count {
    /// By the only thread that counts here.
    pub(super) fn add(&self, more: u64) {
        self.0.store(self.0.load(Relaxed) + more, Relaxed);
    }

    /// By one of several.
    pub(super) fn add_shared(&self, more: u64) {
        self.0.fetch_add(more, Relaxed);
    }
}

// ---- Queries ------------------------------------------------------------------------------------

impl Count {
    pub(super) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Metrics {
    /// Adds what one worker has done.
    pub(super) fn plus(self, worker: &Worker) -> Self {
        let Counts { executed, stolen, sleeps, calls } = &worker.counts;
        Self {
            executed: self.executed + executed.get(),
            stolen: self.stolen + stolen.get(),
            sleeps: self.sleeps + sleeps.get(),
            calls: self.calls + calls.get(),
            waiting: self.waiting + worker.deque.len().max(0).cast_unsigned() as u64,
            ..self
        }
    }
}
