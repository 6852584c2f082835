// blocks.hpp - blocks as the loops use them. src/workloads/allocator/blocks.rs is the same thing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>

#include "diptych/lab.hpp"

namespace diptych::workloads::allocator {

/// How many blocks a call takes, and the word of the first.
struct Series {
    std::uint64_t n;
    std::uint64_t seed;

    /// The sum of what `each` answers for the words of all blocks.
    template <class Each>
    [[gnu::always_inline]] inline std::uint64_t sum(Each each) const {
        std::uint64_t sum = 0;
        for (std::uint64_t i = 0; i < n; ++i) {
            sum += each(seed + i);
        }
        return sum;
    }
};

/// A loop as an operation of the laboratory. A loop is a struct of static members:
///
///     using Input;
///     static Input prepare(n, rng);     // not timed
///     template <bool Every>
///     static std::uint64_t go(input);   // the sum of what was read
///
/// With `Every` it writes and reads every byte of its blocks, else as much as tells that they are
/// there.
template <class Loop>
struct Timed {
    using Input = typename Loop::Input;
    using Output = std::uint64_t;
    static constexpr bool keeps = false;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return Loop::prepare(n, rng); }

    [[gnu::always_inline]] static inline std::uint64_t work(Input& input) {
        return Loop::template go<false>(input);
    }

    static std::uint64_t prove(Input& input) { return Loop::template go<true>(input); }

    [[gnu::always_inline]] static inline std::uint64_t mark(const std::uint64_t& output) {
        return output;
    }

    static void digest(const std::uint64_t& output, lab::Digest& digest) { digest.add(output); }
};

/// What a loop has that is given a series and nothing else.
struct Serial {
    using Input = Series;

    static Series prepare(std::uint64_t n, lab::Rng& rng) { return {n, rng.next()}; }
};

/// Bytes from one written word to the next, in blocks of which not every byte is written.
constexpr std::size_t page = 4096;

/// Writes a word that tells `word` and its place at each page of the bytes from..to of a block;
/// with `Every` at each eight bytes, and what is left behind them.
/// CONTRACT: A2 - the block has `to` bytes; `from` is a multiple of 8.
template <bool Every>
[[gnu::always_inline]] inline void write(unsigned char* block, std::size_t from, std::size_t to,
                                         std::uint64_t word) {
    constexpr std::size_t step = Every ? 8 : page;
    std::size_t at = (from + step - 1) / step * step;
    for (; at + 8 <= to; at += step) {
        const std::uint64_t here = word + at;
        std::memcpy(block + at, &here, 8);
    }
    for (; Every && at < to; ++at) {
        block[at] = static_cast<unsigned char>(word + at);
    }
}

/// The sum of what `write` wrote into all bytes of a block.
/// CONTRACT: A2 - the block has `size` bytes, all of them written with the same `Every`.
template <bool Every>
[[gnu::always_inline]] inline std::uint64_t read(const unsigned char* block, std::size_t size) {
    constexpr std::size_t step = Every ? 8 : page;
    std::uint64_t sum = 0;
    std::size_t at = 0;
    for (; at + 8 <= size; at += step) {
        std::uint64_t here = 0;
        std::memcpy(&here, block + at, 8);
        sum += here;
    }
    for (; Every && at < size; ++at) {
        sum += block[at];
    }
    return sum;
}

/// What an allocator answered, as bytes. Seen by nobody, a block might as well not be allocated.
[[gnu::always_inline]] inline unsigned char* seen(void* answer) {
    lab::keep(answer);
    if (answer == nullptr) {
        throw std::bad_alloc();
    }
    return static_cast<unsigned char*>(answer);
}

/// A new block that holds `word`.
template <class Malloc, bool Every>
[[gnu::always_inline]] inline unsigned char* take(std::size_t size, std::uint64_t word) {
    unsigned char* const block = seen(Malloc::allocate(size));
    write<Every>(block, 0, size, word);
    return block;
}

/// A block of `old` bytes made `size` long, with `word` in the new ones.
/// CONTRACT: A2 - it is of `take` or `grow`, with the old size, a multiple of 8.
template <class Malloc, bool Every>
[[gnu::always_inline]] inline unsigned char* grow(unsigned char* block, std::size_t old,
                                                  std::size_t size, std::uint64_t word) {
    unsigned char* const longer = seen(Malloc::reallocate(block, old, size));
    write<Every>(longer, old, size, word);
    return longer;
}

/// Gives a block back, and answers what it held.
/// CONTRACT: A2 - it is of `take` or `grow`, with the same size.
template <class Malloc, bool Every>
[[gnu::always_inline]] inline std::uint64_t give(unsigned char* block, std::size_t size) {
    const std::uint64_t sum = read<Every>(block, size);
    Malloc::deallocate(block, size);
    return sum;
}

/// A block that stays for a while; none has a null pointer.
struct Block {
    unsigned char* start = nullptr;
    std::size_t size = 0;

    /// A new block that holds `word`.
    template <class Malloc, bool Every>
    [[gnu::always_inline]] static inline Block take(std::size_t size, std::uint64_t word) {
        return {allocator::take<Malloc, Every>(size, word), size};
    }

    /// Gives it back, if it is one, and answers what it held.
    template <class Malloc, bool Every>
    [[gnu::always_inline]] inline std::uint64_t give() {
        if (start == nullptr) {
            return 0;
        }
        const std::uint64_t sum = allocator::give<Malloc, Every>(start, size);
        *this = {};
        return sum;
    }
};

/// Gives all of them back that are blocks, and answers what they held.
template <class Malloc, bool Every>
[[gnu::always_inline]] inline std::uint64_t give_all(std::span<Block> blocks) {
    std::uint64_t sum = 0;
    for (Block& block : blocks) {
        sum += block.give<Malloc, Every>();
    }
    return sum;
}

} // namespace diptych::workloads::allocator
