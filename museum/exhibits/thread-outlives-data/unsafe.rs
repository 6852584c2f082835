//! A sum is started in the background and fetched later. The bug: the thread borrows a local vector
//! of the function that starts it, for a lifetime that was made up.

#[cfg(not(fixed))]
use std::slice;
use std::thread::{self, JoinHandle};

/// What becomes the sum.
fn start() -> JoinHandle<i64> {
    let samples: Vec<i64> = vec![2; 200_000];
    #[cfg(not(fixed))]
    {
        // SAFETY: none: the vector ends with this function.
        let samples: &'static [i64] =
            unsafe { slice::from_raw_parts(samples.as_ptr(), samples.len()) };
        thread::spawn(|| samples.iter().sum())
    }
    #[cfg(fixed)]
    thread::spawn(move || samples.iter().sum())
}

fn main() {
    let report = start();
    println!("sum {}", report.join().unwrap());
}
