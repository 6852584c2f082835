//! Money goes from one account to another, under the locks of both. The bug: each transfer locks
//! the payer first, so two that cross can wait for each other. Here they happen not to cross.
#![forbid(unsafe_code)]

use std::sync::Mutex;
use std::thread;

struct Account {
    id: u32,
    cents: Mutex<i32>,
}

fn transfer(from: &Account, to: &Account, cents: i32) {
    let (mut payer, mut payee);
    if cfg!(fixed) && to.id < from.id {
        payee = to.cents.lock().unwrap();
        payer = from.cents.lock().unwrap();
    } else {
        payer = from.cents.lock().unwrap();
        payee = to.cents.lock().unwrap();
    }
    *payer -= cents;
    *payee += cents;
}

fn main() {
    let savings = Account { id: 1, cents: Mutex::new(500) };
    let current = Account { id: 2, cents: Mutex::new(100) };
    thread::scope(|threads| {
        threads.spawn(|| transfer(&savings, &current, 200)).join().unwrap();
        threads.spawn(|| transfer(&current, &savings, 50)).join().unwrap();
    });
    println!("{} and {}", savings.cents.lock().unwrap(), current.cents.lock().unwrap());
}
