//! How the types around thread pools are laid out. `cpp/workloads/thread_pool/layouts.hpp` tells the
//! same of C++'s.

use diptych_lab::{Layout, layout};

use crate::capi::bindings::{dpt_priority, dpt_rust_pool_metrics, dpt_rust_pool_options};
use crate::thread_pool::{
    CancelToken, Fences, LoopOptions, Metrics, Options, Priority, Scope, Task, ThreadPool,
};

/// The types of the Rust twin, and what C has of it.
pub fn layouts() -> Vec<Layout> {
    vec![
        layout!("diptych::thread_pool::ThreadPool", ThreadPool),
        layout!("diptych::thread_pool::Scope", Scope<'_>),
        layout!("diptych::thread_pool::Task<u64>", Task<u64>),
        layout!("diptych::thread_pool::CancelToken", CancelToken),
        layout!("diptych::thread_pool::Options", Options { priority, token }),
        layout!("diptych::thread_pool::LoopOptions", LoopOptions { grain, token, deterministic }),
        layout!("diptych::thread_pool::Priority", Priority),
        layout!("diptych::thread_pool::Fences", Fences),
        layout!(
            "diptych::thread_pool::Metrics",
            Metrics { executed, stolen, sleeps, calls, dropped, waiting }
        ),
        layout!(
            "dpt_rust_pool_metrics",
            dpt_rust_pool_metrics { executed, stolen, sleeps, calls, dropped, waiting }
        ),
        layout!(
            "dpt_rust_pool_options",
            dpt_rust_pool_options {
                threads,
                name,
                stack_bytes,
                processors,
                processor_count,
                symmetric_fences,
                on_start,
                on_stop,
                context
            }
        ),
        layout!("dpt_priority", dpt_priority),
    ]
}
