// layouts.hpp - how the types around allocators are laid out. src/workloads/allocator/layouts.rs
// tells the same of Rust's.
#pragma once

#include <diptych.h>

#include <cstdint>
#include <vector>

#include "diptych/allocator.hpp"
#include "diptych/lab.hpp"

namespace diptych::workloads::allocator {

namespace twin = cpp::allocator;

DIPTYCH_LAB_REVEAL(HeapResource, cpp::Heap, resource_);

/// The type of a member, where it may not be named.
template <class Whole, class Part>
Part member_type(Part Whole::*);
using Resource = decltype(member_type(diptych_lab_member(HeapResource{})));

DIPTYCH_LAB_REVEAL(ResourceHeap, Resource, heap_);

/// The types of the C++ twin, and what C has of it.
inline std::vector<lab::Layout> layouts() {
    using lab::private_field;
    return {
        lab::layout<cpp::Allocator<std::uint64_t>>("diptych::cpp::Allocator<std::uint64_t>"),
        lab::layout<cpp::MemoryResource>("diptych::cpp::MemoryResource"),
        lab::layout<cpp::Heap>("diptych::cpp::Heap",
                               {private_field<HeapResource>("resource (Heap::Resource)")}),
        lab::layout<Resource>("diptych::cpp::Heap::Resource",
                              {private_field<ResourceHeap>("heap")}),
        lab::layout<twin::Stats>(
            "diptych::cpp::allocator::Stats",
            {DIPTYCH_LAB_FIELD(twin::Stats, live_bytes),
             DIPTYCH_LAB_FIELD(twin::Stats, live_blocks),
             DIPTYCH_LAB_FIELD(twin::Stats, committed_bytes),
             DIPTYCH_LAB_FIELD(twin::Stats, peak_committed_bytes),
             DIPTYCH_LAB_FIELD(twin::Stats, reserved_bytes), DIPTYCH_LAB_FIELD(twin::Stats, pages),
             DIPTYCH_LAB_FIELD(twin::Stats, threads), DIPTYCH_LAB_FIELD(twin::Stats, classes)}),
        lab::layout<twin::ClassStats>("diptych::cpp::allocator::ClassStats",
                                      {DIPTYCH_LAB_FIELD(twin::ClassStats, block_bytes),
                                       DIPTYCH_LAB_FIELD(twin::ClassStats, live_blocks),
                                       DIPTYCH_LAB_FIELD(twin::ClassStats, pages)}),
        lab::layout<twin::ThreadStats>("diptych::cpp::allocator::ThreadStats",
                                       {DIPTYCH_LAB_FIELD(twin::ThreadStats, pages),
                                        DIPTYCH_LAB_FIELD(twin::ThreadStats, live_blocks),
                                        DIPTYCH_LAB_FIELD(twin::ThreadStats, live_bytes)}),
        lab::layout<dpt_cpp_alloc_stats>(
            "dpt_cpp_alloc_stats", {DIPTYCH_LAB_FIELD(dpt_cpp_alloc_stats, live_bytes),
                                    DIPTYCH_LAB_FIELD(dpt_cpp_alloc_stats, live_blocks),
                                    DIPTYCH_LAB_FIELD(dpt_cpp_alloc_stats, committed_bytes),
                                    DIPTYCH_LAB_FIELD(dpt_cpp_alloc_stats, peak_committed_bytes),
                                    DIPTYCH_LAB_FIELD(dpt_cpp_alloc_stats, reserved_bytes),
                                    DIPTYCH_LAB_FIELD(dpt_cpp_alloc_stats, pages),
                                    DIPTYCH_LAB_FIELD(dpt_cpp_alloc_stats, threads),
                                    DIPTYCH_LAB_FIELD(dpt_cpp_alloc_stats, classes)}),
        lab::layout<dpt_cpp_alloc_class>("dpt_cpp_alloc_class",
                                         {DIPTYCH_LAB_FIELD(dpt_cpp_alloc_class, block_bytes),
                                          DIPTYCH_LAB_FIELD(dpt_cpp_alloc_class, live_blocks),
                                          DIPTYCH_LAB_FIELD(dpt_cpp_alloc_class, pages)}),
        lab::layout<dpt_cpp_alloc_thread>("dpt_cpp_alloc_thread",
                                          {DIPTYCH_LAB_FIELD(dpt_cpp_alloc_thread, pages),
                                           DIPTYCH_LAB_FIELD(dpt_cpp_alloc_thread, live_blocks),
                                           DIPTYCH_LAB_FIELD(dpt_cpp_alloc_thread, live_bytes)}),
    };
}

} // namespace diptych::workloads::allocator
