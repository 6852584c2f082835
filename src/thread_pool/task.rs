//! Work for later, and what becomes of it.

use core::error::Error;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::ptr;
use core::sync::atomic::Ordering::{Acquire, SeqCst};
use core::task::{Context, Poll, Waker};
use std::panic::resume_unwind;
use std::sync::{Arc, PoisonError};

use super::block;
use super::cancel::CancelToken;
use super::job::{AWAITED, DONE, Job, PENDING, Payload, attempt};
use super::pool::Pool;
use super::sync::{self, AtomicU32, Mutex, MutexGuard};
use super::worker::Worker;

/// Which of the jobs that wait outside are taken first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Before all else that waits, a worker's own jobs too.
    High,
    /// In the order in which they were submitted, more or less.
    #[default]
    Normal,
    /// When there is nothing else to do.
    Low,
}

/// How work is submitted.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which is done first.
    pub priority: Priority,
    /// Who may drop it before it begins.
    pub token: Option<CancelToken>,
}

/// Why there is no result.
pub enum Failure {
    /// The work was dropped before it began: its token was cancelled, or its pool was shut down.
    Cancelled,
    /// It panicked, with this.
    Panicked(Payload),
}

/// The handle of submitted work: wait for it, or let an executor do so. Dropped, the work goes on, and
/// its result is dropped in a thread of the pool.
///
/// As a future it is ready once, and not to be polled again; its waker is called by the thread that
/// did the work.
#[must_use = "the work's result comes through it; `spawn` has none"]
pub struct Task<R> {
    shared: Arc<Shared<R>>,
}

struct Shared<R> {
    /// As a latch's.
    word: AtomicU32,
    state: Mutex<State<R>>,
}

struct State<R> {
    outcome: Option<Result<R, Failure>>,
    waiter: Option<Waiter>,
}

/// Who is to be told.
enum Waiter {
    /// Of a pool that may not be the work's.
    Worker(Arc<Pool>, usize),
    Future(Waker),
}

/// A submitted job on the heap.
#[repr(C)]
struct TaskJob<F, R> {
    job: Job,
    token: Option<CancelToken>,
    shared: Option<Arc<Shared<R>>>,
    work: F,
}

// ---- Construction -------------------------------------------------------------------------------

/// Puts work in; nobody waits for it.
pub(super) fn spawn(pool: &Pool, options: &Options, work: impl FnOnce() + Send + 'static) {
    put(pool, options, work, None);
}

/// Puts work in.
pub(super) fn submit<F, R>(pool: &Pool, options: &Options, work: F) -> Task<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let state = Mutex::new(State { outcome: None, waiter: None });
    let shared = Arc::new(Shared { word: AtomicU32::new(PENDING), state });
    put(pool, options, work, Some(shared.clone()));
    Task { shared }
}

fn put<F: FnOnce() -> R, R>(
    pool: &Pool,
    options: &Options,
    work: F,
    shared: Option<Arc<Shared<R>>>,
) {
    let job = Job { execute: TaskJob::<F, R>::execute };
    let job = block::put(TaskJob { job, token: options.token.clone(), shared, work }).cast();
    match Worker::current().filter(|worker| ptr::eq(worker.pool(), pool)) {
        Some(worker) => {
            worker.tally.begin();
            if options.priority == Priority::Normal {
                // SAFETY: T1, T2 - by the worker's thread; on the heap until it is executed.
                return unsafe { worker.push_or_execute(job) };
            }
        }
        None => pool.begin_outside(),
    }
    // SAFETY: T2, T8 - on the heap until it is executed.
    unsafe { pool.inject(job, options.priority) };
}

