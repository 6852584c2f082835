//! Two threads pay into one account under a lock that stands beside what it guards. The bug: the
//! guard is bound to `_`, which binds nothing, so it unlocks at the semicolon.
#![forbid(unsafe_code)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};
use std::thread;

#[derive(Default)]
struct Account {
    mutex: Mutex<()>,
    cents: AtomicI32,
}

impl Account {
    fn deposit(&self, cents: i32) {
        #[cfg(not(fixed))]
        let _ = self.mutex.lock().unwrap();
        #[cfg(fixed)]
        let _lock = self.mutex.lock().unwrap();
        self.cents.store(self.cents.load(Relaxed) + cents, Relaxed);
    }

    fn cents(&self) -> i32 {
        let _lock = self.mutex.lock().unwrap();
        self.cents.load(Relaxed)
    }
}

fn main() {
    let account = Account::default();
    thread::scope(|threads| {
        let pay_in = || (0..2_000).for_each(|_| account.deposit(5));
        let salary = threads.spawn(pay_in);
        let interest = threads.spawn(pay_in);
        salary.join().unwrap();
        interest.join().unwrap();
    });
    println!("{} cents", account.cents());
}
