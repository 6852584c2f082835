//! Who sleeps and who searches: one word for a pool.
//!
//! ```text
//!    63              32 31               0
//!   +------------------+------------------+
//!   | asleep           | searching        |     both count workers
//!   +------------------+------------------+
//! ```
//!
//! Whoever publishes a job wakes a worker only if one sleeps and none is searching. So a searcher
//! answers for all that was published meanwhile: when it stops being one, because it sleeps or
//! because it found a job and was the last, it looks everywhere once more.

use core::sync::atomic::Ordering::SeqCst;

use super::sync::AtomicU64;

/// T4: `asleep` is never too low, `searching` exact.
pub(super) struct Control(AtomicU64);

const SEARCHER: u64 = 1;
const SLEEPER: u64 = 1 << 32;

/// What the word says.
#[derive(Clone, Copy)]
pub(super) struct State(u64);

impl State {
    /// At least as many as cannot go on by themselves.
    pub(super) fn asleep(self) -> u64 {
        self.0 / SLEEPER
    }

    pub(super) fn searching(self) -> u64 {
        self.0 % SLEEPER
    }

    /// A job that is published now would be left lying.
    pub(super) fn is_idle(self) -> bool {
        self.asleep() > 0 && self.searching() == 0
    }
}

// ---- Construction -------------------------------------------------------------------------------

impl Control {
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(0))
    }
}

// ---- Queries ------------------------------------------------------------------------------------

impl Control {
    /// After a job was published, and a light fence; after a new ring, and a heavy one.
    #[cfg_attr(all(test, any(loom, shuttle)), track_caller)]
    pub(super) fn state(&self) -> State {
        State(self.0.load(SeqCst)) // E2, E5, E7
    }
}

// ---- Mutation -----------------------------------------------------------------------------------

impl Control {
    /// One searches. Whoever frees rings counts it, or it sees the new ones.
    pub(super) fn begin_search(&self) {
        self.0.fetch_add(SEARCHER, SeqCst); // E7
    }

    /// One less does; what there is then.
    pub(super) fn end_search(&self) -> State {
        // E2: it answers for what others published meanwhile. E7: it is in no ring any more.
        State(self.0.fetch_sub(SEARCHER, SeqCst) - SEARCHER)
    }

    /// A searcher is about to sleep: it looks everywhere afterwards, behind a heavy fence.
    pub(super) fn sleep(&self) {
        self.0.fetch_add(SLEEPER - SEARCHER, SeqCst); // E2, E5, E7, E14
    }

    /// A sleeper is awake, and searches.
    pub(super) fn wake_to_search(&self) {
        self.0.fetch_sub(SLEEPER - SEARCHER, SeqCst); // E7, E14
    }

    /// A sleeper is awake, to go on with what it waited for.
    pub(super) fn wake(&self) {
        self.0.fetch_sub(SLEEPER, SeqCst); // E14
    }
}