impl<F: FnOnce() -> R, R> TaskJob<F, R> {
    unsafe fn execute(job: *mut Job, worker: &Worker) {
        worker.begin_submitted();
        // SAFETY: T2 - of `put`, and taken.
        let Self { token, shared, work, .. } = unsafe { block::get(job.cast::<Self>()) };
        let pool = worker.pool();
        let cancelled = token.filter(CancelToken::is_cancelled);
        let outcome = if cancelled.is_some() || pool.drops() {
            drop(attempt(|| drop(work)));
            cancelled.inspect(|token| token.drop_some(1));
            pool.count_dropped();
            Err(Failure::Cancelled)
        } else {
            attempt(work).map_err(Failure::Panicked)
        };
        // What is dropped here, or woken, is the user's.
        drop(attempt(|| match (shared, outcome) {
            (Some(shared), outcome) => shared.finish(outcome),
            (None, Err(Failure::Panicked(panic))) => pool.handle(panic),
            (None, _) => {}
        }));
        worker.end_submitted();
    }
}

// ---- Queries ------------------------------------------------------------------------------------

impl<R> Task<R> {
    /// There is a result, or there never will be one.
    pub fn is_done(&self) -> bool {
        self.shared.word.load(Acquire) == DONE // E8, E9
    }
}

// ---- Waiting ------------------------------------------------------------------------------------

impl<R> Task<R> {
    /// Waits; a worker does other work meanwhile.
    ///
    /// # Errors
    /// [`Failure::Panicked`] with what the work has panicked with; [`Failure::Cancelled`] if it was
    /// dropped before it began.
    pub fn wait(self) -> Result<R, Failure> {
        let shared = &self.shared;
        if let Some(worker) = Worker::current() {
            shared.await_by(worker);
            worker.work_until(|| self.is_done());
        } else {
            while !self.is_done() {
                // E8, E9: it is done, or who ends it sees that somebody sleeps.
                let _ = shared.word.compare_exchange(PENDING, AWAITED, SeqCst, Acquire);
                sync::wait(&shared.word, AWAITED);
            }
        }
        shared.lock().outcome.take().expect("done, and taken once: the handle is gone")
    }

    /// Waits; what the work panicked with goes on here.
    ///
    /// # Panics
    /// If the work has, or was cancelled.
    pub fn join(self) -> R {
        match self.wait() {
            Ok(result) => result,
            Err(Failure::Panicked(panic)) => resume_unwind(panic),
            Err(Failure::Cancelled) => panic!("{}", Failure::Cancelled),
        }
    }
}

impl<R> Future for Task<R> {
    type Output = Result<R, Failure>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let waiter = Waiter::Future(context.waker().clone()); // not under the lock: it is the user's
        let mut state = self.shared.lock();
        if let Some(outcome) = state.outcome.take() {
            return Poll::Ready(outcome);
        }
        let before = state.waiter.replace(waiter);
        drop(state);
        drop(before);
        Poll::Pending
    }
}

impl<R> Shared<R> {
    fn lock(&self) -> MutexGuard<'_, State<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The worker is told, if there is something to wait for.
    fn await_by(&self, worker: &Worker) {
        let mut state = self.lock();
        if state.outcome.is_none() {
            state.waiter = Some(Waiter::Worker(worker.pool().keep(), worker.index));
        }
    }

    fn finish(&self, outcome: Result<R, Failure>) {
        let mut state = self.lock();
        state.outcome = Some(outcome);
        let waiter = state.waiter.take();
        // Under the lock: who finds no outcome there is told. E8, E9, as a latch.
        let before = self.word.swap(DONE, SeqCst);
        drop(state);
        if before == AWAITED {
            sync::wake(&self.word);
        }
        match waiter {
            Some(Waiter::Worker(pool, index)) => pool.workers()[index].notify(),
            Some(Waiter::Future(waker)) => waker.wake(),
            None => {}
        }
    }
}

// ---- Failures -----------------------------------------------------------------------------------

impl fmt::Debug for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => formatter.write_str("Cancelled"),
            Self::Panicked(_) => formatter.write_str("Panicked(..)"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Cancelled => "cancelled before it began",
            Self::Panicked(_) => "the work has panicked",
        };
        formatter.write_str(what)
    }
}

impl Error for Failure {}

impl<R> fmt::Debug for Task<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Task").field("is_done", &self.is_done()).finish_non_exhaustive()
    }
}
