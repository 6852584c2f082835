//! Work that is not wanted any more.

use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::Arc;

use super::sync::{AtomicBool, AtomicU64};

/// Tells work that has not begun that it need not. Clones are the same token.
///
/// Checked before each job that was submitted with it, and before each grain of a loop; work that
/// runs longer may ask [`is_cancelled`](Self::is_cancelled) itself.
#[derive(Clone, Debug)]
pub struct CancelToken {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    is_cancelled: AtomicBool,
    dropped: AtomicU64,
}

// ---- Construction -------------------------------------------------------------------------------

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        let shared = Shared { is_cancelled: AtomicBool::new(false), dropped: AtomicU64::new(0) };
        Self { shared: Arc::new(shared) }
    }
}

impl Default for CancelToken {
    fn default() -> Self {
        Self::new()
    }
}

// ---- Queries ------------------------------------------------------------------------------------

impl CancelToken {
    /// Somebody has called `cancel`.
    pub fn is_cancelled(&self) -> bool {
        self.shared.is_cancelled.load(Acquire) // E13
    }

    /// Jobs, or items of loops, that were not done because of it, so far.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Relaxed)
    }
}

// ---- Mutation -----------------------------------------------------------------------------------

impl CancelToken {
    /// What has not begun is dropped when its turn comes. What runs goes on.
    pub fn cancel(&self) {
        // E13: who finds it cancelled sees what was done before.
        self.shared.is_cancelled.store(true, Release);
    }

    pub(super) fn drop_some(&self, count: u64) {
        self.shared.dropped.fetch_add(count, Relaxed);
    }
}
