//! `Vec` runs the Rust twin's loops.

use diptych::workloads;

/// The vectors of the standard library.
struct Std;
diptych::family!(Std, Vec);

/// The contestant.
pub fn contestant() -> diptych_lab::Contestant {
    workloads::rust("std::vec::Vec", &["std::vector"], workloads::vector::workloads::<Std>())
}

/// How its type is laid out: the fields are private.
pub fn layouts() -> Vec<diptych_lab::Layout> {
    vec![diptych_lab::layout!("std::vec::Vec<u64>", Vec<u64>)]
}
