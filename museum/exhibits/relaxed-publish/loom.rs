//! A thread writes a price and raises a flag; another reads the price when it sees the flag. The
//! bug: the flag is relaxed.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

#[cfg(not(fixed))]
const RAISE: Ordering = Ordering::Relaxed;
#[cfg(not(fixed))]
const SEE: Ordering = Ordering::Relaxed;
#[cfg(fixed)]
const RAISE: Ordering = Ordering::Release;
#[cfg(fixed)]
const SEE: Ordering = Ordering::Acquire;

struct Desk {
    total: UnsafeCell<u32>,
    placed: AtomicBool,
}

// SAFETY: the total is written once, before the flag is raised, and read after it is seen. With
// the relaxed flag: none.
unsafe impl Sync for Desk {}

fn main() {
    loom::model(|| {
        let desk = Arc::new(Desk { total: UnsafeCell::new(0), placed: AtomicBool::new(false) });
        let customer = {
            let desk = Arc::clone(&desk);
            thread::spawn(move || {
                // SAFETY: the flag is down, so nobody reads yet.
                desk.total.with_mut(|total| unsafe { *total = 42 });
                desk.placed.store(true, RAISE);
            })
        };
        if desk.placed.load(SEE) {
            // SAFETY: as for `Sync`.
            desk.total.with(|total| assert_eq!(unsafe { *total }, 42));
        }
        customer.join().unwrap();
    });
    println!("total 42");
}
