//! `std::vector`, compiled with the C++ twin's flags.

#![allow(clippy::multiple_unsafe_ops_per_block, reason = "cxx generates such blocks")]

#[cxx::bridge(namespace = "diptych::peers")]
mod ffi {
    unsafe extern "C++" {
        include!("std_vector.hpp");
        include!("bridge/workloads.hpp");

        #[namespace = "diptych::workloads::bridge"]
        type Contestant = diptych::workloads::cpp::Contestant;

        fn std_vector() -> &'static Contestant;
    }
}

/// The contestant.
pub fn contestant() -> diptych_lab::Contestant {
    diptych::workloads::cpp::contestant(ffi::std_vector())
}

/// How its type is laid out: the fields are private.
pub fn layouts() -> Vec<diptych_lab::Layout> {
    diptych::workloads::cpp::layouts(ffi::std_vector())
}
