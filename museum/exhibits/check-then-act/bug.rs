//! Two agents sell the seats of one house. The bug: each access to a seat is atomic, but to look
//! whether it is free and to take it are two, and both agents may look before either takes.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

const SEATS: usize = 2_000;

/// Another waits meanwhile.
fn charge_the_card() {
    thread::yield_now();
}

struct House {
    taken: Vec<AtomicBool>,
}

impl House {
    fn sell(&self, seat: usize) -> bool {
        if cfg!(fixed) {
            if self.taken[seat].swap(true, SeqCst) {
                return false;
            }
            charge_the_card();
        } else {
            if self.taken[seat].load(SeqCst) {
                return false;
            }
            charge_the_card();
            self.taken[seat].store(true, SeqCst);
        }
        true
    }
}

fn main() {
    let house = House { taken: (0..SEATS).map(|_| AtomicBool::new(false)).collect() };
    let agent = || (0..SEATS).filter(|seat| house.sell(*seat)).count();
    let (here, there) = thread::scope(|threads| {
        let thread = threads.spawn(agent);
        (agent(), thread.join().unwrap())
    });
    println!("{} tickets for {SEATS} seats", here + there);
}
