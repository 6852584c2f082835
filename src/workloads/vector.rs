//! The table of all timed loops over vectors, for any family of vectors.
//!
//! `cpp/workloads/vector.hpp` is the same table.

/// Marks and digests an output that is a vector of the items of this element.
macro_rules! answers_vector {
    ($element:ty) => {
        #[inline(always)]
        fn mark(output: &Self::Output) -> u64 {
            elements::mark::<$element>(output)
        }

        fn digest(output: &Self::Output, digest: &mut Digest) {
            elements::digest::<$element>(output, digest);
        }
    };
}

/// Marks and digests an output that is one number.
macro_rules! answers_number {
    () => {
        #[inline(always)]
        fn mark(output: &u64) -> u64 {
            *output
        }

        fn digest(output: &u64, digest: &mut Digest) {
            digest.add(*output);
        }
    };
}

pub mod border;
mod chains;
mod elements;
mod family;
mod growth;
mod layouts;
mod places;
mod whole;

use diptych_lab::Workload;

use super::operation::{large, tracked, vector_workload};
use chains::*;
pub use elements::take_tracked;
use elements::{Boxed, Nested, Pod64, ShortString, String24, Tracked, U64};
pub use family::{Family, Twin};
use growth::*;
pub use layouts::layouts;
use places::*;
use whole::*;

/// All workloads of the vectors of a family, in the order in which they are reported.
pub fn workloads<F: Family>() -> Vec<Workload> {
    vec![
        vector_workload::<PushGrowing<F, U64>>("push_growing/u64", 1_000),
        vector_workload::<PushGrowing<F, U64>>("push_growing/u64", 100_000),
        vector_workload::<PushGrowing<F, U64>>("push_growing/u64", 1_000_000),
        vector_workload::<PushGrowing<F, Pod64>>("push_growing/pod64", 1_000),
        vector_workload::<PushGrowing<F, Pod64>>("push_growing/pod64", 100_000),
        vector_workload::<PushGrowing<F, ShortString>>("push_growing/short_string", 1_000),
        vector_workload::<PushGrowingMoved<F, String24>>("push_growing/string", 1_000),
        vector_workload::<PushGrowingMoved<F, String24>>("push_growing/string", 100_000),
        vector_workload::<PushGrowingMoved<F, Boxed>>("push_growing/boxed", 10_000),
        vector_workload::<PushGrowingMoved<F, Nested<F>>>("push_growing/nested", 10_000),
        vector_workload::<PushReserved<F, U64>>("push_reserved/u64", 1_000),
        vector_workload::<PushReserved<F, U64>>("push_reserved/u64", 100_000),
        vector_workload::<PushReserved<F, U64>>("push_reserved/u64", 1_000_000),
        vector_workload::<PushReserved<F, Pod64>>("push_reserved/pod64", 1_000),
        vector_workload::<PushReserved<F, Pod64>>("push_reserved/pod64", 100_000),
        vector_workload::<PushReservedMoved<F, String24>>("push_reserved/string", 1_000),
        vector_workload::<PushReservedMoved<F, String24>>("push_reserved/string", 100_000),
        vector_workload::<PushEight<F, U64>>("push_eight/u64", 1_024),
        vector_workload::<ExtendBlock<F>>("extend_block/u64", 1_000_000),
        vector_workload::<VectorOfVectors<F>>("vector_of_vectors/u64", 10_000),
        vector_workload::<InsertFront<F, U64>>("insert_front/u64", 10_000),
        vector_workload::<InsertFront<F, String24>>("insert_front/string", 1_000),
        vector_workload::<InsertFront<F, Boxed>>("insert_front/boxed", 1_000),
        vector_workload::<InsertFront<F, Nested<F>>>("insert_front/nested", 1_000),
        vector_workload::<InsertMiddle<F, U64>>("insert_middle/u64", 10_000),
        vector_workload::<InsertMiddle<F, String24>>("insert_middle/string", 1_000),
        vector_workload::<EraseFront<F, U64>>("erase_front/u64", 10_000),
        vector_workload::<Retain<F>>("retain/u64", 100_000),
        vector_workload::<CloneAll<F, U64>>("clone/u64", 1_000_000),
        vector_workload::<CloneAll<F, String24>>("clone/string", 10_000),
        vector_workload::<IterateSum<F>>("iterate_sum/u64", 100_000),
        vector_workload::<IndexSumChecked<F>>("index_sum_checked/u64", 100_000),
        vector_workload::<IndexSumUnchecked<F>>("index_sum_unchecked/u64", 100_000),
        vector_workload::<PopAll<F>>("pop_all/u64", 100_000),
        vector_workload::<Sort<F>>("sort/u64", 100_000),
        vector_workload::<PushGrowing<F, U64>>("border_push/u64", 10_000),
        vector_workload::<PushChain<F>>("border_push_chain/u64", 10_000),
        vector_workload::<IndexSumChecked<F>>("border_read/u64", 1_000),
        vector_workload::<Chase<F>>("border_chase/u64", 1_000),
        large(vector_workload::<PushGrowing<F, U64>>("push_large/u64", 134_217_728)),
        tracked(vector_workload::<PushGrowing<F, Tracked>>("push_growing/tracked", 1_000)),
        tracked(vector_workload::<InsertFront<F, Tracked>>("insert_front/tracked", 1_000)),
        tracked(vector_workload::<CloneAll<F, Tracked>>("clone/tracked", 1_000)),
    ]
}
