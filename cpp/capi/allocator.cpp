// The C functions of the allocator: `include/diptych/allocator.h` is their manual.
//
// Nothing here throws, and nothing is checked but null: the allocator checks what can be checked.
#include <diptych.h>

#include <bit>
#include <cstddef>
#include <type_traits>

#include "../src/allocator/api.hpp"
#include "../src/allocator/stats.hpp"
#include "error.hpp"

namespace allocator = diptych::cpp::allocator;

using allocator::Heap;
using diptych::cpp::capi::null;

// ---- Pointers -----------------------------------------------------------------------------------

namespace {

/// CONTRACT: A6 - what C holds of a heap is its address and nothing else.
Heap* heap_of(dpt_cpp_heap* heap) noexcept { return reinterpret_cast<Heap*>(heap); }

/// count * size; false if that overflows.
bool product(std::size_t count, std::size_t size, std::size_t& bytes) noexcept {
    return !__builtin_mul_overflow(count, size, &bytes);
}

} // namespace

// ---- Blocks -------------------------------------------------------------------------------------

void* dpt_cpp_malloc(size_t size) { return allocator::allocate_from(allocator::thread_heap, size); }

void* dpt_cpp_calloc(size_t count, size_t size) {
    std::size_t bytes = 0;
    if (!product(count, size, bytes)) {
        return nullptr;
    }
    return allocator::allocate_zeroed_from(allocator::thread_heap, bytes);
}

void* dpt_cpp_realloc(void* block, size_t size) {
    return allocator::reallocate_in(allocator::thread_heap, block, size);
}

void* dpt_cpp_memalign(size_t align, size_t size) {
    if (!std::has_single_bit(align)) {
        return nullptr;
    }
    return allocator::allocate_aligned_from(allocator::thread_heap, size, align);
}

void dpt_cpp_free(void* block) { allocator::deallocate_here(block); }

size_t dpt_cpp_usable_size(const void* block) { return allocator::usable_size(block); }

// ---- The allocator itself -----------------------------------------------------------------------

int dpt_cpp_alloc_trim(void) { return allocator::trim() ? 1 : 0; }

dpt_status dpt_cpp_alloc_get_stats(dpt_cpp_alloc_stats* out) {
    if (out == nullptr) {
        return null("out");
    }
    const allocator::Stats stats = allocator::stats();
    out->live_bytes = stats.live_bytes;
    out->live_blocks = stats.live_blocks;
    out->committed_bytes = stats.committed_bytes;
    out->peak_committed_bytes = stats.peak_committed_bytes;
    out->reserved_bytes = stats.reserved_bytes;
    out->pages = stats.pages;
    out->threads = stats.threads;
    static_assert(std::extent_v<decltype(out->classes)> == allocator::classes);
    for (std::size_t i = 0; i < allocator::classes; ++i) {
        const auto& of = stats.classes[i];
        out->classes[i] = {
            .block_bytes = of.block_bytes, .live_blocks = of.live_blocks, .pages = of.pages};
    }
    return DPT_OK;
}

void dpt_cpp_alloc_visit_threads(void (*visit)(void* context, size_t thread,
                                               const dpt_cpp_alloc_thread* holds),
                                 void* context) {
    if (visit != nullptr) {
        allocator::visit_threads([&](std::size_t thread, const allocator::ThreadStats& stats) {
            const dpt_cpp_alloc_thread holds{.pages = stats.pages,
                                             .live_blocks = stats.live_blocks,
                                             .live_bytes = stats.live_bytes};
            visit(context, thread, &holds);
        });
    }
}

void dpt_cpp_alloc_print_stats(void) { allocator::print_stats(); }

// ---- Heaps --------------------------------------------------------------------------------------

dpt_cpp_heap* dpt_cpp_heap_new(void) {
    return reinterpret_cast<dpt_cpp_heap*>(allocator::make_heap());
}

void* dpt_cpp_heap_malloc(dpt_cpp_heap* heap, size_t size) {
    return heap == nullptr ? nullptr : allocator::allocate_from(heap_of(heap), size);
}

void* dpt_cpp_heap_calloc(dpt_cpp_heap* heap, size_t count, size_t size) {
    std::size_t bytes = 0;
    if (heap == nullptr || !product(count, size, bytes)) {
        return nullptr;
    }
    return allocator::allocate_zeroed_from(heap_of(heap), bytes);
}

void* dpt_cpp_heap_memalign(dpt_cpp_heap* heap, size_t align, size_t size) {
    if (heap == nullptr || !std::has_single_bit(align)) {
        return nullptr;
    }
    return allocator::allocate_aligned_from(heap_of(heap), size, align);
}

void* dpt_cpp_heap_realloc(dpt_cpp_heap* heap, void* block, size_t size) {
    return heap == nullptr ? nullptr : allocator::reallocate_in(heap_of(heap), block, size);
}

void dpt_cpp_heap_free(dpt_cpp_heap* heap, void* block) {
    if (heap != nullptr) {
        allocator::deallocate_to(heap_of(heap), block);
    }
}

void dpt_cpp_heap_visit(dpt_cpp_heap* heap, void (*visit)(void* context, void* block, size_t size),
                        void* context) {
    if (heap != nullptr && visit != nullptr) {
        allocator::visit(*heap_of(heap), visit, context);
    }
}

void dpt_cpp_heap_delete(dpt_cpp_heap* heap) {
    if (heap != nullptr) {
        allocator::delete_heap(heap_of(heap));
    }
}
