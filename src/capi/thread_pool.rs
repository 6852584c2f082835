//! The C functions of the thread pool: `include/diptych/thread_pool.h` is their manual.

#![allow(clippy::missing_safety_doc, reason = "the C header is the manual")]

use core::ffi::{CStr, c_int, c_void};
use core::ops::Range;
use core::ptr::{self, NonNull};
use core::slice;
use core::sync::atomic::AtomicUsize;
use core::sync::atomic::Ordering::Relaxed;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{process, thread};

use super::bindings::{
    dpt_priority, dpt_rust_cancel, dpt_rust_pool, dpt_rust_pool_metrics, dpt_rust_pool_options,
    dpt_rust_scope, dpt_rust_task, dpt_status, dpt_work,
};
use super::error::{Failure, at_border};
use crate::thread_pool::{
    self, Builder, CancelToken, Fences, LoopOptions, Options, Priority, Scope, Task, ThreadPool,
};

// ---- Pointers -----------------------------------------------------------------------------------

/// What C gave, on its way to another thread: the caller has promised that it may go there.
#[derive(Clone, Copy)]
struct Given<F>(F, *mut c_void);

// SAFETY: T2 - the header's contract.
unsafe impl<F> Send for Given<F> {}
// SAFETY: T2 - as above.
unsafe impl<F> Sync for Given<F> {}

type Work = unsafe extern "C" fn(*mut c_void);
type Indexed = unsafe extern "C" fn(*mut c_void, usize);
type Part = unsafe extern "C" fn(*mut c_void, usize, usize);
type Body = unsafe extern "C" fn(*mut c_void, *mut dpt_rust_scope);

impl Given<Work> {
    fn new(work: dpt_work, context: *mut c_void) -> Result<Self, Failure> {
        Ok(Self(work.ok_or(Failure::Null("work"))?, context))
    }

    fn call(self) {
        // SAFETY: T2 - the header's contract: a function for this context, called once.
        unsafe { (self.0)(self.1) };
    }
}

impl Given<Indexed> {
    fn call_with(self, index: usize) {
        // SAFETY: T2 - as above.
        unsafe { (self.0)(self.1, index) };
    }
}

impl Given<Part> {
    fn call_for(self, part: Range<usize>) {
        // SAFETY: T2 - as above.
        unsafe { (self.0)(self.1, part.start, part.end) };
    }
}

/// What a pointer of C's leads to.
///
/// # Safety
/// Null, or of the function that makes such objects, and not yet ended.
unsafe fn given<'a, C, T>(object: *const C, name: &'static str) -> Result<&'a T, Failure> {
    // SAFETY: T6 - the caller's promise.
    unsafe { object.cast::<T>().as_ref() }.ok_or(Failure::Null(name))
}

/// The object that is ended.
///
/// # Safety
/// As for `given`, and it is not used afterwards.
unsafe fn ended<C, T>(object: *mut C) -> Option<Box<T>> {
    let object = NonNull::new(object.cast::<T>())?;
    // SAFETY: T6 - the caller's promise: made by `Box::into_raw`.
    Some(unsafe { Box::from_raw(object.as_ptr()) })
}

fn made<C, T>(object: T) -> *mut C {
    Box::into_raw(Box::new(object)).cast()
}

// ---- Pools --------------------------------------------------------------------------------------

