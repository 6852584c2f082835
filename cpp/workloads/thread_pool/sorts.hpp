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

/// In what order words are before they are sorted: in none.
struct Random {
    static std::vector<std::uint64_t> words(std::uint64_t n, lab::Rng& rng) {
        std::vector<std::uint64_t> words(n);
        std::ranges::generate(words, [&rng] { return rng.next(); });
        return words;
    }
};

/// In none, and of sixteen values.
struct Few {
    static std::vector<std::uint64_t> words(std::uint64_t n, lab::Rng& rng) {
        std::vector<std::uint64_t> words(n);
        std::ranges::generate(words, [&rng] { return rng.next() % 16; });
        return words;
    }
};

/// In order, a few of them equal.
struct Ascending {
    static std::vector<std::uint64_t> words(std::uint64_t n, lab::Rng& rng) {
        std::vector<std::uint64_t> words(n);
        std::uint64_t word = 0;
        std::ranges::generate(words, [&rng, &word] { return word += rng.next() % 1024; });
        return words;
    }
};

/// In the opposite order.
struct Descending {
    static std::vector<std::uint64_t> words(std::uint64_t n, lab::Rng& rng) {
        std::vector<std::uint64_t> words = Ascending::words(n, rng);
        std::ranges::reverse(words);
        return words;
    }
};

/// Sorts `n` words.
template <Sort P, class Order>
struct Sorted {
    using Input = std::vector<std::uint64_t>;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return Order::words(n, rng); }

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
