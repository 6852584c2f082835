// items.hpp - what the loops are made of. src/workloads/thread_pool/items.rs is the same thing.
#pragma once

#include <cstdint>

#include "diptych/lab.hpp"

namespace diptych::workloads::thread_pool {

/// A loop as an operation of the laboratory. A loop is a struct of static members:
///
///     using Input;
///     static Input prepare(n, rng);     // not timed
///     template <bool Every>
///     static std::uint64_t go(input);
///
/// With `Every` it answers a digest of all that was computed, else as much as tells that it was.
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

/// How many elements a call has, and a number that its results depend on.
struct Series {
    std::uint64_t n;
    std::uint64_t seed;
};

/// What a loop has that is given a series and nothing else.
struct Plain {
    using Input = Series;

    static Series prepare(std::uint64_t n, lab::Rng& rng) { return {n, rng.next()}; }
};

/// Arithmetic of known length, each step waiting for the one before: xorshift (Marsaglia 2003).
[[gnu::always_inline]] inline std::uint64_t chain(std::uint64_t start, std::uint64_t steps) {
    std::uint64_t word = start | 1;
    for (std::uint64_t step = 0; step < steps; ++step) {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
    }
    return word;
}

} // namespace diptych::workloads::thread_pool
