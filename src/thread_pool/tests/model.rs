//! Models: a few threads run the pool's own code on the machine of `machine.rs`. Then each again with
//! one line of the pool broken: that must be found.
//!
//! The scenes are the same for two engines. Loom tries all interleavings of few threads, and all that
//! the orderings allow; shuttle many of more threads and jobs, all sequentially consistent. So a
//! defect of an ordering or of a fence is loom's to find, any other one both engines'.
//!
//! Two fences always meet as if both were real. That a light one meets a heavy one, never another
//! light one, is not seen here; nor is a load that is late, behind a later store of its thread.
//!
//! `RUSTFLAGS='--cfg loom' cargo test -p diptych-models --release model::`, or `'--cfg shuttle'`.

mod scenes;
mod work;

use core::mem::ManuallyDrop;
use core::sync::atomic::Ordering::SeqCst;
use std::panic::catch_unwind;
use std::sync::Arc;

use super::engine::{self, MORE, UnsafeCell, thread};
use super::machine::{self, CURRENT, Event, Line, line};
use crate::thread_pool::builder::Hooks;
use crate::thread_pool::job::Job;
use crate::thread_pool::pool::Pool;
use crate::thread_pool::sync::{self, AtomicU32, Fences};
use crate::thread_pool::task::Priority;
use crate::thread_pool::worker::Worker;
use scenes::*;
use work::*;

fn explore(fences: Fences, scene: fn(Fences)) {
    println!("{fences:?}");
    engine::explore(move || {
        machine::begin();
        scene(fences);
    });
}

// ---- Jobs that are watched ----------------------------------------------------------------------

/// A job that may be executed once. Two who do so at once are found, and, by loom, one who does not
/// see what it was made of.
#[repr(C)]
struct Errand {
    job: Job,
    times: UnsafeCell<u32>,
    work: Box<dyn Fn(&Worker) + Send + Sync>,
}

// SAFETY: T2 - whoever took it has it.
unsafe impl Send for Errand {}
// SAFETY: T2 - as above; the engine watches.
unsafe impl Sync for Errand {}

impl Errand {
    fn new(work: impl Fn(&Worker) + Send + Sync + 'static) -> Self {
        Self {
            job: Job { execute: Self::execute },
            times: UnsafeCell::new(0),
            work: Box::new(work),
        }
    }

    /// Who has it writes what whoever executes it must see.
    fn as_job(&self) -> *mut Job {
        self.times.with_mut(|_| ());
        (&raw const *self).cast_mut().cast()
    }

    unsafe fn execute(job: *mut Job, worker: &Worker) {
        Self::count(job);
        // SAFETY: T2 - of `as_job`.
        (unsafe { &*job.cast::<Self>() }.work)(worker);
    }

    /// By a thread that has taken it.
    fn count(job: *mut Job) {
        assert!(!job.is_null(), "a slot is empty");
        // SAFETY: T2 - of `as_job`.
        let this = unsafe { &*job.cast::<Self>() };
        // SAFETY: T2 - the engine watches.
        this.times.with_mut(|times| unsafe { *times += 1 });
    }

    fn times(&self) -> u32 {
        // SAFETY: T2 - the engine watches.
        self.times.with(|times| unsafe { *times })
    }
}

/// Threads share it, and the first one frees it when all others have ended; not if one has failed.
struct Scene<T>(Arc<ManuallyDrop<T>>);

impl<T> Scene<T> {
    fn new(value: T) -> Self {
        Self(Arc::new(ManuallyDrop::new(value)))
    }

    fn end(self) {
        let value = Arc::into_inner(self.0).expect("all threads have ended");
        drop(ManuallyDrop::into_inner(value));
    }
}

impl<T> Clone for Scene<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> core::ops::Deref for Scene<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A pool without threads, and jobs.
struct Stage {
    pool: Arc<Pool>,
    errands: Vec<Errand>,
}

impl Stage {
    fn new(workers: usize, fences: Fences, errands: Vec<Errand>) -> Scene<Self> {
        Scene::new(Self { pool: Pool::new(workers, fences, Hooks::default()), errands })
    }

