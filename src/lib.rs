//! Systems components written twice, in Rust and in C++20, behind one C header.

#[cfg(feature = "cpp")]
mod bridge;
pub mod capi;
#[cfg(feature = "cpp")]
pub mod cpp;
pub mod vector;
#[cfg(feature = "workloads")]
pub mod workloads;

pub use vector::Vector;
