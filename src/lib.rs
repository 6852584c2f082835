//! Systems components written twice, in Rust and in C++20, behind one C header.

pub mod allocator;
#[cfg(feature = "cpp")]
mod bridge;
#[cfg(feature = "capi")]
pub mod capi;
#[cfg(feature = "cpp")]
pub mod cpp;
pub mod thread_pool;
pub mod vector;
#[cfg(feature = "workloads")]
pub mod workloads;

pub use allocator::Allocator;
pub use vector::Vector;

/// The README's examples are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
