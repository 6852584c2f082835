//! Models: all interleavings, and all that the orderings allow, of a few threads that run the pool's
//! own code on the machine of `machine.rs`, as far as threads are not interrupted more than
//! [`INTERRUPTIONS`] times. Then each again with one line of the pool broken: that must be found.
//!
//! Two fences always meet as if both were real. That a light one meets a heavy one, never another
//! light one, is not seen here; nor is a load that is late, behind a later store of its thread.
//!
//! `RUSTFLAGS='--cfg loom' cargo test --lib --release model::`, or with more interruptions:
//! `LOOM_MAX_PREEMPTIONS=3`.

use core::mem::ManuallyDrop;
use core::ptr;
use core::sync::atomic::AtomicUsize;
use core::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex};

use loom::cell::UnsafeCell;
use loom::thread;

use super::super::builder::Hooks;
use super::super::deque::{Deque, Steal};
use super::super::job::{Job, Latch};
use super::super::join::join_in;
use super::super::pool::Pool;
use super::super::sync::{self, AtomicU32, Fences};
use super::super::task::Priority;
use super::super::worker::Worker;
use super::machine::{self, Event, Line, line};

const INTERRUPTIONS: usize = 2;

fn explore(fences: Fences, scene: fn(Fences)) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound.get_or_insert(INTERRUPTIONS);
    model.max_branches = 3000;
    let executions = Arc::new(AtomicUsize::new(0));
    let count = executions.clone();
    model.check(move || {
        count.fetch_add(1, Relaxed);
        machine::begin();
        scene(fences);
    });
    println!("{fences:?}: {} executions", executions.load(Relaxed));
}

// ---- Jobs that are watched ----------------------------------------------------------------------

/// A job that may be executed once. Loom finds two who do so at once, and one who does not see what
/// it was made of.
#[repr(C)]
struct Errand {
    job: Job,
    times: UnsafeCell<u32>,
    work: Box<dyn Fn(&Worker) + Send + Sync>,
}