/// # Safety
/// The header's contract.
unsafe fn builder(options: &dpt_rust_pool_options) -> Builder {
    let mut builder = Builder::new().threads(options.threads);
    if !options.name.is_null() {
        // SAFETY: T6 - the header's contract: a string.
        let name = unsafe { CStr::from_ptr(options.name) };
        builder = builder.name(name.to_string_lossy());
    }
    if options.stack_bytes != 0 {
        builder = builder.stack_bytes(options.stack_bytes);
    }
    if !options.processors.is_null() {
        let count = options.processor_count;
        // SAFETY: T6 - the header's contract: so many numbers.
        builder = builder.pin(unsafe { slice::from_raw_parts(options.processors, count) });
    }
    if options.symmetric_fences != 0 {
        builder = builder.fences(Fences::Symmetric);
    }
    if let Some(on_start) = options.on_start {
        let on_start = Given(on_start, options.context);
        builder = builder.on_start(move |index| on_start.call_with(index));
    }
    if let Some(on_stop) = options.on_stop {
        let on_stop = Given(on_stop, options.context);
        builder = builder.on_stop(move |index| on_stop.call_with(index));
    }
    builder
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_pool_new(
    options: *const dpt_rust_pool_options,
) -> *mut dpt_rust_pool {
    let mut pool = ptr::null_mut();
    at_border(|| {
        // SAFETY: T6 - the header's contract: null, or options.
        let options = unsafe { options.as_ref() };
        // SAFETY: T6 - as above.
        let builder = options.map_or_else(Builder::new, |options| unsafe { builder(options) });
        pool = made(builder.build().map_err(Failure::Threads)?);
        Ok(())
    });
    pool
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_pool_threads(pool: *const dpt_rust_pool) -> usize {
    // SAFETY: T6 - the header's contract: null, or a pool.
    unsafe { given(pool, "pool") }.map_or(0, ThreadPool::threads)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_pool_index(pool: *const dpt_rust_pool) -> usize {
    // SAFETY: T6 - the header's contract: null, or a pool.
    let pool = unsafe { pool.cast::<ThreadPool>().as_ref() };
    thread_pool::current_index()
        .filter(|_| pool.is_none_or(ThreadPool::is_current))
        .unwrap_or(usize::MAX)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_pool_get_metrics(
    pool: *const dpt_rust_pool,
    out: *mut dpt_rust_pool_metrics,
) -> dpt_status {
    at_border(|| {
        // SAFETY: T6 - the header's contract: null, or a pool.
        let pool: &ThreadPool = unsafe { given(pool, "pool") }?;
        // SAFETY: T6 - the header's contract: null, or a place.
        let out = unsafe { out.as_mut() }.ok_or(Failure::Null("out"))?;
        let metrics = pool.metrics();
        *out = dpt_rust_pool_metrics {
            executed: metrics.executed,
            stolen: metrics.stolen,
            sleeps: metrics.sleeps,
            calls: metrics.calls,
            dropped: metrics.dropped,
            waiting: metrics.waiting,
        };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_pool_wait_idle(pool: *mut dpt_rust_pool) -> dpt_status {
    at_border(|| {
        // SAFETY: T6 - the header's contract: null, or a pool.
        let pool: &ThreadPool = unsafe { given(pool, "pool") }?;
        if pool.is_current() {
            return Err(Failure::Inside);
        }
        pool.wait_idle();
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_pool_delete(pool: *mut dpt_rust_pool) {
    at_border(|| {
        // SAFETY: T6 - the header's contract: null, or a pool, for the last time.
        drop(unsafe { ended::<_, ThreadPool>(pool) });
        Ok(())
    });
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_pool_shutdown_now(
    pool: *mut dpt_rust_pool,
    dropped: *mut u64,
) -> dpt_status {
    at_border(|| {
        // SAFETY: T6 - the header's contract: null, or a pool, for the last time.
        let pool = unsafe { ended::<_, ThreadPool>(pool) }.ok_or(Failure::Null("pool"))?;
        let count = pool.shutdown_now();
        // SAFETY: T6 - the header's contract: null, or a place.
        if let Some(dropped) = unsafe { dropped.as_mut() } {
            *dropped = count;
        }
        Ok(())
    })
}

// ---- Work that is waited for --------------------------------------------------------------------

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_pool_install(
    pool: *mut dpt_rust_pool,
    work: dpt_work,
    context: *mut c_void,
) -> dpt_status {
    at_border(|| {
        // SAFETY: T6 - the header's contract: null, or a pool.
        let pool: &ThreadPool = unsafe { given(pool, "pool") }?;
        let work = Given::new(work, context)?;
        pool.install(move || work.call());
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_pool_join(
    pool: *mut dpt_rust_pool,
    a: dpt_work,
    a_context: *mut c_void,
    b: dpt_work,
    b_context: *mut c_void,
) -> dpt_status {
    let (Some(a), Some(b)) = (a, b) else {
        return at_border(|| Err(Failure::Null(if a.is_none() { "a" } else { "b" })));
    };
    let (a, b) = (Given(a, a_context), Given(b, b_context));
    let both = || {
        // SAFETY: T6 - the header's contract: null, or a pool.
        match unsafe { pool.cast::<ThreadPool>().as_ref() } {
            Some(pool) if !pool.is_current() => pool.join(move || a.call(), move || b.call()),
            _ => thread_pool::join(move || a.call(), move || b.call()),
        }
    };
    // Nothing can panic but the global pool, when it is made.
    match catch_unwind(AssertUnwindSafe(both)) {
        Ok(_) => dpt_status::DPT_OK,
        Err(panic) => at_border(|| std::panic::resume_unwind(panic)),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_pool_scope(
    pool: *mut dpt_rust_pool,
    body: Option<Body>,
    context: *mut c_void,
) -> dpt_status {
    at_border(|| {
        let body = Given(body.ok_or(Failure::Null("body"))?, context);
        let body = move |scope: &Scope<'_>| {
            let body = body; // as a whole: its parts may not go to another thread
            // SAFETY: T2 - the header's contract: a function for this context.
            unsafe { (body.0)(body.1, ptr::from_ref(scope).cast_mut().cast()) };
        };
        // SAFETY: T6 - the header's contract: null, or a pool.
        match unsafe { pool.cast::<ThreadPool>().as_ref() } {
            Some(pool) => pool.scope(body),
            None => thread_pool::scope(body),
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_scope_spawn(
    scope: *mut dpt_rust_scope,
    work: dpt_work,
    context: *mut c_void,
) -> dpt_status {
    at_border(|| {
        // SAFETY: T3 - the header's contract: null, or a scope that has not ended.
        let scope: &Scope<'_> = unsafe { given(scope, "scope") }?;
        let work = Given::new(work, context)?;
        scope.spawn(move |_| work.call());
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_pool_broadcast(
    pool: *mut dpt_rust_pool,
    work: Option<Indexed>,
    context: *mut c_void,
) -> dpt_status {
    at_border(|| {
        // SAFETY: T6 - the header's contract: null, or a pool.
        let pool: &ThreadPool = unsafe { given(pool, "pool") }?;
        let work = Given(work.ok_or(Failure::Null("work"))?, context);
        pool.broadcast(move |index| work.call_with(index));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_pool_for(
    pool: *mut dpt_rust_pool,
    count: usize,
    grain: usize,
    token: *const dpt_rust_cancel,
    body: Option<Part>,
    context: *mut c_void,
) -> dpt_status {
    at_border(|| {
        let body = Given(body.ok_or(Failure::Null("body"))?, context);
        // SAFETY: T6 - the header's contract: null, or a token.
        let token = unsafe { token.cast::<CancelToken>().as_ref() }.cloned();
        let options = LoopOptions { grain, token, ..LoopOptions::default() };
        let done = AtomicUsize::new(0);
        let body = |part: Range<usize>| {
            let items = part.len();
            body.call_for(part);
            if options.token.is_some() {
                done.fetch_add(items, Relaxed);
            }
        };
        // SAFETY: T6 - the header's contract: null, or a pool.
        match unsafe { pool.cast::<ThreadPool>().as_ref() } {
            Some(pool) => pool.parallel_for_parts(&options, 0..count, body),
            None => thread_pool::parallel_for_parts(&options, 0..count, body),
        }
        match options.token {
            Some(_) if done.into_inner() != count => Err(Failure::Cancelled),
            _ => Ok(()),
        }
    })
}

// ---- Work for later -----------------------------------------------------------------------------

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_pool_spawn(
    pool: *mut dpt_rust_pool,
    work: dpt_work,
    context: *mut c_void,
) -> dpt_status {
    at_border(|| {
        let work = Given::new(work, context)?;
        // SAFETY: T6 - the header's contract: null, or a pool.
        match unsafe { pool.cast::<ThreadPool>().as_ref() } {
            Some(pool) => pool.spawn(move || work.call()),
            None => thread_pool::spawn(move || work.call()),
        }
        Ok(())
    })
}

/// Work of C's that C is told about if nobody does it.
struct Submitted {
    work: Option<Given<Work>>,
    dropped: dpt_work,
    context: *mut c_void,
}

// SAFETY: T2 - the header's contract.
unsafe impl Send for Submitted {}

impl Submitted {
    fn call(mut self) {
        if let Some(work) = self.work.take() {
            work.call();
        }
    }
}

impl Drop for Submitted {
    fn drop(&mut self) {
        // Unwinding, it was not put in: there is no pool.
        if let (Some(_), Some(dropped), false) = (self.work, self.dropped, thread::panicking()) {
            // SAFETY: T2 - the header's contract: a function for this context, called once.
            unsafe { dropped(self.context) };
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_pool_submit(
    pool: *mut dpt_rust_pool,
    priority: dpt_priority,
    token: *const dpt_rust_cancel,
    work: dpt_work,
    dropped: dpt_work,
    context: *mut c_void,
    task: *mut *mut dpt_rust_task,
) -> dpt_status {
    at_border(|| {
        let work = Given::new(work, context)?;
        let priority = match priority {
            dpt_priority::DPT_PRIORITY_HIGH => Priority::High,
            dpt_priority::DPT_PRIORITY_NORMAL => Priority::Normal,
            dpt_priority::DPT_PRIORITY_LOW => Priority::Low,
            _ => return Err(Failure::Priority),
        };
        // SAFETY: T6 - the header's contract: null, or a token.
        let token = unsafe { token.cast::<CancelToken>().as_ref() }.cloned();
        let options = Options { priority, token };
        // SAFETY: T6 - the header's contract: null, or a pool.
        let pool = unsafe { pool.cast::<ThreadPool>().as_ref() };
        let work = Submitted { work: Some(work), dropped, context };
        let work = move || work.call();
        // SAFETY: T6 - the header's contract: null, or a place.
        match (unsafe { task.as_mut() }, pool) {
            (Some(task), Some(pool)) => *task = made(pool.submit_with(&options, work)),
            (Some(task), None) => *task = made(thread_pool::submit_with(&options, work)),
            (None, Some(pool)) => pool.spawn_with(&options, work),
            (None, None) => thread_pool::spawn_with(&options, work),
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_task_is_done(task: *const dpt_rust_task) -> c_int {
    // SAFETY: T6 - the header's contract: null, or a handle.
    unsafe { given(task, "task") }.map_or(0, |task: &Task<()>| task.is_done().into())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_task_wait(task: *mut dpt_rust_task) -> dpt_status {
    at_border(|| {
        // SAFETY: T6 - the header's contract: null, or a handle, for the last time.
        let task = unsafe { ended::<_, Task<()>>(task) }.ok_or(Failure::Null("task"))?;
        match task.wait() {
            Ok(()) => Ok(()),
            Err(thread_pool::Failure::Cancelled) => Err(Failure::Cancelled),
            Err(thread_pool::Failure::Panicked(_)) => process::abort(), // it came through C
        }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_task_delete(task: *mut dpt_rust_task) {
    // SAFETY: T6 - the header's contract: null, or a handle, for the last time.
    drop(unsafe { ended::<_, Task<()>>(task) });
}

#[unsafe(no_mangle)]
pub extern "C" fn dpt_rust_cancel_new() -> *mut dpt_rust_cancel {
    made(CancelToken::new())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_cancel_now(token: *mut dpt_rust_cancel) {
    // SAFETY: T6 - the header's contract: null, or a token.
    if let Ok(token) = unsafe { given::<_, CancelToken>(token, "token") } {
        token.cancel();
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_cancel_is_cancelled(token: *const dpt_rust_cancel) -> c_int {
    // SAFETY: T6 - the header's contract: null, or a token.
    unsafe { given(token, "token") }.map_or(0, |token: &CancelToken| token.is_cancelled().into())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_cancel_dropped(token: *const dpt_rust_cancel) -> u64 {
    // SAFETY: T6 - the header's contract: null, or a token.
    unsafe { given(token, "token") }.map_or(0, CancelToken::dropped)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_cancel_delete(token: *mut dpt_rust_cancel) {
    // SAFETY: T6 - the header's contract: null, or a token, for the last time.
    drop(unsafe { ended::<_, CancelToken>(token) });
}
