//! Loops over many items, and what comes of all of them together.
//!
//! ```text
//!   |#####|.....|.....|.....|.....:.....|.....|.....|.....|
//!    done  grain             half, published as one job
//! ```
//! A worker looks, before each grain, whether anything of its own waits for others. As long as it
//! does, nobody is in want of work, and the worker goes on alone, with larger grains. When all was
//! stolen, it publishes half of what is left. So a loop that nobody helps with is divided once for each halving, however
//! many grains it has, and a part that is too long is divided again by who is in it.

use core::ops::Range;

use super::cancel::CancelToken;
use super::config::{CHUNK_ITEMS, GRAIN_ITEMS, GRAIN_PART, GRAINS};
use super::worker::Worker;
use super::{ThreadPool, global, join};

/// How a loop is gone through.
#[derive(Clone, Debug, Default)]
pub struct LoopOptions {
    /// Items that are done without a look at anything else; 0 for what suits most loops: first a
    /// 512th of each worker's share, then twice as many each time, to a 16th of a part that is worked
    /// at, and 1024 at most.
    pub grain: usize,
    /// Who may end it early: grains that have not begun then are dropped, and counted by item.
    pub token: Option<CancelToken>,
    /// What comes of a loop depends on its length and grain alone, not on the number of threads or
    /// on which was quicker: sums of floats are the same to the last bit. The grain, if it is 0, is
    /// 1024.
    pub deterministic: bool,
}

// ---- Items --------------------------------------------------------------------------------------

/// What a loop can go over: it is divided anywhere, and each part goes to a thread.
///
/// Ranges of numbers, slices, and pairs of these, side by side, as long as the shorter one.
pub trait Items: Sized + Send {
    /// One of them.
    type Item;

    /// How many there are.
    fn len(&self) -> usize;

    /// Those before, and those from there on. `at` is not beyond the end.
    fn split_at(self, at: usize) -> (Self, Self);

    /// One after the other.
    fn each(self) -> impl Iterator<Item = Self::Item>;

    /// There are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Items for Range<usize> {
    type Item = usize;

    fn len(&self) -> usize {
        ExactSizeIterator::len(self)
    }

    fn split_at(self, at: usize) -> (Self, Self) {
        let middle = self.start + at;
        (self.start..middle, middle..self.end)
    }

    fn each(self) -> impl Iterator<Item = usize> {
        self
    }
}

impl<'a, T: Sync> Items for &'a [T] {
    type Item = &'a T;

    fn len(&self) -> usize {
        (**self).len()
    }

    fn split_at(self, at: usize) -> (Self, Self) {
        <[T]>::split_at(self, at)
    }

    fn each(self) -> impl Iterator<Item = &'a T> {
        self.iter()
    }
}

impl<'a, T: Send> Items for &'a mut [T] {
    type Item = &'a mut T;

    fn len(&self) -> usize {
        (**self).len()
    }

    fn split_at(self, at: usize) -> (Self, Self) {
        self.split_at_mut(at)
    }

    fn each(self) -> impl Iterator<Item = &'a mut T> {
        self.iter_mut()
    }
}

// TWIN: a loop in C++ goes over indices, and takes from several ranges what it likes.
impl<A: Items, B: Items> Items for (A, B) {
    type Item = (A::Item, B::Item);

    fn len(&self) -> usize {
        self.0.len().min(self.1.len())
    }

    fn split_at(self, at: usize) -> (Self, Self) {
        let (a, more_a) = self.0.split_at(at);
        let (b, more_b) = self.1.split_at(at);
        ((a, b), (more_a, more_b))
    }

    fn each(self) -> impl Iterator<Item = (A::Item, B::Item)> {
        self.0.each().zip(self.1.each())
    }
}

/// Pieces of so many items each, but the last.
pub(super) struct Chunks<I> {
    pub(super) items: I,
    pub(super) size: usize,
}

impl<I: Items> Items for Chunks<I> {
    type Item = I;

    fn len(&self) -> usize {
        self.items.len().div_ceil(self.size)
    }

    fn split_at(self, at: usize) -> (Self, Self) {
        let Self { items, size } = self;
        let middle = items.len().min(at * size);
        let (items, more) = items.split_at(middle);
        (Self { items, size }, Self { items: more, size })
    }

    fn each(self) -> impl Iterator<Item = I> {
        let Self { items, size } = self;
        let mut rest = Some(items);
        core::iter::from_fn(move || {
            let items = rest.take().filter(|items| !items.is_empty())?;
            let middle = items.len().min(size);
            let (chunk, more) = items.split_at(middle);
            rest = Some(more);
            Some(chunk)
        })
    }
}

// ---- Loop ---------------------------------------------------------------------------------------

/// What is done to the items.
pub(super) struct Plan<'a, Begin, Go, Combine> {
    pub(super) grain: Grain,
    pub(super) token: Option<&'a CancelToken>,
    /// What comes of no items.
    pub(super) begin: Begin,
    /// What comes of those before and of these.
    pub(super) go: Go,
    /// What comes of two parts, the first one first.
    pub(super) combine: Combine,
}

