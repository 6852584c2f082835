// diptych/vector/raw.hpp - the block under a vector: allocation, growth rule, reallocation, and
// what it takes to build, relocate and destroy the elements in it.
//
// Everything here works on (pointer, length, capacity) given by value and knows no vector. That
// lets a loop around `push` keep the vector's three words in registers: the slow path gets copies
// and answers a Block, and no address of the vector escapes into it.
#pragma once

#include "diptych/assert.hpp"
#include "diptych/relocate.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <memory_resource>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace diptych::cpp::detail {

// ---- Types --------------------------------------------------------------------------------------

/// One allocation: `cap` slots from `data` on; no allocation while cap is 0 (V3).
///
/// TWIN: it is a block or was never returned: failure is thrown, which costs the way that succeeds
/// nothing. Rust answers a null block, because a slow path that cannot unwind helps its callers.
template <class T>
struct Block {
    T* data = nullptr;
    std::size_t cap = 0;
};

/// A std::size_t that the compiler's alias analysis tells from the std::size_t's elements may be:
/// without it, every store to an element of that type could have changed len.
class Count {
public:
    constexpr Count() noexcept = default;
    constexpr Count(std::size_t n) noexcept : word_(static_cast<Word>(n)) {}
    constexpr operator std::size_t() const noexcept { return static_cast<std::size_t>(word_); }
    constexpr Count& operator+=(std::size_t n) noexcept { return *this = *this + n; }
    constexpr Count& operator--() noexcept { return *this = *this - 1; }

private:
    enum class Word : std::size_t {};
    Word word_{};
};

/// How a slow path takes the allocator: by value where it has no state, so that the vector it lies
/// in keeps its address to itself.
template <class A>
using AllocatorArgument =
    std::conditional_t<std::is_empty_v<A> && std::allocator_traits<A>::is_always_equal::value, A,
                       A&>;

/// Small enough to be handed around in registers.
template <class T>
inline constexpr bool fits_registers =
    std::is_trivially_copyable_v<T> && sizeof(T) <= 2 * sizeof(void*);

template <class A>
inline constexpr bool is_polymorphic = false;
template <class U>
inline constexpr bool is_polymorphic<std::pmr::polymorphic_allocator<U>> = true;
template <class T>
inline constexpr bool is_pair = false;
template <class T, class U>
inline constexpr bool is_pair<std::pair<T, U>> = true;

/// True if the allocator builds a T from Args by plain construction. A polymorphic_allocator has a
/// `construct` of its own, which only matters to types that take an allocator.
template <class A, class T, class... Args>
inline constexpr bool constructs_plainly = [] {
    if constexpr (is_polymorphic<A>) {
        return !std::uses_allocator_v<T, A> && !is_pair<T>;
    } else {
        return !requires(A& a, T* slot, Args&&... args) {
            a.construct(slot, std::forward<Args>(args)...);
        };
    }
}();

template <class A, class T>
inline constexpr bool destroys_plainly = [] {
    if constexpr (is_polymorphic<A>) {
        return true;
    } else {
        return !requires(A& a, T* slot) { a.destroy(slot); };
    }
}();

/// Relocation is a copy of bytes: T allows it, and the allocator does not insist on being asked.
template <class A, class T>
inline constexpr bool relocates_bytes =
    is_trivially_relocatable_v<T> && constructs_plainly<A, T, T> && destroys_plainly<A, T>;

/// A block of T may be handed to the allocator's `reallocate`.
template <class A, class T>
inline constexpr bool reallocates = relocates_bytes<A, T> && requires(A& a, T* p, std::size_t n) {
    { a.reallocate(p, n, n) } -> std::same_as<T*>;
};

/// The allocator tells how much it gave, as since C++23: `ptr` is room for `count` objects, which
/// may be more than was asked for, and is given back with any number from the one to the other.
template <class A>
inline constexpr bool allocates_at_least = requires(A& a, std::size_t n) {
    a.allocate_at_least(n).ptr;
    { a.allocate_at_least(n).count } -> std::convertible_to<std::size_t>;
};

