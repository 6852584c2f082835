//! How the types around vectors are laid out. `cpp/workloads/vector/layouts.hpp` tells the same of
//! C++'s.

use diptych_lab::{Layout, layout};

use super::elements::{Boxed, Element, Pod64, String24, U64};
use crate::capi::bindings::{dpt_elem, dpt_rust_vec, dpt_status};
use crate::vector::erased::{ErasedError, ErasedVector};
use crate::vector::{TryReserveError, Vector};

/// The types of the Rust twin, and what the elements of the timed vectors are.
pub fn layouts() -> Vec<Layout> {
    let with = |layout: Layout, fields: &[(&str, usize, usize)]| {
        fields.iter().fold(layout, |layout, &(name, offset, size)| layout.field(name, offset, size))
    };
    vec![
        with(layout!("diptych::Vector<u64>", Vector<u64>), &Vector::<u64>::FIELDS),
        with(layout!("diptych::vector::erased::ErasedVector", ErasedVector), &ErasedVector::FIELDS),
        layout!("dpt_rust_vec", dpt_rust_vec { data, len, cap, elem }),
        layout!("dpt_elem", dpt_elem { size, align, copy, relocate, destroy, context }),
        layout!("dpt_status", dpt_status),
        layout!("diptych::vector::erased::ErasedError", ErasedError),
        layout!("diptych::vector::TryReserveError", TryReserveError),
        layout!("u64", <U64 as Element>::Item),
        layout!("[u64; 8]", <Pod64 as Element>::Item),
        layout!("String", <String24 as Element>::Item),
        layout!("Box<u64>", <Boxed as Element>::Item),
    ]
}
