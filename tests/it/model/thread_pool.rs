//! Random programs on thread pools, against what one thread that does one thing after the other would
//! come to: the same results, and every job done once or dropped once.
//!
//! A program is a tree of joins, scopes, tasks, calls into another pool, loops and failures, on pools
//! of one to eight workers. What is done by whom, and when, is left to the pool; how often, and what
//! comes of it, is not. Where a specification leaves it open (whether the second work of a join
//! begins when the first has failed) counts have a least and a most.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

use crate::faces::Injected;
use crate::faces::threads::{Ended, Face, Priority, REFERENCE, Spawn, Threads, on_every_face};

// ---- Programs -----------------------------------------------------------------------------------

/// What is to be done; each comes to a number, or fails.
#[derive(Clone, Debug)]
enum Op {
    /// Comes to this number.
    Leaf(u16),
    Fail,
    /// What fails comes to zero.
    Catch(Arc<Op>),
    Join(Arc<Op>, Arc<Op>),
    /// Spawned by the body, and each but the first by the one before it if they are chained.
    Scope {
        ops: Vec<Arc<Op>>,
        is_chain: bool,
    },
    /// Submitted, and waited for.
    Submit(Priority, Arc<Op>),
    /// Submitted, and nobody waits.
    Later(Priority, Arc<Op>),
    /// Submitted with a token that was cancelled before.
    Cancelled(Priority),
    /// So many are submitted with a token that is cancelled after half of them.
    Half(Priority, usize),
    /// In a thread of this pool, or of the other one.
    Install {
        other: bool,
        op: Arc<Op>,
    },
    Broadcast,
    For {
        count: usize,
        grain: usize,
        fails: bool,
    },
    /// A loop whose token is cancelled by one of its parts.
    Stop {
        count: usize,
        grain: usize,
    },
    Numbers {
        seed: u64,
        count: usize,
        grain: usize,
        deterministic: bool,
    },
}

/// How the pool ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Idle,
    Drop,
    Shutdown,
}

#[derive(Clone, Debug)]
struct Program {
    threads: [usize; 2],
    symmetric: bool,
    /// Each by this thread, or by one of the pool.
    steps: Vec<(bool, Op)>,
    end: End,
}

fn priority() -> impl Strategy<Value = Priority> {
    prop_oneof![Just(Priority::Normal), Just(Priority::High), Just(Priority::Low)]
}

fn op() -> impl Strategy<Value = Op> {
    let count = || prop_oneof![4 => 0..50_usize, 1 => 50..5000_usize];
    let grain = || prop_oneof![2 => Just(0_usize), 3 => 1..40_usize, 1 => 1..5000_usize];
    let leaf = prop_oneof![
        12 => any::<u16>().prop_map(Op::Leaf),
        1 => Just(Op::Fail),
        2 => priority().prop_map(Op::Cancelled),
        2 => (priority(), 0..60_usize).prop_map(|(priority, count)| Op::Half(priority, count)),
        1 => Just(Op::Broadcast),
        2 => (count(), grain(), any::<bool>())
            .prop_map(|(count, grain, fails)| Op::For { count, grain, fails }),
        2 => (count(), grain()).prop_map(|(count, grain)| Op::Stop { count, grain }),
        2 => (any::<u64>(), count(), grain(), any::<bool>()).prop_map(
            |(seed, count, grain, deterministic)| Op::Numbers { seed, count, grain, deterministic }
        ),
    ];
    leaf.prop_recursive(6, 60, 5, |inner| {
        let inner = inner.prop_map(Arc::new).boxed();
        let op = || inner.clone();
        prop_oneof![
            6 => (op(), op()).prop_map(|(a, b)| Op::Join(a, b)),
            4 => (vec(op(), 0..5), any::<bool>())
                .prop_map(|(ops, is_chain)| Op::Scope { ops, is_chain }),
            2 => (priority(), op()).prop_map(|(priority, op)| Op::Submit(priority, op)),
            2 => (priority(), op()).prop_map(|(priority, op)| Op::Later(priority, op)),
            2 => (any::<bool>(), op()).prop_map(|(other, op)| Op::Install { other, op }),
            3 => op().prop_map(Op::Catch),
        ]
    })
}

