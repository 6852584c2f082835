//! A thread fills in an order and raises a flag; another waits for the flag and reads the order.
//! The bug: the flag is atomic, but relaxed, so it carries nothing with it.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

#[cfg(not(fixed))]
const RAISE: Ordering = Ordering::Relaxed;
#[cfg(not(fixed))]
const SEE: Ordering = Ordering::Relaxed;
#[cfg(fixed)]
const RAISE: Ordering = Ordering::Release;
#[cfg(fixed)]
const SEE: Ordering = Ordering::Acquire;

#[derive(Default)]
struct Order {
    amount: u32,
    price: u32,
}

#[derive(Default)]
struct Desk {
    order: UnsafeCell<Order>,
    placed: AtomicBool,
}

// SAFETY: the order is written once, before the flag is raised, and read after it is seen. With
// the relaxed flag: none, for no thread sees the one before the other.
unsafe impl Sync for Desk {}

impl Desk {
    fn place(&self, order: Order) {
        // SAFETY: the flag is down, so nobody reads yet.
        unsafe { *self.order.get() = order };
        self.placed.store(true, RAISE);
    }

    fn total(&self) -> u32 {
        while !self.placed.load(SEE) {
            thread::yield_now();
        }
        // SAFETY: acquire has seen the release, and the order with it. With the relaxed flag: none.
        let order = unsafe { &*self.order.get() };
        order.amount * order.price
    }
}

fn main() {
    let desk = Desk::default();
    thread::scope(|threads| {
        let customer = threads.spawn(|| desk.place(Order { amount: 6, price: 7 }));
        println!("total {}", desk.total());
        customer.join().unwrap();
    });
}
