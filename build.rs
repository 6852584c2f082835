//! Builds the C++ half.

fn main() {}
