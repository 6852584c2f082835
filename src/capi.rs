//! The C interface of the Rust twins: the functions `dpt_rust_*` of `include/diptych.h`.
//!
//! No logic lives here: a function checks its pointers, calls the twin, and turns what comes back
//! into a status.

mod allocator;
#[rustfmt::skip]
#[allow(missing_docs, non_camel_case_types, non_snake_case, clippy::all)]
pub mod bindings;
mod drift;
mod error;
mod thread_pool;
mod vector;

/// Every function that this crate exports to C.
mod exports {
    pub use super::{allocator::*, error::*, thread_pool::*, vector::*};
}
