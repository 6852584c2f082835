//! A lock-free list of free slots, taken by index. The bug: the exchange in `take` asks whether the
//! first slot is the same as before, not whether the list is: between the two reads the slot may
//! have been taken and given back, in front of another.
#![forbid(unsafe_code)]

use std::array;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::thread;

const SLOTS: usize = 4;
const ROUNDS: usize = 10_000;

struct FreeList {
    head: AtomicU64,
    next: [AtomicU32; SLOTS],
}

impl FreeList {
    fn new() -> Self {
        let next = array::from_fn(|slot| AtomicU32::new(slot as u32 + 1));
        Self { head: AtomicU64::new(0), next }
    }

    fn take(&self) -> Option<usize> {
        let mut head = self.head.load(SeqCst);
        while let Some(next) = self.next.get(slot_of(head)) {
            let after = u64::from(next.load(SeqCst)) | tag_after(head);
            match self.head.compare_exchange_weak(head, after, SeqCst, SeqCst) {
                Ok(_) => return Some(slot_of(head)),
                Err(now) => head = now,
            }
        }
        None
    }

    fn give(&self, slot: usize) {
        let mut head = self.head.load(SeqCst);
        loop {
            self.next[slot].store(slot_of(head) as u32, SeqCst);
            let after = slot as u64 | tag_after(head);
            match self.head.compare_exchange_weak(head, after, SeqCst, SeqCst) {
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
    let list = FreeList::new();
    let busy: [AtomicBool; SLOTS] = Default::default();
    let use_two = || {
        let mut twice = 0;
        for _ in 0..ROUNDS {
            let taken = [list.take(), list.take()];
            for slot in taken.into_iter().flatten() {
                twice += u32::from(busy[slot].swap(true, SeqCst));
            }
            for slot in taken.into_iter().flatten() {
                busy[slot].store(false, SeqCst);
                list.give(slot);
            }
        }
        twice
    };
    let twice = thread::scope(|threads| {
        let thread = threads.spawn(use_two);
        use_two() + thread.join().unwrap()
    });
    println!("given out twice: {}", if twice == 0 { "never" } else { "yes" });
}
