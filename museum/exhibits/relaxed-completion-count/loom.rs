//! A worker adds to a sum and reports that it is done; whoever sees the report reads the sum. The
//! bug: everything is relaxed, so the report may be seen before what it reports.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering};
use loom::thread;

const REPORT: Ordering = if cfg!(fixed) { Ordering::Release } else { Ordering::Relaxed };
const SEE: Ordering = if cfg!(fixed) { Ordering::Acquire } else { Ordering::Relaxed };

fn main() {
    loom::model(|| {
        let job = Arc::new((AtomicU32::new(0), AtomicU32::new(0)));
        let worker = {
            let job = Arc::clone(&job);
            thread::spawn(move || {
                let (sum, done) = &*job;
                sum.fetch_add(10, Ordering::Relaxed);
                done.fetch_add(1, REPORT);
            })
        };
        let (sum, done) = &*job;
        if done.load(SEE) == 1 {
            assert_eq!(sum.load(Ordering::Relaxed), 10, "done, and no sum");
        }
        worker.join().unwrap();
    });
    println!("sum 10");
}
