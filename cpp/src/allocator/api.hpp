// api.hpp - the fast paths of malloc and free, to be inlined into whatever name they go by.
#pragma once

#include "heap.hpp"

#include <cstring>

namespace diptych::cpp::allocator {

/// Larger requests have slices of their own.
inline constexpr std::size_t block_max = medium_max - Page::word_bytes;

// ---- Slow paths ---------------------------------------------------------------------------------
// Arguments stand in the order that lets a fast path jump to them.
[[gnu::cold]] void* allocate_slow(std::size_t size, Heap* heap) noexcept;
[[gnu::cold]] void* allocate_zeroed_slow(std::size_t size, Heap* heap) noexcept;
void deallocate_slow(void* p) noexcept;
void* reallocate_slow(void* p, std::size_t size, Heap* heap) noexcept;
void* reallocate_elsewhere(void* p, std::size_t size, Heap* heap, Page* page) noexcept;

// ---- Mutation, fast path first ------------------------------------------------------------------

/// The page that has a block for so many bytes, if it is not empty; no_page for more than
/// block_max.
[[gnu::always_inline]] inline Page* page_for(const Heap* heap, std::size_t size) noexcept {
    if (size <= direct_max - Page::word_bytes) [[likely]] {
        return heap->direct[(size + Page::word_bytes + 15) / 16];
    }
    return size <= block_max ? heap->queues[class_of(size + Page::word_bytes)].first : &no_page;
}

/// At least `size` bytes, aligned to 16; null with ENOMEM.
[[gnu::always_inline]] inline void* allocate_from(Heap* heap, std::size_t size) noexcept {
    if (const std::uintptr_t p = page_for(heap, size)->pop(); p != 0) [[likely]] {
        return pointer_to(p);
    }
    return allocate_slow(size, heap);
}

/// As allocate_from, and all bytes are zero.
[[gnu::always_inline]] inline void* allocate_zeroed_from(Heap* heap, std::size_t size) noexcept {
    if (const std::uintptr_t p = page_for(heap, size)->pop(); p != 0) [[likely]] {
        return std::memset(pointer_to(p), 0, size);
    }
    return allocate_zeroed_slow(size, heap);
}

/// A block was put in front of this thread's page.
[[gnu::always_inline]] inline void count_free(Page* page) noexcept {
    if (page->uncount() == 0) [[unlikely]] {
        return page->heap->emptied(page);
    }
}

/// Gives a block back to the thread that has its page, or to all. Null is nothing.
[[gnu::always_inline]] inline void deallocate_here(void* p) noexcept {
    const std::uintptr_t address = address_of(p);
    const std::uintptr_t map = slice_map_of(address);
    if (map == 0) [[unlikely]] {
        return deallocate_slow(p);
    }
    Page* page = page_in(map, address);
    if (!page->push(address, page->key_of_thread())) [[unlikely]] {
        return deallocate_slow(p);
    }
    return count_free(page);
}

/// The block with another size and the bytes of the smaller of both, perhaps elsewhere; null with
/// ENOMEM, and the block is as it was. Null becomes a new block; size 0 gives the block back.
[[gnu::always_inline]] inline void* reallocate_in(Heap* heap, void* p, std::size_t size) noexcept {
    const std::uintptr_t address = address_of(p);
    if (const std::uintptr_t map = slice_map_of(address); map != 0) [[likely]] {
        Page* page = page_in(map, address);
        if (page->is_in_use(address)) [[likely]] {
            const std::size_t least = page->size / 2;
            if (size - least <= page->size - Page::word_bytes - least) {
                return p; // no other class is so much better
            }
            return reallocate_elsewhere(p, size, heap, page);
        }
    }
    return reallocate_slow(p, size, heap);
}

/// As allocate_from, aligned to a power of two.
void* allocate_aligned_from(Heap* heap, std::size_t size, std::size_t align) noexcept;
/// Gives a block back to the heap that a program made.
void deallocate_to(Heap* heap, void* p) noexcept;

} // namespace diptych::cpp::allocator
