// diptych/vector/compare.hpp - equality, order, and the erasing functions that go by comparison.
// Included by vector.hpp.
#pragma once

#include "diptych/vector.hpp"

#include <algorithm>
#include <compare>

namespace diptych::cpp {

namespace detail {

/// T's own three-way comparison, or one made of its operator<, as the standard containers do.
struct SynthThreeWay {
    template <class T, class U>
    constexpr auto operator()(const T& a, const U& b) const {
        if constexpr (std::three_way_comparable_with<T, U>) {
            return a <=> b;
        } else {
            return a < b   ? std::weak_ordering::less
                   : b < a ? std::weak_ordering::greater
                           : std::weak_ordering::equivalent;
        }
    }
};

} // namespace detail

// ---- Construction -------------------------------------------------------------------------------

// TWIN: a vector is made from other sequences by its constructors, in vector.hpp. Rust has a trait
// for every conversion, here, and takes blocks over from Vec, Box and String; no type here has any
// to give.

// ---- Queries ------------------------------------------------------------------------------------

// TWIN: equality and order only: no vector of the standard library has a hash or a text form. Rust
// has both, because the standard traits are expected of every type there.

/// Equal lengths, equal elements.
template <class T, class A>
[[nodiscard]] constexpr bool operator==(const Vector<T, A>& a, const Vector<T, A>& b) {
    return a.len() == b.len() && std::equal(a.begin(), a.end(), b.begin());
}

/// By the first elements that differ; a prefix comes before what it is a prefix of.
template <class T, class A>
[[nodiscard]] constexpr auto operator<=>(const Vector<T, A>& a, const Vector<T, A>& b)
    -> decltype(detail::SynthThreeWay{}(std::declval<const T&>(), std::declval<const T&>())) {
    return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end(),
                                                  detail::SynthThreeWay{});
}

// ---- Mutation -----------------------------------------------------------------------------------

// TWIN: for generic code that looks for these names; Rust has `retain` alone, and here the traits
// by which a vector passes for a slice that may be changed.

/// Erases the elements for which `drop` holds; answers how many.
template <class T, class A, class Drop>
constexpr typename Vector<T, A>::size_type erase_if(Vector<T, A>& vector, Drop drop) {
    const auto before = vector.len();
    vector.retain([&](T& item) -> bool { return !static_cast<bool>(drop(item)); });
    return before - vector.len();
}

/// Erases the elements equal to `value`; answers how many. `value` must not lie in the vector.
template <class T, class A, class U>
constexpr typename Vector<T, A>::size_type erase(Vector<T, A>& vector, const U& value) {
    return erase_if(vector, [&](const T& item) { return item == value; });
}

} // namespace diptych::cpp
