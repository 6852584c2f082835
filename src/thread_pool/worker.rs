//! A thread of a pool: what it does when it has nothing to do.

use core::cell::Cell;
use core::ptr;
use core::sync::atomic::Ordering::{Relaxed, SeqCst};

use super::block;
use super::config::{FAIRNESS, PAUSES, RING_SLOTS, SPAWN_LIMIT, SPINS, YIELDS};
use super::deque::{Deque, Steal};
use super::injector::Injector;
use super::job::Job;
use super::metrics::Counts;
use super::pool::Pool;
use super::sync::{self, AtomicU32, Fences};
use super::tally::Tally;
use super::task::Priority;

#[repr(C, align(128))]
pub(super) struct Worker {
    pub(super) deque: Deque,
    /// At which it sleeps.
    park: Park,
    pub(super) index: usize,
    pool: *const Pool,
    /// Jobs that are for this one and no other.
    pub(super) mail: Injector,
    pub(super) tally: Tally,
    pub(super) counts: Counts,
    chance: Cell<u64>,
    ticks: Cell<u32>,
    /// Submitted jobs that this thread has begun and not ended: one waits for another.
    under_way: Cell<u32>,
    /// Some have ended, and who waits for that was not told yet.
    has_ended: Cell<bool>,
    /// It executes what it should have pushed.
    is_inline: Cell<bool>,
}

#[repr(align(128))]
struct Park(AtomicU32);

impl Park {
    /// Takes a mark off a worker that sleeps; true if nobody else did (T5).
    #[cfg_attr(all(test, any(loom, shuttle)), track_caller)]
    fn unmark(&self, mark: u32) -> bool {
        self.0.compare_exchange(ASLEEP, mark, SeqCst, SeqCst).is_ok() // E14
    }
}

const AWAKE: u32 = 0;
const ASLEEP: u32 = 1;
/// Being woken to search, but not yet counted as one that does: it has to wait for that.
const CALLING: u32 = 2;
/// Woken to search, and counted.
const CALLED: u32 = 3;

// SAFETY: T6 - cells are touched by the worker's own thread; all else is atomic.
unsafe impl Sync for Worker {}
// SAFETY: T6 - as above.
unsafe impl Send for Worker {}

#[cfg(all(test, any(loom, shuttle)))]
use super::tests::machine::CURRENT;
#[cfg(not(all(test, any(loom, shuttle))))]
thread_local! {
    static CURRENT: Cell<*const Worker> = const { Cell::new(ptr::null()) };
}

// ---- Construction -------------------------------------------------------------------------------

impl Worker {
    pub(super) fn new(index: usize, pool: *const Pool, fences: Fences) -> Self {
        Self {
            deque: Deque::new(RING_SLOTS, fences),
            park: Park(AtomicU32::new(AWAKE)),
            index,
            pool,
            chance: Cell::new((index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            mail: Injector::new(),
            tally: Tally::new(),
            counts: Counts::new(),
            ticks: Cell::new(0),
            under_way: Cell::new(0),
            has_ended: Cell::new(false),
            is_inline: Cell::new(false),
        }
    }
}

// ---- Queries ------------------------------------------------------------------------------------

impl Worker {
    /// The worker whose thread this is.
    #[inline(always)]
    pub(super) fn current() -> Option<&'static Worker> {
        // SAFETY: T6 - of the pool that runs this thread. Not longer than the thread, really.
        unsafe { CURRENT.get().as_ref() }
    }

    pub(super) fn pool(&self) -> &Pool {
        // SAFETY: T6 - a worker is part of its pool.
        unsafe { &*self.pool }
    }

    fn random(&self) -> usize {
        let mut chance = self.chance.get();
        chance ^= chance << 13; // Marsaglia's xorshift
        chance ^= chance >> 7;
        chance ^= chance << 17;
        self.chance.set(chance);
        (chance >> 32) as usize
    }
}

// ---- Mutation, fast path first ------------------------------------------------------------------

impl Worker {
    /// Publishes a job of this thread's; what `take` is to be told.
    ///
    /// # Safety
    /// By this worker's thread; the job stays until somebody has taken it.
    #[inline(always)]
    pub(super) unsafe fn push(&self, job: *mut Job) -> isize {
        // SAFETY: T1 - the caller's promise.
        let (at, at_limit) = unsafe { self.deque.push(job) };
        if at_limit { self.pushed_at_limit(at) } else { at }
    }

    /// Takes a job back that was pushed; or waits until who stole it is done. True: taken.
    ///
    /// # Safety
    /// By this worker's thread; `at` is what `push` answered.
    #[inline(always)]
    pub(super) unsafe fn take(&self, at: isize, job: *mut Job, is_done: impl Fn() -> bool) -> bool {
        // SAFETY: T1 - the caller's promise.
        let taken = unsafe { self.deque.take(at) };
        taken || self.take_slowly(job, is_done)
    }

