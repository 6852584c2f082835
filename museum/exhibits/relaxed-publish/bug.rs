//! A thread fills in an order and raises a flag; another waits for the flag and reads the order.
//! The bug: the flag is atomic, but relaxed, so it carries nothing with it.
#![forbid(unsafe_code)]

#[cfg(not(fixed))]
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
#[cfg(fixed)]
use std::sync::{Condvar, Mutex};
use std::thread;

#[derive(Default)]
struct Order {
    amount: u32,
    price: u32,
}

#[cfg(not(fixed))]
#[derive(Default)]
struct Desk {
    order: Order,
    placed: AtomicBool,
}

#[cfg(not(fixed))]
impl Desk {
    fn place(&self, order: Order) {
        self.order = order;
        self.placed.store(true, Relaxed);
    }

    fn total(&self) -> u32 {
        while !self.placed.load(Relaxed) {
            thread::yield_now();
        }
        self.order.amount * self.order.price
    }
}

#[cfg(fixed)]
#[derive(Default)]
struct Desk {
    order: Mutex<Option<Order>>,
    changed: Condvar,
}

#[cfg(fixed)]
impl Desk {
    fn place(&self, order: Order) {
        *self.order.lock().unwrap() = Some(order);
        self.changed.notify_one();
    }

    fn total(&self) -> u32 {
        let order = self.order.lock().unwrap();
        let order = self.changed.wait_while(order, |order| order.is_none()).unwrap();
        order.as_ref().map_or(0, |order| order.amount * order.price)
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