    fn worker(&self, index: usize) -> &Worker {
        &self.pool.workers()[index]
    }

    /// This thread is this worker's from now on.
    fn be(&self, worker: usize) -> &Worker {
        CURRENT.set(self.worker(worker));
        self.worker(worker)
    }

    fn push(&self, worker: usize, errand: usize) -> isize {
        // SAFETY: T1, T2 - one thread for each worker; the errands outlive them.
        unsafe { self.worker(worker).push(self.errands[errand].as_job()) }
    }

    fn inject(&self, errand: usize) {
        let job = self.errands[errand].as_job();
        // SAFETY: T2, T8 - the errands outlive the threads.
        machine::publishing(|| unsafe { self.pool.inject(job, Priority::Normal) });
    }
}

fn each_was_done_once(scene: Scene<Stage>) {
    assert!(scene.errands.iter().all(|errand| errand.times() == 1), "each job is done once");
    scene.end();
}

/// Threads that are workers until they are told to stop.
struct Helpers {
    is_over: Arc<AtomicU32>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Helpers {
    fn new(scene: &Scene<Stage>, workers: core::ops::Range<usize>) -> Self {
        let is_over = Arc::new(AtomicU32::new(0));
        let helper = |worker: usize| {
            let (scene, is_over) = (scene.clone(), is_over.clone());
            thread::spawn(move || scene.be(worker).work_until(|| is_over.load(SeqCst) == 1))
        };
        let threads = workers.map(helper).collect();
        Self { is_over, threads }
    }

    fn stop(self, scene: &Scene<Stage>) {
        self.is_over.store(1, SeqCst);
        sync::fence(SeqCst);
        scene.pool.notify_all();
        for thread in self.threads {
            thread.join().expect("no panic");
        }
    }
}

/// So many threads that have met at it go on.
struct Meeting {
    came: AtomicU32,
    count: u32,
}

impl Meeting {
    fn new(count: u32) -> Arc<Self> {
        Arc::new(Self { came: AtomicU32::new(0), count })
    }

    fn meet(&self) {
        let mut came = self.came.fetch_add(1, SeqCst) + 1;
        if came == self.count {
            return (1..self.count).for_each(|_| sync::wake(&self.came));
        }
        while came != self.count {
            sync::wait(&self.came, came);
            came = self.came.load(SeqCst);
        }
    }
}

// ---- Tests --------------------------------------------------------------------------------------

macro_rules! hold {
    ($($name:ident: $scene:ident $($fences:ident)+;)*) => {$(
        #[test]
        fn $name() {
            $(
                machine::set_up(Fences::$fences, None);
                explore(Fences::$fences, $scene);
            )+
        }
    )*};
}

hold! {
    each_job_of_a_deque_is_taken_once: deque Asymmetric Symmetric;
    a_ring_is_freed_when_nobody_is_in_it: reclaim Asymmetric Symmetric;
    a_job_that_is_published_is_found: publish Asymmetric Symmetric;
    a_job_that_is_published_behind_another_is_found: publish_again Asymmetric Symmetric;
    a_job_that_is_published_after_a_call_is_found: listen Asymmetric Symmetric;
    jobs_of_two_workers_are_found: two_publish Asymmetric Symmetric;
    as_many_are_woken_as_are_needed: two_sleep Asymmetric Symmetric;
    a_job_from_outside_is_found: inject Asymmetric Symmetric;
    what_is_left_outside_is_found: inject_two Asymmetric Symmetric;
    what_comes_from_outside_is_taken_oldest_first: order Asymmetric;
    what_comes_from_outside_is_taken_once: two_take Asymmetric;
    who_waits_for_a_latch_is_woken: latch Asymmetric Symmetric;
    who_waits_outside_is_woken: latch_outside Asymmetric;
    a_join_does_both: join Asymmetric Symmetric;
    a_scope_ends_when_all_has_ended: scope Asymmetric Symmetric;
    who_waits_for_a_task_outside_is_woken: task_outside Asymmetric;
    who_waits_for_a_task_is_woken: task_inside Asymmetric Symmetric;
    who_waits_until_there_is_nothing_to_do_sees_all: idle Asymmetric Symmetric;
    who_waits_while_two_end_the_last_jobs_is_told: two_end Asymmetric Symmetric;
    what_is_cancelled_is_dropped_and_counted: cancel Asymmetric Symmetric;
    what_waits_at_a_shutdown_is_dropped_and_counted: shutdown Asymmetric Symmetric;
    all_workers_end: end Asymmetric Symmetric;
}

// ---- Defects ------------------------------------------------------------------------------------

fn is_found(scene: fn(Fences), fences: Fences, place: Line, event: Event) {
    machine::set_up(fences, Some((place, event)));
    let outcome = catch_unwind(|| explore(fences, scene));
    assert!(outcome.is_err(), "nothing fails in the model");
}

/// Name, scene, fences; file, function, line; and what happens there instead.
macro_rules! defects {
    ($($name:ident: $scene:ident $fences:ident, $file:literal $function:literal $text:literal,
       $event:ident;)*) => {$(
        #[test]
        fn $name() {
            let place = line($file, $function, $text);
            is_found($scene, Fences::$fences, place, Event::$event);
        }
    )*};
}

mod a_defect_is_found {
    use super::*;

