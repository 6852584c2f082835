//! The machine that models run on: an engine's atomics and threads (`loom.rs`, `shuttle.rs`), and a
//! kernel that lets threads sleep.
//!
//! Each operation knows the line of source it is called from, so a defect is put into the pool by
//! naming a line and what happens there instead.
//!
//! Loom knows sequential consistency of fences, and half of that of loads and stores: here loads
//! only acquire, and where the pool relies on more there is a fence: [`LINES`].

use core::cell::{Cell, RefCell};
use std::alloc::{GlobalAlloc, Layout, System};
use std::panic::Location;
use std::sync::PoisonError;

use super::super::sync::Fences;
use super::super::worker::Worker;
use super::engine::thread::{self, Thread, ThreadId};
use super::engine::{Life, weak};

pub(in super::super) use super::engine::thread::yield_now;
pub(in super::super) use super::engine::{Condvar, Mutex, MutexGuard, spin_loop};
pub(in super::super) use core::sync::atomic::Ordering;

// ---- Lines --------------------------------------------------------------------------------------

/// A line of the pool's: the first one in `function` that contains `text`; or, if that is of the form
/// `a .. b`, the first one with `b` behind the first with `a`.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) file: &'static str,
    pub(super) function: &'static str,
    pub(super) text: &'static str,
}

pub(super) const fn line(file: &'static str, function: &'static str, text: &'static str) -> Line {
    Line { file, function, text }
}

impl Line {
    fn number(&self) -> u32 {
        let source = match self.file {
            "cancel" => include_str!("../cancel.rs"),
            "control" => include_str!("../control.rs"),
            "deque" => include_str!("../deque.rs"),
            "injector" => include_str!("../injector.rs"),
            "job" => include_str!("../job.rs"),
            "pool" => include_str!("../pool.rs"),
            "scope" => include_str!("../scope.rs"),
            "tally" => include_str!("../tally.rs"),
            "task" => include_str!("../task.rs"),
            "worker" => include_str!("../worker.rs"),
            file => panic!("{file} has no lines here"),
        };
        let Line { file, function, text } = self;
        let heads = [format!("fn {function}("), format!("fn {function}<")];
        let is_code = |line: &str| !line.trim_start().starts_with("//");
        let lines = source.lines().enumerate().filter(|(_, line)| is_code(line));
        let lines = lines.skip_while(|(_, line)| !heads.iter().any(|head| line.contains(head)));
        let end = |line: &str| line == "    }" || line == "}";
        let body: Vec<_> = lines.take_while(|(_, line)| !end(line)).collect();
        let mut rest = body.iter();
        let found =
            text.split(" .. ").map(|part| rest.find(|(_, line)| line.contains(part))).last();
        let found = found.flatten();
        let (at, _) = found.unwrap_or_else(|| panic!("{file}.rs: no `{text}` in {function}"));
        u32::try_from(at + 1).expect("a short file")
    }

    fn at(&self) -> At {
        At { file: format!("thread_pool/{}.rs", self.file), line: self.number() }
    }
}

struct At {
    file: String,
    line: u32,
}

impl At {
    fn is(&self, here: &Location<'_>) -> bool {
        self.line == here.line() && here.file().ends_with(&self.file)
    }
}

/// What happens at a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Event {
    /// What it says, and then a fence: what a sequentially consistent operation and a load need to
    /// stay in order.
    Fenced,
    /// A fence, and then what it says.
    FencedBefore,
    /// What it says; then others go on.
    LooksLater,
    /// It is relaxed.
    #[cfg_attr(shuttle, allow(dead_code))]
    Relaxed,
    /// Nothing; a compare-and-swap fails.
    Skipped,
    /// A compare-and-swap, a swap: a load and then a store.
    Torn,
    /// What it says; later it looks at the word once more.
    Lingers,
    /// What it says; it answers that there was one more.
    SaysOneMore,
    /// It answers that nobody sleeps or searches.
    SaysNobody,
}

