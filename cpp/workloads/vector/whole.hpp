// whole.hpp - operations that go over all elements once.
// src/workloads/vector/whole.rs is the same thing.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "elements.hpp"

namespace diptych::workloads {

/// Copies a vector. The copy dies inside the clock.
template <class Family, class Element>
struct CloneAll : AnswersVector<Family, Element> {
    using Input = typename AnswersVector<Family, Element>::Output;
    using Output = Input;
    static constexpr bool keeps = false;

    static Input prepare(std::uint64_t n, lab::Rng& rng) {
        return AnswersVector<Family, Element>::make_vector(n, 0, rng);
    }

    [[gnu::always_inline]] static inline Output work(Input& input) { return Output(input); }
};

/// Numbers to be added up, and how many there are: told apart from the vector, so that no compiler
/// can conclude that an index below `n` is in bounds.
template <class Family>
struct Summands {
    typename AnswersVector<Family, U64>::Output items;
    std::size_t n;

    static Summands make(std::uint64_t n, lab::Rng& rng) {
        auto items = AnswersVector<Family, U64>::make_vector(n, 0, rng);
        return {std::move(items), static_cast<std::size_t>(n)};
    }
};

/// Adds up all numbers by iterating.
template <class Family>
struct IterateSum : AnswersNumber {
    using Input = Summands<Family>;
    static constexpr bool keeps = false;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return Input::make(n, rng); }

    [[gnu::always_inline]] static inline Output work(Input& input) {
        std::uint64_t sum = 0;
        for (const std::uint64_t& item : input.items) {
            sum += item;
        }
        return sum;
    }
};

/// Adds up all numbers by index, each index checked: `at` in C++, `[]` in Rust.
template <class Family>
struct IndexSumChecked : AnswersNumber {
    using Input = Summands<Family>;
    static constexpr bool keeps = false;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return Input::make(n, rng); }

    [[gnu::always_inline]] static inline Output work(Input& input) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < input.n; ++i) {
            sum += input.items.at(i);
        }
        return sum;
    }
};

/// Adds up all numbers by index, none checked: `[]` in C++, `get_unchecked` in Rust.
template <class Family>
struct IndexSumUnchecked : AnswersNumber {
    using Input = Summands<Family>;
    static constexpr bool keeps = false;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return Input::make(n, rng); }

    [[gnu::always_inline]] static inline Output work(Input& input) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < input.n; ++i) {
            sum += input.items[i];
        }
        return sum;
    }
};

/// Pops all numbers. The block dies after the clock has stopped.
template <class Family>
struct PopAll : AnswersNumber {
    using Input = typename AnswersVector<Family, U64>::Output;
    static constexpr bool keeps = false;

    static Input prepare(std::uint64_t n, lab::Rng& rng) {
        return AnswersVector<Family, U64>::make_vector(n, 0, rng);
    }

    [[gnu::always_inline]] static inline Output work(Input& input) {
        Input out = std::move(input);
        std::uint64_t mix = 0;
        while (!out.empty()) {
            mix = std::rotl(mix, 5) ^ out.back();
            out.pop_back();
        }
        input = std::move(out);
        return mix;
    }
};

/// Sorts random numbers through the iterators: `std::sort` in C++, `sort_unstable` of the slice in
/// Rust. Two algorithms, so the row compares the libraries more than the vectors. The vector dies
/// after the clock has stopped.
template <class Family>
struct Sort : AnswersVector<Family, U64> {
    using Input = typename AnswersVector<Family, U64>::Output;
    using Output = Input;
    static constexpr bool keeps = true;

    static Input prepare(std::uint64_t n, lab::Rng& rng) {
        return AnswersVector<Family, U64>::make_vector(n, 0, rng);
    }

    [[gnu::always_inline]] static inline Output work(Input& input) {
        Output out = std::move(input);
        std::sort(out.begin(), out.end());
        return out;
    }
};

} // namespace diptych::workloads