    /// Publishes a job that was spawned; or executes it, if enough others wait.
    ///
    /// # Safety
    /// As for `push`.
    pub(super) unsafe fn push_or_execute(&self, job: *mut Job) {
        if self.begin_inline() {
            // SAFETY: T2 - nobody else has it.
            unsafe { self.execute(job) };
            self.tell_ends();
            return self.end_inline();
        }
        // SAFETY: T1 - the caller's promise.
        unsafe { self.push(job) };
    }

    /// True if so many jobs wait that it is better to do one than to publish another: until
    /// `end_inline`. What is spawned in between is published: work that spawns itself for ever must
    /// not fill the stack.
    pub(super) fn begin_inline(&self) -> bool {
        let begins = self.deque.len() >= SPAWN_LIMIT && !self.is_inline.get();
        if begins {
            self.is_inline.set(true);
        }
        begins
    }

    pub(super) fn end_inline(&self) {
        self.is_inline.set(false);
    }

    pub(super) fn begin_submitted(&self) {
        self.under_way.set(self.under_way.get() + 1);
    }

    /// A submitted job has ended here. Who waits until all have is told when this worker has no other
    /// one, or goes on with something that does not count: to look after each whether it was the last
    /// would take from all others what they count in.
    pub(super) fn end_submitted(&self) {
        self.tally.end();
        self.under_way.set(self.under_way.get() - 1);
        self.has_ended.set(self.under_way.get() == 0);
    }

    /// What follows is no submitted job.
    #[inline(always)]
    pub(super) fn tell_ends(&self) {
        if self.has_ended.get() {
            self.tell_ends_now();
        }
    }

    /// Executes a job.
    ///
    /// # Safety
    /// Taken by this worker's thread.
    pub(super) unsafe fn execute(&self, job: *mut Job) {
        // SAFETY: T2 - the caller's promise.
        let execute = unsafe { (*job).execute };
        // SAFETY: T2 - as above.
        unsafe { execute(job, self) };
        self.counts.executed.add(1);
    }
}

// ---- Slow path ----------------------------------------------------------------------------------

impl Worker {
    // TWIN: not cold in C++, here and for take_slowly: g++ saves bytes there, and takes a slower fence.
    #[cold]
    #[inline(never)]
    fn pushed_at_limit(&self, at: isize) -> isize {
        let control = &self.pool().control;
        // SAFETY: T1 - by this thread.
        unsafe { self.deque.make_room() };
        self.deque.fences.light(); // E2
        if control.state().asleep() == 0 {
            // SAFETY: T1 - by this thread.
            unsafe { self.deque.listen() };
            if control.state().asleep() == 0 {
                return self.deque.token(at);
            }
            self.deque.call();
        }
        self.pool().wake_one();
        self.deque.token(at)
    }

    #[cold]
    #[inline(never)]
    fn tell_ends_now(&self) {
        self.has_ended.set(false);
        self.pool().tell_if_quiet();
    }

    #[cold]
    #[inline(never)]
    fn take_slowly(&self, job: *mut Job, is_done: impl Fn() -> bool) -> bool {
        // SAFETY: T1 - by this thread.
        while let Some(youngest) = unsafe { self.deque.pop() } {
            if youngest == job {
                self.tell_ends();
                return true;
            }
            // What was spawned after it.
            // SAFETY: T2 - just taken.
            unsafe { self.execute(youngest) };
        }
        self.work_until(is_done);
        false
    }

    /// Does what there is to do until it is told to stop.
    pub(super) fn work_until(&self, is_done: impl Fn() -> bool) {
        while !is_done() {
            if let Some(job) = self.next_job().or_else(|| self.search(&is_done)) {
                // SAFETY: T2 - just taken.
                unsafe { self.execute(job) };
            }
        }
        self.tell_ends();
    }

    /// Its own youngest; now and then, one from outside first.
    fn next_job(&self) -> Option<*mut Job> {
        let ticks = self.ticks.get().wrapping_add(1);
        self.ticks.set(ticks);
        let mut outside = self.mail.take_one();
        outside = outside.or_else(|| self.pool().injectors[Priority::High as usize].take_one());
        if ticks.is_multiple_of(FAIRNESS) && outside.is_none() {
            // One: more of them would lie above its own.
            outside = self.pool().injectors[Priority::Normal as usize].take_one();
        }
        // SAFETY: T1 - by this thread.
        outside.or_else(|| unsafe { self.deque.pop() })
    }

