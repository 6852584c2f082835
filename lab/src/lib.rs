//! A laboratory that compares two implementations of the same work, in one language or in two:
//! in time, with an interval on the ratio, and in memory.
//!
//! The shortest way is a [`Pair`]: an input, and the functions that are to be compared.
//!
//! ```no_run
//! # #[cfg(feature = "coordinator")]
//! fn main() -> std::process::ExitCode {
//!     diptych_lab::Pair::new("sort", 1000)
//!         .input(|rng, n| (0..n).map(|_| rng.next()).collect::<Vec<u64>>())
//!         .rust("stable", |words| { words.sort(); std::mem::take(words) })
//!         .rust("unstable", |words| { words.sort_unstable(); std::mem::take(words) })
//!         .main()
//! }
//! # #[cfg(not(feature = "coordinator"))]
//! # fn main() {}
//! ```
//!
//! A program that wants to say more registers [`Contestant`]s with [`Workload`]s, whose [`Batch`]es
//! do the work, and hands them to `cli::Program`. Either way that program is both the coordinator
//! and, started afresh by itself for every launch, the worker.
//!
//! Workers in other languages speak the line protocol of `spec/lab-protocol.md`; for C++ the
//! header `diptych/lab/worker.hpp` does it. What the figures mean is in `spec/lab-json.md`, why they
//! are had in this way in `docs/method.md`.
//!
//! Without the default feature `coordinator` the crate is what a worker needs, and depends on
//! `libc` alone.

#[cfg(feature = "coordinator")]
pub mod cli;
pub mod clock;
mod digestible;
pub mod kernels;
mod layout;
pub mod pair;
mod protocol;
pub mod worker;
mod workload;

#[cfg(feature = "coordinator")]
mod advice;
#[cfg(feature = "coordinator")]
mod calibrate;
#[cfg(feature = "coordinator")]
mod calibration;
#[cfg(feature = "coordinator")]
mod callgrind;
#[cfg(feature = "coordinator")]
mod claims;
#[cfg(feature = "coordinator")]
mod commands;
#[cfg(feature = "coordinator")]
mod contest;
#[cfg(feature = "coordinator")]
mod design;
#[cfg(feature = "coordinator")]
mod detail;
#[cfg(feature = "coordinator")]
mod effects;
#[cfg(feature = "coordinator")]
pub mod environment;
#[cfg(feature = "coordinator")]
mod heap;
#[cfg(feature = "coordinator")]
mod interrupt;
#[cfg(feature = "coordinator")]
mod json;
#[cfg(feature = "coordinator")]
mod memory;
#[cfg(feature = "coordinator")]
mod mistakes;
#[cfg(feature = "coordinator")]
pub mod neighbour;
#[cfg(feature = "coordinator")]
mod output;
#[cfg(feature = "coordinator")]
mod padding;
#[cfg(feature = "coordinator")]
mod perf;
#[cfg(feature = "coordinator")]
mod plan;
#[cfg(feature = "coordinator")]
mod process;
#[cfg(feature = "coordinator")]
mod processor;
#[cfg(feature = "coordinator")]
mod programs;
#[cfg(feature = "coordinator")]
mod progress;
#[cfg(feature = "coordinator")]
mod report;
#[cfg(feature = "coordinator")]
mod require;
#[cfg(feature = "coordinator")]
mod roster;
#[cfg(feature = "coordinator")]
mod run;
#[cfg(feature = "coordinator")]
mod scheduling;
#[cfg(feature = "coordinator")]
mod skeleton;
#[cfg(feature = "coordinator")]
mod stats;
#[cfg(feature = "coordinator")]
mod symbols;
#[cfg(feature = "coordinator")]
mod table;
#[cfg(feature = "coordinator")]
mod timing;
#[cfg(feature = "coordinator")]
mod toolchain;
#[cfg(feature = "coordinator")]
mod variants;
#[cfg(feature = "coordinator")]
mod verdict;

pub use digestible::Digestible;
pub use layout::{Field, Layout};
pub use pair::Pair;
pub use workload::{Batch, Contestant, Digest, Prepare, Rng, Tracked, Workload};
