//! Thread pools as C sees them. Work of the tests that panics has to be caught before C sees it, and
//! goes on behind: as a program in C would keep a status of its own.

use std::ffi::c_void;
use std::mem;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use diptych::capi::bindings as c;

use super::{
    Body, Ended, Face, Given, Handle, Job, Numbers, Payload, Priority, ScopeJob, Spawn, Threads,
    Token, Work, own,
};

/// The first panic, until C has come back.
#[derive(Default)]
struct First(Mutex<Option<Payload>>);

impl First {
    fn watch(&self, work: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
            self.0.lock().expect("nobody panics here").get_or_insert(panic);
        }
    }

    fn resume(&self) {
        if let Some(panic) = self.0.lock().expect("nobody panics here").take() {
            resume_unwind(panic);
        }
    }
}

/// Work that C calls, and what it panicked with.
struct Carried<'a> {
    work: Work<'a>,
    first: First,
}

impl<'a> Carried<'a> {
    fn new(work: Work<'a>) -> Self {
        Self { work, first: First::default() }
    }
}

unsafe extern "C" fn call(context: *mut c_void) {
    // SAFETY: T2 - the work that was given with it, which waits.
    let Carried { work, first } = unsafe { &mut *context.cast() };
    first.watch(work);
}

/// Work that C has kept, and calls or drops once.
struct Kept {
    work: Job,
    has_panicked: Arc<AtomicBool>,
}

unsafe extern "C" fn call_kept(context: *mut c_void) {
    // SAFETY: T2 - of `kept`, and called once.
    let kept = unsafe { Box::from_raw(context.cast::<Kept>()) };
    let Kept { work, has_panicked } = *kept;
    has_panicked.store(catch_unwind(AssertUnwindSafe(work)).is_err(), SeqCst);
}

unsafe extern "C" fn drop_kept(context: *mut c_void) {
    // SAFETY: T2 - of `kept`, and dropped instead of called.
    drop(unsafe { Box::from_raw(context.cast::<Kept>()) });
}

fn kept(work: Job, has_panicked: &Arc<AtomicBool>) -> *mut c_void {
    Box::into_raw(Box::new(Kept { work, has_panicked: has_panicked.clone() })).cast()
}

/// What all threads call.
struct Shared<'a, F: ?Sized> {
    work: &'a F,
    first: First,
}