/// How many items are done without a look at anything else.
#[derive(Clone, Copy)]
pub(super) struct Grain {
    first: usize,
    grows: bool,
}

impl Grain {
    pub(super) fn fixed(items: usize) -> Self {
        Self { first: items, grows: false }
    }

    /// If nobody says how many.
    pub(super) fn usual(worker: &Worker, items: usize) -> Self {
        let first = items / (GRAINS * worker.pool().workers().len());
        Self { first: first.clamp(1, GRAIN_ITEMS), grows: true }
    }

    /// To how many it grows, while nobody takes anything, in a part of so many.
    fn most(self, items: usize) -> usize {
        if self.grows { (items / GRAIN_PART).clamp(self.first, GRAIN_ITEMS) } else { self.first }
    }
}

impl<Begin, Go, Combine> Plan<'_, Begin, Go, Combine> {
    /// True if the items are not wanted any more: they are counted.
    #[inline(always)]
    fn drops(&self, items: usize) -> bool {
        let cancelled = self.token.filter(|token| token.is_cancelled());
        if let Some(token) = cancelled {
            token.drop_some(items as u64);
        }
        cancelled.is_some()
    }
}

/// [`join`](super::join) in a worker's thread; `b` is told whose thread it is in.
pub(super) fn both<A: Send, B: Send>(
    worker: &Worker,
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce(&Worker) -> B + Send,
) -> (A, B) {
    join::join_in(worker, a, || b(Worker::current().expect("a job is executed by a worker")))
}

/// Goes through the items, and shares them with whoever has nothing to do.
pub(super) fn share<I, R, Begin, Go, Combine>(
    worker: &Worker,
    mut items: I,
    plan: &Plan<'_, Begin, Go, Combine>,
) -> R
where
    I: Items,
    R: Send,
    Begin: Fn() -> R + Sync,
    Go: Fn(R, I) -> R + Sync,
    Combine: Fn(R, R) -> R + Sync,
{
    let mut done = (plan.begin)();
    let mut grain = plan.grain.first;
    let most = plan.grain.most(items.len());
    while !items.is_empty() && !plan.drops(items.len()) {
        let count = items.len();
        if count > grain && worker.deque.len() <= 0 {
            let (left, right) = items.split_at(count / 2);
            let left = || share(worker, left, plan);
            let (left, right) = both(worker, left, |worker| share(worker, right, plan));
            return (plan.combine)(done, (plan.combine)(left, right));
        }
        let (these, rest) = items.split_at(count.min(grain));
        done = (plan.go)(done, these);
        items = rest;
        grain = (2 * grain).min(most);
    }
    done
}

/// The same, divided at the same places always: each time at half the grains.
fn share_alike<I, R, Begin, Go, Combine>(
    worker: &Worker,
    items: I,
    plan: &Plan<'_, Begin, Go, Combine>,
) -> R
where
    I: Items,
    R: Send,
    Begin: Fn() -> R + Sync,
    Go: Fn(R, I) -> R + Sync,
    Combine: Fn(R, R) -> R + Sync,
{
    let count = items.len();
    if plan.drops(count) {
        return (plan.begin)();
    }
    let grain = plan.grain.first;
    if count <= grain {
        return (plan.go)((plan.begin)(), items);
    }
    let (left, right) = items.split_at(count.div_ceil(grain) / 2 * grain);
    let left = || share_alike(worker, left, plan);
    let (left, right) = both(worker, left, |worker| share_alike(worker, right, plan));
    (plan.combine)(left, right)
}

/// Does the work in this thread's pool, or in the global one.
pub(super) fn in_worker<R: Send>(work: impl FnOnce(&Worker) -> R + Send) -> R {
    match Worker::current() {
        Some(worker) => work(worker),
        None => join::install(&global().pool, work),
    }
}

/// Goes through the items, as `options` say.
fn loop_in<I: Items, R: Send>(
    worker: &Worker,
    options: &LoopOptions,
    items: I,
    begin: impl Fn() -> R + Sync,
    go: impl Fn(R, I) -> R + Sync,
    combine: impl Fn(R, R) -> R + Sync,
) -> R {
    let grain = match options.grain {
        0 if options.deterministic => Grain::fixed(CHUNK_ITEMS),
        0 => Grain::usual(worker, items.len()),
        grain => Grain::fixed(grain),
    };
    let plan = Plan { grain, token: options.token.as_ref(), begin, go, combine };
    if options.deterministic {
        share_alike(worker, items, &plan)
    } else {
        share(worker, items, &plan)
    }
}

// ---- For ----------------------------------------------------------------------------------------

impl ThreadPool {
    /// [`parallel_for`] in this pool.
    pub fn parallel_for<I: Items>(&self, items: I, body: impl Fn(I::Item) + Sync) {
        self.parallel_for_with(&LoopOptions::default(), items, body);
    }

