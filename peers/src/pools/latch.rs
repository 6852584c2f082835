//! Waiting for tasks of pools that do not do it themselves. `peers/cpp/pools/latch.hpp` is the same
//! thing.

use std::sync::{
    Condvar, Mutex,
    atomic::{AtomicUsize, Ordering::AcqRel},
};

/// Counts tasks down, and wakes who waits for the last one.
pub struct Latch {
    left: AtomicUsize,
    done: Mutex<bool>,
    changed: Condvar,
}

/// Latches that nobody uses. Tasks want one that lives for ever, and calls come one after the other.
static SPARE: Mutex<Vec<&Latch>> = Mutex::new(Vec::new());

impl Latch {
    fn new() -> Self {
        Self { left: AtomicUsize::new(0), done: Mutex::new(true), changed: Condvar::new() }
    }

    /// Has as many tasks submitted, each of which counts down once, and waits for all of them.
    pub fn wait_for(tasks: usize, submit: impl FnOnce(&'static Self)) {
        if tasks == 0 {
            return;
        }
        let spare = SPARE.lock().expect("nobody panics").pop();
        let latch = spare.unwrap_or_else(|| Box::leak(Box::new(Self::new())));
        // The pool's queue hands this on to the tasks.
        latch.left.store(tasks, std::sync::atomic::Ordering::Relaxed);
        *latch.done.lock().expect("nobody panics") = false;
        submit(latch);
        let done = latch.done.lock().expect("nobody panics");
        drop(latch.changed.wait_while(done, |done| !*done).expect("nobody panics"));
        SPARE.lock().expect("nobody panics").push(latch);
    }

    /// One task is done.
    pub fn count_down(&self) {
        // Pairs with itself: the last one has seen what all others wrote.
        if self.left.fetch_sub(1, AcqRel) == 1 {
            let mut done = self.done.lock().expect("nobody panics");
            *done = true;
            self.changed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latch_waits_for_the_last_task_and_is_used_again() {
        let counted = AtomicUsize::new(0);
        for tasks in [0, 1, 2, 50] {
            std::thread::scope(|scope| {
                Latch::wait_for(tasks, |latch| {
                    for _ in 0..tasks {
                        let counted = &counted;
                        scope.spawn(move || {
                            counted.fetch_add(1, AcqRel);
                            latch.count_down();
                        });
                    }
                });
                assert_eq!(counted.swap(0, AcqRel), tasks);
            });
        }
    }
}
