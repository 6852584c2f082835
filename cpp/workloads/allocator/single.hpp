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
struct Pairs {
    using Input = Series;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return {n, rng.next()}; }

    template <bool Every>
    [[gnu::always_inline]] static inline std::uint64_t go(Input& input) {
        std::uint64_t sum = 0;
        for (std::uint64_t i = 0; i < input.n; ++i) {
            unsigned char* const block = take<Malloc, Every>(48, input.seed + i);
            sum += give<Malloc, Every>(block, 48);
        }
        return sum;
    }
};

/// Blocks of a batch.
constexpr std::size_t batch = 100;

/// Takes blocks of 64 bytes, 100 at a time, and gives them back in the same order.
template <class Malloc>
struct BatchFifo {
    using Input = Series;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return {n, rng.next()}; }

    template <bool Every>
    [[gnu::always_inline]] static inline std::uint64_t go(Input& input) {
        std::array<unsigned char*, batch> blocks{};
        std::uint64_t sum = 0;
        for (std::uint64_t first = 0; first < input.n; first += batch) {
            const std::size_t count = std::min<std::size_t>(batch, input.n - first);
            for (std::size_t i = 0; i < count; ++i) {
                blocks[i] = take<Malloc, Every>(64, input.seed + first + i);
            }
            for (std::size_t i = 0; i < count; ++i) {
                sum += give<Malloc, Every>(blocks[i], 64);
            }
        }
        return sum;
    }
};

/// As BatchFifo, but the last block taken is the first to go back.
template <class Malloc>
struct BatchLifo {
    using Input = Series;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return {n, rng.next()}; }

    template <bool Every>
    [[gnu::always_inline]] static inline std::uint64_t go(Input& input) {
        std::array<unsigned char*, batch> blocks{};
        std::uint64_t sum = 0;
        for (std::uint64_t first = 0; first < input.n; first += batch) {
            const std::size_t count = std::min<std::size_t>(batch, input.n - first);
            for (std::size_t i = 0; i < count; ++i) {
                blocks[i] = take<Malloc, Every>(64, input.seed + first + i);
            }
            for (std::size_t i = count; i > 0; --i) {
                sum += give<Malloc, Every>(blocks[i - 1], 64);
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
        return {{n, rng.next()}, std::vector<Block>(Mix::live)};
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
        for (Block& slot : input.slots) {
            sum += slot.give<Malloc, Every>();
        }
        return sum;
    }
};

/// Takes a block of 200 zeros and gives it back, `n` times.
template <class Malloc>
struct Zeroed {
    using Input = Series;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return {n, rng.next()}; }

    template <bool Every>
    [[gnu::always_inline]] static inline std::uint64_t go(Input& input) {
        std::uint64_t sum = 0;
        for (std::uint64_t i = 0; i < input.n; ++i) {
            unsigned char* const block = seen(Malloc::allocate_zeroed(200));
            sum += read<Every>(block, 200);
            write<Every>(block, 0, 200, input.seed + i);
            sum += give<Malloc, Every>(block, 200);
        }
        return sum;
    }
};

/// Makes a block longer by 16 bytes, `n` times; at 1024 bytes it goes back, and a new one begins.
template <class Malloc>
struct Steps {
    using Input = Series;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return {n, rng.next()}; }

    template <bool Every>
    [[gnu::always_inline]] static inline std::uint64_t go(Input& input) {
        std::uint64_t sum = 0;
        for (std::uint64_t left = input.n; left > 0;) {
            std::size_t size = 16;
            unsigned char* block = take<Malloc, Every>(size, input.seed + left);
            while (size < 1024 && left > 0) {
                block = seen(Malloc::reallocate(block, size, size + 16));
                write<Every>(block, size, size + 16, input.seed + left);
                size += 16;
                --left;
            }
            sum += give<Malloc, Every>(block, size);
        }
        return sum;
    }
};

} // namespace diptych::workloads::allocator
