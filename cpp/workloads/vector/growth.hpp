// growth.hpp - operations that make vectors longer at the end.
// src/workloads/vector/growth.rs is the same thing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "elements.hpp"

namespace diptych::workloads {

/// How many elements a call makes, and the word of the first.
struct Series {
    std::uint64_t n;
    std::uint64_t seed;
};

/// Pushes elements, made on the spot, into an empty vector. The vector dies inside the clock.
template <class Family, class Element>
struct PushGrowing : AnswersVector<Family, Element> {
    using Input = Series;
    using Output = typename AnswersVector<Family, Element>::Output;
    static constexpr bool keeps = false;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return {n, rng.next()}; }

    [[gnu::always_inline]] static inline Output work(Input& input) {
        Output out;
        for (std::uint64_t i = 0; i < input.n; ++i) {
            out.push_back(Element::make(input.seed + i));
            look<Element>(out);
        }
        return out;
    }
};

/// Moves elements, made before the clock starts, into an empty vector: what the container costs,
/// not what the elements cost. They die after the clock has stopped.
template <class Family, class Element>
struct PushGrowingMoved : AnswersVector<Family, Element> {
    using Input = std::vector<typename Element::Item>;
    using Output = typename AnswersVector<Family, Element>::Output;
    static constexpr bool keeps = true;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return make_items<Element>(n, rng); }

    [[gnu::always_inline]] static inline Output work(Input& input) {
        Output out;
        for (auto& item : input) {
            out.push_back(std::move(item));
        }
        return out;
    }
};

/// As PushGrowing, into room for all.
template <class Family, class Element>
struct PushReserved : AnswersVector<Family, Element> {
    using Input = Series;
    using Output = typename AnswersVector<Family, Element>::Output;
    static constexpr bool keeps = false;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return {n, rng.next()}; }

    [[gnu::always_inline]] static inline Output work(Input& input) {
        Output out;
        out.reserve(static_cast<std::size_t>(input.n));
        for (std::uint64_t i = 0; i < input.n; ++i) {
            out.push_back(Element::make(input.seed + i));
        }
        return out;
    }
};

/// As PushGrowingMoved, into room for all.
template <class Family, class Element>
struct PushReservedMoved : AnswersVector<Family, Element> {
    using Input = std::vector<typename Element::Item>;
    using Output = typename AnswersVector<Family, Element>::Output;
    static constexpr bool keeps = true;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return make_items<Element>(n, rng); }

    [[gnu::always_inline]] static inline Output work(Input& input) {
        Output out;
        out.reserve(input.size());
        for (auto& item : input) {
            out.push_back(std::move(item));
        }
        return out;
    }
};

/// Eight pushes into a fresh vector, which then dies, `n / 8` times over.
template <class Family, class Element>
struct PushEight : AnswersNumber {
    using Input = Series;
    static constexpr bool keeps = false;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return {n, rng.next()}; }

    [[gnu::always_inline]] static inline Output work(Input& input) {
        std::uint64_t marks = 0;
        for (std::uint64_t first = 0; first < input.n; first += 8) {
            typename Family::template Of<typename Element::Item> out;
            for (std::uint64_t i = 0; i < 8; ++i) {
                out.push_back(Element::make(input.seed + first + i));
            }
            marks += AnswersVector<Family, Element>::mark(out);
        }
        return marks;
    }
};

/// Appends blocks of 1 to 8 KiB to an empty vector until it holds `n` numbers. The vector dies
/// inside the clock.
template <class Family>
struct ExtendBlock : AnswersVector<Family, U64> {
    struct Input {
        std::vector<std::uint64_t> block;
        std::vector<std::size_t> lengths;
    };
    using Output = typename AnswersVector<Family, U64>::Output;
    static constexpr bool keeps = false;

    static Input prepare(std::uint64_t n, lab::Rng& rng) {
        Input input{make_items<U64>(1024, rng), {}};
        for (std::uint64_t left = n; left > 0; left -= input.lengths.back()) {
            const std::uint64_t length = 128 + rng.next() % 897;
            input.lengths.push_back(static_cast<std::size_t>(std::min(length, left)));
        }
        return input;
    }

    [[gnu::always_inline]] static inline Output work(Input& input) {
        Output out;
        for (const std::size_t length : input.lengths) {
            out.insert(out.end(), input.block.data(), input.block.data() + length);
        }
        return out;
    }
};

/// Builds `n` vectors of 0 to 15 numbers by pushes, each moved into an outer vector when it is
/// complete. All die inside the clock.
template <class Family>
struct VectorOfVectors : AnswersVector<Family, Nested<Family>> {
    struct Input {
        std::vector<std::uint64_t> lengths;
        std::uint64_t seed;
    };
    using Output = typename AnswersVector<Family, Nested<Family>>::Output;
    static constexpr bool keeps = false;

    static Input prepare(std::uint64_t n, lab::Rng& rng) {
        Input input{make_items<U64>(n, rng), rng.next()};
        for (std::uint64_t& length : input.lengths) {
            length %= 16;
        }
        return input;
    }

    [[gnu::always_inline]] static inline Output work(Input& input) {
        Output out;
        for (const std::uint64_t length : input.lengths) {
            typename Family::template Of<std::uint64_t> inner;
            for (std::uint64_t i = 0; i < length; ++i) {
                inner.push_back(input.seed + i);
            }
            out.push_back(std::move(inner));
        }
        return out;
    }
};

} // namespace diptych::workloads
