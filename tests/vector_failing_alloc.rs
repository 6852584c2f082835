//! What happens when the allocator has no memory. A binary of its own: it replaces the allocator.

#![allow(clippy::unwrap_used)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::process::Command;

use diptych::Vector;
use diptych::vector::TryReserveErrorKind;

/// The system's, which refuses while told to.
struct Failing;

thread_local! {
    static REFUSE: Cell<bool> = const { Cell::new(false) };
}

// SAFETY: V3 - every block comes from and goes back to `System`.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if REFUSE.get() {
            return std::ptr::null_mut();
        }
        // SAFETY: V3 - passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, data: *mut u8, layout: Layout) {
        // SAFETY: V3 - passed on.
        unsafe { System.dealloc(data, layout) }
    }

    unsafe fn realloc(&self, data: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if REFUSE.get() {
            return std::ptr::null_mut();
        }
        // SAFETY: V3 - passed on.
        unsafe { System.realloc(data, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Failing = Failing;

fn refused<R>(body: impl FnOnce() -> R) -> R {
    REFUSE.set(true);
    let result = body();
    REFUSE.set(false);
    result
}

#[test]
fn the_try_forms_say_what_was_refused_and_change_nothing() {
    let mut v = Vector::from(["a".to_string(), "b".to_string()]);
    let asked = |n| TryReserveErrorKind::AllocError { layout: Layout::array::<String>(n).unwrap() };
    let error = refused(|| v.try_reserve(1)).unwrap_err();
    assert_eq!(error.kind(), asked(4));
    assert!(error.to_string().contains("memory allocator returned an error"));
    assert_eq!(refused(|| v.try_reserve_exact(1)).unwrap_err().kind(), asked(3));
    assert_eq!(refused(|| Vector::<String>::try_with_capacity(9)).unwrap_err().kind(), asked(9));
    assert_eq!(refused(|| Vector::<String>::new().try_reserve(1)).unwrap_err().kind(), asked(2));
    assert_eq!(v, ["a", "b"]);
    v.push("c".to_string());
    assert_eq!(v.len(), 3);
}

#[test]
fn room_that_is_there_needs_no_allocator() {
    let mut v = Vector::with_capacity(4);
    refused(|| {
        v.extend([1, 2, 3]);
        v.insert(0, 4);
        v.shrink_to(9);
    });
    assert_eq!(v, [4, 1, 2, 3]);
}

#[test]
fn the_plain_forms_end_in_handle_alloc_error() {
    const ROLE: &str = "DIPTYCH_TEST_EXHAUST";
    type Action = fn(&mut Vector<u64>);
    let actions: [(&str, Action); 4] = [
        ("push", |v| v.push(1)),
        ("insert", |v| v.insert(0, 1)),
        ("reserve", |v| v.reserve(9)),
        ("reserve_exact", |v| v.reserve_exact(9)),
    ];
    if let Ok(role) = std::env::var(ROLE) {
        let mut v = Vector::from([1, 2]);
        let (_, action) = actions.iter().find(|(name, _)| *name == role).unwrap();
        refused(|| action(&mut v));
        return;
    }
    for (name, _) in actions {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_plain_forms_end_in_handle_alloc_error", "--nocapture"])
            .env(ROLE, name)
            .output()
            .unwrap();
        assert!(!output.status.success(), "{name}");
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.contains("memory allocation of"), "{name}: {message}");
    }
}
