//! A lock-free list of two free slots, and two threads that take from it. The bug: the exchange in
//! `take` asks whether the first slot is the same as before, not whether the list is.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use loom::thread;

const SLOTS: usize = 2;

struct FreeList {
    head: AtomicU64,
    next: [AtomicU32; SLOTS],
    busy: [AtomicBool; SLOTS],
}

impl FreeList {
    fn new() -> Self {
        Self {
            head: AtomicU64::new(0),
            next: [AtomicU32::new(1), AtomicU32::new(2)],
            busy: [AtomicBool::new(false), AtomicBool::new(false)],
        }
    }

    fn take(&self) -> Option<usize> {
        let mut head = self.head.load(SeqCst);
        while let Some(next) = self.next.get(slot_of(head)) {
            let after = u64::from(next.load(SeqCst)) | tag_after(head);
            match self.head.compare_exchange(head, after, SeqCst, SeqCst) {
                Ok(_) => {
                    let slot = slot_of(head);
                    assert!(!self.busy[slot].swap(true, SeqCst), "one slot, two owners");
                    return Some(slot);
                }
                Err(now) => head = now,
            }
        }
        None
    }

    fn give(&self, slot: usize) {
        self.busy[slot].store(false, SeqCst);
        let mut head = self.head.load(SeqCst);
        loop {
            self.next[slot].store(slot_of(head) as u32, SeqCst);
            let after = slot as u64 | tag_after(head);
            match self.head.compare_exchange(head, after, SeqCst, SeqCst) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }
}

fn slot_of(head: u64) -> usize {
    head as u32 as usize
}

/// The upper half of the next head.
fn tag_after(head: u64) -> u64 {
    if cfg!(fixed) { ((head >> 32) + 1) << 32 } else { 0 }
}

fn main() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| {
        let list = Arc::new(FreeList::new());
        let thread = {
            let list = Arc::clone(&list);
            thread::spawn(move || {
                list.take();
                list.take();
            })
        };
        let first = list.take();
        let second = list.take();
        if let (Some(first), Some(_)) = (first, second) {
            list.give(first);
        }
        thread.join().unwrap();
    });
    println!("given out twice: never");
}
