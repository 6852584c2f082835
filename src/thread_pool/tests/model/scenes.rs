//! Scenes of the deque, of sleep, of work from outside, and of latches.

use core::ptr;
use std::sync::{Arc, Mutex};

use super::*;
use crate::thread_pool::deque::{Deque, Steal};
use crate::thread_pool::job::Latch;

// ---- Deque --------------------------------------------------------------------------------------

/// One owner, two thieves, three jobs and more, a ring of two slots that grows.
pub(super) fn deque(fences: Fences) {
    let errands = (0..3 * MORE).map(|_| Errand::new(|_| ())).collect::<Vec<_>>();
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
    let thieves = [thread::spawn(steal(MORE)), thread::spawn(steal(MORE))];
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
    for three in errands.chunks_exact(3) {
        push(&three[0]);
        let at = push(&three[1]);
        // SAFETY: T1 - as above; pushed with the fences of this deque.
        if unsafe { deque.take(at) } {
            Errand::count(three[1].as_job());
        }
        push(&three[2]);
    }
    while pop().is_some() {}
    for thief in thieves {
        thief.join().expect("no panic");
    }
    assert!(pop().is_none());
    assert!(errands.iter().all(|errand| errand.times() == 1), "each job is done once");
    scene.end();
}

/// An owner whose ring of four slots grows, and who frees the old one as soon as it may, and a thief.
pub(super) fn reclaim(fences: Fences) {
    let errands = (0..4 * MORE).map(|_| Errand::new(|_| ())).collect();
    let scene = Stage::new(2, fences, errands);
    scene.push(0, 0);
    let thief = scene.clone();
    let thief = thread::spawn(move || {
        for _ in 0..2 * MORE {
            thief.pool.control.begin_search();
            thief.worker(1).steal().map(Errand::count);
            thief.pool.control.end_search();
        }
    });
    for errand in 1..4 * MORE {
        scene.push(0, errand);
        if errand % 4 == 3 {
            scene.worker(0).reclaim();
        }
    }
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
pub(super) fn publish(fences: Fences) {
    let scene = Stage::new(2, fences, vec![Errand::new(|_| ())]);
    let sleeper = work(&scene, 1, 1);
    scene.push(0, 0);
    sleeper.join().expect("no panic");
    each_was_done_once(scene);
}

/// The same twice: the first one has been called for.
pub(super) fn publish_again(fences: Fences) {
    let scene = Stage::new(2, fences, vec![Errand::new(|_| ()), Errand::new(|_| ())]);
    let sleeper = work(&scene, 1, 2);
    scene.push(0, 0);
    scene.push(0, 1);
    sleeper.join().expect("no panic");
    each_was_done_once(scene);
}

/// A worker has been called, but not by one who sleeps still: it stops listening for the next push.
pub(super) fn listen(fences: Fences) {
    let scene = Stage::new(2, fences, vec![Errand::new(|_| ()), Errand::new(|_| ())]);
    scene.worker(0).deque.call();
    let sleeper = work(&scene, 1, 2);
    scene.push(0, 0);
    scene.push(0, 1);
    sleeper.join().expect("no panic");
    each_was_done_once(scene);
}

/// Two publish, or more, one is about to sleep.
pub(super) fn two_publish(fences: Fences) {
    let count = 1 + MORE;
    let scene = Stage::new(count + 1, fences, (0..count).map(|_| Errand::new(|_| ())).collect());
    let sleeper = work(&scene, count, count as u64);
    let publish = |worker: usize| {
        let scene = scene.clone();
        thread::spawn(move || _ = scene.push(worker, worker))
    };
    let others: Vec<_> = (1..count).map(publish).collect();
    scene.push(0, 0);
    for other in others {
        other.join().expect("no panic");
    }
    sleeper.join().expect("no panic");
    each_was_done_once(scene);
}

/// Two jobs that wait for each other, or more: all sleepers are needed.
pub(super) fn two_sleep(fences: Fences) {
    let count = 1 + MORE;
    let scene = meeting(1 + count, fences, count);
    let sleepers: Vec<_> = (1..=count).map(|worker| work(&scene, worker, 1)).collect();
    for errand in 0..count {
        scene.push(0, errand);
    }
    for sleeper in sleepers {
        sleeper.join().expect("no panic");
    }
    each_was_done_once(scene);
}

/// So many jobs that wait for each other.
fn meeting(workers: usize, fences: Fences, jobs: usize) -> Scene<Stage> {
    let meeting = Meeting::new(jobs as u32);
    let errand = |_| {
        let meeting = meeting.clone();
        Errand::new(move |_| meeting.meet())
    };
    Stage::new(workers, fences, (0..jobs).map(errand).collect())
}

// ---- Work from outside --------------------------------------------------------------------------

/// A thread outside publishes, the worker is about to sleep.
pub(super) fn inject(fences: Fences) {
    let scene = Stage::new(1, fences, (0..MORE).map(|_| Errand::new(|_| ())).collect());
    let sleeper = work(&scene, 0, MORE as u64);
    (0..MORE).for_each(|errand| scene.inject(errand));
    sleeper.join().expect("no panic");
    each_was_done_once(scene);
}

/// Two jobs that wait for each other, or more: who takes one leaves the others to those who sleep.
pub(super) fn inject_two(fences: Fences) {
    let count = 1 + MORE;
    let scene = meeting(count, fences, count);
    let sleepers: Vec<_> = (0..count).map(|worker| work(&scene, worker, 1)).collect();
    (0..count).for_each(|errand| scene.inject(errand));
    for sleeper in sleepers {
        sleeper.join().expect("no panic");
    }
    each_was_done_once(scene);
}

/// Two threads outside put jobs in, a worker takes them: none is lost, and those of one thread come
/// in its order.
pub(super) fn order(fences: Fences) {
    let order = Arc::new(Mutex::new(Vec::new()));
    let errand = |number: usize| {
        let order = order.clone();
        Errand::new(move |_| order.lock().expect("no panic").push(number))
    };
    let scene = Stage::new(1, fences, (0..3 * MORE).map(errand).collect());
    let taker = scene.clone();
    let taker = thread::spawn(move || (0..2 * MORE).for_each(|_| _ = take(&taker, 0)));
    let other = scene.clone();
    let other = thread::spawn(move || put(&other, 2 * MORE..3 * MORE));
    put(&scene, 0..2 * MORE);
    other.join().expect("no panic");
    taker.join().expect("no panic");
    while take(&scene, 0) {}
    let order = order.lock().expect("no panic");
    let of = |from: usize, to: usize| {
        order.iter().copied().filter(move |number| (from..to).contains(number))
    };
    assert!(of(0, 2 * MORE).is_sorted(), "the oldest first");
    assert!(of(2 * MORE, 3 * MORE).is_sorted(), "the oldest first");
    drop(order);
    each_was_done_once(scene);
}

/// Two workers take what there is: none is lost, none taken twice.
pub(super) fn two_take(fences: Fences) {
    let scene = Stage::new(2, fences, (0..3 * MORE).map(|_| Errand::new(|_| ())).collect());
    put(&scene, 0..3 * MORE);
    let taker = scene.clone();
    let taker = thread::spawn(move || (0..2 * MORE).for_each(|_| _ = take(&taker, 1)));
    (0..2 * MORE).for_each(|_| _ = take(&scene, 0));
    taker.join().expect("no panic");
    while take(&scene, 0) {}
    each_was_done_once(scene);
}

fn put(scene: &Scene<Stage>, errands: core::ops::Range<usize>) {
    for errand in errands {
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
pub(super) fn latch(fences: Fences) {
    let scene = Stage::new(1, fences, vec![]);
    let latch = Box::into_raw(Box::new(Latch::new(scene.worker(0), false)));
    let address = latch as usize;
    let written = Arc::new(UnsafeCell::new(0));
    let result = written.clone();
    let setter = thread::spawn(move || {
        // SAFETY: T3 - the engine watches.
        result.with_mut(|result| unsafe { *result = 7 });
        // SAFETY: T3 - alive until it is done.
        unsafe { Latch::set(address as *const Latch) };
    });
    // SAFETY: T3 - alive until it is freed below.
    scene.worker(0).work_until(|| unsafe { &*latch }.is_done());
    // SAFETY: T3 - the engine watches.
    assert_eq!(written.with(|result| unsafe { *result }), 7);
    // SAFETY: T3 - done: nobody else looks at it.
    drop(unsafe { Box::from_raw(latch) });
    setter.join().expect("no panic");
    scene.end();
}

/// The same for a thread outside.
pub(super) fn latch_outside(_: Fences) {
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
