//! The C++ half as seen from Rust, through cxx.

pub mod vector;