unsafe extern "C" fn call_with(context: *mut c_void, index: usize) {
    // SAFETY: T2 - the work that was given with it, which waits.
    let Shared { work, first } = unsafe { &*context.cast::<Shared<'_, dyn Fn(usize) + Sync>>() };
    first.watch(|| work(index));
}

unsafe extern "C" fn call_for(context: *mut c_void, begin: usize, end: usize) {
    let shared: *mut Shared<'_, dyn Fn(Range<usize>) + Sync> = context.cast();
    // SAFETY: T2 - as above.
    let Shared { work, first } = unsafe { &*shared };
    first.watch(|| work(begin..end));
}

fn context<T>(place: &T) -> *mut c_void {
    ptr::from_ref(place).cast_mut().cast()
}

fn ok(status: c::dpt_status) {
    assert!(status == c::dpt_status::DPT_OK);
}

macro_rules! half {
    ($half:ident: $($name:ident = $item:ident,)*) => {
        pub mod $half {
            use super::*;

            use c::{$($item as $name,)*};

            struct Pool(*mut pool);

            // SAFETY: T6 - any thread may call any function.
            unsafe impl Sync for Pool {}
            // SAFETY: T6 - as above.
            unsafe impl Send for Pool {}

            impl Threads for Pool {
                fn threads(&self) -> usize {
                    // SAFETY: T6 - a pool.
                    unsafe { pool_threads(self.0) }
                }
                fn install(&self, work: Work<'_>) {
                    let mut work = Carried::new(work);
                    // SAFETY: T2 - the work waits.
                    ok(unsafe { pool_install(self.0, Some(call), (&raw mut work).cast()) });
                    work.first.resume();
                }
                fn join(&self, a: Work<'_>, b: Work<'_>) {
                    let (mut a, mut b) = (Carried::new(a), Carried::new(b));
                    let (at_a, at_b) = ((&raw mut a).cast(), (&raw mut b).cast());
                    // SAFETY: T2 - both wait.
                    ok(unsafe { pool_join(self.0, Some(call), at_a, Some(call), at_b) });
                    a.first.resume();
                    b.first.resume();
                }
                fn scope(&self, body: Body<'_>) {
                    let mut frame = Frame { body, of_body: First::default(), of_jobs: First::default() };
                    // SAFETY: T2 - the body waits, and all that is spawned in its scope.
                    ok(unsafe { pool_scope(self.0, Some(enter), (&raw mut frame).cast()) });
                    frame.of_body.resume();
                    frame.of_jobs.resume();
                }
                fn broadcast(&self, work: &(dyn Fn(usize) + Sync)) {
                    let work = Shared { work, first: First::default() };
                    // SAFETY: T2 - the work waits.
                    ok(unsafe { pool_broadcast(self.0, Some(call_with), context(&work)) });
                    work.first.resume();
                }
                fn parallel_for(
                    &self,
                    count: usize,
                    grain: usize,
                    token: Given<'_>,
                    body: &(dyn Fn(Range<usize>) + Sync),
                ) {
                    let work = Shared { work: body, first: First::default() };
                    let token = raw(token);
                    let before = dropped(token);
                    // SAFETY: T2 - the work waits.
                    let status = unsafe {
                        pool_for(self.0, count, grain, token, Some(call_for), context(&work))
                    };
                    let was_cancelled = status == c::dpt_status::DPT_ERR_CANCELLED;
                    assert!(was_cancelled || status == c::dpt_status::DPT_OK);
                    assert_eq!(was_cancelled, dropped(token) != before, "as the token says");
                    work.first.resume();
                }
                fn numbers(&self) -> Option<&dyn Numbers> {
                    None
                }
                fn token(&self) -> Box<dyn Token> {
                    // SAFETY: T6 - made here, and ended with the token.
                    Box::new(Cancel(unsafe { cancel_new() }))
                }
                fn spawn(&self, work: Job) {
                    let work = kept(work, &Arc::default());
                    // SAFETY: T2 - on the heap until it is called.
                    ok(unsafe { pool_spawn(self.0, Some(call_kept), work) });
                }
                fn submit(
                    &self,
                    priority: Priority,
                    token: Given<'_>,
                    work: Job,
                ) -> Box<dyn Handle> {
                    let priority = match priority {
                        Priority::High => c::dpt_priority::DPT_PRIORITY_HIGH,
                        Priority::Normal => c::dpt_priority::DPT_PRIORITY_NORMAL,
                        Priority::Low => c::dpt_priority::DPT_PRIORITY_LOW,
                    };
                    let has_panicked = Arc::default();
                    let work = kept(work, &has_panicked);
                    let (call, drop) = (Some(call_kept as _), Some(drop_kept as _));
                    let mut task = ptr::null_mut();
                    // SAFETY: T2 - on the heap until it is called or dropped.
                    ok(unsafe {
                        pool_submit(self.0, priority, raw(token), call, drop, work, &raw mut task)
                    });
                    Box::new(Task { task, has_panicked })
                }
                fn wait_idle(&self) {
                    // SAFETY: T6 - a pool.
                    ok(unsafe { pool_wait_idle(self.0) });
                }
                fn shutdown_now(mut self: Box<Self>) -> u64 {
                    let mut dropped = 0;
                    // SAFETY: T6 - for the last time.
                    ok(unsafe { pool_shutdown_now(self.0, &raw mut dropped) });
                    self.0 = ptr::null_mut(); // now that nobody uses it any more
                    dropped
                }
            }

            impl Drop for Pool {
                fn drop(&mut self) {
                    // SAFETY: T6 - for the last time.
                    unsafe { pool_delete(self.0) };
                }
            }

            /// What a scope's body needs, and what goes on when it has ended.
            struct Frame<'a> {
                body: Body<'a>,
                of_body: First,
                of_jobs: First,
            }

            struct Scope {
                scope: *mut scope,
                first: *const First,
            }

            /// A job of a scope, on the heap.
            struct Spawned {
                job: ScopeJob,
                scope: Scope,
            }

            unsafe extern "C" fn enter(context: *mut c_void, scope: *mut scope) {
                // SAFETY: T2 - the frame that was given with it, which waits.
                let Frame { body, of_body, of_jobs } = unsafe { &mut *context.cast() };
                of_body.watch(|| body(&Scope { scope, first: of_jobs }));
            }

            unsafe extern "C" fn call_spawned(context: *mut c_void) {
                // SAFETY: T2 - of `spawn`, and called once.
                let spawned = unsafe { Box::from_raw(context.cast::<Spawned>()) };
                let Spawned { job, scope } = *spawned;
                // SAFETY: T2 - the scope ends after this job.
                unsafe { &*scope.first }.watch(|| job(&scope));
            }

            impl Spawn for Scope {
                fn spawn(&self, job: ScopeJob) {
                    let scope = Scope { scope: self.scope, first: self.first };
                    let spawned = Box::into_raw(Box::new(Spawned { job, scope })).cast();
                    // SAFETY: T2 - on the heap until it is called.
                    ok(unsafe { scope_spawn(self.scope, Some(call_spawned), spawned) });
                }
            }

            struct Cancel(*mut cancel);

            // SAFETY: T6 - any thread may call any function.
            unsafe impl Sync for Cancel {}
            // SAFETY: T6 - as above.
            unsafe impl Send for Cancel {}

            fn raw(token: Given<'_>) -> *const cancel {
                own::<Cancel>(token).map_or(ptr::null(), |token| token.0.cast_const())
            }

            fn dropped(token: *const cancel) -> u64 {
                // SAFETY: T6 - a token, or null.
                unsafe { cancel_dropped(token) }
            }

            impl Token for Cancel {
                fn cancel(&self) {
                    // SAFETY: T6 - a token.
                    unsafe { cancel_now(self.0) };
                    // SAFETY: T6 - as above.
                    assert!(unsafe { cancel_is_cancelled(self.0) } != 0);
                }
                fn dropped(&self) -> u64 {
                    dropped(self.0)
                }
            }

            impl Drop for Cancel {
                fn drop(&mut self) {
                    // SAFETY: T6 - for the last time.
                    unsafe { cancel_delete(self.0) };
                }
            }

            struct Task {
                task: *mut task,
                has_panicked: Arc<AtomicBool>,
            }

            impl Handle for Task {
                fn wait(mut self: Box<Self>) -> Ended {
                    let task = mem::replace(&mut self.task, ptr::null_mut());
                    // SAFETY: T6 - a handle, for the last time.
                    let status = unsafe { task_wait(task) };
                    if status == c::dpt_status::DPT_ERR_CANCELLED {
                        return Ended::Cancelled;
                    }
                    ok(status);
                    if self.has_panicked.load(SeqCst) { Ended::Panicked } else { Ended::Done }
                }
            }

            impl Drop for Task {
                fn drop(&mut self) {
                    // SAFETY: T6 - a handle that nobody waits for, for the last time; or null.
                    unsafe { task_delete(self.task) };
                }
            }

            pub const FACE: Face = |threads, symmetric| {
                // SAFETY: T6 - zeros are options.
                let mut options: options = unsafe { std::mem::zeroed() };
                options.threads = threads;
                options.symmetric_fences = symmetric.into();
                // SAFETY: T6 - options.
                let pool = unsafe { pool_new(&raw const options) };
                assert!(!pool.is_null());
                Box::new(Pool(pool))
            };
        }
    };
}

