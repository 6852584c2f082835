//! The C++ half as seen from Rust, through cxx.

#[cfg(feature = "workloads")]
pub mod workloads;
