//! Workers add to a sum and then report that they are done; whoever sees that all are done reads
//! the sum. The bug: everything is atomic and everything is relaxed, so the report may be seen
//! before what it reports.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

const WORKERS: u32 = 4;

const REPORT: Ordering = if cfg!(fixed) { Ordering::Release } else { Ordering::Relaxed };
const SEE: Ordering = if cfg!(fixed) { Ordering::Acquire } else { Ordering::Relaxed };

#[derive(Default)]
struct Job {
    sum: AtomicU32,
    done: AtomicU32,
}

impl Job {
    fn work(&self, part: u32) {
        self.sum.fetch_add(part, Ordering::Relaxed);
        self.done.fetch_add(1, REPORT);
    }

    fn result(&self) -> u32 {
        while self.done.load(SEE) < WORKERS {
            thread::yield_now();
        }
        self.sum.load(Ordering::Relaxed)
    }
}

fn main() {
    let job = Job::default();
    thread::scope(|threads| {
        let workers: Vec<_> = (1..=WORKERS)
            .map(|part| {
                let job = &job;
                threads.spawn(move || job.work(part))
            })
            .collect();
        println!("sum {}", job.result());
        for worker in workers {
            worker.join().unwrap();
        }
    });
}
