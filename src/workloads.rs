//! The timed loops of all components, and who runs them.
//!
//! A loop is written once per language and is generic over the container, so that a twin and its
//! rivals run the same one. `cpp/workloads` holds the same loops in C++, file by file and line by
//! line; `tests/it/workloads.rs` holds both against each other.

pub mod allocator;
mod operation;
pub mod thread_pool;
pub mod vector;

pub use operation::{Operation, Prepared};

/// Contestants in C++, for rivals that are bridged elsewhere.
pub mod cpp {
    pub use crate::bridge::workloads::{Contestant, contestant, layouts};
}

use crate::bridge::workloads as bridge;
use diptych_lab::{Contestant, Layout};

/// The contestants of this crate: the Rust twins, the C++ twins, and each called from the other
/// language for every element, which is slow and shows what a call across the border costs.
pub fn contestants() -> Vec<Contestant> {
    use thread_pool::{Fenced, OVERSUBSCRIBED, Twin, WORKERS};
    let twins = [
        vector::workloads::<vector::Twin>(),
        allocator::workloads::<allocator::Twin>(),
        thread_pool::workloads::<Twin<WORKERS>, Twin<OVERSUBSCRIBED>>(),
        thread_pool::fences::<Fenced>(),
    ];
    let via_c = [vector::border::c(), allocator::border::<allocator::Cpp>()];
    vec![
        rust(
            "rust",
            &["cpp", "std::vec::Vec", "std::alloc::System"],
            twins.into_iter().flatten().collect(),
        ),
        bridge::twin(),
        rust("cpp via cxx", &["cpp"], vector::border::cxx()),
        rust("cpp via C", &["cpp"], via_c.into_iter().flatten().collect()),
        bridge::rust_through_c(),
    ]
}

/// How the types of the twins are laid out.
pub fn layouts() -> Vec<Layout> {
    let rust = [vector::layouts(), allocator::layouts(), thread_pool::layouts()];
    [rust.concat(), bridge::twin_layouts()].concat()
}

/// A contestant in Rust, compiled with this crate and its flags.
pub fn rust(name: &str, baselines: &[&str], workloads: Vec<diptych_lab::Workload>) -> Contestant {
    Contestant {
        name: name.to_owned(),
        language: "rust".to_owned(),
        compiler: env!("DIPTYCH_RUSTC").to_owned(),
        flags: env!("DIPTYCH_RUST_FLAGS").to_owned(),
        baselines: baselines.iter().map(|&baseline| baseline.to_owned()).collect(),
        workloads,
        tracked: vector::take_tracked,
    }
}
