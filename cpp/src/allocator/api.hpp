// api.hpp - the fast paths of malloc and free, to be inlined into whatever name they go by.
#pragma once

#include "heap.hpp"

namespace diptych::cpp::allocator {

/// Larger requests have slices of their own.
inline constexpr std::size_t block_max = medium_max - Page::word_bytes;

// ---- Slow paths -----------------------------------------------------------------------------
[[gnu::cold]] void* allocate_slow(Heap* heap, std::size_t size) noexcept;
[[gnu::cold]] void deallocate_slow(Page* page, void* p) noexcept;
[[gnu::cold]] void deallocate_aligned(Page* page, void* p) noexcept;

// ---- Mutation, fast path first --------------------------------------------------------------

/// At least `size` bytes, aligned to 16; null with ENOMEM.
[[gnu::always_inline]] inline void* allocate_from(Heap* heap, std::size_t size) noexcept {
    Page* page = nullptr;
    if (size <= direct_max - Page::word_bytes) [[likely]] {
        page = heap->direct[(size + Page::word_bytes + 15) / 16];
    } else if (size <= block_max) {
        page = heap->queues[class_of(size + Page::word_bytes)].first;
    } else {
        return allocate_slow(heap, size);
    }
    if (const std::uintptr_t p = page->pop(); p != 0) [[likely]] {
        return pointer_to(p);
    }
    return allocate_slow(heap, size);
}

/// Gives a block back to the thread that has its page, or to all. Null is nothing.
[[gnu::always_inline]] inline void deallocate_here(void* p) noexcept {
    const std::uintptr_t address = address_of(p);
    const std::uintptr_t map = slice_map_of(address);
    if (map == 0) [[unlikely]] {
        return deallocate_slow(nullptr, p);
    }
    Page* page = page_in(map, address);
    if (page->tid.load(std::memory_order_relaxed) != os::thread_number()) [[unlikely]] {
        return deallocate_slow(page, p);
    }
    if (!page->push(address)) [[unlikely]] {
        return deallocate_aligned(page, p);
    }
    if (--page->used == 0) [[unlikely]] {
        return page->heap->emptied(page);
    }
}

/// As allocate_from, and all bytes are zero.
void* allocate_zeroed_from(Heap* heap, std::size_t size) noexcept;
/// As allocate_from, aligned to a power of two.
void* allocate_aligned_from(Heap* heap, std::size_t size, std::size_t align) noexcept;
/// The block with another size and the bytes of the smaller of both, perhaps elsewhere; null with
/// ENOMEM, and the block is as it was. Null becomes a new block; size 0 gives the block back.
void* reallocate_in(Heap* heap, void* p, std::size_t size) noexcept;
/// Gives a block back to the heap that a program made.
void deallocate_to(Heap* heap, void* p) noexcept;

} // namespace diptych::cpp::allocator
