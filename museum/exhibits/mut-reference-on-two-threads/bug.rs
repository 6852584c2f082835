//! The tally. Called from Rust, `&mut` would keep a second thread out; called from C++, it is a
//! pointer. Fixed, the border takes `&` and the count is atomic.
#![no_main]
#[cfg(fixed)]
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Default)]
struct Tally {
    #[cfg(not(fixed))]
    visits: u64,
    #[cfg(fixed)]
    visits: AtomicU64,
}

#[unsafe(no_mangle)]
extern "C" fn tally_new() -> Box<Tally> {
    Box::default()
}

#[cfg(not(fixed))]
#[unsafe(no_mangle)]
extern "C" fn tally_add(tally: &mut Tally, visits: u64) {
    tally.visits += visits;
}

#[cfg(fixed)]
#[unsafe(no_mangle)]
extern "C" fn tally_add(tally: &Tally, visits: u64) {
    tally.visits.fetch_add(visits, Ordering::Relaxed);
}

#[unsafe(no_mangle)]
extern "C" fn tally_total(tally: &Tally) -> u64 {
    #[cfg(not(fixed))]
    return tally.visits;
    #[cfg(fixed)]
    return tally.visits.load(Ordering::Relaxed);
}

#[unsafe(no_mangle)]
extern "C" fn tally_free(_: Option<Box<Tally>>) {}
