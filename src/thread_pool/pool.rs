//! What the workers of a pool share.

use core::array;
use core::cell::Cell;
use core::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::{Arc, PoisonError, Weak};

use super::builder::{Hook, Hooks};
use super::config::TALLIES;
use super::control::Control;
use super::injector::Injector;
use super::job::{Job, Payload, attempt};
use super::metrics::Metrics;
use super::sync::{AtomicBool, AtomicU32, AtomicU64, Condvar, Fences, Mutex};
use super::tally::{self, Tally};
use super::task::Priority;
use super::worker::Worker;

pub(super) struct Pool {
    pub(super) control: Control,
    /// By priority.
    pub(super) injectors: [Injector; 3],
    workers: Box<[Worker]>,
    outside: [Tally; TALLIES],
    hooks: Hooks,
    end: End,
    this: Weak<Pool>,
}

/// How it ends, and who waits until there is nothing to do.
#[repr(align(128))]
struct End {
    is_over: AtomicBool,
    drops: AtomicBool,
    dropped: AtomicU64,
    waiters: AtomicU32,
    lock: Mutex<()>,
    quiet: Condvar,
}

// ---- Construction -------------------------------------------------------------------------------

impl Pool {
    pub(super) fn new(count: usize, fences: Fences, hooks: Hooks) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            control: Control::new(),
            injectors: array::from_fn(|_| Injector::new()),
            workers: (0..count).map(|index| Worker::new(index, this.as_ptr(), fences)).collect(),
            outside: array::from_fn(|_| Tally::new()),
            hooks,
            end: End {
                is_over: AtomicBool::new(false),
                drops: AtomicBool::new(false),
                dropped: AtomicU64::new(0),
                waiters: AtomicU32::new(0),
                lock: Mutex::new(()),
                quiet: Condvar::new(),
            },
            this: this.clone(),
        })
    }

    /// Another hold of it.
    pub(super) fn keep(&self) -> Arc<Self> {
        self.this.upgrade().expect("the caller holds it")
    }
}

// ---- Queries ------------------------------------------------------------------------------------

impl Pool {
    pub(super) fn workers(&self) -> &[Worker] {
        &self.workers
    }

    /// Workers are to end when there is nothing more to do.
    pub(super) fn is_over(&self) -> bool {
        self.end.is_over.load(SeqCst) // E9
    }

    /// What was submitted is to be dropped.
    pub(super) fn drops(&self) -> bool {
        self.end.drops.load(Relaxed)
    }

    /// Somebody waits until all that was submitted has ended.
    pub(super) fn is_awaited(&self) -> bool {
        self.end.waiters.load(SeqCst) > 0 // E12
    }

    /// All that was submitted has ended.
    pub(super) fn is_quiet(&self) -> bool {
        tally::is_quiet(self.workers.iter().map(|worker| &worker.tally).chain(&self.outside))
    }

    /// Somebody has a job that nobody works at. E2: exact for what was published before a heavy
    /// fence of the caller's.
    pub(super) fn has_jobs(&self) -> bool {
        self.injectors.iter().any(|injector| !injector.is_empty())
            || self.workers.iter().any(|worker| !worker.deque.is_empty())
    }

    pub(super) fn metrics(&self) -> Metrics {
        let dropped = self.end.dropped.load(Relaxed);
        self.workers.iter().fold(Metrics { dropped, ..Metrics::default() }, Metrics::plus)
    }
}

// ---- Mutation -----------------------------------------------------------------------------------

impl Pool {
    /// Publishes a job from outside.
    ///
    /// # Safety
    /// It stays until somebody has taken it.
    pub(super) unsafe fn inject(&self, job: *mut Job, priority: Priority) {
        // SAFETY: T8 - the caller's promise.
        unsafe { self.injectors[priority as usize].push(job) };
        self.wake_one();
    }

    /// Something was published: somebody searches from now on, if somebody sleeps.
    pub(super) fn wake_one(&self) {
        if self.control.state().is_idle() {
            // None: all that were asleep are woken by others, and look before they sleep again.
            let _ = self.workers.iter().any(Worker::call);
        }
    }

    /// A thread outside submits a job.
    pub(super) fn begin_outside(&self) {
        static NEXT: core::sync::atomic::AtomicUsize = core::sync::atomic::AtomicUsize::new(0);
        thread_local! {
            static MINE: Cell<usize> = Cell::new(NEXT.fetch_add(1, Relaxed) % TALLIES);
        }
        self.outside[MINE.try_with(Cell::get).unwrap_or(0)].begin_shared();
    }

    pub(super) fn count_dropped(&self) {
        self.end.dropped.fetch_add(1, Relaxed);
    }

    /// A job that nobody waits for has panicked.
    pub(super) fn handle(&self, panic: Payload) {
        if let Some(handler) = &self.hooks.panic_handler {
            handler(panic);
        }
    }

    /// A panic of a hook is as one of a job that nobody waits for.
    fn call(&self, hook: &Option<Hook>, index: usize) {
        if let Err(panic) = attempt(|| hook.iter().for_each(|hook| hook(index))) {
            drop(attempt(|| self.handle(panic))); // a thread that ended here would be missed
        }
    }

    pub(super) fn begin_thread(&self, index: usize) {
        self.call(&self.hooks.on_start, index);
    }

    pub(super) fn end_thread(&self, index: usize) {
        self.call(&self.hooks.on_stop, index);
    }
}

// ---- End ----------------------------------------------------------------------------------------

impl Pool {
    /// Waits until all that was submitted has ended. By a thread outside.
    pub(super) fn wait_quiet(&self) {
        let mut guard = self.end.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.end.waiters.fetch_add(1, SeqCst); // E12
        Fences::Symmetric.light(); // E12: who ends the last job sees it, or the end is seen
        while !self.is_quiet() {
            guard = self.end.quiet.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        self.end.waiters.fetch_sub(1, Relaxed); // seen late, nobody is told who waits
    }

    /// Jobs have ended in this worker, and perhaps they were the last.
    pub(super) fn tell_if_quiet(&self) {
        // E12: of those that end the last jobs at the same time, one sees what all others ended. So the
        // fence is a real one: a light one is none to another light one.
        Fences::Symmetric.light();
        if self.is_awaited() && self.is_quiet() {
            drop(self.end.lock.lock().unwrap_or_else(PoisonError::into_inner));
            self.end.quiet.notify_all();
        }
    }

    /// Workers end when there is nothing more to do; at once what was submitted is dropped, if
    /// `drops`.
    pub(super) fn end(&self, drops: bool) {
        if drops {
            self.end.drops.store(true, Relaxed); // before, for who sees the next
        }
        self.end.is_over.store(true, SeqCst); // E9
        self.notify_all();
    }

    pub(super) fn notify_all(&self) {
        self.workers.iter().for_each(Worker::notify);
    }
}
