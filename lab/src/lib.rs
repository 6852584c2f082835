//! A laboratory that compares two implementations of the same work, in one language or in two:
//! in time, with an interval on the ratio, and in memory.
//!
//! A program registers its [`Contestant`]s and hands them to `cli::main`. That program is then
//! both the coordinator and, started afresh by itself for every launch, the worker:
//!
//! ```no_run
//! use std::process::ExitCode;
//! use diptych_lab::{Batch, Contestant, Digest, Rng, Tracked, Workload};
//!
//! struct Sort(Vec<Vec<u64>>);
//!
//! impl Batch for Sort {
//!     fn run(&mut self) -> u64 {
//!         self.0.iter_mut().for_each(|input| input.sort());
//!         self.0.iter().fold(0, |sum, output| sum ^ output[output.len() / 2])
//!     }
//!     fn check(&mut self) -> u64 {
//!         self.run();
//!         let mut digest = Digest::new();
//!         self.0.iter().flatten().for_each(|&word| digest.add(word));
//!         digest.value()
//!     }
//! }
//!
//! fn main() -> ExitCode {
//!     let sort = Workload {
//!         component: "sort".into(),
//!         name: "random/u64".into(),
//!         n: 1000,
//!         tracked: false,
//!         large: false,
//!         threads: 1,
//!         prepare: Box::new(|n, seed, calls| {
//!             let mut rng = Rng::new(seed);
//!             let input = |_| (0..n).map(|_| rng.next()).collect();
//!             Box::new(Sort((0..calls).map(input).collect()))
//!         }),
//!     };
//!     let contestant = Contestant {
//!         name: "slice::sort".into(),
//!         language: "rust".into(),
//!         compiler: "rustc".into(),
//!         flags: "opt-level=3".into(),
//!         baselines: vec!["std::stable_sort".into()],
//!         workloads: vec![sort],
//!         tracked: Tracked::default,
//!     };
//! # #[cfg(feature = "coordinator")]
//!     return diptych_lab::cli::main(vec![contestant]);
//! # #[cfg(not(feature = "coordinator"))]
//! # return diptych_lab::worker::serve(&[contestant]);
//! }
//! ```
//!
//! Workers in other languages speak the line protocol of `spec/lab-protocol.md`; for C++ the
//! header `diptych/lab/worker.hpp` does it. What the figures mean is in `spec/lab-json.md`, why they
//! are had in this way in `docs/method.md`.
//!
//! Without the default feature `coordinator` the crate is what a worker needs, and depends on
//! `libc` alone.

#[cfg(feature = "coordinator")]
pub mod cli;
pub mod kernels;
mod layout;
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
mod contest;
#[cfg(feature = "coordinator")]
mod design;
#[cfg(feature = "coordinator")]
mod detail;
#[cfg(feature = "coordinator")]
mod effects;
#[cfg(feature = "coordinator")]
mod environment;
#[cfg(feature = "coordinator")]
mod heap;
#[cfg(feature = "coordinator")]
mod interrupt;
#[cfg(feature = "coordinator")]
mod json;
#[cfg(feature = "coordinator")]
mod memory;
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

pub use layout::{Field, Layout};
pub use workload::{Batch, Contestant, Digest, Prepare, Rng, Tracked, Workload};
