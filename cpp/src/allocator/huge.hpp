// huge.hpp - blocks of more than large_max bytes: each a mapping of its own, aligned to 32 MiB.
//
// A freed one is kept for a while: a program that asks for one asks again. All functions take the
// region lock themselves, unless they are given it.
#pragma once

#include "segment.hpp"

namespace diptych::cpp::allocator {

/// Huge blocks in use.
struct HugeCount {
    std::size_t blocks = 0;
    std::size_t bytes = 0;

    void add(std::size_t of_block) noexcept {
        ++blocks;
        bytes += of_block;
    }
    void remove(std::size_t of_block) noexcept {
        --blocks;
        bytes -= of_block;
    }
};

HugeCount huge_count(const Locked& locked) noexcept;

/// The page of a new block. No page: no memory. `grows`: it is likely to be resized.
Taken huge_allocate(std::size_t size, std::size_t align, bool grows) noexcept;
void huge_free(Page* page) noexcept;
/// The block with another size, above grown_max, perhaps elsewhere; null: no memory, and the block
/// is as it was.
void* huge_resize(Page* page, std::size_t size) noexcept;
/// Kept blocks whose time has come go back to the kernel, or all.
bool huge_purge(const Locked& locked, std::uint64_t now, bool all) noexcept;

} // namespace diptych::cpp::allocator
