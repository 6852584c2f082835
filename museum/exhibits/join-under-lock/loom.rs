//! A thread is told to stop and waited for. The bug: the one who waits holds the lock that the
//! thread needs to see that it shall stop.

use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

fn main() {
    loom::model(|| {
        let shared = Arc::new((Mutex::new(false), Condvar::new()));
        let thread = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                let (stop, wake) = &*shared;
                let mut stop = stop.lock().unwrap();
                while !*stop {
                    stop = wake.wait(stop).unwrap();
                }
            }
        });

        let (stop, wake) = &*shared;
        let mut stop = stop.lock().unwrap();
        *stop = true;
        wake.notify_one();
        #[cfg(fixed)]
        drop(stop);
        thread.join().unwrap();
    });
    println!("started\nfinished");
}
