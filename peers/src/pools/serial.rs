//! The loops over thread pools without a pool, in both languages: what the pools' overhead is held
//! against.

#![allow(clippy::multiple_unsafe_ops_per_block, reason = "cxx generates such blocks")]

use diptych::workloads::{self, thread_pool::Serial};
use diptych_lab::Contestant;

#[cxx::bridge(namespace = "diptych::peers")]
mod ffi {
    unsafe extern "C++" {
        include!("serial_pool.hpp");
        include!("bridge/workloads.hpp");

        #[namespace = "diptych::workloads::bridge"]
        type Contestant = diptych::workloads::cpp::Contestant;

        fn serial_pool() -> &'static Contestant;
    }
}

/// Both contestants.
pub fn contestants() -> [Contestant; 2] {
    [
        workloads::rust("serial", &[], workloads::thread_pool::workloads::<Serial, Serial>()),
        workloads::cpp::contestant(ffi::serial_pool()),
    ]
}
