//! The walk counts itself as open and closes itself by `Drop`. Under `extern "C"` nothing may unwind
//! through it, so nobody runs the `Drop`; `extern "C-unwind"` says that something may.
#![no_main]
use std::sync::atomic::{AtomicU32, Ordering};

static OPEN: AtomicU32 = AtomicU32::new(0);

struct Walk;

impl Walk {
    fn open() -> Self {
        OPEN.fetch_add(1, Ordering::Relaxed);
        Walk
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(not(fixed))]
#[unsafe(no_mangle)]
extern "C" fn walk(visit: extern "C" fn(u32)) {
    let _walk = Walk::open();
    for entry in [1, 2, 3, 4] {
        visit(entry);
    }
}

#[cfg(fixed)]
#[unsafe(no_mangle)]
extern "C-unwind" fn walk(visit: extern "C-unwind" fn(u32)) {
    let _walk = Walk::open();
    for entry in [1, 2, 3, 4] {
        visit(entry);
    }
}

#[unsafe(no_mangle)]
extern "C" fn walks_open() -> u32 {
    OPEN.load(Ordering::Relaxed)
}
