// single.hpp - loops of one thread over small and medium blocks.
// src/workloads/allocator/single.rs is the same thing.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "blocks.hpp"

namespace diptych::workloads::allocator {

/// Takes a block of 48 bytes and gives it back, `n` times.
template <class Malloc>
struct Pairs : Serial {
    template <bool Every>
    [[gnu::always_inline]] static inline std::uint64_t go(const Series& series) {
        return series.sum([](std::uint64_t word) {
            return give<Malloc, Every>(take<Malloc, Every>(48, word), 48);
        });
    }
};

/// Blocks of a batch.
constexpr std::size_t batch = 100;

/// Takes blocks of 64 bytes, 100 at a time, and gives them back: in the same order, or the last one
/// taken first.
template <class Malloc, bool LastFirst>
struct Batches : Serial {
    template <bool Every>
    [[gnu::always_inline]] static inline std::uint64_t go(const Series& series) {
        std::array<unsigned char*, batch> blocks{};
        std::uint64_t sum = 0;
        for (std::uint64_t first = 0; first < series.n; first += batch) {
            const std::size_t count = std::min<std::size_t>(batch, series.n - first);
            for (std::size_t i = 0; i < count; ++i) {
                blocks[i] = take<Malloc, Every>(64, series.seed + first + i);
            }
            for (std::size_t i = 0; i < count; ++i) {
                sum += give<Malloc, Every>(blocks[LastFirst ? count - 1 - i : i], 64);
            }
        }
        return sum;
    }
};

/// 8 to 519 bytes, 8192 blocks at a time. A mix says which sizes, and how many live; that is a
/// power of two.
struct Small {
    static constexpr std::size_t live = 8192;
    [[gnu::always_inline]] static inline std::size_t size(std::uint64_t random) {
        return 8 + random % 512;
    }
};

/// 512 bytes to 17 KiB, 1024 blocks at a time.
struct Medium {
    static constexpr std::size_t live = 1024;
    [[gnu::always_inline]] static inline std::size_t size(std::uint64_t random) {
        return 512 + random % 16'896;
    }
};

/// Puts `n` blocks of random sizes into random slots, each in the place of the block that was
/// there.
template <class Malloc, class Mix>
struct Random {
    struct Input {
        Series series;
        std::vector<Block> slots;
    };

    static Input prepare(std::uint64_t n, lab::Rng& rng) {
        return {Serial::prepare(n, rng), std::vector<Block>(Mix::live)};
    }

    template <bool Every>
    [[gnu::always_inline]] static inline std::uint64_t go(Input& input) {
        lab::Rng rng(input.series.seed);
        std::uint64_t sum = 0;
        for (std::uint64_t i = 0; i < input.series.n; ++i) {
            const std::uint64_t random = rng.next();
            Block& slot = input.slots[random % Mix::live];
            sum += slot.give<Malloc, Every>();
            slot = Block::take<Malloc, Every>(Mix::size(random >> 32), random);
        }
        return sum + give_all<Malloc, Every>(input.slots);
    }
};

/// Takes a block of 200 zeros and gives it back, `n` times.
template <class Malloc>
struct Zeroed : Serial {
    template <bool Every>
    [[gnu::always_inline]] static inline std::uint64_t go(const Series& series) {
        return series.sum([](std::uint64_t word) {
            unsigned char* const block = seen(Malloc::allocate_zeroed(200));
            const std::uint64_t zeros = read<Every>(block, 200);
            write<Every>(block, 0, 200, word);
            return zeros + give<Malloc, Every>(block, 200);
        });
    }
};

/// Makes a block longer by 16 bytes, `n` times; at 1024 bytes it goes back, and a new one begins.
template <class Malloc>
struct Steps : Serial {
    template <bool Every>
    [[gnu::always_inline]] static inline std::uint64_t go(const Series& series) {
        std::uint64_t sum = 0;
        for (std::uint64_t left = series.n; left > 0;) {
            std::size_t size = 16;
            unsigned char* block = take<Malloc, Every>(size, series.seed + left);
            while (size < 1024 && left > 0) {
                block = grow<Malloc, Every>(block, size, size + 16, series.seed + left);
                size += 16;
                --left;
            }
            sum += give<Malloc, Every>(block, size);
        }
        return sum;
    }
};

} // namespace diptych::workloads::allocator
