//! Scenes of joins, scopes, tasks, tokens, and the end.

use super::*;
use crate::thread_pool::cancel::CancelToken;
use crate::thread_pool::join::join_in;
use crate::thread_pool::scope::scope_in;
use crate::thread_pool::task::{self, Options};

// ---- Join and scope -----------------------------------------------------------------------------

/// A whole join, or joins in joins, and thieves that end when all is done.
pub(super) fn join(fences: Fences) {
    let scene = Stage::new(1 + MORE, fences, vec![]);
    let helpers = Helpers::new(&scene, 1..1 + MORE);
    scene.be(0);
    let seen = Arc::new(Seen(UnsafeCell::new(7)));
    assert_eq!(joined(&seen, MORE.ilog2()), 2 << MORE.ilog2());
    drop(seen);
    helpers.stop(&scene);
    scene.end();
}

struct Seen(UnsafeCell<u32>);

// SAFETY: T2 - the engine watches.
unsafe impl Sync for Seen {}
// SAFETY: T2 - as above.
unsafe impl Send for Seen {}

impl Seen {
    fn look(&self) -> usize {
        // SAFETY: T2 - the engine watches.
        usize::from(self.0.with(|seen| unsafe { *seen }) == 7)
    }
}

/// How many leaves there are.
fn joined(seen: &Seen, depth: u32) -> usize {
    let one = || if depth == 0 { seen.look() } else { joined(seen, depth - 1) };
    let (a, b) = join_in(Worker::current().expect("a worker's thread"), one, one);
    a + b
}

/// A scope's owner spawns jobs, each of them one more, wherever it runs.
pub(super) fn scope(fences: Fences) {
    let count = 2 * MORE;
    let scene = Stage::new(2, fences, (0..count).map(|_| Errand::new(|_| ())).collect());
    let helpers = Helpers::new(&scene, 1..2);
    let errands = &scene.errands;
    scope_in(scene.be(0), |scope| {
        for two in errands.chunks_exact(2) {
            scope.spawn(move |scope| {
                Errand::count(two[0].as_job());
                scope.spawn(|_| Errand::count(two[1].as_job()));
            });
        }
    });
    assert!(errands.iter().all(|errand| errand.times() == 1), "all has ended");
    helpers.stop(&scene);
    scene.end();
}

// ---- Tasks --------------------------------------------------------------------------------------

/// A thread outside waits for results.
pub(super) fn task_outside(fences: Fences) {
    let scene = Stage::new(1, fences, vec![]);
    let helpers = Helpers::new(&scene, 0..1);
    for number in 0..MORE {
        let task = task::submit(&scene.pool, &Options::default(), move || number);
        assert_eq!(task.wait().ok(), Some(number));
    }
    helpers.stop(&scene);
    scene.end();
}

/// A worker waits for a result that another one may have to bring.
pub(super) fn task_inside(fences: Fences) {
    let scene = Stage::new(2, fences, vec![]);
    let helpers = Helpers::new(&scene, 1..2);
    scene.be(0);
    let submit = |number| task::submit(&scene.pool, &Options::default(), move || number);
    let tasks: Vec<_> = (0..MORE).map(submit).collect();
    for (number, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.wait().ok(), Some(number));
    }
    helpers.stop(&scene);
    scene.end();
}

/// A thread outside waits until there is nothing to do, and then sees what was done.
pub(super) fn idle(fences: Fences) {
    let scene = Stage::new(2, fences, (0..MORE).map(|_| Errand::new(|_| ())).collect());
    let helpers = Helpers::new(&scene, 0..1);
    for errand in 0..MORE {
        let stage = scene.clone();
        let work = move || Errand::count(stage.errands[errand].as_job());
        task::spawn(&scene.pool, &Options::default(), work);
    }
    scene.pool.wait_quiet();
    assert!(scene.errands.iter().all(|errand| errand.times() == 1), "all has ended");
    helpers.stop(&scene);
    scene.end();
}