/// What is so in all models.
const LINES: &[(Line, Event)] = &[
    // Sequentially consistent writes, and then loads of the word that a sleeper writes before its
    // fence.
    (line("pool", "wake_one", "state()"), Event::FencedBefore),
    (line("job", "set", "swap"), Event::Fenced),
    (line("scope", "execute", "fetch_sub"), Event::Fenced),
    (line("task", "finish", "swap"), Event::Fenced),
    (line("pool", "end", "is_over.store"), Event::Fenced),
    // Who sees work that somebody else is just taking looks again, and again.
    (line("worker", "sleep", "unmark("), Event::LooksLater),
];

thread_local! {
    static EVENTS: RefCell<Vec<(At, Event)>> = const { RefCell::new(Vec::new()) };
    static FENCES: Cell<Fences> = const { Cell::new(Fences::Symmetric) };
    static PUBLISHING: Cell<u32> = const { Cell::new(0) };
    static WAITING: RefCell<Vec<Thread>> = const { RefCell::new(Vec::new()) };
    static WORKERS: RefCell<Vec<(ThreadId, *const Worker)>> = const { RefCell::new(Vec::new()) };
    static SLEEPERS: RefCell<Vec<(usize, Thread)>> = const { RefCell::new(Vec::new()) };
}

/// From now on, in this thread and those that it has loom make.
pub(super) fn set_up(fences: Fences, defect: Option<(Line, Event)>) {
    FENCES.set(fences);
    let events = defect.iter().chain(LINES).map(|(line, event)| (line.at(), *event)).collect();
    EVENTS.set(events);
}

/// At the beginning of each execution.
pub(super) fn begin() {
    PUBLISHING.set(0);
    WAITING.take();
    WORKERS.take();
    SLEEPERS.take();
}

/// Whose thread a thread is: of a model's, all of which are one of the system's.
pub(in super::super) static CURRENT: Current = Current;

pub(in super::super) struct Current;

impl Current {
    pub(in super::super) fn get(&self) -> *const Worker {
        let me = thread::current().id();
        WORKERS.with_borrow(|all| {
            all.iter().find(|(id, _)| *id == me).map_or(core::ptr::null(), |(_, worker)| *worker)
        })
    }

    pub(in super::super) fn set(&self, worker: *const Worker) {
        let me = thread::current().id();
        WORKERS.with_borrow_mut(|all| {
            all.retain(|(id, _)| *id != me);
            all.push((me, worker));
        });
    }
}

/// Between a claim and the job itself others can do nothing but look again and again. Here they do
/// so once, and then when it is over.
pub(super) fn publishing(work: impl FnOnce()) {
    PUBLISHING.set(PUBLISHING.get() + 1);
    work();
    PUBLISHING.set(PUBLISHING.get() - 1);
    WAITING.take().iter().for_each(Thread::unpark);
}

fn look_later() {
    if PUBLISHING.get() == 0 {
        return yield_now();
    }
    WAITING.with_borrow_mut(|all| all.push(thread::current()));
    thread::park();
}

/// What is said of the line that calls whoever called this.
#[track_caller]
fn event() -> Option<Event> {
    let here = Location::caller();
    EVENTS.with_borrow(|events| Some(events.iter().find(|(at, _)| at.is(here))?.1))
}

/// As it happens here, behind the operation.
fn follow<T>(event: Option<Event>, value: T) -> T {
    match event {
        Some(Event::Fenced) => weak::fence(Ordering::SeqCst),
        Some(Event::LooksLater) => look_later(),
        _ => {}
    }
    value
}

// ---- Fences -------------------------------------------------------------------------------------

#[track_caller]
pub(in super::super) fn fence(order: Ordering) {
    if event() != Some(Event::Skipped) {
        weak::fence(order);
    }
}

/// The cheap one of two that differ. In a pool whose fences are all the same it is none.
#[track_caller]
pub(in super::super) fn light_fence() {
    if FENCES.get() == Fences::Asymmetric {
        fence(Ordering::SeqCst);
    }
}

// ---- Atomics ------------------------------------------------------------------------------------

/// Loads are not sequentially consistent of themselves.
fn acquire(order: Ordering) -> Ordering {
    if order == Ordering::SeqCst { Ordering::Acquire } else { order }
}