fn program() -> impl Strategy<Value = Program> {
    let threads = || 1..9_usize;
    let end = prop_oneof![Just(End::Idle), Just(End::Drop), Just(End::Shutdown)];
    (threads(), threads(), any::<bool>(), vec((any::<bool>(), op()), 1..5), end).prop_map(
        |(one, other, symmetric, steps, end)| Program {
            threads: [one, other],
            symmetric,
            steps,
            end,
        },
    )
}

// ---- One thing after the other ------------------------------------------------------------------

/// Failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Failed;

/// How often something is done, at least and at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Times {
    least: u64,
    most: u64,
}

impl Times {
    fn exactly(times: u64) -> Self {
        Self { least: times, most: times }
    }

    fn plus(self, other: Self) -> Self {
        Self { least: self.least + other.least, most: self.most + other.most }
    }

    fn perhaps(self) -> Self {
        Self { least: 0, ..self }
    }

    fn holds(self, times: u64) -> bool {
        (self.least..=self.most).contains(&times)
    }
}

fn mix(a: u64, b: u64) -> u64 {
    (a ^ b.rotate_left(17)).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (a >> 29)
}

fn numbers_of(seed: u64, count: usize) -> Vec<u64> {
    (0..count as u64).map(|at| mix(seed, at) % (1 + seed % 1000)).collect()
}

/// What numbers come to: their sum, those that can be divided by three, the sums of all before, and
/// all in order.
fn digest(sum: u64, filtered: &[u64], scanned: &[u64], sorted: &[u64]) -> u64 {
    let all = filtered.iter().chain(scanned).chain(sorted);
    all.fold(mix(sum, filtered.len() as u64), |digest, number| mix(digest, *number))
}

/// What it comes to, and how many leaves and items that takes, where the pools have so many threads.
fn expect(op: &Op, at: usize, threads: [usize; 2]) -> (Result<u64, Failed>, Times) {
    let inner = |op: &Op| expect(op, at, threads);
    match op {
        Op::Leaf(number) => (Ok((*number).into()), Times::exactly(1)),
        Op::Fail => (Err(Failed), Times::default()),
        Op::Catch(op) => {
            let (result, times) = inner(op);
            (Ok(result.unwrap_or(0)), times)
        }
        Op::Join(a, b) => {
            let ((a, of_a), (b, of_b)) = (inner(a), inner(b));
            let of_b = if a.is_err() { of_b.perhaps() } else { of_b };
            (a.and_then(|a| b.map(|b| mix(a, b))), of_a.plus(of_b))
        }
        Op::Scope { ops, .. } => {
            let start = (Ok(0), Times::default());
            ops.iter().map(|op| inner(op)).fold(
                start,
                |(sum, times): (_, Times), (result, more)| {
                    let sum =
                        sum.and_then(|sum: u64| result.map(|result| sum.wrapping_add(result)));
                    (sum, times.plus(more))
                },
            )
        }
        Op::Submit(_, op) => inner(op),
        Op::Later(_, op) => (Ok(1), inner(op).1),
        Op::Cancelled(_) => (Ok(2), Times::default()),
        Op::Half(_, count) => (Ok(*count as u64), Times::default()),
        Op::Install { other, op } => expect(op, at ^ usize::from(*other), threads),
        Op::Broadcast => (Ok(threads[at] as u64), Times::exactly(threads[at] as u64)),
        Op::For { count, fails, .. } => match *count as u64 {
            count if *fails && count > 0 => (Err(Failed), Times { least: 0, most: count }),
            count => (Ok(count), Times::exactly(count)),
        },
        Op::Stop { count, .. } => {
            let least = u64::from(*count > 0);
            (Ok(*count as u64), Times { least, most: *count as u64 })
        }
        Op::Numbers { seed, count, .. } => {
            let mut numbers = numbers_of(*seed, *count);
            let sum = numbers.iter().fold(0_u64, |sum, number| sum.wrapping_add(*number));
            let filtered: Vec<u64> = numbers.iter().copied().filter(|n| n % 3 == 0).collect();
            let scanned: Vec<u64> = (numbers.iter())
                .scan(0_u64, |sum, number| {
                    *sum = sum.wrapping_add(*number);
                    Some(*sum)
                })
                .collect();
            numbers.sort_unstable();
            (Ok(digest(sum, &filtered, &scanned, &numbers)), Times::default())
        }
    }
}

