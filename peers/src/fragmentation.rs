//! `diptych fragmentation`: what a server's allocator holds over time, beside what the server does.
//!
//! Every allocator serves the same requests in a process of its own. Four times in each phase the
//! bytes that sessions hold are set against the physical memory that has come since the beginning;
//! what the one has more than the other are size classes, pages not filled, and holes.

use std::env;
use std::fs;
use std::process::{Command, ExitCode};

use diptych::workloads::allocator::{Cpp, Malloc, Moment, OPERATIONS, Twin, curve};

use crate::malloc;

/// What this program is called with.
pub const NAME: &str = "fragmentation";

/// The seed of the requests.
const SEED: u64 = 5;

/// One allocator's curve over so many requests.
type Curve = fn(u64) -> Vec<Moment>;

/// All whose blocks can be told apart from the rest of the process, by name.
fn curves() -> Vec<(&'static str, Curve)> {
    #[allow(unused_mut, reason = "others come with a feature")]
    let mut all: Vec<(&'static str, Curve)> =
        vec![("rust", of::<Twin>), ("cpp", of::<Cpp>), ("malloc", of::<malloc::Std>)];
    #[cfg(feature = "allocators")]
    {
        use crate::allocators::{Jemalloc, MIMALLOC, Mimalloc, Rpmalloc, Snmalloc};
        all.push((MIMALLOC, of::<Mimalloc>));
        all.push(("snmalloc", of::<Snmalloc>));
        all.push(("jemalloc", of::<Jemalloc>));
        all.push(("rpmalloc", of::<Rpmalloc>));
    }
    all
}

fn of<M: Malloc>(requests: u64) -> Vec<Moment> {
    let before = resident();
    curve::<M>(requests, SEED, || resident().saturating_sub(before))
}

/// Bytes of physical memory of this process, without those of files.
fn resident() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let page = |index| pages.split(' ').nth(index).and_then(|count| count.parse::<u64>().ok());
    (page(1).unwrap_or(0) - page(2).unwrap_or(0)) * 4096
}

/// Prints the curves of all as CSV; with the name of one, its own.
pub fn main() -> ExitCode {
    let wanted = env::args().nth(2);
    if let Some(name) = wanted {
        let Some((_, curve)) = curves().into_iter().find(|(other, _)| *other == name) else {
            eprintln!("no allocator is called {name}");
            return ExitCode::FAILURE;
        };
        for moment in curve(OPERATIONS) {
            let Moment { requests, live_bytes, held_bytes } = moment;
            let ratio = live_bytes as f64 / held_bytes.max(1) as f64;
            println!("{name},{requests},{live_bytes},{held_bytes},{ratio:.3}");
        }
        return ExitCode::SUCCESS;
    }
    println!("allocator,requests,live_bytes,held_bytes,live/held");
    for (name, _) in curves() {
        let this = env::current_exe().expect("a program knows itself");
        let ran = Command::new(this).args([NAME, name]).status();
        if !ran.is_ok_and(|status| status.success()) {
            eprintln!("{name} did not end well");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_allocators_serve_the_same_sessions() {
        let live = |curve: Curve| curve(20_000).iter().map(|m| m.live_bytes).collect::<Vec<_>>();
        let first = live(of::<Twin>);
        assert_eq!(first.len(), 20_000 / 2048);
        assert!(first.iter().all(|bytes| *bytes > 0));
        for (name, curve) in curves() {
            assert_eq!(live(curve), first, "{name}");
        }
    }
}