/// As above, of `reallocate`, which no standard has.
template <class A, class T>
inline constexpr bool reallocates_at_least = requires(A& a, T* p, std::size_t n) {
    { a.reallocate_at_least(p, n, n).ptr } -> std::convertible_to<T*>;
    { a.reallocate_at_least(p, n, n).count } -> std::convertible_to<std::size_t>;
};

/// Building a T from Args cannot throw, whoever does it.
template <class A, class T, class... Args>
inline constexpr bool constructs_nothrow = [] {
    if constexpr (constructs_plainly<A, T, Args...>) {
        return std::is_nothrow_constructible_v<T, Args...>;
    } else {
        return noexcept(std::declval<A&>().construct(std::declval<T*>(), std::declval<Args>()...));
    }
}();

/// Building a T from what an iterator refers to, and going on to the next, cannot throw.
template <class A, class T, class Iterator>
inline constexpr bool copies_nothrow =
    constructs_nothrow<A, T, std::iter_reference_t<Iterator>> &&
    noexcept(*std::declval<Iterator&>()) && noexcept(++std::declval<Iterator&>());

/// Relocating a T cannot throw, so elements may be shifted inside their block.
template <class A, class T>
inline constexpr bool relocates_nothrow = relocates_bytes<A, T> || constructs_nothrow<A, T, T>;

/// Room for a T without a T.
template <class T>
union Slot {
    constexpr Slot() noexcept {}
    constexpr ~Slot() {}
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

    std::remove_cv_t<T> value;
};

// ---- Construction -------------------------------------------------------------------------------

/// Builds a T in a raw slot.
///
/// TWIN: from whatever its constructor takes, in place. In Rust an element arrives by value, so
/// that building it in its slot is to copy its words.
template <class A, class T, class... Args>
constexpr void build(A& a, T* slot, Args&&... args) {
    std::allocator_traits<A>::construct(a, slot, std::forward<Args>(args)...);
}

/// Destroys one element, or [first, last). Destructors do not throw.
template <class A, class T>
constexpr void destroy(A& a, T* item) noexcept {
    std::allocator_traits<A>::destroy(a, item);
}
template <class A, class T>
constexpr void destroy(A& a, T* first, T* last) noexcept {
    if constexpr (std::is_trivially_destructible_v<T> && destroys_plainly<A, T>) {
        if (!std::is_constant_evaluated()) {
            return;
        }
    }
    for (; first != last; ++first) {
        std::allocator_traits<A>::destroy(a, first);
    }
}

/// Elements built side by side in raw slots, destroyed again if whoever builds them throws.
template <class A, class T>
class Built {
public:
    constexpr Built(A& a, T* to) noexcept : alloc_(a), first_(to), last_(to) {}
    Built(const Built&) = delete;
    Built& operator=(const Built&) = delete;
    constexpr ~Built() { destroy(alloc_, first_, last_); }

    template <class... Args>
    constexpr void add(Args&&... args) {
        build(alloc_, last_, std::forward<Args>(args)...);
        ++last_;
    }

    /// Elements that were built elsewhere in the meantime.
    constexpr void adopt(T* last) noexcept { last_ = last; }

    /// They belong to somebody else now.
    constexpr void release() noexcept { last_ = first_; }

private:
    A& alloc_;
    T* first_;
    T* last_;
};

/// Builds n elements from args (none, or one to copy) in raw slots; all or nothing.
template <class A, class T, class... Args>
constexpr void build_n(A& a, T* to, std::size_t n, const Args&... args) {
    Built<A, T> built(a, to);
    for (; n != 0; --n) {
        built.add(args...);
    }
    built.release();
}

