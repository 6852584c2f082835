//! Two agents sell one seat. The bug: to look whether it is free and to take it are two steps.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering::SeqCst};
use loom::thread;

fn sell(taken: &AtomicBool) -> bool {
    if cfg!(fixed) {
        return !taken.swap(true, SeqCst);
    }
    if taken.load(SeqCst) {
        return false;
    }
    taken.store(true, SeqCst);
    true
}

fn main() {
    loom::model(|| {
        let taken = Arc::new(AtomicBool::new(false));
        let there = {
            let taken = Arc::clone(&taken);
            thread::spawn(move || sell(&taken))
        };
        let here = sell(&taken);
        assert!(here != there.join().unwrap(), "one seat, two tickets");
    });
    println!("2000 tickets for 2000 seats");
}