    /// [`parallel_for_with`] in this pool.
    pub fn parallel_for_with<I: Items>(
        &self,
        options: &LoopOptions,
        items: I,
        body: impl Fn(I::Item) + Sync,
    ) {
        join::install(&self.pool, |worker| for_in(worker, options, items, &body));
    }

    /// [`parallel_for_parts`] in this pool.
    pub fn parallel_for_parts<I: Items>(
        &self,
        options: &LoopOptions,
        items: I,
        body: impl Fn(I) + Sync,
    ) {
        join::install(&self.pool, |worker| parts_in(worker, options, items, &body));
    }
}

/// Calls `body` with each item, in many threads at the same time. If calls panic, one of the panics
/// goes on, and what had not begun may be left out.
///
/// ```
/// use diptych::thread_pool::parallel_for;
///
/// let mut squares = [0; 100];
/// parallel_for((0..100, &mut squares[..]), |(n, square)| *square = n * n);
/// assert_eq!(squares[9], 81);
/// ```
pub fn parallel_for<I: Items>(items: I, body: impl Fn(I::Item) + Sync) {
    parallel_for_with(&LoopOptions::default(), items, body);
}

/// The same, as `options` say.
pub fn parallel_for_with<I: Items>(options: &LoopOptions, items: I, body: impl Fn(I::Item) + Sync) {
    in_worker(|worker| for_in(worker, options, items, &body));
}

/// The same, with a call for each grain: parts that together are all items, each once.
pub fn parallel_for_parts<I: Items>(options: &LoopOptions, items: I, body: impl Fn(I) + Sync) {
    in_worker(|worker| parts_in(worker, options, items, &body));
}

fn parts_in<I: Items>(
    worker: &Worker,
    options: &LoopOptions,
    items: I,
    body: &(impl Fn(I) + Sync),
) {
    loop_in(worker, options, items, || (), |(), items| body(items), |(), ()| ());
}

fn for_in<I: Items>(
    worker: &Worker,
    options: &LoopOptions,
    items: I,
    body: &(impl Fn(I::Item) + Sync),
) {
    reduce_in(worker, options, items, &|| (), &body, &|(), ()| ());
}

// ---- Reduce -------------------------------------------------------------------------------------

impl ThreadPool {
    /// [`parallel_reduce`] in this pool.
    pub fn parallel_reduce<I: Items, R: Send>(
        &self,
        items: I,
        identity: impl Fn() -> R + Sync,
        map: impl Fn(I::Item) -> R + Sync,
        combine: impl Fn(R, R) -> R + Sync,
    ) -> R {
        self.parallel_reduce_with(&LoopOptions::default(), items, identity, map, combine)
    }

    /// [`parallel_reduce_with`] in this pool.
    pub fn parallel_reduce_with<I: Items, R: Send>(
        &self,
        options: &LoopOptions,
        items: I,
        identity: impl Fn() -> R + Sync,
        map: impl Fn(I::Item) -> R + Sync,
        combine: impl Fn(R, R) -> R + Sync,
    ) -> R {
        let work = |worker: &Worker| reduce_in(worker, options, items, &identity, &map, &combine);
        join::install(&self.pool, work)
    }
}

/// Maps each item, and combines what comes of them, in their order: `combine` is to be associative,
/// `identity` to change nothing.
///
/// ```
/// use diptych::thread_pool::parallel_reduce;
///
/// let words = ["to", "be", "or", "not"];
/// let letters = parallel_reduce(&words[..], || 0, |word| word.len(), |a, b| a + b);
/// assert_eq!(letters, 9);
/// ```
pub fn parallel_reduce<I: Items, R: Send>(
    items: I,
    identity: impl Fn() -> R + Sync,
    map: impl Fn(I::Item) -> R + Sync,
    combine: impl Fn(R, R) -> R + Sync,
) -> R {
    parallel_reduce_with(&LoopOptions::default(), items, identity, map, combine)
}

/// The same, as `options` say. What is cancelled is left out.
pub fn parallel_reduce_with<I: Items, R: Send>(
    options: &LoopOptions,
    items: I,
    identity: impl Fn() -> R + Sync,
    map: impl Fn(I::Item) -> R + Sync,
    combine: impl Fn(R, R) -> R + Sync,
) -> R {
    in_worker(|worker| reduce_in(worker, options, items, &identity, &map, &combine))
}

fn reduce_in<I: Items, R: Send>(
    worker: &Worker,
    options: &LoopOptions,
    items: I,
    identity: &(impl Fn() -> R + Sync),
    map: &(impl Fn(I::Item) -> R + Sync),
    combine: &(impl Fn(R, R) -> R + Sync),
) -> R {
    let go = |done, items: I| items.each().map(map).fold(done, combine);
    loop_in(worker, options, items, identity, go, combine)
}