/// Builds copies of `n` elements from `first` on in raw slots; all or nothing.
template <class A, class T, class Iterator>
constexpr void build_from(A& a, T* to, Iterator first, std::size_t n) {
    if constexpr (std::contiguous_iterator<Iterator>) {
        using From = std::remove_cvref_t<std::iter_reference_t<Iterator>>;
        if constexpr (std::is_same_v<From, std::remove_cv_t<T>> &&
                      std::is_trivially_copyable_v<T> &&
                      std::is_trivially_copy_constructible_v<T> &&
                      std::is_lvalue_reference_v<std::iter_reference_t<Iterator>> &&
                      constructs_plainly<A, T, std::iter_reference_t<Iterator>>) {
            if (!std::is_constant_evaluated()) {
                if (n != 0) {
                    std::memcpy(static_cast<void*>(to),
                                static_cast<const void*>(std::to_address(first)), n * sizeof(T));
                }
                return;
            }
        }
    }
    Built<A, T> built(a, to);
    for (; n != 0; --n, static_cast<void>(++first)) {
        built.add(*first);
    }
    built.release();
}

/// What a T is built from when it moves: itself as an rvalue; as something to copy if its move is
/// deleted, which overload resolution would choose nevertheless.
template <class T>
constexpr decltype(auto) moved(T& item) noexcept {
    if constexpr (std::is_move_constructible_v<T> || !std::is_copy_constructible_v<T>) {
        return std::move(item);
    } else {
        return std::as_const(item);
    }
}

/// Builds n elements in raw slots from those at `from`: by moving them if that cannot throw or
/// they cannot be copied, else by copying, so that a throw leaves `from` as it was.
template <class A, class T>
constexpr void build_moved(A& a, T* from, std::size_t n, T* to) {
    Built<A, T> built(a, to);
    for (std::size_t i = 0; i != n; ++i) {
        if constexpr (constructs_nothrow<A, T, T> || !std::is_copy_constructible_v<T>) {
            built.add(std::move(from[i]));
        } else {
            built.add(std::as_const(from[i]));
        }
    }
    built.release();
}

// ---- Mutation -----------------------------------------------------------------------------------

/// Copies the bytes of n objects to where none of them lies.
template <class T>
void copy_bytes(T* to, const T* from, std::size_t n) noexcept {
    if (n > static_cast<std::size_t>(PTRDIFF_MAX) / sizeof(T)) {
        __builtin_unreachable(); // V4: no block is larger; g++ would warn of negative counts.
    }
    if (n != 0) {
        std::memcpy(static_cast<void*>(to), static_cast<const void*>(from), n * sizeof(T));
    }
}

/// Moves the bytes of n objects, which may overlap with where they go.
template <class T>
void move_bytes(T* to, const T* from, std::size_t n) noexcept {
    if (n > static_cast<std::size_t>(PTRDIFF_MAX) / sizeof(T)) {
        __builtin_unreachable(); // V4, as above.
    }
    if (n != 0) {
        std::memmove(static_cast<void*>(to), static_cast<const void*>(from), n * sizeof(T));
    }
}

/// Relocates n elements into raw slots elsewhere.
///
/// TWIN: by their bytes where the type says that this is enough, else by its own constructor and
/// destructor. In Rust bytes are enough for every type, and `ptr::copy` is all there is to it.
template <class A, class T>
    requires relocates_nothrow<A, T>
constexpr void relocate(A& a, T* from, std::size_t n, T* to) noexcept {
    if constexpr (relocates_bytes<A, T>) {
        if (!std::is_constant_evaluated()) {
            // CONTRACT: V6 - the bytes are the elements; the old slots are raw from here on.
            copy_bytes(to, from, n);
            return;
        }
    }
    for (T* const end = from + n; from != end; ++from, ++to) {
        build(a, to, moved(*from));
        destroy(a, from);
    }
}

/// Relocates n elements `by` slots down; the slots they come to are raw, the places may overlap.
template <class A, class T>
    requires relocates_nothrow<A, T>
constexpr void shift_down(A& a, T* from, std::size_t n, std::size_t by) noexcept {
    if constexpr (relocates_bytes<A, T>) {
        if (!std::is_constant_evaluated()) {
            // CONTRACT: V6 - as relocate; memmove, because the places may overlap.
            move_bytes(from - by, from, n);
            return;
        }
    }
    for (T* const end = from + n; from != end; ++from) {
        build(a, from - by, moved(*from));
        destroy(a, from);
    }
}