// SAFETY: T2 - whoever took it has it.
unsafe impl Send for Errand {}
// SAFETY: T2 - as above; loom watches.
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
        // SAFETY: T2 - loom watches.
        this.times.with_mut(|times| unsafe { *times += 1 });
    }

    fn times(&self) -> u32 {
        // SAFETY: T2 - loom watches.
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

// ---- Deque --------------------------------------------------------------------------------------

/// One owner, two thieves, three jobs, a ring of two slots that grows.
fn deque(fences: Fences) {
    let errands = (0..3).map(|_| Errand::new(|_| ())).collect::<Vec<_>>();
    let scene = Scene::new((Deque::new(2, fences), errands));
    let steal = |times| {
        let scene = scene.clone();
        move || {
            for _ in 0..times {
                // SAFETY: T7 - nobody frees rings here.
                if let Steal::Job(job) = unsafe { scene.0.0.steal() } {
                    Errand::count(job);
                }
            }
        }
    };
    let thieves = [thread::spawn(steal(1)), thread::spawn(steal(1))];
    let (deque, errands) = &*scene;
    let push = |errand: &Errand| {
        // SAFETY: T1 - this thread is the owner.
        let (at, at_limit) = unsafe { deque.push(errand.as_job()) };
        if at_limit {
            // SAFETY: T1 - as above.
            unsafe { deque.make_room() };
        }
        deque.token(at)
    };
    // SAFETY: T1 - as above.
    let pop = || unsafe { deque.pop() }.map(Errand::count);
    push(&errands[0]);
    let at = push(&errands[1]);
    // SAFETY: T1 - as above; pushed with the fences of this deque.
    if unsafe { deque.take(at) } {
        Errand::count(errands[1].as_job());
    }
    push(&errands[2]);
    while pop().is_some() {}
    for thief in thieves {
        thief.join().expect("no panic");
    }
    assert!(pop().is_none());
    assert!(errands.iter().all(|errand| errand.times() == 1), "each job is done once");
    scene.end();
}

/// An owner whose ring of four slots grows, and who frees the old one as soon as it may, and a thief.
fn reclaim(fences: Fences) {
    let errands = (0..4).map(|_| Errand::new(|_| ())).collect();
    let scene = Stage::new(2, fences, errands);
    let thief = scene.clone();
    let thief = thread::spawn(move || {
        for _ in 0..2 {
            thief.pool.control.begin_search();
            thief.worker(1).steal().map(Errand::count);
            thief.pool.control.end_search();
        }
    });
    for errand in 0..4 {
        scene.push(0, errand);
    }
    scene.worker(0).reclaim();
    thief.join().expect("no panic");
    // SAFETY: T1 - this thread is the owner.
    while let Some(job) = unsafe { scene.worker(0).deque.pop() } {
        Errand::count(job);
    }
    each_was_done_once(scene);
}

// ---- Sleep --------------------------------------------------------------------------------------

/// A thread that is this worker until it has executed so many jobs.
fn work(scene: &Scene<Stage>, worker: usize, jobs: u64) -> thread::JoinHandle<()> {
    let scene = scene.clone();
    thread::spawn(move || {
        let worker = scene.worker(worker);
        worker.work_until(|| worker.counts.executed.get() >= jobs);
    })
}

/// A worker publishes a job and does not come back to it; the other is about to sleep.
fn publish(fences: Fences) {
    let scene = Stage::new(2, fences, vec![Errand::new(|_| ())]);
    let sleeper = work(&scene, 1, 1);
    scene.push(0, 0);
    sleeper.join().expect("no panic");
    each_was_done_once(scene);
}

/// The same twice: the first one has been called for.
fn publish_again(fences: Fences) {
    let scene = Stage::new(2, fences, vec![Errand::new(|_| ()), Errand::new(|_| ())]);
    let sleeper = work(&scene, 1, 2);
    scene.push(0, 0);
    scene.push(0, 1);
    sleeper.join().expect("no panic");
    each_was_done_once(scene);
}

/// A worker has been called, but not by one who sleeps still: it stops listening for the next push.
fn listen(fences: Fences) {
    let scene = Stage::new(2, fences, vec![Errand::new(|_| ()), Errand::new(|_| ())]);
    scene.worker(0).deque.call();
    let sleeper = work(&scene, 1, 2);
    scene.push(0, 0);
    scene.push(0, 1);
    sleeper.join().expect("no panic");
    each_was_done_once(scene);
}

/// Two publish, one is about to sleep.
fn two_publish(fences: Fences) {
    let scene = Stage::new(3, fences, vec![Errand::new(|_| ()), Errand::new(|_| ())]);
    let sleeper = work(&scene, 2, 2);
    let other = scene.clone();
    let other = thread::spawn(move || {
        other.push(1, 1);
    });
    scene.push(0, 0);
    other.join().expect("no panic");
    sleeper.join().expect("no panic");
    each_was_done_once(scene);
}

/// Two jobs that wait for each other: both sleepers are needed.
fn two_sleep(fences: Fences) {
    let meeting = Meeting::new(2);
    let errand = || {
        let meeting = meeting.clone();
        Errand::new(move |_| meeting.meet())
    };
    let scene = Stage::new(3, fences, vec![errand(), errand()]);
    let sleepers = [work(&scene, 1, 1), work(&scene, 2, 1)];
    scene.push(0, 0);
    scene.push(0, 1);
    for sleeper in sleepers {
        sleeper.join().expect("no panic");
    }
    drop(meeting);
    each_was_done_once(scene);
}

// ---- Work from outside --------------------------------------------------------------------------

/// A thread outside publishes, the worker is about to sleep.
fn inject(fences: Fences) {
    let scene = Stage::new(1, fences, vec![Errand::new(|_| ())]);
    let sleeper = work(&scene, 0, 1);
    scene.inject(0);
    sleeper.join().expect("no panic");
    each_was_done_once(scene);
}

/// Two jobs that wait for each other: who takes one leaves the other to somebody who sleeps.
fn inject_two(fences: Fences) {
    let meeting = Meeting::new(2);
    let errand = || {
        let meeting = meeting.clone();
        Errand::new(move |_| meeting.meet())
    };
    let scene = Stage::new(2, fences, vec![errand(), errand()]);
    let sleepers = [work(&scene, 0, 1), work(&scene, 1, 1)];
    scene.inject(0);
    scene.inject(1);
    for sleeper in sleepers {
        sleeper.join().expect("no panic");
    }
    drop(meeting);
    each_was_done_once(scene);
}

/// Two threads outside put jobs in, a worker takes them: none is lost, and those of one thread come
/// in its order.
fn order(fences: Fences) {
    let order = Arc::new(Mutex::new(Vec::new()));
    let errand = |number: usize| {
        let order = order.clone();
        Errand::new(move |_| order.lock().expect("no panic").push(number))
    };
    let scene = Stage::new(1, fences, (0..3).map(errand).collect());
    let taker = scene.clone();
    let taker = thread::spawn(move || (0..2).for_each(|_| _ = take(&taker, 0)));
    let other = scene.clone();
    let other = thread::spawn(move || put(&other, &[2]));
    put(&scene, &[0, 1]);
    other.join().expect("no panic");
    taker.join().expect("no panic");
    while take(&scene, 0) {}
    let order = order.lock().expect("no panic");
    let place = |number| order.iter().position(|one| *one == number);
    assert!(place(0) < place(1), "the oldest first");
    drop(order);
    each_was_done_once(scene);
}

/// Two workers take what there is: none is lost, none taken twice.
fn two_take(fences: Fences) {
    let errand = || Errand::new(|_| ());
    let scene = Stage::new(2, fences, vec![errand(), errand(), errand()]);
    put(&scene, &[0, 1, 2]);
    let taker = scene.clone();
    let taker = thread::spawn(move || (0..2).for_each(|_| _ = take(&taker, 1)));
    (0..2).for_each(|_| _ = take(&scene, 0));
    taker.join().expect("no panic");
    while take(&scene, 0) {}
    each_was_done_once(scene);
}

fn put(scene: &Scene<Stage>, errands: &[usize]) {
    for &errand in errands {
        // SAFETY: T2, T8 - the errands outlive the threads.
        unsafe { scene.pool.injectors[1].push(scene.errands[errand].as_job()) };
    }
}

/// True if there was one.
fn take(scene: &Scene<Stage>, worker: usize) -> bool {
    let worker = scene.worker(worker);
    let job = scene.pool.injectors[1].take(worker);
    // SAFETY: T2 - just taken.
    job.inspect(|&job| unsafe { worker.execute(job) }).is_some()
}

// ---- Latches ------------------------------------------------------------------------------------

/// A worker waits, and takes the latch's memory back at once.
fn latch(fences: Fences) {
    let scene = Stage::new(1, fences, vec![]);
    let latch = Box::into_raw(Box::new(Latch::new(scene.worker(0), false)));
    let address = latch as usize;
    let written = Arc::new(UnsafeCell::new(0));
    let result = written.clone();
    let setter = thread::spawn(move || {
        // SAFETY: T3 - loom watches.
        result.with_mut(|result| unsafe { *result = 7 });
        // SAFETY: T3 - alive until it is done.
        unsafe { Latch::set(address as *const Latch) };
    });
    // SAFETY: T3 - alive until it is freed below.
    scene.worker(0).work_until(|| unsafe { &*latch }.is_done());
    // SAFETY: T3 - loom watches.
    assert_eq!(written.with(|result| unsafe { *result }), 7);
    // SAFETY: T3 - done: nobody else looks at it.
    drop(unsafe { Box::from_raw(latch) });
    setter.join().expect("no panic");
    scene.end();
}

/// The same for a thread outside.
fn latch_outside(_: Fences) {
    let latch = Box::into_raw(Box::new(Latch::new(ptr::null(), false)));
    let address = latch as usize;
    // SAFETY: T3 - alive until it is done.
    let setter = thread::spawn(move || unsafe { Latch::set(address as *const Latch) });
    // SAFETY: T3 - alive until it is freed below.
    unsafe { &*latch }.wait();
    // SAFETY: T3 - done: nobody else looks at it.
    drop(unsafe { Box::from_raw(latch) });
    setter.join().expect("no panic");
}

/// A whole join, and a thief that ends when both are done.
fn join(fences: Fences) {
    let scene = Stage::new(2, fences, vec![]);
    let thief = scene.clone();
    let is_over = Arc::new(AtomicU32::new(0));
    let over = is_over.clone();
    let thief = thread::spawn(move || {
        thief.worker(1).work_until(|| over.load(SeqCst) == 1);
    });
    let seen = UnsafeCell::new((0, 0));
    // SAFETY: T2 - loom watches.
    let a = || seen.with(|seen| unsafe { (*seen).0 }) + 1;
    let b = || 2;
    assert_eq!(join_in(scene.worker(0), a, b), (1, 2));
    is_over.store(1, SeqCst);
    sync::fence(SeqCst);
    scene.worker(1).notify();
    thief.join().expect("no panic");
    drop(is_over);
    scene.end();
}

// ---- End ----------------------------------------------------------------------------------------

/// Two workers, a job from outside, and the end.
fn end(fences: Fences) {
    let errand = Errand::new(|worker| worker.tally.end());
    let scene = Stage::new(2, fences, vec![errand]);
    let run = |worker: usize| {
        let scene = scene.clone();
        thread::spawn(move || scene.worker(worker).run())
    };
    let workers = [run(0), run(1)];
    scene.pool.begin_outside();
    scene.inject(0);
    scene.pool.end(false);
    for worker in workers {
        worker.join().expect("no panic");
    }
    each_was_done_once(scene);
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
        e1_push_does_not_release: deque Symmetric, "deque" "push" "bottom.store", Relaxed;
        e2_no_light_fence: publish Asymmetric, "deque" "push" "light()", Skipped;
        e2_no_fence_at_the_limit: publish Symmetric, "worker" "pushed_at_limit" "light()", Skipped;
        e2_no_heavy_fence: publish Asymmetric, "worker" "sleep" "heavy()", Skipped;
        e2_no_heavy_fence_outside: inject Asymmetric, "worker" "sleep" "heavy()", Skipped;
        e2_searcher_has_no_fence: two_sleep Asymmetric, "worker" "end_search" "heavy()", Skipped;
        e2_job_from_outside_is_not_in_order: inject Asymmetric,
            "pool" "wake_one" "state()", Relaxed;
        e2_sleeper_does_not_look_again: publish Asymmetric,
            "worker" "sleep" "unmark(", Skipped;
        e2_searcher_does_not_look_again: two_sleep Asymmetric,
            "control" "end_search" "fetch_sub", SaysOneMore;
        e2_searcher_stays_counted: two_sleep Asymmetric, "control" "end_search" "fetch_sub", Skipped;
        e3_no_light_fence_in_take: deque Asymmetric, "deque" "take" "light()", Skipped;
        e3_no_light_fence_in_pop: deque Asymmetric, "deque" "pop" "light()", Skipped;
        e3_no_fence_in_pop: deque Symmetric, "deque" "pop" "light()", Skipped;
        e3_no_heavy_fence: deque Asymmetric, "deque" "steal" "heavy()", Skipped;
        e4_thief_does_not_swap: deque Asymmetric, "deque" "steal" "compare_exchange", Torn;
        e4_owner_does_not_swap: deque Asymmetric, "deque" "pop" "compare_exchange", Torn;
        e5_sleeper_does_not_call: publish Asymmetric, "deque" "call" "swap", Skipped;
        e5_sleeper_calls_relaxed: listen Asymmetric, "deque" "call" "swap", Relaxed;
        e5_owner_listens_relaxed: listen Asymmetric, "deque" "listen" "swap", Relaxed;
        e5_owner_does_not_swap: listen Asymmetric, "deque" "listen" "swap", Torn;
        e5_owner_does_not_look_again: listen Asymmetric,
            "worker" "pushed_at_limit" "listen() .. state()", SaysNobody;
        e6_ring_is_not_released: deque Asymmetric, "deque" "grow" "ring.store", Relaxed;
        e6_ring_is_not_acquired: deque Asymmetric, "deque" "steal" "ring.load", Relaxed;
        e7_searcher_leaves_relaxed: reclaim Asymmetric, "control" "end_search" "fetch_sub", Relaxed;
        e7_searcher_is_not_seen: reclaim Asymmetric, "worker" "reclaim" "state()", SaysNobody;
        e8_latch_is_not_released: latch Asymmetric, "job" "set" ".swap(", Relaxed;
        e8_latch_is_not_acquired: latch Asymmetric, "job" "is_done" "load", Relaxed;
        e9_no_heavy_fence: latch Asymmetric, "worker" "sleep" "heavy()", Skipped;
        e9_last_worker_has_no_fence: end Symmetric, "worker" "run" "light()", Skipped;
        e10_job_is_not_released: order Asymmetric, "injector" "push" "slots[at].store", Relaxed;
        e10_job_is_not_acquired: order Asymmetric, "injector" "take_first" "load(Acquire)", Relaxed;
        e10_lap_is_not_released: order Asymmetric, "injector" "push" "count.store", Relaxed;
        e10_lap_is_not_acquired: order Asymmetric, "injector" "push" "count.load", Relaxed;
        e10_taker_does_not_release: two_take Asymmetric, "injector" "take_some" "taken.store", Relaxed;
        e10_taker_does_not_acquire: two_take Asymmetric,
            "injector" "take_some" "compare_exchange", Relaxed;
        e10_takers_do_not_exclude: two_take Asymmetric,
            "injector" "take_some" "compare_exchange", Torn;
        t3_latch_is_looked_at_when_set: latch Asymmetric, "job" "set" ".swap(", Lingers;
        t3_latch_outside_is_looked_at_when_set: latch_outside Asymmetric,
            "job" "set" ".swap(", Lingers;
        called_worker_is_not_woken: publish Asymmetric, "worker" "call" "sync::wake", Skipped;
        notified_worker_is_not_woken: latch Asymmetric, "worker" "notify" "sync::wake", Skipped;
        waiting_thread_is_not_woken: latch_outside Asymmetric, "job" "set" "sync::wake", Skipped;
    }
}
