// malloc.cpp - the C library's allocator runs the C++ twin's loops.
#include "malloc.hpp"

#include <cstdlib>

#include "workloads/allocator.hpp"

namespace diptych::peers {

namespace {

/// What the C library, or whatever is preloaded, calls malloc.
struct Malloc {
    [[gnu::always_inline]] static inline void* allocate(std::size_t size) {
        return std::malloc(size);
    }
    [[gnu::always_inline]] static inline void* allocate_zeroed(std::size_t size) {
        return std::calloc(1, size);
    }
    [[gnu::always_inline]] static inline void* reallocate(void* block, std::size_t,
                                                          std::size_t size) {
        return std::realloc(block, size);
    }
    [[gnu::always_inline]] static inline void deallocate(void* block, std::size_t) {
        std::free(block);
    }
};

} // namespace

const lab::Contestant& c_malloc() {
    static const lab::Contestant contestant{.name = "malloc",
                                            .compiler = lab::compiler(),
                                            .flags = DIPTYCH_CXX_FLAGS,
                                            .baselines = {},
                                            .workloads = workloads::allocator::workloads<Malloc>()};
    return contestant;
}

} // namespace diptych::peers