    defects! {
        e2_sleeper_does_not_look_again: publish Asymmetric, "worker" "sleep" "unmark(", Skipped;
        e2_searcher_does_not_look_again: two_sleep Asymmetric,
            "control" "end_search" "fetch_sub", SaysOneMore;
        e2_searcher_stays_counted: two_sleep Asymmetric,
            "control" "end_search" "fetch_sub", Skipped;
        e4_thief_does_not_swap: deque Asymmetric, "deque" "steal" "compare_exchange", Torn;
        e4_owner_does_not_swap: deque Asymmetric, "deque" "pop" "compare_exchange", Torn;
        e5_sleeper_does_not_call: publish Asymmetric, "deque" "call" "swap", Skipped;
        e5_owner_does_not_look_again: listen Asymmetric,
            "worker" "pushed_at_limit" "listen() .. state()", SaysNobody;
        e7_searcher_is_not_seen: reclaim Asymmetric, "worker" "reclaim" "state()", SaysNobody;
        e10_takers_do_not_exclude: two_take Asymmetric,
            "injector" "take_some" "compare_exchange", Torn;
        t3_latch_is_looked_at_when_set: latch Asymmetric, "job" "set" ".swap(", Lingers;
        t3_latch_outside_is_looked_at_when_set: latch_outside Asymmetric,
            "job" "set" ".swap(", Lingers;
        called_worker_is_not_woken: publish Asymmetric, "worker" "call" "sync::wake", Skipped;
        notified_worker_is_not_woken: latch Asymmetric, "worker" "notify" "sync::wake", Skipped;
        waiting_thread_is_not_woken: latch_outside Asymmetric, "job" "set" "sync::wake", Skipped;
        scope_is_ended_by_nobody: scope Asymmetric, "scope" "execute" "fetch_sub", Skipped;
        scope_owner_is_not_told: scope Asymmetric, "scope" "execute" "fetch_sub", SaysOneMore;
        scope_owner_does_not_count: scope Asymmetric, "scope" "is_done" "fetch_add", Skipped;
        scope_is_looked_at_when_it_ends: scope Asymmetric, "scope" "execute" "fetch_sub", Lingers;
        e8_waiter_outside_does_not_swap: latch_outside Asymmetric,
            "job" "wait" "compare_exchange", Torn;
        e8_waiter_for_a_task_does_not_swap: task_outside Asymmetric,
            "task" "wait" "compare_exchange", Torn;
        notified_worker_waits_for_a_task: task_inside Asymmetric,
            "worker" "notify" "sync::wake", Skipped;
        who_waits_for_quiet_is_not_seen: idle Asymmetric,
            "pool" "is_awaited" "waiters.load", SaysNobody;
        dropped_job_is_not_counted: cancel Asymmetric, "cancel" "drop_some" "fetch_add", Skipped;
        shut_down_job_is_not_counted: shutdown Asymmetric,
            "pool" "count_dropped" "fetch_add", Skipped;
        end_is_told_to_nobody: shutdown Asymmetric, "pool" "end" "is_over.store", Skipped;
    }
}

/// By loom alone: they are none where all is sequentially consistent.
#[cfg(loom)]
mod a_weaker_ordering_is_found {
    use super::*;