macro_rules! atomic {
    ($name:ident $(<$of:ident>)?, $value:ty, $nothing:expr) => {
        pub(in super::super) struct $name $(<$of>)? (weak::$name $(<$of>)?, Life);

        impl $(<$of>)? $name $(<$of>)? {
            const NOTHING: $value = $nothing;

            pub(in super::super) fn new(value: $value) -> Self {
                Self(weak::$name::new(value), Life::new())
            }

            #[track_caller]
            fn event(&self) -> Option<Event> {
                self.1.check();
                event()
            }

            fn linger(&self, event: Option<Event>) {
                if event == Some(Event::Lingers) {
                    weak::fence(Ordering::SeqCst);
                    self.1.check();
                    self.0.load(Ordering::Relaxed);
                    self.1.check();
                }
            }

            #[track_caller]
            pub(in super::super) fn load(&self, order: Ordering) -> $value {
                let value = match self.event() {
                    Some(Event::Relaxed) => self.0.load(Ordering::Relaxed),
                    Some(Event::SaysNobody) => Self::NOTHING,
                    Some(Event::FencedBefore) => {
                        weak::fence(Ordering::SeqCst);
                        self.0.load(acquire(order))
                    }
                    _ => self.0.load(acquire(order)),
                };
                self.1.check(); // whoever reads it is not the last one
                value
            }

            #[track_caller]
            pub(in super::super) fn store(&self, value: $value, order: Ordering) {
                let event = self.event();
                match event {
                    Some(Event::Skipped) => {}
                    Some(Event::Relaxed) => self.0.store(value, Ordering::Relaxed),
                    _ => self.0.store(value, order),
                }
                follow(event, ());
            }

            #[track_caller]
            #[allow(dead_code)]
            pub(in super::super) fn swap(&self, value: $value, order: Ordering) -> $value {
                let event = self.event();
                let before = match event {
                    Some(Event::Skipped) => self.0.load(Ordering::Acquire),
                    Some(Event::Torn) => {
                        let before = self.0.load(Ordering::Acquire);
                        self.0.store(value, Ordering::Release);
                        before
                    }
                    Some(Event::Relaxed) => self.0.swap(value, Ordering::Relaxed),
                    _ => self.0.swap(value, order),
                };
                self.linger(event);
                follow(event, before)
            }

            #[track_caller]
            pub(in super::super) fn compare_exchange(
                &self,
                old: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                let event = self.event();
                let outcome = match event {
                    Some(Event::Skipped) => Err(self.0.load(failure)),
                    Some(Event::Torn) => {
                        let before = self.0.load(Ordering::Acquire);
                        if before == old {
                            self.0.store(new, Ordering::Release);
                            Ok(before)
                        } else {
                            Err(before)
                        }
                    }
                    Some(Event::Relaxed) => {
                        self.0.compare_exchange(old, new, Ordering::Relaxed, Ordering::Relaxed)
                    }
                    _ => self.0.compare_exchange(old, new, success, failure),
                };
                follow(event, outcome)
            }

            #[track_caller]
            #[allow(dead_code)]
            pub(in super::super) fn compare_exchange_weak(
                &self,
                old: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.compare_exchange(old, new, success, failure)
            }
        }

        /// Whoever looks at it while its memory goes is found.
        #[cfg(loom)]
        impl $(<$of>)? Drop for $name $(<$of>)? {
            fn drop(&mut self) {
                if !std::thread::panicking() {
                    self.0.with_mut(|_| ());
                }
            }
        }

        impl $(<$of>)? core::fmt::Debug for $name $(<$of>)? {
            fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                formatter.write_str(stringify!($name))
            }
        }
    };
}

macro_rules! count {
    ($name:ident, $value:ty) => {
        impl $name {
            #[track_caller]
            #[allow(dead_code)]
            pub(in super::super) fn fetch_add(&self, more: $value, order: Ordering) -> $value {
                let event = self.event();
                follow(
                    event,
                    match event {
                        Some(Event::Skipped) => self.0.load(Ordering::Acquire),
                        Some(Event::Relaxed) => self.0.fetch_add(more, Ordering::Relaxed),
                        _ => self.0.fetch_add(more, order),
                    },
                )
            }

            #[track_caller]
            #[allow(dead_code)]
            pub(in super::super) fn fetch_sub(&self, less: $value, order: Ordering) -> $value {
                let event = self.event();
                let before = match event {
                    Some(Event::Skipped) => self.0.load(Ordering::Acquire),
                    Some(Event::Relaxed) => self.0.fetch_sub(less, Ordering::Relaxed),
                    _ => self.0.fetch_sub(less, order),
                };
                self.linger(event);
                follow(event, before + <$value>::from(event == Some(Event::SaysOneMore)))
            }
        }
    };
}

