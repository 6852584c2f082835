//! The C++ half as seen from Rust, through cxx.

pub mod vector;
#[cfg(feature = "workloads")]
pub mod workloads;