/// The Rust twin through C.
pub const RUST: Face = rust::FACE;

/// The C++ twin through C.
pub const CPP: Face = cpp::FACE;

half! {
    rust:
    pool = dpt_rust_pool,
    options = dpt_rust_pool_options,
    scope = dpt_rust_scope,
    task = dpt_rust_task,
    cancel = dpt_rust_cancel,
    pool_new = dpt_rust_pool_new,
    pool_threads = dpt_rust_pool_threads,
    pool_install = dpt_rust_pool_install,
    pool_join = dpt_rust_pool_join,
    pool_scope = dpt_rust_pool_scope,
    scope_spawn = dpt_rust_scope_spawn,
    pool_broadcast = dpt_rust_pool_broadcast,
    pool_for = dpt_rust_pool_for,
    pool_spawn = dpt_rust_pool_spawn,
    pool_submit = dpt_rust_pool_submit,
    pool_wait_idle = dpt_rust_pool_wait_idle,
    pool_shutdown_now = dpt_rust_pool_shutdown_now,
    pool_delete = dpt_rust_pool_delete,
    task_wait = dpt_rust_task_wait,
    task_delete = dpt_rust_task_delete,
    cancel_new = dpt_rust_cancel_new,
    cancel_now = dpt_rust_cancel_now,
    cancel_is_cancelled = dpt_rust_cancel_is_cancelled,
    cancel_dropped = dpt_rust_cancel_dropped,
    cancel_delete = dpt_rust_cancel_delete,
}

half! {
    cpp:
    pool = dpt_cpp_pool,
    options = dpt_cpp_pool_options,
    scope = dpt_cpp_scope,
    task = dpt_cpp_task,
    cancel = dpt_cpp_cancel,
    pool_new = dpt_cpp_pool_new,
    pool_threads = dpt_cpp_pool_threads,
    pool_install = dpt_cpp_pool_install,
    pool_join = dpt_cpp_pool_join,
    pool_scope = dpt_cpp_pool_scope,
    scope_spawn = dpt_cpp_scope_spawn,
    pool_broadcast = dpt_cpp_pool_broadcast,
    pool_for = dpt_cpp_pool_for,
    pool_spawn = dpt_cpp_pool_spawn,
    pool_submit = dpt_cpp_pool_submit,
    pool_wait_idle = dpt_cpp_pool_wait_idle,
    pool_shutdown_now = dpt_cpp_pool_shutdown_now,
    pool_delete = dpt_cpp_pool_delete,
    task_wait = dpt_cpp_task_wait,
    task_delete = dpt_cpp_task_delete,
    cancel_new = dpt_cpp_cancel_new,
    cancel_now = dpt_cpp_cancel_now,
    cancel_is_cancelled = dpt_cpp_cancel_is_cancelled,
    cancel_dropped = dpt_cpp_cancel_dropped,
    cancel_delete = dpt_cpp_cancel_delete,
}
