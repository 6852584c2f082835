//! Four threads look through a log and count its errors together. The bug: a promise that a plain
//! cell may be shared, given to make the compiler quiet.

#[cfg(not(fixed))]
use std::cell::Cell;
#[cfg(fixed)]
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};
use std::thread;

const PART: usize = 10_000;

#[cfg(not(fixed))]
struct Counter(Cell<i32>);

// SAFETY: none: nothing keeps two threads from adding at the same time.
#[cfg(not(fixed))]
unsafe impl Sync for Counter {}

#[cfg(not(fixed))]
impl Counter {
    fn new() -> Self {
        Self(Cell::new(0))
    }

    fn add(&self) {
        self.0.set(self.0.get() + 1);
    }

    fn get(&self) -> i32 {
        self.0.get()
    }
}

#[cfg(fixed)]
struct Counter(AtomicI32);

#[cfg(fixed)]
impl Counter {
    fn new() -> Self {
        Self(AtomicI32::new(0))
    }

    fn add(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    fn get(&self) -> i32 {
        self.0.load(Relaxed)
    }
}

fn count_errors(statuses: &[i32], errors: &Counter) {
    for status in statuses {
        if *status >= 500 {
            errors.add();
        }
    }
}

fn main() {
    let mut statuses = vec![200; 4 * PART];
    for status in statuses.iter_mut().step_by(4) {
        *status = 503;
    }

    let errors = Counter::new();
    thread::scope(|threads| {
        let mut running = Vec::new();
        for part in statuses.chunks(PART) {
            running.push(threads.spawn(|| count_errors(part, &errors)));
        }
        for thread in running {
            thread.join().unwrap();
        }
    });
    println!("{} errors", errors.get());
}
