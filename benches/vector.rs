//! Criterion front end of the vector workloads.

fn main() {}
