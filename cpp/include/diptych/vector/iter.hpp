// diptych/vector/iter.hpp - what a vector asks of iterators, and what it can be made from.
#pragma once

#include <concepts>
#include <iterator>
#include <memory>
#include <type_traits>

namespace diptych::cpp::detail {

// ---- Construction -------------------------------------------------------------------------------

/// What std::vector accepts as an iterator: anything whose category says so.
template <class Iterator>
concept InputIterator =
    std::convertible_to<typename std::iterator_traits<Iterator>::iterator_category,
                        std::input_iterator_tag>;

/// May be walked twice, so the length of the range is known before it is read.
///
/// TWIN: what cannot be walked twice is appended element by element. An iterator in Rust announces
/// how much is to come, and may be wrong: room is made by that, writing is not.
template <class Iterator>
concept ForwardIterator =
    InputIterator<Iterator> &&
    (std::convertible_to<typename std::iterator_traits<Iterator>::iterator_category,
                         std::forward_iterator_tag> ||
     std::forward_iterator<Iterator>);

/// Refers to objects of type T side by side, such as a vector of T has.
template <class Iterator, class T>
concept PointsAt =
    std::contiguous_iterator<Iterator> && std::is_same_v<std::iter_value_t<Iterator>, T>;

/// What deduction guides take for an allocator.
template <class A>
concept AllocatorLike = requires(A a, std::size_t n) {
    typename A::value_type;
    a.allocate(n);
};

// ---- Iteration ----------------------------------------------------------------------------------

// A vector's own iterators are pointers: contiguous, as cheap as can be, and accepted by every
// algorithm. What a class type would add is checking; sanitizers do that better.
//
// TWIN: Rust has an owning iterator here, because `for x in vector` consumes the vector there.
// Iterating never does in C++: elements that are to be moved on are moved from by reference.

} // namespace diptych::cpp::detail
