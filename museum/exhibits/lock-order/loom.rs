//! Two transfers that cross. The bug: each locks the payer first.

use loom::sync::{Arc, Mutex};
use loom::thread;

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
    loom::model(|| {
        let savings = Arc::new(Account { id: 1, cents: Mutex::new(500) });
        let current = Arc::new(Account { id: 2, cents: Mutex::new(100) });
        let there = {
            let (savings, current) = (Arc::clone(&savings), Arc::clone(&current));
            thread::spawn(move || transfer(&savings, &current, 200))
        };
        transfer(&current, &savings, 50);
        there.join().unwrap();
        assert_eq!(*savings.cents.lock().unwrap(), 350);
    });
    println!("350 and 250");
}