/// Elements with code of their own are shifted by moving into what was moved from, instead of
/// building and destroying in turn, where the compiler makes the faster loop of it: inserting in
/// front of std::strings that way, clang++ gains and g++ loses.
template <class A, class T>
inline constexpr bool shifts_by_assignment =
#if defined(__clang__)
    std::is_nothrow_move_assignable_v<T> && std::is_nothrow_move_constructible_v<T>;
#else
    false;
#endif

/// Relocates n elements `by` slots up; the slots they come to are raw, the places may overlap.
template <class A, class T>
    requires relocates_nothrow<A, T>
constexpr void shift_up(A& a, T* from, std::size_t n, std::size_t by) noexcept {
    if constexpr (relocates_bytes<A, T>) {
        if (!std::is_constant_evaluated()) {
            // CONTRACT: V6 - as relocate; memmove, because the places may overlap.
            move_bytes(from + by, from, n);
            return;
        }
    }
    T* at = from + n;
    if constexpr (shifts_by_assignment<A, T>) {
        if (n > by) {
            // Only the first `by` come to raw slots; the others to one that was just moved from.
            for (const T* const raw = at - by; at != raw;) {
                --at;
                build(a, at + by, moved(*at));
            }
            while (at != from) {
                --at;
                at[by] = std::move(*at);
            }
            for (T* const end = from + by; at != end; ++at) {
                destroy(a, at);
            }
            return;
        }
    }
    while (at != from) {
        --at;
        build(a, at + by, moved(*at));
        destroy(a, at);
    }
}

/// Moves the elements [0, len) of a block to raw slots elsewhere, leaving `gap` slots before
/// `index` raw. If that throws, nothing is left at `to`, and `from` is as it was if elements can
/// be copied.
template <class A, class T>
constexpr void move_apart(A& a, T* from, std::size_t len, std::size_t index, std::size_t gap,
                          T* to) {
    if constexpr (relocates_nothrow<A, T>) {
        relocate(a, from, index, to);
        relocate(a, from + index, len - index, to + index + gap);
    } else {
        build_moved(a, from, index, to);
        Built<A, T> front(a, to);
        front.adopt(to + index);
        build_moved(a, from + index, len - index, to + index + gap);
        front.release();
        destroy(a, from, from + len);
    }
}

