//! A queue of jobs with a lock. The bug: `size` only reads, so whoever wrote it took no lock.
#![forbid(unsafe_code)]

use std::sync::Mutex;
use std::thread;

const JOBS: usize = 2_000;

#[derive(Default)]
struct Queue {
    jobs: Mutex<Vec<usize>>,
}

impl Queue {
    fn push(&self, job: usize) {
        self.jobs.lock().unwrap().push(job);
    }

    fn size(&self) -> usize {
        #[cfg(not(fixed))]
        return self.jobs.len();
        #[cfg(fixed)]
        return self.jobs.lock().unwrap().len();
    }
}

fn main() {
    let queue = Queue::default();
    let mut peak = 0;
    thread::scope(|threads| {
        let producer = threads.spawn(|| (0..JOBS).for_each(|job| queue.push(job)));
        for _ in 0..JOBS {
            peak = peak.max(queue.size());
        }
        producer.join().unwrap();
    });
    println!("{} jobs, {}", queue.size(), if peak <= JOBS { "never more" } else { "once more" });
}