// ---- On a pool ----------------------------------------------------------------------------------

/// What a program runs in.
struct World {
    pools: [*const dyn Threads; 2],
    leaves: AtomicU64,
    /// Jobs that were made, those that began, and those that were dropped instead.
    made: AtomicU64,
    begun: AtomicU64,
    dropped: AtomicU64,
    /// The pool will be shut down.
    drops: bool,
    /// It is: what has not begun is dropped, whatever its token says.
    is_ending: AtomicBool,
    complaints: Mutex<Vec<String>>,
}

// SAFETY: T6 - the pools live as long as anything runs in them, and are made for sharing.
unsafe impl Send for World {}
// SAFETY: T6 - as above.
unsafe impl Sync for World {}

/// A submitted job: done once, or dropped.
struct Counted(Option<Arc<World>>);

impl Counted {
    fn new(world: &Arc<World>) -> Self {
        world.made.fetch_add(1, SeqCst);
        Self(Some(world.clone()))
    }

    fn begin(mut self) -> Arc<World> {
        let world = self.0.take().expect("not yet");
        world.begun.fetch_add(1, SeqCst);
        world
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(world) = &self.0 {
            world.dropped.fetch_add(1, SeqCst);
        }
    }
}

/// Without a message on the terminal.
fn fail<R>() -> R {
    resume_unwind(Box::new(Injected))
}

impl World {
    fn pool(&self, at: usize) -> &dyn Threads {
        // SAFETY: T6 - it lives as long as anything runs in it.
        unsafe { &*self.pools[at] }
    }

    fn expect(&self, holds: bool, complaint: impl FnOnce() -> String) {
        if !holds {
            self.complaints.lock().unwrap().push(complaint());
        }
    }
}

