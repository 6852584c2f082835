//! What a job costs in memory: its block, and nothing beside it, as long as its work has room there. The
//! same figures as in `cpp/tests/thread_pool_alloc_test.cpp`. A binary of its own: it replaces the
//! allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use diptych::thread_pool::{self, CancelToken, Options, Scope, ThreadPool};

/// The system's, which counts.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: A1 - every block comes from and goes back to `System`.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: A1 - passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, data: *mut u8, layout: Layout) {
        // SAFETY: A1 - passed on.
        unsafe { System.dealloc(data, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const JOBS: usize = 200;

static CALLS: AtomicUsize = AtomicUsize::new(0);

/// Work that has captured so many bytes.
fn work<const BYTES: usize>() -> impl FnOnce() -> usize + Send {
    let captured = [0_u8; BYTES];
    move || CALLS.fetch_add(1 + usize::from(captured[0]), SeqCst)
}

/// Allocations of a worker that spawns so many, when it has done so before.
fn allocations_of(pool: &ThreadPool, spawn: impl Fn() + Sync) -> usize {
    let made = [(); 3].map(|()| {
        CALLS.store(0, SeqCst);
        let made = pool.install(|| {
            let before = ALLOCATIONS.get();
            spawn();
            ALLOCATIONS.get() - before
        });
        pool.wait_idle();
        assert_eq!(CALLS.load(SeqCst), JOBS);
        made
    });
    made[2]
}

fn spawned<const BYTES: usize>(pool: &ThreadPool, options: &Options) -> usize {
    let spawn = || {
        let work = work::<BYTES>();
        pool.spawn_with(options, move || assert!(work() < JOBS));
    };
    allocations_of(pool, || (0..JOBS).for_each(|_| spawn()))
}

fn in_scope<const BYTES: usize>(pool: &ThreadPool) -> usize {
    let spawn = |scope: &Scope<'_>| {
        let work = work::<BYTES>();
        scope.spawn(move |_| assert!(work() < JOBS));
    };
    allocations_of(pool, || thread_pool::scope(|scope| (0..JOBS).for_each(|_| spawn(scope))))
}

/// One test, because all count the same calls.
#[test]
fn a_job_costs_its_block_and_nothing_beside_it() {
    let pool = ThreadPool::new(1);
    let with_token = Options { token: Some(CancelToken::new()), ..Options::default() };
    assert_eq!(spawned::<1>(&pool, &Options::default()), 0);
    assert_eq!(spawned::<40>(&pool, &Options::default()), 0, "40 bytes have room");
    assert_eq!(spawned::<40>(&pool, &with_token), 0, "with a token too");
    assert_eq!(spawned::<41>(&pool, &Options::default()), JOBS, "41 have not");

    assert_eq!(in_scope::<1>(&pool), 0);
    assert_eq!(in_scope::<48>(&pool), 0, "48 bytes have room in a scope's job");
    assert_eq!(in_scope::<49>(&pool), JOBS, "49 have not");

    let tasks = Mutex::new(Vec::with_capacity(JOBS));
    let submit = || {
        let mut tasks = tasks.lock().expect("nobody panics");
        tasks.clear();
        tasks.extend((0..JOBS).map(|_| pool.submit(work::<40>())));
    };
    assert_eq!(allocations_of(&pool, submit), JOBS, "what a task shares with its handle");

    let joins = pool.install(|| {
        let before = ALLOCATIONS.get();
        for _ in 0..100 {
            let _ = thread_pool::join(|| (), || ());
            thread_pool::parallel_for(0..100, |_| ());
        }
        ALLOCATIONS.get() - before
    });
    assert_eq!(joins, 0, "joins and loops allocate nothing");
}
