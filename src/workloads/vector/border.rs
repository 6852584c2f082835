//! The price of the border: the C++ twin, called from Rust for each element.
//! `cpp/workloads/vector/border.hpp` calls the Rust twin from C++.
//!
//! Each call is timed in two forms. In the first the calls are independent of each other, and the
//! processor works on several at once; in the second each one needs what the one before it
//! answered. The same loops without a border are `PushGrowing` and `PushChain`, `IndexSumChecked`
//! and `Chase`.

use core::{ffi::c_void, marker::PhantomData, mem::size_of, ptr, slice};

use diptych_lab::{Digest, Rng, Workload};

use super::{
    chains::{Ring, link},
    elements::{self, U64, make_items},
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
    workloads::<VectorU64>()
}

/// The C++ twin through C.
pub fn c() -> Vec<Workload> {
    workloads::<Erased>()
}

fn workloads<V: Across>() -> Vec<Workload> {
    vec![
        vector_workload::<Push<V>>("border_push/u64", 10_000),
        vector_workload::<PushOn<V>>("border_push_chain/u64", 10_000),
        vector_workload::<Read<V>>("border_read/u64", 1_000),
        vector_workload::<ChaseOn<V>>("border_chase/u64", 1_000),
    ]
}

/// A vector of numbers in C++.
trait Across: 'static {
    fn make() -> Self;
    fn push(&mut self, item: u64);
    fn read(&self, index: usize) -> u64;
    fn as_slice(&self) -> &[u64];

    fn holding(items: Vec<u64>) -> Self
    where
        Self: Sized,
    {
        let mut made = Self::make();
        items.into_iter().for_each(|item| made.push(item));
        made
    }
}

/// Both are calls.
impl Across for VectorU64 {
    fn make() -> Self {
        Self::new()
    }

    #[inline(always)]
    fn push(&mut self, item: u64) {
        Self::push(self, item).expect("there is memory");
    }

    #[inline(always)]
    fn read(&self, index: usize) -> u64 {
        *self.get(index).expect("the index is in range")
    }

    #[inline(always)]
    fn as_slice(&self) -> &[u64] {
        Self::as_slice(self)
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

/// A vector behind the C interface. Pushing is a call; reading is none, as `dpt_vec_get` is inline
/// in the C header: a caller in any language reads the struct.
struct Erased(dpt_cpp_vec);

impl Across for Erased {
    fn make() -> Self {
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
    fn read(&self, index: usize) -> u64 {
        self.as_slice()[index]
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

/// What all operations share that make a vector in C++ from a series.
macro_rules! series_to_vector {
    () => {
        type Input = Series;
        type Output = V;
        const KEEPS: bool = false;

        fn prepare(n: u64, rng: &mut Rng) -> Series {
            Series { n, seed: rng.next() }
        }

        #[inline(always)]
        fn mark(output: &V) -> u64 {
            elements::mark::<U64>(output.as_slice())
        }

        fn digest(output: &V, digest: &mut Digest) {
            elements::digest::<U64>(output.as_slice(), digest);
        }
    };
}

/// Pushes numbers into an empty vector in C++. The vector dies inside the clock.
struct Push<V>(PhantomData<V>);

impl<V: Across> Operation for Push<V> {
    series_to_vector!();

    #[inline(always)]
    fn work(input: &mut Series) -> V {
        let mut out = V::make();
        for i in 0..input.n {
            out.push(input.seed.wrapping_add(i));
        }
        out
    }
}

/// As `PushChain`, in C++.
struct PushOn<V>(PhantomData<V>);

impl<V: Across> Operation for PushOn<V> {
    series_to_vector!();

    #[inline(always)]
    fn work(input: &mut Series) -> V {
        let mut out = V::make();
        let mut item = input.seed;
        for i in 0..input.n {
            out.push(item);
            item = link(out.read(i as usize), input.seed);
        }
        out
    }
}

/// A vector in C++, and how many numbers it holds.
struct Held<V> {
    items: V,
    n: usize,
}

/// As `IndexSumChecked`, in C++.
struct Read<V>(PhantomData<V>);

impl<V: Across> Operation for Read<V> {
    type Input = Held<V>;
    type Output = u64;
    const KEEPS: bool = false;

    fn prepare(n: u64, rng: &mut Rng) -> Held<V> {
        Held { items: V::holding(make_items::<U64>(n, rng)), n: n as usize }
    }

    #[inline(always)]
    fn work(input: &mut Held<V>) -> u64 {
        let mut sum = 0_u64;
        for i in 0..input.n {
            sum = sum.wrapping_add(input.items.read(i));
        }
        sum
    }

    answers_number!();
}

/// As `Chase`, in C++.
struct ChaseOn<V>(PhantomData<V>);

impl<V: Across> Operation for ChaseOn<V> {
    type Input = Ring<V>;
    type Output = u64;
    const KEEPS: bool = false;

    fn prepare(n: u64, rng: &mut Rng) -> Ring<V> {
        Ring::make(n, rng, V::holding)
    }

    #[inline(always)]
    fn work(input: &mut Ring<V>) -> u64 {
        input.chase(V::read)
    }

    answers_number!();
}
