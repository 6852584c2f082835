//! How the types around allocators are laid out. `cpp/workloads/allocator/layouts.hpp` tells the
//! same of C++'s.

use diptych_lab::{Layout, layout};

use crate::allocator::{Allocator, ClassStats, Heap, Stats, ThreadStats};
use crate::capi::bindings::{dpt_rust_alloc_class, dpt_rust_alloc_stats, dpt_rust_alloc_thread};

/// What all is told in, in Rust and in C.
macro_rules! stats {
    ($name:literal, $type:ident) => {
        layout!(
            $name,
            $type {
                live_bytes,
                live_blocks,
                committed_bytes,
                peak_committed_bytes,
                reserved_bytes,
                pages,
                threads,
                classes
            }
        )
    };
}

/// The types of the Rust twin, and what C has of it.
pub fn layouts() -> Vec<Layout> {
    let heap = layout!("diptych::allocator::Heap", Heap);
    let (name, offset, size) = Heap::FIELD;
    vec![
        layout!("diptych::Allocator", Allocator),
        heap.field(name, offset, size),
        stats!("diptych::allocator::Stats", Stats),
        layout!("diptych::allocator::ClassStats", ClassStats { block_bytes, live_blocks, pages }),
        layout!("diptych::allocator::ThreadStats", ThreadStats { pages, live_blocks, live_bytes }),
        stats!("dpt_rust_alloc_stats", dpt_rust_alloc_stats),
        layout!("dpt_rust_alloc_class", dpt_rust_alloc_class { block_bytes, live_blocks, pages }),
        layout!("dpt_rust_alloc_thread", dpt_rust_alloc_thread { pages, live_blocks, live_bytes }),
    ]
}
