// allocator.cpp - the C++ twin's timed loops over allocators.
#include "allocator.hpp"

#include "allocator/layouts.hpp"
#include "contestant.hpp"
#include "diptych/allocator.hpp"

namespace diptych::workloads {

namespace {

/// The C++ twin.
struct Twin {
    [[gnu::always_inline]] static inline void* allocate(std::size_t size) {
        return cpp::allocator::allocate(size);
    }
    [[gnu::always_inline]] static inline void* allocate_zeroed(std::size_t size) {
        return cpp::allocator::allocate_zeroed(size);
    }
    [[gnu::always_inline]] static inline void* reallocate(void* block, std::size_t,
                                                          std::size_t size) {
        return cpp::allocator::reallocate(block, size);
    }
    [[gnu::always_inline]] static inline void deallocate(void* block, std::size_t) {
        cpp::allocator::deallocate(block);
    }
};

} // namespace

std::vector<lab::Workload> allocator_workloads() { return allocator::workloads<Twin>(); }

std::vector<lab::Layout> allocator_layouts() { return allocator::layouts(); }

} // namespace diptych::workloads
