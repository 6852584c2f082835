//! What the workers of a pool share.

use core::sync::atomic::Ordering::SeqCst;
use std::boxed::Box;
use std::sync::Arc;

use super::control::Control;
use super::injector::Injector;
use super::job::Job;
use super::sync::{AtomicBool, Fences};
use super::worker::Worker;

pub(super) struct Pool {
    pub(super) control: Control,
    pub(super) injector: Injector,
    over: AtomicBool,
    workers: Box<[Worker]>,
}

// ---- Construction -------------------------------------------------------------------------------

impl Pool {
    pub(super) fn new(count: usize, fences: Fences) -> Arc<Self> {
        Arc::new_cyclic(|pool| Self {
            control: Control::new(),
            injector: Injector::new(),
            over: AtomicBool::new(false),
            workers: (0..count).map(|index| Worker::new(index, pool.as_ptr(), fences)).collect(),
        })
    }
}

// ---- Queries ------------------------------------------------------------------------------------

impl Pool {
    pub(super) fn workers(&self) -> &[Worker] {
        &self.workers
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(SeqCst)
    }

    /// Somebody has a job that nobody works at. E2: exact for what was published before a heavy
    /// fence of the caller's.
    pub(super) fn has_jobs(&self) -> bool {
        !self.injector.is_empty() || self.workers.iter().any(|worker| !worker.deque.is_empty())
    }
}

// ---- Mutation -----------------------------------------------------------------------------------

impl Pool {
    /// Publishes a job from outside.
    ///
    /// # Safety
    /// It stays until somebody has taken it.
    pub(super) unsafe fn inject(&self, job: *mut Job) {
        // SAFETY: T8 - the caller's promise.
        unsafe { self.injector.push(job) };
        self.wake_one();
    }

    /// Something was published: somebody searches from now on, if somebody sleeps.
    pub(super) fn wake_one(&self) {
        if self.control.state().is_idle() {
            // None: all that were asleep are woken by others, and look before they sleep again.
            let _ = self.workers.iter().any(Worker::call);
        }
    }

    /// Workers end when they have nothing more to do.
    pub(super) fn end(&self) {
        self.over.store(true, SeqCst);
        self.workers.iter().for_each(Worker::notify);
    }
}
