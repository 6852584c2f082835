//! A laboratory that compares two implementations of the same work, in one language or in two.

mod workload;

pub use workload::{Batch, Contestant, Digest, Prepare, Rng, Tracked, Workload};
