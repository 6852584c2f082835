// places.hpp - operations at the front and in the middle.
// src/workloads/vector/places.rs is the same thing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "elements.hpp"

namespace diptych::workloads {

/// How many elements one call inserts or erases, one by one: the `n` others move as often.
inline constexpr std::uint64_t shifts = 8;

/// A vector with room for `shifts` more, and as many elements to put into it. All are made before
/// the clock starts, and die after it has stopped.
template <class Family, class Element>
struct Insertion {
    typename AnswersVector<Family, Element>::Output items;
    std::vector<typename Element::Item> more;

    static Insertion make(std::uint64_t n, lab::Rng& rng) {
        auto items = AnswersVector<Family, Element>::make_vector(n, shifts, rng);
        return {std::move(items), make_items<Element>(shifts, rng)};
    }
};

/// Puts elements before the first.
template <class Family, class Element>
struct InsertFront : AnswersVector<Family, Element> {
    using Input = Insertion<Family, Element>;
    using Output = typename AnswersVector<Family, Element>::Output;
    static constexpr bool keeps = true;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return Input::make(n, rng); }

    [[gnu::always_inline]] static inline Output work(Input& input) {
        Output out = std::move(input.items);
        look<Element>(out);
        for (auto& item : input.more) {
            out.insert(out.begin(), std::move(item));
            look<Element>(out);
        }
        return out;
    }
};

/// Puts elements before the one in the middle.
template <class Family, class Element>
struct InsertMiddle : AnswersVector<Family, Element> {
    using Input = Insertion<Family, Element>;
    using Output = typename AnswersVector<Family, Element>::Output;
    static constexpr bool keeps = true;

    static Input prepare(std::uint64_t n, lab::Rng& rng) { return Input::make(n, rng); }

    [[gnu::always_inline]] static inline Output work(Input& input) {
        Output out = std::move(input.items);
        for (auto& item : input.more) {
            const std::size_t middle = out.size() / 2;
            out.insert(out.begin() + static_cast<std::ptrdiff_t>(middle), std::move(item));
        }
        return out;
    }
};

/// Takes elements away at the front. The vector dies after the clock has stopped.
template <class Family, class Element>
struct EraseFront : AnswersVector<Family, Element> {
    using Input = typename AnswersVector<Family, Element>::Output;
    using Output = Input;
    static constexpr bool keeps = true;

    static Input prepare(std::uint64_t n, lab::Rng& rng) {
        return AnswersVector<Family, Element>::make_vector(n + shifts, 0, rng);
    }

    [[gnu::always_inline]] static inline Output work(Input& input) {
        Output out = std::move(input);
        for (std::uint64_t i = 0; i < shifts; ++i) {
            out.erase(out.begin());
        }
        return out;
    }
};

/// Keeps the even ones of random numbers: about half, which half cannot be foreseen. The vector
/// dies after the clock has stopped.
template <class Family>
struct Retain : AnswersVector<Family, U64> {
    using Input = typename AnswersVector<Family, U64>::Output;
    using Output = Input;
    static constexpr bool keeps = true;

    static Input prepare(std::uint64_t n, lab::Rng& rng) {
        return AnswersVector<Family, U64>::make_vector(n, 0, rng);
    }

    [[gnu::always_inline]] static inline Output work(Input& input) {
        Output out = std::move(input);
        erase_if(out, [](const std::uint64_t& item) { return item % 2 != 0; });
        return out;
    }
};

} // namespace diptych::workloads