/// An element on its way into a vector: built before room is made for it, because what it is built
/// from may lie in the vector, and because it may throw.
template <class A, class T>
class Temporary {
public:
    template <class... Args>
    explicit constexpr Temporary(A& a, Args&&... args) : alloc_(a) {
        build(alloc_, std::addressof(slot_.value), std::forward<Args>(args)...);
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    constexpr ~Temporary() {
        if (alive_) {
            destroy(alloc_, std::addressof(slot_.value));
        }
    }

    constexpr const T& value() const noexcept { return slot_.value; }

    /// Relocates the element into a raw slot. Throws only what T's move constructor throws; the
    /// element is then still here.
    constexpr void relocate_to(T* to) noexcept(relocates_nothrow<A, T>) {
        if constexpr (relocates_nothrow<A, T>) {
            relocate(alloc_, std::addressof(slot_.value), 1, to);
            alive_ = false;
        } else {
            build(alloc_, to, moved(slot_.value));
        }
    }

private:
    A& alloc_;
    Slot<T> slot_;
    bool alive_ = true;
};

// ---- Growth -------------------------------------------------------------------------------------

/// V4: what a block of T may have at most.
template <class T, class A>
constexpr std::size_t max_capacity(const A& a) noexcept {
    const std::size_t by_size = static_cast<std::size_t>(PTRDIFF_MAX) / sizeof(T);
    const std::size_t by_allocator = std::allocator_traits<A>::max_size(a);
    return by_allocator < by_size ? by_allocator : by_size;
}

[[noreturn, gnu::noinline, gnu::cold]] inline void throw_capacity_overflow() {
    throw std::length_error("Vector: capacity overflow");
}

[[noreturn, gnu::noinline, gnu::cold]] inline void throw_out_of_range(std::size_t index,
                                                                      std::size_t len) {
    char text[80];
    std::snprintf(text, sizeof text, "index %zu is past the end of %zu elements", index, len);
    throw std::out_of_range(text);
}

[[noreturn, gnu::noinline, gnu::cold]] inline void
throw_out_of_range(std::size_t first, std::size_t last, std::size_t len) {
    char text[120];
    std::snprintf(text, sizeof text, "range %zu..%zu is out of range for %zu elements", first, last,
                  len);
    throw std::out_of_range(text);
}

/// The growth rule of spec/vector.md: the capacity that makes room for `extra` more elements.
/// std::length_error if there is none.
template <class T, class A>
constexpr std::size_t grown_capacity(const A& a, std::size_t len, std::size_t cap,
                                     std::size_t extra) {
    const std::size_t most = max_capacity<T>(a);
    if (extra > most - len) {
        throw_capacity_overflow();
    }
    const std::size_t first = sizeof(T) < 64 ? 64 / sizeof(T) : 1;
    const std::size_t needed = len + extra;
    const std::size_t wanted = std::max({2 * cap, needed, first});
    return wanted <= most ? wanted : needed;
}

/// The block that an allocator answered with as much as it has.
template <class T, class A, class Result>
constexpr Block<T> block_of(const A& a, const Result& result) {
    // V4, whatever the allocator tells.
    return {std::to_address(result.ptr), std::min<std::size_t>(result.count, max_capacity<T>(a))};
}

/// Allocates a block of `cap` slots, or more if the allocator tells of more; none for 0.
/// std::length_error, and what the allocator throws.
template <class T, class A>
constexpr Block<T> new_block(A& a, std::size_t cap) {
    if (cap == 0) {
        return {};
    }
    if (cap > max_capacity<T>(a)) {
        throw_capacity_overflow();
    }
    if constexpr (allocates_at_least<A>) {
        return block_of<T>(a, a.allocate_at_least(cap));
    } else {
        return {std::to_address(std::allocator_traits<A>::allocate(a, cap)), cap};
    }
}

/// Gives a block back. Its slots are raw.
template <class T, class A>
constexpr void free_block(A& a, Block<T> block) noexcept {
    using Pointer = typename std::allocator_traits<A>::pointer;
    if (block.cap != 0) {
        // CONTRACT: V3 - allocated once with this size, given back once with this size.
        if constexpr (std::is_constructible_v<Pointer, T*>) {
            std::allocator_traits<A>::deallocate(a, Pointer(block.data), block.cap);
        } else {
            std::allocator_traits<A>::deallocate(
                a, std::pointer_traits<Pointer>::pointer_to(*block.data), block.cap);
        }
    }
}

/// A block on its way into a vector, given back if whoever fills it throws.
template <class A, class T>
class NewBlock {
public:
    constexpr NewBlock(A& a, std::size_t cap) : alloc_(a), block_(new_block<T>(a, cap)) {}
    NewBlock(const NewBlock&) = delete;
    NewBlock& operator=(const NewBlock&) = delete;
    constexpr ~NewBlock() { free_block(alloc_, block_); }

