// chains.hpp - operations whose every step waits for the one before it, so that they show how long
// a step takes, where others show how many fit into a time.
// src/workloads/vector/chains.rs is the same thing.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "elements.hpp"
#include "growth.hpp"

namespace diptych::workloads {

/// Pushes numbers into an empty vector, each made from the one that the push before it has left
/// there. The vector dies inside the clock.
template <class Family>
struct PushChain : AnswersVector<Family, U64> {
    using Input = Series;
    using Output = typename AnswersVector<Family, U64>::Output;
    static constexpr bool keeps = false;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return {n, rng.next()}; }

    [[gnu::always_inline]] static inline Output work(Input& input) {
        Output out;
        std::uint64_t item = input.seed;
        for (std::uint64_t i = 0; i < input.n; ++i) {
            out.push_back(item);
            item = link(out.back(), input.seed);
        }
        return out;
    }

    /// The number that follows another in a chain of pushes.
    [[gnu::always_inline]] static inline std::uint64_t link(std::uint64_t last,
                                                            std::uint64_t seed) {
        return std::rotl(last, 5) ^ seed;
    }
};

/// One way through all places and back: what place `i` holds is where to read next. Its length
/// stands beside it, so that no compiler can conclude that an index is in bounds.
template <class Vector>
struct Ring {
    Vector next;
    std::uint64_t n;

    /// A random ring (Sattolo 1986).
    static Ring make(std::uint64_t n, lab::Rng& rng) {
        std::vector<std::uint64_t> places(static_cast<std::size_t>(n));
        std::iota(places.begin(), places.end(), std::uint64_t{0});
        for (std::size_t last = places.size(); last-- > 1;) {
            std::swap(places[last], places[static_cast<std::size_t>(rng.next() % last)]);
        }
        Vector next;
        next.reserve(places.size());
        for (const std::uint64_t place : places) {
            next.push_back(place);
        }
        return {std::move(next), n};
    }

    /// Goes round once. Off the way from read to read, the places are mixed to one number.
    [[gnu::always_inline]] inline std::uint64_t chase() const {
        std::uint64_t at = 0;
        std::uint64_t mix = 0;
        for (std::uint64_t i = 0; i < n; ++i) {
            at = next.at(static_cast<std::size_t>(at));
            mix = std::rotl(mix, 5) ^ at;
        }
        return mix;
    }
};

/// Reads every number once, each at the place that the one before it says; each index is checked.
template <class Family>
struct Chase : AnswersNumber {
    using Input = Ring<typename AnswersVector<Family, U64>::Output>;
    static constexpr bool keeps = false;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return Input::make(n, rng); }

    [[gnu::always_inline]] static inline Output work(Input& input) { return input.chase(); }
};

} // namespace diptych::workloads
