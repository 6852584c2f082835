// large.hpp - loops of one thread over large blocks. src/workloads/allocator/large.rs is the same
// thing.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "blocks.hpp"

namespace diptych::workloads::allocator {

/// Doubles a block of 64 bytes until it has `n`, as a vector does that grows, and touches the pages
/// that are new.
template <class Malloc>
struct Doubling : Serial {
    template <bool Every>
    [[gnu::always_inline]] static inline std::uint64_t go(const Series& series) {
        std::size_t size = 64;
        unsigned char* block = take<Malloc, Every>(size, series.seed);
        while (size < series.n) {
            block = grow<Malloc, Every>(block, size, 2 * size, series.seed);
            size *= 2;
        }
        return give<Malloc, Every>(block, size);
    }
};

/// Large blocks that live at a time.
constexpr std::size_t large_live = 4;

/// Takes blocks of 5 to 25 MiB, each in the place of the oldest of four, and touches their pages,
/// until there were `n` pages.
template <class Malloc>
struct LargeBlocks : Serial {
    template <bool Every>
    [[gnu::always_inline]] static inline std::uint64_t go(const Series& series) {
        lab::Rng rng(series.seed);
        std::array<Block, large_live> blocks{};
        std::uint64_t sum = 0;
        std::size_t oldest = 0;
        for (std::uint64_t left = series.n; left > 0;) {
            const std::uint64_t random = rng.next();
            const std::uint64_t pages = std::min<std::uint64_t>(1280 + random % 5121, left);
            sum += blocks[oldest].give<Malloc, Every>();
            blocks[oldest] = Block::take<Malloc, Every>(pages * page, random);
            oldest = (oldest + 1) % large_live;
            left -= pages;
        }
        return sum + give_all<Malloc, Every>(blocks);
    }
};

} // namespace diptych::workloads::allocator
