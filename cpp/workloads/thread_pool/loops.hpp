// loops.hpp - loops over ranges. src/workloads/thread_pool/loops.rs is the same thing.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "items.hpp"
#include "pool.hpp"

namespace diptych::workloads::thread_pool {

/// The series of a loop, and a word for each item.
struct Items {
    Series series;
    std::vector<std::atomic<std::uint64_t>> words;

    Items(std::uint64_t n, lab::Rng& rng) : series{n, rng.next()}, words(n) {}

    /// Computes one item. Nobody else does.
    [[gnu::always_inline]] inline void compute(std::size_t index, std::uint64_t steps) {
        words[index].store(chain(series.seed + 2 * index, steps), std::memory_order_relaxed);
    }

    /// What all items are.
    template <bool Every>
    std::uint64_t told() const {
        lab::Digest digest;
        std::uint64_t sum = 0;
        for (const std::atomic<std::uint64_t>& place : words) {
            const std::uint64_t word = place.load(std::memory_order_relaxed);
            if constexpr (Every) {
                digest.add(word);
            } else {
                sum += word;
            }
        }
        return Every ? digest.value() : sum;
    }
};

/// Steps of arithmetic of most items of `Skewed`: some 16 ns, as several overlap; and of the first
/// hundredth, which takes as long as all others together.
constexpr std::uint64_t light_steps = 18;
constexpr std::uint64_t heavy_steps = 1000;

/// `n` items, of which the first hundredth has half the work.
template <Loops P>
struct Skewed {
    using Input = Items;

    static Items prepare(std::uint64_t n, lab::Rng& rng) { return {n, rng}; }

    template <bool Every>
    static std::uint64_t go(Items& items) {
        const std::size_t count = items.words.size();
        const std::size_t heavy = count / 100;
        P::with([&items, count, heavy](typename P::Inside&) {
            P::for_each(count, [&items, heavy](std::size_t index) {
                items.compute(index, index < heavy ? heavy_steps : light_steps);
            });
            return std::uint64_t{0};
        });
        return items.told<Every>();
    }
};

/// Items of an inner loop, and the steps of arithmetic of each: some 28 ns.
constexpr std::size_t inner_items = 256;
constexpr std::uint64_t inner_steps = 25;

/// A loop over `n / 256`, each of which is a loop over 256 items.
template <Loops P>
struct Nested {
    using Input = Items;

    static Items prepare(std::uint64_t n, lab::Rng& rng) { return {n, rng}; }

    template <bool Every>
    static std::uint64_t go(Items& items) {
        const std::size_t count = items.words.size();
        P::with([&items, count](typename P::Inside&) {
            const std::size_t outer_items = (count + inner_items - 1) / inner_items;
            P::for_each(outer_items, [&items, count](std::size_t outer) {
                const std::size_t first = outer * inner_items;
                P::for_each(std::min(inner_items, count - first),
                            [&items, first](std::size_t inner) {
                                items.compute(first + inner, inner_steps);
                            });
            });
            return std::uint64_t{0};
        });
        return items.told<Every>();
    }
};

/// Adds `n` words.
template <Loops P>
struct Sum {
    using Input = std::vector<std::uint64_t>;

    static Input prepare(std::uint64_t n, lab::Rng& rng) {
        Input words(n);
        std::ranges::generate(words, [&rng] { return rng.next(); });
        return words;
    }

    template <bool>
    static std::uint64_t go(const Input& input) {
        const std::span<const std::uint64_t> words = input;
        return P::with([words](typename P::Inside&) { return P::sum(words); });
    }
};

} // namespace diptych::workloads::thread_pool
