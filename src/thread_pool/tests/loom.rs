//! The engine that tries all interleavings of a few threads, and all that the orderings allow, as far
//! as threads are not interrupted more than [`INTERRUPTIONS`] times; with more of them:
//! `LOOM_MAX_PREEMPTIONS=3`.

use core::sync::atomic::AtomicUsize;
use core::sync::atomic::Ordering::Relaxed;
use std::sync::Arc;

pub(super) use loom::cell::UnsafeCell;
pub(in super::super) use loom::hint::spin_loop;
pub(super) use loom::sync::atomic as weak;
pub(in super::super) use loom::sync::{Condvar, Mutex, MutexGuard};
pub(super) use loom::thread;

/// How many times more there is of everything than what shows a defect.
pub(super) const MORE: usize = 1;

const INTERRUPTIONS: usize = 2;

pub(super) fn explore(scene: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound.get_or_insert(INTERRUPTIONS);
    model.max_branches = 3000;
    let executions = Arc::new(AtomicUsize::new(0));
    let count = executions.clone();
    model.check(move || {
        count.fetch_add(1, Relaxed);
        scene();
    });
    println!("{} executions", executions.load(Relaxed));
}

/// Whether a word is there still. Loom knows.
pub(super) struct Life;

impl Life {
    pub(super) fn new() -> Self {
        Self
    }

    pub(super) fn check(&self) {}
}
