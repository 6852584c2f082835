//! The price of the border: the C++ twin, pushed to from Rust, one call per element.
//! `cpp/workloads/vector/border.hpp` pushes to the Rust twin from C++.
//!
//! The same loop without a border is `PushGrowing`.

use core::{ffi::c_void, mem::size_of, ptr, slice};

use diptych_lab::{Digest, Rng, Workload};

use super::{
    elements::{self, U64},
    growth::Series,
};
use crate::{
    capi::bindings::dpt_status,
    capi::bindings::{dpt_cpp_vec, dpt_cpp_vec_free, dpt_cpp_vec_new, dpt_cpp_vec_push, dpt_elem},
    cpp::VectorU64,
    workloads::{Operation, operation::vector_workload},
};

/// The C++ twin through cxx.
pub fn cxx() -> Vec<Workload> {
    vec![vector_workload::<PushCxx>("border_push/u64", 10_000)]
}

/// The C++ twin through C.
pub fn c() -> Vec<Workload> {
    vec![vector_workload::<PushC>("border_push/u64", 10_000)]
}

/// Pushes numbers into an empty vector in C++ through cxx. The vector dies inside the clock.
struct PushCxx;

impl Operation for PushCxx {
    type Input = Series;
    type Output = VectorU64;
    const KEEPS: bool = false;

    fn prepare(n: u64, rng: &mut Rng) -> Series {
        Series { n, seed: rng.next() }
    }

    #[inline(always)]
    fn work(input: &mut Series) -> VectorU64 {
        let mut out = VectorU64::new();
        for i in 0..input.n {
            out.push(input.seed.wrapping_add(i)).expect("there is memory");
        }
        out
    }

    #[inline(always)]
    fn mark(output: &VectorU64) -> u64 {
        elements::mark::<U64>(output.as_slice())
    }

    fn digest(output: &VectorU64, digest: &mut Digest) {
        elements::digest::<U64>(output.as_slice(), digest);
    }
}

/// Shared by all threads, as its functions, of which there are none, may be called from any.
struct Table(dpt_elem);

// SAFETY: V2 - the table is never written, and its context is null.
unsafe impl Sync for Table {}

static TABLE: Table = Table(dpt_elem {
    size: size_of::<u64>(),
    align: align_of::<u64>(),
    copy: None,
    relocate: None,
    destroy: None,
    context: ptr::null_mut(),
});

/// A vector behind the C interface.
struct Erased(dpt_cpp_vec);

impl Erased {
    fn new() -> Self {
        let mut out =
            Self(dpt_cpp_vec { data: ptr::null_mut(), len: 0, cap: 0, elem: ptr::null() });
        // SAFETY: V3 - `out` is written over, and the table lives as long as the program.
        let status = unsafe { dpt_cpp_vec_new(&raw mut out.0, &raw const TABLE.0) };
        assert!(status == dpt_status::DPT_OK);
        out
    }

    #[inline(always)]
    fn push(&mut self, item: u64) {
        let item = (&raw const item).cast::<c_void>();
        // SAFETY: V2 - the vector is valid, and `item` points at an element of its type.
        let status = unsafe { dpt_cpp_vec_push(&raw mut self.0, item) };
        assert!(status == dpt_status::DPT_OK);
    }

    #[inline(always)]
    fn as_slice(&self) -> &[u64] {
        // SAFETY: V2 - slots [0, len) are alive; `data` is aligned and not null.
        unsafe { slice::from_raw_parts(self.0.data.cast::<u64>(), self.0.len) }
    }
}

impl Drop for Erased {
    fn drop(&mut self) {
        // SAFETY: V3 - the block is given back once: nobody uses the vector after this.
        let _ = unsafe { dpt_cpp_vec_free(&raw mut self.0) };
    }
}

/// Pushes numbers into an empty vector in C++ through C. The vector dies inside the clock.
struct PushC;

impl Operation for PushC {
    type Input = Series;
    type Output = Erased;
    const KEEPS: bool = false;

    fn prepare(n: u64, rng: &mut Rng) -> Series {
        Series { n, seed: rng.next() }
    }

    #[inline(always)]
    fn work(input: &mut Series) -> Erased {
        let mut out = Erased::new();
        for i in 0..input.n {
            out.push(input.seed.wrapping_add(i));
        }
        out
    }

    #[inline(always)]
    fn mark(output: &Erased) -> u64 {
        elements::mark::<U64>(output.as_slice())
    }

    fn digest(output: &Erased, digest: &mut Digest) {
        elements::digest::<U64>(output.as_slice(), digest);
    }
}
