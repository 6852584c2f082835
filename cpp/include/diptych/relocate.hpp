// diptych/relocate.hpp - which types may be moved by moving their bytes.
//
// To relocate an object is to end its life at one address and continue it at another: move-
// construct there, destroy here. For most types that is the same as copying the bytes and
// forgetting the source, and then a container may use `memmove` and `realloc`. The language cannot
// tell which types those are, so a type says so itself. What it promises: it keeps no pointer into
// itself, nobody registered its address, and its move constructor and destructor, one after the
// other, have no effect but the relocation.
//
// Two ways to promise:
//
//     class Handle {
//     public:
//         using trivially_relocatable = Handle; // names itself: a derived class must say it anew
//     };
//     template <> struct diptych::is_trivially_relocatable<Other> : std::true_type {};
//
// Rust needs no such trait: every Rust move is a copy of bytes, and no type can object.
// TWIN: C++ objects may know their own address (std::string with its inline buffer does), so
// moving bytes is opt-in here.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace diptych {

namespace detail {

template <class T>
concept SaysTriviallyRelocatable = std::is_same_v<typename T::trivially_relocatable, T>;

} // namespace detail

/// True if relocating a T may be done by copying its bytes and forgetting the source.
template <class T>
struct is_trivially_relocatable
    : std::bool_constant<std::is_trivially_copyable_v<T> || detail::SaysTriviallyRelocatable<T>> {};

template <class T>
inline constexpr bool is_trivially_relocatable_v = is_trivially_relocatable<T>::value;

template <class T>
struct is_trivially_relocatable<const T> : is_trivially_relocatable<T> {};

/// A unique_ptr is its pointer and its deleter; an empty deleter has no bytes that could matter.
template <class T, class Deleter>
struct is_trivially_relocatable<std::unique_ptr<T, Deleter>>
    : std::bool_constant<
          is_trivially_relocatable_v<typename std::unique_ptr<T, Deleter>::pointer> &&
          (std::is_empty_v<Deleter> || is_trivially_relocatable_v<Deleter>)> {};

/// Two pointers, of which the counts in the control block know nothing.
template <class T>
struct is_trivially_relocatable<std::shared_ptr<T>> : std::true_type {};
template <class T>
struct is_trivially_relocatable<std::weak_ptr<T>> : std::true_type {};

// std::vector with std::allocator is three pointers into its block in libstdc++ and libc++, and
// the block does not point back. Not so in libstdc++'s debug mode, where iterators register their
// container's address; nor known of other libraries.
#if (defined(__GLIBCXX__) && !defined(_GLIBCXX_DEBUG)) || defined(_LIBCPP_VERSION)
template <class T>
struct is_trivially_relocatable<std::vector<T>> : std::true_type {};
#endif

// Aggregates of members follow their members.
template <class T, std::size_t N>
struct is_trivially_relocatable<std::array<T, N>> : is_trivially_relocatable<T> {};
template <class T>
struct is_trivially_relocatable<std::optional<T>> : is_trivially_relocatable<T> {};
template <class First, class Second>
struct is_trivially_relocatable<std::pair<First, Second>>
    : std::bool_constant<is_trivially_relocatable_v<First> && is_trivially_relocatable_v<Second>> {
};
template <class... Types>
struct is_trivially_relocatable<std::tuple<Types...>>
    : std::bool_constant<(is_trivially_relocatable_v<Types> && ...)> {};
template <class... Types>
struct is_trivially_relocatable<std::variant<Types...>>
    : std::bool_constant<(is_trivially_relocatable_v<Types> && ...)> {};

} // namespace diptych
