//! `Vec` runs the Rust twin's loops.

use diptych::workloads;

/// The vectors of the standard library.
struct Std;
diptych::family!(Std, Vec);

/// The contestant.
pub fn contestant() -> diptych_lab::Contestant {
    workloads::rust("std::vec::Vec", &["std::vector"], workloads::vector::workloads::<Std>())
}