    defects! {
        e1_push_does_not_release: deque Symmetric, "deque" "push" "bottom.store", Relaxed;
        e2_no_light_fence: publish Asymmetric, "deque" "push" "light()", Skipped;
        e2_no_fence_at_the_limit: publish Symmetric, "worker" "pushed_at_limit" "light()", Skipped;
        e2_no_heavy_fence: publish Asymmetric, "worker" "sleep" "heavy()", Skipped;
        e2_no_heavy_fence_outside: inject Asymmetric, "worker" "sleep" "heavy()", Skipped;
        e2_searcher_has_no_fence: two_sleep Asymmetric, "worker" "end_search" "heavy()", Skipped;
        e2_job_from_outside_is_not_in_order: inject Asymmetric,
            "pool" "wake_one" "state()", Relaxed;
        e3_no_light_fence_in_take: deque Asymmetric, "deque" "take" "light()", Skipped;
        e3_no_light_fence_in_pop: deque Asymmetric, "deque" "pop" "light()", Skipped;
        e3_no_fence_in_pop: deque Symmetric, "deque" "pop" "light()", Skipped;
        e3_no_heavy_fence: deque Asymmetric, "deque" "steal" "heavy()", Skipped;
        e5_sleeper_calls_relaxed: listen Asymmetric, "deque" "call" "swap", Relaxed;
        e5_owner_listens_relaxed: listen Asymmetric, "deque" "listen" "swap", Relaxed;
        e5_owner_does_not_swap: listen Asymmetric, "deque" "listen" "swap", Torn;
        e6_ring_is_not_released: deque Asymmetric, "deque" "grow" "ring.store", Relaxed;
        e6_ring_is_not_acquired: deque Asymmetric, "deque" "steal" "ring.load", Relaxed;
        e7_searcher_leaves_relaxed: reclaim Asymmetric, "control" "end_search" "fetch_sub", Relaxed;
        e8_latch_is_not_released: latch Asymmetric, "job" "set" ".swap(", Relaxed;
        e8_latch_is_not_acquired: latch Asymmetric, "job" "is_done" "load", Relaxed;
        e9_no_heavy_fence: latch Asymmetric, "worker" "sleep" "heavy()", Skipped;
        e9_last_worker_has_no_fence: end Symmetric, "worker" "run" "light()", Skipped;
        e10_job_is_not_released: order Asymmetric, "injector" "push" "slots[at].store", Relaxed;
        e10_job_is_not_acquired: order Asymmetric, "injector" "take_first" "load(Acquire)", Relaxed;
        e10_lap_is_not_released: order Asymmetric, "injector" "push" "count.store", Relaxed;
        e10_lap_is_not_acquired: order Asymmetric, "injector" "push" "count.load", Relaxed;
        e10_taker_does_not_release: two_take Asymmetric,
            "injector" "take_some" "taken.store", Relaxed;
        e10_taker_does_not_acquire: two_take Asymmetric,
            "injector" "take_some" "compare_exchange", Relaxed;
        e11_job_of_a_scope_is_not_released: scope Asymmetric,
            "scope" "execute" "fetch_sub", Relaxed;
        e11_scope_is_not_acquired: scope Asymmetric, "scope" "is_done" "load", Relaxed;
        e12_waiter_has_no_fence: idle Asymmetric, "pool" "wait_quiet" "light()", Skipped;
        e12_last_two_have_no_fence: two_end Asymmetric,
            "pool" "tell_if_quiet" "light()", Skipped;
    }
}
