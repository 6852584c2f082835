//! The words of two texts are counted, one of them in a thread of its own. The bug: the lock of the
//! sum is taken before the wait for the thread, which needs it to add what it has.

use loom::sync::{Arc, Mutex};
use loom::thread;

fn main() {
    loom::model(|| {
        let sum = Arc::new(Mutex::new(0));
        let thread = {
            let sum = Arc::clone(&sum);
            thread::spawn(move || *sum.lock().unwrap() += 4)
        };
        #[cfg(not(fixed))]
        let mut sum = sum.lock().unwrap();
        thread.join().unwrap();
        #[cfg(fixed)]
        let mut sum = sum.lock().unwrap();
        *sum += 6;
        assert_eq!(*sum, 10);
    });
    println!("10 words");
}