/// Does it in the pool, and panics if it fails.
fn run(world: &Arc<World>, at: usize, op: &Arc<Op>) -> u64 {
    let pool = world.pool(at);
    let go = |op: &Arc<Op>| run(world, at, op);
    match &**op {
        Op::Leaf(number) => {
            world.leaves.fetch_add(1, SeqCst);
            (*number).into()
        }
        Op::Fail => fail(),
        Op::Catch(op) => catch_unwind(AssertUnwindSafe(|| go(op))).unwrap_or(0),
        Op::Join(a, b) => {
            let (mut of_a, mut of_b) = (0, 0);
            pool.join(&mut || of_a = go(a), &mut || of_b = go(b));
            mix(of_a, of_b)
        }
        Op::Scope { ops, is_chain } => scope(world, at, ops, *is_chain),
        Op::Submit(priority, op) => {
            let (job, op) = (Counted::new(world), op.clone());
            let result = Arc::new(AtomicU64::new(0));
            let place = result.clone();
            let work = move || place.store(run(&job.begin(), at, &op), SeqCst);
            match pool.submit(*priority, None, Box::new(work)).wait() {
                Ended::Done => result.load(SeqCst),
                Ended::Panicked => fail(),
                Ended::Cancelled => fail(), // the pool is shut down
            }
        }
        Op::Later(priority, op) => {
            let (job, op) = (Counted::new(world), op.clone());
            let work = move || {
                let world = job.begin();
                drop(catch_unwind(AssertUnwindSafe(|| run(&world, at, &op))));
            };
            // Through C nobody is told of spawned work that a pool drops.
            if *priority == Priority::Normal && !world.drops {
                pool.spawn(Box::new(work));
            } else {
                drop(pool.submit(*priority, None, Box::new(work)));
            }
            1
        }
        Op::Cancelled(priority) => {
            let (job, token) = (Counted::new(world), pool.token());
            token.cancel();
            let work = Box::new(move || drop(job.begin()));
            let ended = pool.submit(*priority, Some(&*token), work).wait();
            let dropped = token.dropped();
            world.expect((ended, dropped) == (Ended::Cancelled, 1), || {
                format!("cancelled work: {ended:?}, {dropped} dropped")
            });
            2
        }
        Op::Half(priority, count) => half(world, at, *priority, *count),
        Op::Install { other, op } => {
            let at = at ^ usize::from(*other);
            let mut result = 0;
            world.pool(at).install(&mut || result = run(world, at, op));
            result
        }
        Op::Broadcast => {
            let visits = AtomicU64::new(0);
            pool.broadcast(&|index| {
                world.expect(index < pool.threads(), || format!("no thread {index}"));
                world.leaves.fetch_add(1, SeqCst);
                visits.fetch_add(1, SeqCst);
            });
            visits.into_inner()
        }
        Op::For { count, grain, fails } => {
            let done: Vec<AtomicUsize> = (0..*count).map(|_| AtomicUsize::new(0)).collect();
            let body = |part: std::ops::Range<usize>| {
                let len = part.len();
                world
                    .expect(len > 0 && (*grain == 0 || len <= *grain), || format!("part {part:?}"));
                for item in part {
                    if *fails && item == count / 2 {
                        fail::<()>();
                    }
                    world.leaves.fetch_add(1, SeqCst);
                    done[item].fetch_add(1, SeqCst);
                }
            };
            pool.parallel_for(*count, *grain, None, &body);
            let once = done.iter().all(|times| times.load(SeqCst) == 1);
            world.expect(once, || "a loop left items out, or did them twice".to_owned());
            *count as u64
        }
        Op::Stop { count, grain } => {
            let (token, done) = (pool.token(), AtomicU64::new(0));
            let body = |part: std::ops::Range<usize>| {
                let len = part.len() as u64;
                world.leaves.fetch_add(len, SeqCst);
                done.fetch_add(len, SeqCst);
                if part.contains(&(count / 2)) {
                    token.cancel();
                }
            };
            pool.parallel_for(*count, *grain, Some(&*token), &body);
            done.into_inner() + token.dropped()
        }
        Op::Numbers { seed, count, grain, deterministic } => {
            let mut numbers = numbers_of(*seed, *count);
            let Some(face) = pool.numbers() else {
                return expect(op, at, [0, 0]).0.expect("numbers do not fail");
            };
            let sum = face.sum(&numbers, *grain, *deterministic);
            let (filtered, scanned) = (face.filter(&numbers, 3), face.scan(&numbers));
            face.sort(&mut numbers);
            digest(sum, &filtered, &scanned, &numbers)
        }
    }
}

fn scope(world: &Arc<World>, at: usize, ops: &[Arc<Op>], is_chain: bool) -> u64 {
    fn chain(
        world: &Arc<World>,
        at: usize,
        ops: &[Arc<Op>],
        sum: &Arc<AtomicU64>,
        in_: &dyn Spawn,
    ) {
        let Some((op, rest)) = ops.split_first() else { return };
        let (op, rest, sum) = (op.clone(), rest.to_vec(), sum.clone());
        let job = Counted::new(world);
        in_.spawn(Box::new(move |in_| {
            let world = job.begin();
            chain(&world, at, &rest, &sum, in_);
            sum.fetch_add(run(&world, at, &op), SeqCst);
        }));
    }
    let sum = Arc::new(AtomicU64::new(0));
    world.pool(at).scope(&mut |in_| {
        if is_chain {
            return chain(world, at, ops, &sum, in_);
        }
        for op in ops {
            chain(world, at, std::slice::from_ref(op), &sum, in_);
        }
    });
    sum.load(SeqCst)
}

