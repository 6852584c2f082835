//! The laboratory's kernels of known size in both languages, for `diptych calibrate`.

#![allow(clippy::multiple_unsafe_ops_per_block, reason = "cxx generates such blocks")]

use diptych_lab::{Contestant, kernels};

#[cxx::bridge(namespace = "diptych::peers")]
mod ffi {
    unsafe extern "C++" {
        include!("calibration.hpp");
        include!("bridge/workloads.hpp");

        #[namespace = "diptych::workloads::bridge"]
        type Contestant = diptych::workloads::cpp::Contestant;

        fn calibrations() -> usize;
        fn calibration(index: usize) -> Result<&'static Contestant>;
    }
}

/// `rust`, `c++`, and those that do a known share more, compiled as the twins are.
pub fn contestants() -> Vec<Contestant> {
    let like = diptych::workloads::rust("", &[], Vec::new());
    let mut all = kernels::contestants();
    for contestant in &mut all {
        contestant.compiler.clone_from(&like.compiler);
        contestant.flags.clone_from(&like.flags);
    }
    let cpp = |index| ffi::calibration(index).expect("the index is below the count");
    all.extend((0..ffi::calibrations()).map(cpp).map(diptych::workloads::cpp::contestant));
    all
}
