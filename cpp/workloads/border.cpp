// border.cpp - the Rust twins' timed loops across the border. Needs both twins.
#include <utility>

#include <diptych.h>

#include "allocator.hpp"
#include "contestant.hpp"
#include "operation.hpp"
#include "vector/border.hpp"

namespace diptych::workloads {

namespace {

/// The Rust allocator, through C.
struct RustMalloc {
    [[gnu::always_inline]] static inline void* allocate(std::size_t size) {
        return dpt_rust_malloc(size);
    }
    [[gnu::always_inline]] static inline void* allocate_zeroed(std::size_t size) {
        return dpt_rust_calloc(1, size);
    }
    [[gnu::always_inline]] static inline void* reallocate(void* block, std::size_t,
                                                          std::size_t size) {
        return dpt_rust_realloc(block, size);
    }
    [[gnu::always_inline]] static inline void deallocate(void* block, std::size_t) {
        dpt_rust_free(block);
    }
};

std::vector<lab::Workload> all_workloads() {
    std::vector<lab::Workload> all{
        vector_workload<PushGrowing<RustThroughC, U64>>("border_push/u64", 10'000),
        vector_workload<PushChain<RustThroughC>>("border_push_chain/u64", 10'000),
        vector_workload<IndexSumChecked<RustThroughC>>("border_read/u64", 1'000),
        vector_workload<Chase<RustThroughC>>("border_chase/u64", 1'000),
    };
    for (lab::Workload& workload : allocator::border<RustMalloc>()) {
        all.push_back(std::move(workload));
    }
    return all;
}

} // namespace

const lab::Contestant& rust_through_c() {
    static const lab::Contestant contestant{.name = "rust via C",
                                            .compiler = lab::compiler(),
                                            .flags = DIPTYCH_CXX_FLAGS,
                                            .baselines = {"rust"},
                                            .workloads = all_workloads()};
    return contestant;
}

} // namespace diptych::workloads
