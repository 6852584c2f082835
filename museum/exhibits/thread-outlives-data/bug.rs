//! A sum is started in the background and fetched later. The bug: the thread borrows a local vector
//! of the function that starts it, and that function returns first.
#![forbid(unsafe_code)]

use std::thread::{self, JoinHandle};

/// What becomes the sum.
fn start() -> JoinHandle<i64> {
    let samples = vec![2; 200_000];
    #[cfg(not(fixed))]
    return thread::spawn(|| samples.iter().sum());
    #[cfg(fixed)]
    return thread::spawn(move || samples.iter().sum());
}

fn main() {
    let report = start();
    println!("sum {}", report.join().unwrap());
}
