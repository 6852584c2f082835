// sorts.hpp - sorting. src/workloads/thread_pool/sorts.rs is the same thing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "items.hpp"
#include "pool.hpp"

namespace diptych::workloads::thread_pool {

/// Sorts `n` random words.
template <Sort P>
struct Random {
    using Input = std::vector<std::uint64_t>;

    static Input prepare(std::uint64_t n, lab::Rng& rng) {
        Input words(n);
        std::ranges::generate(words, [&rng] { return rng.next(); });
        return words;
    }

    template <bool Every>
    static std::uint64_t go(Input& words) {
        const std::span<std::uint64_t> all = words;
        P::with([all](typename P::Inside&) {
            P::sort(all);
            return std::uint64_t{0};
        });
        const std::size_t step = Every ? 1 : words.size() / 4 + 1;
        lab::Digest digest;
        for (std::size_t at = 0; at < words.size(); at += step) {
            digest.add(words[at]);
        }
        return digest.value();
    }
};

} // namespace diptych::workloads::thread_pool
