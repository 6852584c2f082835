//! Both twins while there is little to do.

use diptych::workloads::{
    self,
    thread_pool::{Twin, WORKERS},
};

use super::probe::{Entry, about, submits};

#[cxx::bridge(namespace = "diptych::peers")]
mod ffi {
    unsafe extern "C++" {
        include!("twin_pool.hpp");

        fn probe_twin_pool(samples: u64, milliseconds: u64);
    }
}

/// The Rust twin and the C++ twin.
pub fn entries() -> [Entry; 2] {
    let cpp = Entry {
        name: "cpp",
        about: about(
            &workloads::contestants()
                .into_iter()
                .find(|one| one.name == "cpp")
                .expect("it takes part"),
        ),
        probe: |order| ffi::probe_twin_pool(order.samples as u64, order.time.as_millis() as u64),
    };
    [submits::<Twin<WORKERS>>("rust", ""), cpp]
}
