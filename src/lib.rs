//! Systems components written twice, in Rust and in C++20, behind one C header.

pub mod capi;
pub mod vector;

pub use vector::Vector;