    constexpr T* data() const noexcept { return block_.data; }
    constexpr Block<T> release() noexcept { return std::exchange(block_, Block<T>{}); }

private:
    A& alloc_;
    Block<T> block_;
};

/// Gives the `len` elements of `old` a block of `cap` slots, or more, cap >= len. If that throws,
/// `old` is as it was (if elements can be copied, or moved without throwing).
template <class A, class T>
constexpr Block<T> resize_block(A& a, Block<T> old, std::size_t len, std::size_t cap) {
    if constexpr (reallocates<A, T>) {
        // A block without elements is not worth copying.
        // TWIN: Rust reallocates it all the same, and spares the question.
        if (!std::is_constant_evaluated() && len != 0 && cap <= max_capacity<T>(a)) {
            // CONTRACT: V6 - the allocator moves the bytes of all elements at once.
            if constexpr (reallocates_at_least<A, T>) {
                return block_of<T>(a, a.reallocate_at_least(old.data, old.cap, cap));
            } else {
                return {a.reallocate(old.data, old.cap, cap), cap};
            }
        }
    }
    NewBlock<A, T> fresh(a, cap);
    move_apart(a, old.data, len, len, 0, fresh.data());
    free_block(a, old);
    return fresh.release();
}

// TWIN: the functions below are out of line but not marked cold, as Rust's are: g++ compiles cold
// functions for size, which makes relocating strings in them 5 times slower.

/// Gives the block exactly `wanted` slots, or what the allocator has for them; wanted >= len.
template <class A, class T>
[[gnu::noinline]] constexpr Block<T> resize_exact(AllocatorArgument<A> a, T* data, std::size_t len,
                                                  std::size_t cap, std::size_t wanted) {
    return resize_block<A>(a, Block<T>{data, cap}, len, wanted);
}

/// Makes room for `extra` more elements by the growth rule.
template <class A, class T>
[[gnu::noinline]] constexpr Block<T> grow(AllocatorArgument<A> a, T* data, std::size_t len,
                                          std::size_t cap, std::size_t extra) {
    return resize_block<A>(a, Block<T>{data, cap}, len, grown_capacity<T>(a, len, cap, extra));
}

/// Nothing in the block can be reached through this argument unless it lies there itself.
template <class T, class Argument,
          class Plain = std::remove_const_t<std::remove_reference_t<Argument>>>
inline constexpr bool self_contained =
    std::is_same_v<Plain, T> ||
    ((std::is_arithmetic_v<Plain> || std::is_enum_v<Plain>) && !std::is_volatile_v<Plain>);

template <class T, class Argument>
bool lies_in(const T* data, std::size_t cap, const Argument& argument) noexcept {
    const void* at = std::addressof(argument);
    return !std::less<const void*>{}(at, data) && std::less<const void*>{}(at, data + cap);
}

/// The slow path of appending one element: makes room and builds the element behind the last. The
/// arguments may lie in the vector, so they are read while the old block is whole; if anything
/// throws, arguments and vector are as they were.
template <class A, class T, class... Args>
[[gnu::noinline]] constexpr Block<T>
grow_and_build(AllocatorArgument<A> a, T* data, std::size_t len, std::size_t cap, Args&&... args) {
    const std::size_t wanted = grown_capacity<T>(a, len, cap, 1);
    if constexpr (reallocates<A, T>) {
        if (!std::is_constant_evaluated()) {
            if constexpr ((std::is_same_v<Args, const T&> && ...) && sizeof...(Args) == 1) {
                // A copy can be made early: nobody minds if it turns out to be in vain.
                Temporary<A, T> item(a, args...);
                const Block<T> block = resize_block<A>(a, Block<T>{data, cap}, len, wanted);
                item.relocate_to(block.data + len);
                return block;
            } else if constexpr (constructs_nothrow<A, T, Args...> &&
                                 (self_contained<T, Args> && ...)) {
                if (!(lies_in(data, cap, args) || ...)) {
                    const Block<T> block = resize_block<A>(a, Block<T>{data, cap}, len, wanted);
                    build(a, block.data + len, std::forward<Args>(args)...);
                    return block;
                }
            }
        }
    }
    NewBlock<A, T> fresh(a, wanted);
    build(a, fresh.data() + len, std::forward<Args>(args)...);
    Built<A, T> item(a, fresh.data() + len);
    item.adopt(fresh.data() + len + 1);
    move_apart(a, data, len, len, 0, fresh.data());
    item.release();
    free_block(a, Block<T>{data, cap});
    return fresh.release();
}

} // namespace diptych::cpp::detail