/// Two workers end the last two jobs at the same time, and look for no others afterwards: one of them
/// tells.
pub(super) fn two_end(fences: Fences) {
    let job = |_| {
        Errand::new(|worker| {
            worker.begin_submitted();
            worker.end_submitted();
        })
    };
    let scene = Stage::new(2, fences, (0..2).map(job).collect());
    (0..2).for_each(|_| scene.pool.begin_outside());
    let worker = |index: usize| {
        let scene = scene.clone();
        thread::spawn(move || {
            scene.be(index);
            scene.push(index, index);
            scene.worker(index).work_until(|| scene.errands[index].times() == 1);
        })
    };
    let workers = [0, 1].map(worker);
    scene.pool.wait_quiet();
    for worker in workers {
        worker.join().expect("no panic");
    }
    each_was_done_once(scene);
}

// ---- Cancellation and end -----------------------------------------------------------------------

/// Work that is done, or dropped by somebody who sees what was done before it was cancelled.
struct Wanted {
    stage: Scene<Stage>,
    errand: usize,
    /// Written before.
    before: Option<usize>,
    is_done: bool,
}

impl Wanted {
    fn new(stage: &Scene<Stage>, errand: usize, before: Option<usize>) -> Self {
        Self { stage: stage.clone(), errand, before, is_done: false }
    }

    fn work(mut self) {
        self.is_done = true;
        Errand::count(self.stage.errands[self.errand].as_job());
    }
}

impl Drop for Wanted {
    fn drop(&mut self) {
        if let Some(before) = self.before.filter(|_| !self.is_done) {
            assert_eq!(self.stage.errands[before].times(), 1, "what was done before is seen");
        }
    }
}

/// The whole life of some workers' threads.
fn run(scene: &Scene<Stage>, workers: usize) -> Vec<thread::JoinHandle<()>> {
    let run = |worker: usize| {
        let scene = scene.clone();
        thread::spawn(move || scene.worker(worker).run())
    };
    (0..workers).map(run).collect()
}

/// Jobs whose token somebody cancels meanwhile: each is done, or dropped and counted.
pub(super) fn cancel(fences: Fences) {
    let scene = Stage::new(1, fences, (0..1 + MORE).map(|_| Errand::new(|_| ())).collect());
    let workers = run(&scene, 1);
    let token = CancelToken::new();
    let (stage, canceller) = (scene.clone(), token.clone());
    let canceller = thread::spawn(move || {
        Errand::count(stage.errands[MORE].as_job());
        canceller.cancel();
    });
    let options = Options { token: Some(token.clone()), ..Options::default() };
    for errand in 0..MORE {
        let wanted = Wanted::new(&scene, errand, Some(MORE));
        task::spawn(&scene.pool, &options, move || wanted.work());
    }
    scene.pool.end(false);
    for worker in workers {
        worker.join().expect("no panic");
    }
    canceller.join().expect("no panic");
    assert_eq!(done(&scene, MORE) + token.dropped(), MORE as u64);
    assert_eq!(scene.pool.metrics().dropped, token.dropped());
    drop((options, token));
    scene.end();
}

/// Jobs that wait when the pool is shut down: each is done, or dropped and counted.
pub(super) fn shutdown(fences: Fences) {
    let scene = Stage::new(2, fences, (0..MORE).map(|_| Errand::new(|_| ())).collect());
    let workers = run(&scene, MORE.min(2));
    for errand in 0..MORE {
        let wanted = Wanted::new(&scene, errand, None);
        task::spawn(&scene.pool, &Options::default(), move || wanted.work());
    }
    scene.pool.end(true);
    for worker in workers {
        worker.join().expect("no panic");
    }
    assert_eq!(done(&scene, MORE) + scene.pool.metrics().dropped, MORE as u64);
    scene.end();
}

fn done(scene: &Scene<Stage>, errands: usize) -> u64 {
    let errands = &scene.errands[..errands];
    assert!(errands.iter().all(|errand| errand.times() <= 1), "no job is done twice");
    errands.iter().map(|errand| u64::from(errand.times())).sum()
}

/// Two workers, jobs from outside, and the end.
pub(super) fn end(fences: Fences) {
    let errand = |_| Errand::new(|worker| worker.tally.end());
    let scene = Stage::new(2, fences, (0..MORE).map(errand).collect());
    let workers = run(&scene, 2);
    for errand in 0..MORE {
        scene.pool.begin_outside();
        scene.inject(errand);
    }
    scene.pool.end(false);
    for worker in workers {
        worker.join().expect("no panic");
    }
    each_was_done_once(scene);
}
