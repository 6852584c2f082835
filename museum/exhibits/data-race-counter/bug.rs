//! Four threads look through a log and count its errors together. The bug: they count in a plain
//! integer, which each of them would have to borrow for itself.
#![forbid(unsafe_code)]

#[cfg(fixed)]
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};
use std::thread;

const PART: usize = 10_000;

#[cfg(not(fixed))]
fn count_errors(statuses: &[i32], errors: &mut i32) {
    for status in statuses {
        if *status >= 500 {
            *errors += 1;
        }
    }
}

#[cfg(fixed)]
fn count_errors(statuses: &[i32], errors: &AtomicI32) {
    for status in statuses {
        if *status >= 500 {
            errors.fetch_add(1, Relaxed);
        }
    }
}

fn main() {
    let mut statuses = vec![200; 4 * PART];
    for status in statuses.iter_mut().step_by(4) {
        *status = 503;
    }

    #[cfg(not(fixed))]
    let mut errors = 0;
    #[cfg(fixed)]
    let errors = AtomicI32::new(0);
    thread::scope(|threads| {
        let mut running = Vec::new();
        for part in statuses.chunks(PART) {
            #[cfg(not(fixed))]
            running.push(threads.spawn(|| count_errors(part, &mut errors)));
            #[cfg(fixed)]
            running.push(threads.spawn(|| count_errors(part, &errors)));
        }
        for thread in running {
            thread.join().unwrap();
        }
    });
    #[cfg(fixed)]
    let errors = errors.into_inner();
    println!("{errors} errors");
}
