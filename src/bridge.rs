//! The C++ half as seen from Rust, through cxx.

#![allow(clippy::multiple_unsafe_ops_per_block, reason = "cxx generates such blocks")]

pub mod allocator;
pub mod thread_pool;
pub mod vector;
#[cfg(feature = "workloads")]
pub mod workloads;