    /// A job of somebody else's, or none and it is done.
    fn search(&self, is_done: &impl Fn() -> bool) -> Option<*mut Job> {
        let pool = self.pool();
        self.reclaim();
        pool.control.begin_search();
        let mut rounds = 0;
        loop {
            if is_done() {
                self.end_search();
                return None;
            }
            if let Some(job) = self.mail.take_one().or_else(|| self.steal()) {
                self.end_search();
                return Some(job);
            }
            self.tell_ends();
            if rounds < SPINS {
                sync::pause((rounds + 1).min(PAUSES));
            } else if rounds < SPINS + YIELDS {
                sync::yield_now();
            } else {
                self.sleep(is_done);
                rounds = 0;
            }
            rounds += 1;
        }
    }

    /// It searches no longer. What others published meanwhile, they left to those who search.
    pub(super) fn end_search(&self) {
        let pool = self.pool();
        if pool.control.end_search().is_idle() {
            self.deque.fences.heavy(); // E2
            if pool.has_jobs() {
                pool.wake_one();
            }
        }
    }

    /// One look at all others, and outside.
    pub(super) fn steal(&self) -> Option<*mut Job> {
        let workers = self.pool().workers();
        let start = self.random() % workers.len();
        let (before, from) = workers.split_at(start);
        for victim in from.iter().chain(before) {
            if ptr::eq(victim, self) {
                continue;
            }
            loop {
                // SAFETY: T7 - this one is searching.
                match unsafe { victim.deque.steal() } {
                    Steal::Job(job) => {
                        self.counts.stolen.add(1);
                        return Some(job);
                    }
                    Steal::Again => {}
                    Steal::Nothing => break,
                }
            }
        }
        self.take_outside()
    }

    /// The first that waits outside. Of high priority, one: what comes later would be done before the
    /// rest of a batch.
    fn take_outside(&self) -> Option<*mut Job> {
        let [high, normal, low] = &self.pool().injectors;
        high.take_one().or_else(|| normal.take(self)).or_else(|| low.take(self))
    }

    /// Sleeps, as a searcher, until there is work or it is done; and is a searcher again.
    fn sleep(&self, is_done: &impl Fn() -> bool) {
        let pool = self.pool();
        pool.control.sleep();
        // After it is counted: who finds nobody to wake has looked before, and is seen below. E2, E9, E14
        self.park.0.store(ASLEEP, SeqCst);
        for worker in pool.workers() {
            worker.deque.call();
        }
        self.deque.fences.heavy(); // E2, E9
        if (is_done() || pool.has_jobs() || !self.mail.is_empty()) && self.park.unmark(AWAKE) {
            pool.control.wake_to_search();
            return;
        }
        self.counts.sleeps.add(1);
        loop {
            // E14: called, it is counted as a searcher.
            match self.park.0.load(SeqCst) {
                state @ (ASLEEP | CALLING) => sync::wait(&self.park.0, state),
                CALLED => return self.park.0.store(AWAKE, Relaxed),
                _ => return pool.control.begin_search(),
            }
        }
    }

    /// Wakes it if it sleeps, as a searcher; true if it did.
    pub(super) fn call(&self) -> bool {
        // E2: the load comes after the caller has published, and seen that somebody is counted.
        let was_asleep = self.park.0.load(SeqCst) == ASLEEP && self.park.unmark(CALLING);
        if was_asleep {
            self.pool().control.wake_to_search();
            // E14. The pool stays: this thread is one of it, or holds it.
            self.park.0.store(CALLED, SeqCst);
            sync::wake(&raw const self.park.0);
            self.counts.calls.add_shared(1);
        }
        was_asleep
    }

    /// Wakes it if it sleeps: what it waits for may be done.
    pub(super) fn notify(&self) {
        // E9: the load comes after the caller has set what the worker looks at.
        if self.park.0.load(SeqCst) == ASLEEP && self.park.unmark(AWAKE) {
            self.pool().control.wake();
            sync::wake(&raw const self.park.0);
        }
    }

    /// Frees rings that nobody can be in any more.
    pub(super) fn reclaim(&self) {
        if self.deque.has_old_rings() {
            self.deque.fences.heavy(); // E7
            if self.pool().control.state().searching() == 0 {
                // SAFETY: T7 - who searches from now on sees the new ring.
                unsafe { self.deque.reclaim() };
            }
        }
    }
}

// ---- Thread -------------------------------------------------------------------------------------

impl Worker {
    /// The life of its thread.
    pub(super) fn run(&self) {
        let pool = self.pool();
        CURRENT.set(self);
        pool.begin_thread(self.index);
        self.work_until(|| pool.is_over() && pool.is_quiet());
        // E9: with a worker that is about to sleep, and has not seen this one end the last job.
        self.deque.fences.light();
        pool.notify_all();
        pool.end_thread(self.index);
        CURRENT.set(ptr::null());
        block::give_all();
    }
}