atomic!(AtomicIsize, isize, 0);
atomic!(AtomicU32, u32, 0);
atomic!(AtomicU64, u64, 0);
atomic!(AtomicUsize, usize, 0);
atomic!(AtomicPtr<T>, *mut T, core::ptr::null_mut());
count!(AtomicIsize, isize);
count!(AtomicU32, u32);
count!(AtomicU64, u64);
count!(AtomicUsize, usize);

/// Loom's own has no `with_mut`.
#[derive(Debug)]
pub(in super::super) struct AtomicBool(AtomicU32);

impl AtomicBool {
    pub(in super::super) fn new(value: bool) -> Self {
        Self(AtomicU32::new(value.into()))
    }

    #[track_caller]
    pub(in super::super) fn load(&self, order: Ordering) -> bool {
        self.0.load(order) != 0
    }

    #[track_caller]
    pub(in super::super) fn store(&self, value: bool, order: Ordering) {
        self.0.store(value.into(), order);
    }

    #[track_caller]
    pub(in super::super) fn compare_exchange(
        &self,
        old: bool,
        new: bool,
        success: Ordering,
        failure: Ordering,
    ) -> Result<bool, bool> {
        let outcome = self.0.compare_exchange(old.into(), new.into(), success, failure);
        outcome.map(|before| before != 0).map_err(|before| before != 0)
    }
}

// ---- Waiting ------------------------------------------------------------------------------------

/// A futex: the kernel puts the thread on its list, and then looks at the word.
pub(in super::super) fn wait(word: &AtomicU32, value: u32) {
    let me = thread::current();
    let id = me.id();
    let leave = || SLEEPERS.with_borrow_mut(|all| all.retain(|(_, thread)| thread.id() != id));
    SLEEPERS.with_borrow_mut(|all| all.push((core::ptr::from_ref(word) as usize, me)));
    weak::fence(Ordering::SeqCst);
    if word.0.load(Ordering::SeqCst) == value {
        thread::park();
    }
    leave();
}

#[track_caller]
pub(in super::super) fn wake(word: *const AtomicU32) {
    if event() == Some(Event::Skipped) {
        return;
    }
    weak::fence(Ordering::SeqCst);
    let woken = SLEEPERS.with_borrow_mut(|all| {
        let at = all.iter().position(|(at, _)| *at == word as usize)?;
        Some(all.remove(at).1)
    });
    if let Some(thread) = woken {
        thread.unpark();
    }
}

// ---- Memory -------------------------------------------------------------------------------------

/// What is freed stays as it is for a while: who looks at it is found, and nothing else happens. Nor
/// does anything if it is freed again.
struct Late;

const FREED: usize = 1 << 12;

/// At a place that follows from its address.
struct Freed([(*mut u8, Layout); FREED]);

// SAFETY: T9 - blocks that nobody owns any more.
unsafe impl Send for Freed {}

static FREED_LATELY: std::sync::Mutex<Freed> =
    std::sync::Mutex::new(Freed([(core::ptr::null_mut(), Layout::new::<u8>()); FREED]));

// SAFETY: T9 - the system's, freed later.
unsafe impl GlobalAlloc for Late {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: T9 - the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let at = (block as usize >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 52;
        let mut freed = FREED_LATELY.lock().unwrap_or_else(PoisonError::into_inner);
        let (other, layout) = core::mem::replace(&mut freed.0[at], (block, layout));
        drop(freed);
        if !other.is_null() && other != block {
            // SAFETY: T9 - freed by its owner, and not yet here.
            unsafe { System.dealloc(other, layout) };
        }
    }
}

#[global_allocator]
static LATE: Late = Late;
