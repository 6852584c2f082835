// border.cpp - the Rust twins' timed loops across the border. Needs both twins.
#include "vector/border.hpp"
#include "contestant.hpp"
#include "operation.hpp"

namespace diptych::workloads {

const lab::Contestant& rust_through_c() {
    static const lab::Contestant contestant{
        .name = "rust via C",
        .compiler = lab::compiler(),
        .flags = DIPTYCH_CXX_FLAGS,
        .baselines = {"rust"},
        .workloads = {
            vector_workload<PushGrowing<RustThroughC, U64>>("border_push/u64", 10'000),
            vector_workload<PushChain<RustThroughC>>("border_push_chain/u64", 10'000),
            vector_workload<IndexSumChecked<RustThroughC>>("border_read/u64", 1'000),
            vector_workload<Chase<RustThroughC>>("border_chase/u64", 1'000),
        }};
    return contestant;
}

} // namespace diptych::workloads