/// The handles tell what became of each job, and the token of how many.
fn half(world: &Arc<World>, at: usize, priority: Priority, count: usize) -> u64 {
    let pool = world.pool(at);
    let (token, mut jobs) = (pool.token(), Vec::new());
    for number in 0..count {
        if number == count / 2 {
            token.cancel();
        }
        let (job, was_done) = (Counted::new(world), Arc::new(AtomicU64::new(0)));
        let done = was_done.clone();
        let work = move || {
            drop(job.begin());
            done.fetch_add(1, SeqCst);
        };
        jobs.push((pool.submit(priority, Some(&*token), Box::new(work)), was_done));
    }
    let mut dropped = 0;
    for (number, (task, was_done)) in jobs.into_iter().enumerate() {
        let ended = task.wait();
        let times = was_done.load(SeqCst);
        world.expect(
            (ended == Ended::Done, ended == Ended::Cancelled) == (times == 1, times == 0),
            || format!("job {number} was done {times} times, and {ended:?}"),
        );
        world.expect(ended == Ended::Cancelled || number < count / 2, || {
            format!("job {number} of {count} was submitted after half")
        });
        dropped += u64::from(ended == Ended::Cancelled);
    }
    let told = token.dropped();
    let is_right = told == dropped || told < dropped && world.is_ending.load(SeqCst);
    world.expect(is_right, || format!("{dropped} were dropped, the token says {told}"));
    count as u64
}

/// Runs a program, and complains.
fn check_program(face: Face, program: &Program) -> Result<(), String> {
    let Program { threads, symmetric, steps, end } = program;
    let pool = face(threads[0], *symmetric);
    // Who ends a pool has nobody in another one who calls it.
    let other = (*end == End::Idle).then(|| face(threads[1], !*symmetric));
    let second = other.as_ref().unwrap_or(&pool);
    let threads = [pool.threads(), second.threads()];
    let world = Arc::new(World {
        pools: [&raw const *pool, &raw const **second],
        leaves: AtomicU64::new(0),
        made: AtomicU64::new(0),
        begun: AtomicU64::new(0),
        dropped: AtomicU64::new(0),
        drops: *end == End::Shutdown,
        is_ending: AtomicBool::new(false),
        complaints: Mutex::default(),
    });
    let mut times = Times::default();
    for (step, (inside, op)) in steps.iter().enumerate() {
        let (wanted, more) = expect(op, 0, threads);
        times = times.plus(more);
        let op = Arc::new(op.clone());
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let mut result = 0;
            match inside {
                true => pool.install(&mut || result = run(&world, 0, &op)),
                false => result = run(&world, 0, &op),
            }
            result
        }));
        let result = outcome.map_err(|panic| match panic.is::<Injected>() {
            true => Failed,
            false => resume_unwind(panic),
        });
        world.expect(result == wanted, || format!("step {step}: {result:?}, not {wanted:?}"));
    }

    let counts = || [&world.made, &world.begun, &world.dropped].map(|count| count.load(SeqCst));
    let mut told = None;
    match end {
        End::Idle => {
            // What one pool does may give the other one more.
            for _ in 0..20 {
                pool.wait_idle();
                second.wait_idle();
            }
            drop((pool, other));
        }
        End::Drop => drop(pool),
        End::Shutdown => {
            world.is_ending.store(true, SeqCst);
            told = Some(pool.shutdown_now());
        }
    }
    let [made, begun, dropped] = counts();
    world.expect(made == begun + dropped, || {
        format!("{made} jobs were made, {begun} begun, {dropped} dropped")
    });
    world.expect(told.is_none_or(|told| told == dropped), || {
        format!("{dropped} jobs were dropped, {told:?} by what the pool says")
    });
    let leaves = world.leaves.load(SeqCst);
    // What was to be done later is perhaps not done if the pool is shut down.
    let times = if *end == End::Shutdown { times.perhaps() } else { times };
    world.expect(times.holds(leaves), || format!("{leaves} leaves, not {times:?}"));
    let complaints = world.complaints.lock().unwrap();
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n")) }
}

fn check(face: Face) {
    let mut config = ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..ProptestConfig::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 150;
    }
    if let RngSeed::Random = config.rng_seed {
        config.rng_seed = RngSeed::Fixed(6);
    }
    println!("seed {:?}, {} programs", config.rng_seed, config.cases);
    let run = |program: Program| check_program(face, &program).map_err(TestCaseError::fail);
    if let Err(error) = TestRunner::new(config).run(&program(), run) {
        panic!("{error}");
    }
}

/// The specification read by a program that is not a twin.
#[test]
fn reference() {
    check(REFERENCE);
}

on_every_face!(check);
