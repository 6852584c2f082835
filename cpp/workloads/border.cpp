// border.cpp - the Rust twins' timed loops across the border. Needs both twins.
#include "vector/border.hpp"
#include "contestant.hpp"
#include "operation.hpp"

namespace diptych::workloads {

const Contestant& rust_through_c() {
    static const Contestant contestant{
        .name = "rust via C",
        .compiler = compiler(),
        .flags = DIPTYCH_CXX_FLAGS,
        .baselines = {"rust"},
        .workloads = {vector_workload<PushGrowing<RustThroughC, U64>>("border_push/u64", 10'000)}};
    return contestant;
}

} // namespace diptych::workloads
