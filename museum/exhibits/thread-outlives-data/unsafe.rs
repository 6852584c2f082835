//! A sum is started in the background and fetched later. The bug: the thread borrows a local vector
//! of the function that starts it, for a lifetime that was made up.

use std::thread::{self, JoinHandle};

fn start_sum() -> JoinHandle<i64> {
    let samples = vec![2; 200_000];
    #[cfg(not(fixed))]
    {
        // SAFETY: none: the vector ends with this function.
        let samples: &'static [i64] = unsafe { std::mem::transmute(samples.as_slice()) };
        thread::spawn(|| samples.iter().sum())
    }
    #[cfg(fixed)]
    thread::spawn(move || samples.iter().sum())
}

fn main() {
    let thread = start_sum();
    println!("sum {}", thread.join().unwrap());
}
