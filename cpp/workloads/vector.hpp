// vector.hpp - the table of all timed loops over vectors, for any family of vectors.
//
// A family is a struct with a template `Of<T>` that names a vector with the interface of
// std::vector. src/workloads/vector.rs is the same table.
#pragma once

#include <vector>

#include "operation.hpp"
#include "vector/chains.hpp"
#include "vector/elements.hpp"
#include "vector/growth.hpp"
#include "vector/places.hpp"
#include "vector/whole.hpp"

namespace diptych::workloads {

/// All workloads of the vectors of `Family`, in the order in which they are reported.
template <class F>
std::vector<lab::Workload> vector() {
    return {
        vector_workload<PushGrowing<F, U64>>("push_growing/u64", 1'000),
        vector_workload<PushGrowing<F, U64>>("push_growing/u64", 100'000),
        vector_workload<PushGrowing<F, U64>>("push_growing/u64", 1'000'000),
        vector_workload<PushGrowing<F, Pod64>>("push_growing/pod64", 1'000),
        vector_workload<PushGrowing<F, Pod64>>("push_growing/pod64", 100'000),
        vector_workload<PushGrowing<F, ShortString>>("push_growing/short_string", 1'000),
        vector_workload<PushGrowingMoved<F, String24>>("push_growing/string", 1'000),
        vector_workload<PushGrowingMoved<F, String24>>("push_growing/string", 100'000),
        vector_workload<PushGrowingMoved<F, Boxed>>("push_growing/boxed", 10'000),
        vector_workload<PushGrowingMoved<F, Nested<F>>>("push_growing/nested", 10'000),
        vector_workload<PushReserved<F, U64>>("push_reserved/u64", 1'000),
        vector_workload<PushReserved<F, U64>>("push_reserved/u64", 100'000),
        vector_workload<PushReserved<F, U64>>("push_reserved/u64", 1'000'000),
        vector_workload<PushReserved<F, Pod64>>("push_reserved/pod64", 1'000),
        vector_workload<PushReserved<F, Pod64>>("push_reserved/pod64", 100'000),
        vector_workload<PushReservedMoved<F, String24>>("push_reserved/string", 1'000),
        vector_workload<PushReservedMoved<F, String24>>("push_reserved/string", 100'000),
        vector_workload<PushEight<F, U64>>("push_eight/u64", 1'024),
        vector_workload<ExtendBlock<F>>("extend_block/u64", 1'000'000),
        vector_workload<VectorOfVectors<F>>("vector_of_vectors/u64", 10'000),
        vector_workload<InsertFront<F, U64>>("insert_front/u64", 10'000),
        vector_workload<InsertFront<F, String24>>("insert_front/string", 1'000),
        vector_workload<InsertFront<F, Boxed>>("insert_front/boxed", 1'000),
        vector_workload<InsertFront<F, Nested<F>>>("insert_front/nested", 1'000),
        vector_workload<InsertMiddle<F, U64>>("insert_middle/u64", 10'000),
        vector_workload<InsertMiddle<F, String24>>("insert_middle/string", 1'000),
        vector_workload<EraseFront<F, U64>>("erase_front/u64", 10'000),
        vector_workload<Retain<F>>("retain/u64", 100'000),
        vector_workload<CloneAll<F, U64>>("clone/u64", 1'000'000),
        vector_workload<CloneAll<F, String24>>("clone/string", 10'000),
        vector_workload<IterateSum<F>>("iterate_sum/u64", 100'000),
        vector_workload<IndexSumChecked<F>>("index_sum_checked/u64", 100'000),
        vector_workload<IndexSumUnchecked<F>>("index_sum_unchecked/u64", 100'000),
        vector_workload<PopAll<F>>("pop_all/u64", 100'000),
        vector_workload<Sort<F>>("sort/u64", 100'000),
        vector_workload<PushGrowing<F, U64>>("border_push/u64", 10'000),
        vector_workload<PushChain<F>>("border_push_chain/u64", 10'000),
        vector_workload<IndexSumChecked<F>>("border_read/u64", 1'000),
        vector_workload<Chase<F>>("border_chase/u64", 1'000),
        large(vector_workload<PushGrowing<F, U64>>("push_large/u64", 134'217'728)),
        tracked(vector_workload<PushGrowing<F, Tracked>>("push_growing/tracked", 1'000)),
        tracked(vector_workload<InsertFront<F, Tracked>>("insert_front/tracked", 1'000)),
        tracked(vector_workload<CloneAll<F, Tracked>>("clone/tracked", 1'000)),
    };
}

} // namespace diptych::workloads
