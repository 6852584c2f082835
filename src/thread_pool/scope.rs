//! Any number of things at a time, which may borrow what outlives the scope.

use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr;
use core::sync::atomic::Ordering::{Acquire, Relaxed, SeqCst};
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};

use super::block;
use super::job::{Job, Payload, attempt};
use super::pool::Pool;
use super::sync::AtomicIsize;
use super::task::Priority;
use super::worker::Worker;

/// Where work is spawned that has ended when [`scope`](super::scope) returns.
pub struct Scope<'scope> {
    owner: *const Worker,
    /// Jobs that the owner spawned, less those it finished, not yet in `remaining`. The owner's.
    local: Cell<isize>,
    /// All others. Exact when `local` is 0.
    remaining: AtomicIsize,
    panic: Mutex<Option<Payload>>,
    /// Neither longer nor shorter.
    scope: PhantomData<Cell<&'scope ()>>,
}

// SAFETY: T1 - `local` is touched by the owner's thread alone; all else is made for sharing.
unsafe impl Sync for Scope<'_> {}

/// A spawned job.
#[repr(C)]
struct ScopeJob<F> {
    job: Job,
    scope: *const (),
    work: F,
}

// ---- Construction -------------------------------------------------------------------------------

/// `scope` in a worker's thread.
pub(super) fn scope_in<'scope, R>(worker: &Worker, body: impl FnOnce(&Scope<'scope>) -> R) -> R {
    let scope = Scope {
        owner: worker,
        local: Cell::new(0),
        remaining: AtomicIsize::new(0),
        panic: Mutex::new(None),
        scope: PhantomData,
    };
    let outcome = attempt(|| body(&scope));
    worker.work_until(|| scope.is_done());
    let first = scope.panic.into_inner().unwrap_or_else(PoisonError::into_inner);
    match (outcome, first) {
        (Ok(result), None) => result,
        (Err(panic), _) | (Ok(_), Some(panic)) => resume_unwind(panic),
    }
}

// ---- Queries ------------------------------------------------------------------------------------

impl Scope<'_> {
    /// By the owner.
    fn is_done(&self) -> bool {
        if self.local.get() != 0 {
            self.remaining.fetch_add(self.local.take(), Relaxed);
        }
        self.remaining.load(Acquire) == 0 // E9, E11
    }

    fn is_owner(&self, worker: &Worker) -> bool {
        ptr::eq(self.owner, worker)
    }

    fn pool(&self) -> &Pool {
        // SAFETY: T6 - the owner waits for the scope.
        unsafe { &*self.owner }.pool()
    }
}

// ---- Mutation -----------------------------------------------------------------------------------

impl<'scope> Scope<'scope> {
    /// Does it at some time before the scope ends, perhaps at once, in a thread of the pool. A panic
    /// goes on where the scope ends: the first one; others are dropped.
    pub fn spawn(&self, work: impl FnOnce(&Scope<'scope>) + Send + 'scope) {
        let worker = Worker::current().filter(|worker| ptr::eq(worker.pool(), self.pool()));
        let Some(worker) = worker else {
            self.remaining.fetch_add(1, Relaxed);
            // SAFETY: T2, T8 - on the heap until it is executed.
            return unsafe { self.pool().inject(self.job(work), Priority::Normal) };
        };
        if worker.begin_inline() {
            self.run(work);
            return worker.end_inline();
        }
        if self.is_owner(worker) {
            self.local.set(self.local.get() + 1);
        } else {
            self.remaining.fetch_add(1, Relaxed);
        }
        // SAFETY: T1, T2 - by the worker's thread; on the heap until it is executed.
        unsafe { worker.push(self.job(work)) };
    }

    fn job<F: FnOnce(&Scope<'scope>)>(&self, work: F) -> *mut Job {
        let job = Job { execute: Self::execute::<F> };
        block::put(ScopeJob { job, scope: ptr::from_ref(self).cast(), work }).cast()
    }

    fn run(&self, work: impl FnOnce(&Scope<'scope>)) {
        if let Err(panic) = attempt(|| work(self)) {
            self.keep(panic);
        }
    }

    #[cold]
    fn keep(&self, panic: Payload) {
        self.panic.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(panic);
    }

    unsafe fn execute<F: FnOnce(&Scope<'scope>)>(job: *mut Job, worker: &Worker) {
        worker.tell_ends();
        // SAFETY: T2 - of `job`, and taken.
        let ScopeJob { scope, work, .. } = unsafe { block::get(job.cast::<ScopeJob<F>>()) };
        // SAFETY: T2 - the scope ends after this job.
        let scope: &Scope<'scope> = unsafe { &*scope.cast() };
        scope.run(work);
        if scope.is_owner(worker) {
            return scope.local.set(scope.local.get() - 1);
        }
        // SAFETY: T6 - a worker of this pool.
        let owner = unsafe { &*scope.owner };
        // E11: what was done is seen; E9, as for a latch. The last access to the scope (T3).
        if scope.remaining.fetch_sub(1, SeqCst) == 1 {
            owner.notify();
        }
    }
}
