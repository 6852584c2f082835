// diptych/rust/vector.hpp - the Rust vector as a C++ container.
//
// `diptych::rust::Vector<T>` has the names of `diptych::cpp::Vector<T>`, so that one line swaps the
// language a program runs on:
//
//     using diptych::rust::Vector;   // or diptych::cpp::Vector
//
// Memory: the C header's `dpt_rust_vec`, whose layout is documented. What only reads it, or builds
// and destroys elements in the room there is, is inline here; growth, gaps, copies and the end of
// the block cross the border to Rust, once per operation.
//
// Elements: Rust learns what a T is from a table made here. Where bytes are enough (trivially
// copyable, trivially relocatable, trivially destructible) the table has no function, and Rust uses
// memcpy, realloc and memmove.
//
// Exceptions: never cross a Rust frame. What T's copy constructor throws is kept until the call has
// come back, and goes on from here. T's move constructor and destructor must not throw where Rust
// runs them, or the program ends.
//
// Iterators are pointers. What each operation invalidates is said in the C++ twin's header.
//
// What it lacks: allocators and constexpr; the memory is Rust's.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "diptych.h"
#include "diptych/assert.hpp"
#include "diptych/relocate.hpp"
#include "diptych/vector/iter.hpp"

namespace diptych::rust {

namespace detail {

using cpp::detail::ForwardIterator;
using cpp::detail::InputIterator;

/// What an element's function threw below a Rust frame, until the call has come back.
inline thread_local std::exception_ptr thrown;

/// The element table of T.
template <class T>
struct ElementOf {
    static dpt_status copy(void* dst, const void* src, void*) noexcept {
        if constexpr (std::is_copy_constructible_v<T>) {
            try {
                std::construct_at(static_cast<T*>(dst), *static_cast<const T*>(src));
                return DPT_OK;
            } catch (...) {
                thrown = std::current_exception();
            }
        }
        return DPT_ERR_ELEMENT;
    }

    static void relocate(void* dst, void* src, void*) noexcept {
        T* const from = static_cast<T*>(src);
        std::construct_at(static_cast<T*>(dst), std::move(*from));
        std::destroy_at(from);
    }

    static void destroy(void* item, void*) noexcept { std::destroy_at(static_cast<T*>(item)); }

    static constexpr dpt_elem table = {
        sizeof(T),
        alignof(T),
        std::is_trivially_copyable_v<T> ? nullptr : &copy,
        is_trivially_relocatable_v<T> ? nullptr : &relocate,
        std::is_trivially_destructible_v<T> ? nullptr : &destroy,
        nullptr,
    };
};

/// Throws what a status means.
[[noreturn]] inline void fail(dpt_status status) {
    if (std::exception_ptr kept = std::exchange(thrown, nullptr)) {
        std::rethrow_exception(std::move(kept));
    }
    switch (status) {
    case DPT_ERR_CAPACITY:
        throw std::length_error(dpt_rust_last_error());
    case DPT_ERR_ALLOC:
        throw std::bad_alloc();
    case DPT_ERR_RANGE:
        throw std::out_of_range(dpt_rust_last_error());
    default:
        throw std::logic_error(dpt_rust_last_error());
    }
}

inline void check(dpt_status status) {
    if (status != DPT_OK) [[unlikely]] {
        fail(status);
    }
}

[[noreturn]] inline void fail_index(std::size_t index, std::size_t len) {
    throw std::out_of_range("index " + std::to_string(index) + " is past the end of " +
                            std::to_string(len) + " elements");
}

[[noreturn]] inline void fail_range(std::size_t first, std::size_t last, std::size_t len) {
    throw std::out_of_range("range " + std::to_string(first) + ".." + std::to_string(last) +
                            " is out of range for " + std::to_string(len) + " elements");
}

} // namespace detail

// ---- Types --------------------------------------------------------------------------------------

/// A growable array of T in memory that Rust manages.
template <class T>
class Vector {
    static_assert(std::is_same_v<T, std::remove_cv_t<T>>,
                  "elements are neither const nor volatile");

public:
    using value_type = T;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using reference = T&;
    using const_reference = const T&;
    using pointer = T*;
    using const_pointer = const T*;
    using iterator = T*;
    using const_iterator = const T*;
    using reverse_iterator = std::reverse_iterator<iterator>;
    using const_reverse_iterator = std::reverse_iterator<const_iterator>;

    /// Names itself: four words that nothing points back to (see relocate.hpp).
    using trivially_relocatable = Vector;

    // ---- Construction ---------------------------------------------------------------------------

    /// An empty vector. Allocates nothing and does not cross the border.
    Vector() noexcept : raw_(no_block()) {}

    /// An empty vector with room for exactly `capacity` elements. std::length_error.
    [[nodiscard]] static Vector with_capacity(size_type capacity) {
        Vector made;
        made.reserve_exact(capacity);
        return made;
    }

    /// `n` elements, value-initialised or copies of `item`. Capacity is exactly n.
    explicit Vector(size_type n) : Vector(with_capacity(n)) { resize(n); }
    Vector(size_type n, const T& item) : Vector(with_capacity(n)) { resize(n, item); }

    /// The elements of a range. Capacity is exactly its length if it can be walked twice.
    template <detail::InputIterator Iterator>
    Vector(Iterator first, Iterator last) : Vector() {
        if constexpr (detail::ForwardIterator<Iterator>) {
            reserve_exact(static_cast<size_type>(std::distance(first, last)));
        }
        insert(end(), first, last);
    }
    Vector(std::initializer_list<T> items) : Vector(items.begin(), items.end()) {}

    /// Copies; capacity is exactly the length.
    Vector(const Vector& other) : raw_{} { detail::check(dpt_rust_vec_clone(&raw_, &other.raw_)); }

    /// Takes the block of `other`, which is empty then. Pointers into it stay good.
    Vector(Vector&& other) noexcept : raw_(std::exchange(other.raw_, no_block())) {}

    /// Copies; if that throws, nothing has changed.
    Vector& operator=(const Vector& other) {
        if (this != &other) {
            Vector(other).swap(*this);
        }
        return *this;
    }
    Vector& operator=(Vector&& other) noexcept {
        Vector(std::move(other)).swap(*this);
        return *this;
    }
    Vector& operator=(std::initializer_list<T> items) {
        assign(items);
        return *this;
    }

    // ---- Queries --------------------------------------------------------------------------------

    [[nodiscard]] size_type len() const noexcept { return raw_.len; }
    [[nodiscard]] size_type capacity() const noexcept { return raw_.cap; }
    [[nodiscard]] bool is_empty() const noexcept { return raw_.len == 0; }

    /// The element at `index`, or null if there is none.
    [[nodiscard]] T* get(size_type index) noexcept {
        return index < len() ? data() + index : nullptr;
    }
    [[nodiscard]] const T* get(size_type index) const noexcept {
        return index < len() ? data() + index : nullptr;
    }

    /// The element at `index`. std::out_of_range.
    [[nodiscard]] T& at(size_type index) { return data()[checked(index, len())]; }
    [[nodiscard]] const T& at(size_type index) const { return data()[checked(index, len())]; }

    /// The element at `index`. CONTRACT: V2 - the caller keeps index < len().
    [[nodiscard]] T& operator[](size_type index) noexcept {
        DPT_ASSERT(index < len());
        return data()[index];
    }
    [[nodiscard]] const T& operator[](size_type index) const noexcept {
        DPT_ASSERT(index < len());
        return data()[index];
    }

    [[nodiscard]] T* data() noexcept { return reinterpret_cast<T*>(raw_.data); }
    [[nodiscard]] const T* data() const noexcept { return reinterpret_cast<const T*>(raw_.data); }

    /// The header as C sees it, for the functions dpt_rust_vec_*.
    [[nodiscard]] const dpt_rust_vec& raw() const noexcept { return raw_; }

    // ---- Mutation -------------------------------------------------------------------------------

    /// Appends. Amortised O(1). std::length_error, std::bad_alloc, and what T's constructor throws;
    /// then nothing has changed. `item` may lie in this vector.
    void push(const T& item) { emplace_back(item); }
    void push(T&& item) { emplace_back(std::move(item)); }

    /// Takes the last element out; empty if there is none.
    std::optional<T> pop() {
        std::optional<T> last;
        if (!is_empty()) {
            last.emplace(std::move(back()));
            pop_back();
        }
        return last;
    }

    /// Puts `item` before the element at `index`; index == len() appends. std::out_of_range.
    T& insert_at(size_type index, const T& item) {
        return *emplace(begin() + checked(index, len() + 1), item);
    }
    T& insert_at(size_type index, T&& item) {
        return *emplace(begin() + checked(index, len() + 1), std::move(item));
    }

    /// Takes the element at `index` out; the rest closes up. std::out_of_range.
    T remove(size_type index) {
        T removed(std::move(data()[checked(index, len())]));
        erase(begin() + index);
        return removed;
    }

    /// Takes the element at `index` out; the last one fills the hole. O(1). std::out_of_range.
    T swap_remove(size_type index) {
        T& place = data()[checked(index, len())];
        T removed(std::move(place));
        if (&place != &back()) {
            place = std::move(back());
        }
        pop_back();
        return removed;
    }

    /// Destroys the elements from `n` on, if there are so many. Keeps the block.
    void truncate(size_type n) noexcept {
        if (n < len()) {
            // CONTRACT: V5 - the elements are out of len before their destructors run.
            T* const last = data() + std::exchange(raw_.len, n);
            std::destroy(data() + n, last);
        }
    }

    /// Destroys all elements. Keeps the block.
    void clear() noexcept { truncate(0); }

    /// Makes it `n` elements long; if that throws, nothing has changed.
    void resize(size_type n) {
        if (n <= len()) {
            return truncate(n);
        }
        reserve_more(n - len());
        std::uninitialized_value_construct(end(), data() + n);
        raw_.len = n;
    }
    void resize(size_type n, const T& item) {
        detail::check(dpt_rust_vec_resize(&raw_, n, std::addressof(item)));
    }

    /// Appends copies of `items`, which may lie in this vector. If that throws, nothing has
    /// changed.
    void extend_from_slice(std::span<const T> items) {
        detail::check(dpt_rust_vec_extend(&raw_, items.data(), items.size()));
    }

    /// Moves all elements of `other`, another vector, to the end; `other` keeps its block.
    void append(Vector& other) { detail::check(dpt_rust_vec_append(&raw_, &other.raw_)); }

    /// Takes the elements from `at` on out, as a vector of their own. std::out_of_range.
    [[nodiscard]] Vector split_off(size_type at) {
        Vector rest;
        const dpt_status status = dpt_rust_vec_split_off(&raw_, at, &rest.raw_);
        if (status != DPT_OK) {
            rest.raw_ = no_block();
            detail::fail(status);
        }
        return rest;
    }

    /// Takes the elements [first, last) out, as a vector; the rest closes up. std::out_of_range.
    Vector drain(size_type first, size_type last) {
        if (first > last || last > len()) [[unlikely]] {
            detail::fail_range(first, last, len());
        }
        Vector taken(std::make_move_iterator(begin() + first),
                     std::make_move_iterator(begin() + last));
        erase(begin() + first, begin() + last);
        return taken;
    }

    /// Keeps the elements for which keep(element) holds, in order. If `keep` throws, those not yet
    /// seen are kept.
    template <class Keep>
    void retain(Keep keep) {
        compact([&](T& item, size_type) -> bool { return keep(item); });
    }

    /// Of each run of neighbours for which same(element, last kept) holds, keeps the first.
    template <class Same>
    void dedup_by(Same same) {
        compact([&](T& item, size_type kept) -> bool {
            return kept == 0 || !same(item, data()[kept - 1]);
        });
    }

    // ---- Growth ---------------------------------------------------------------------------------

    /// Makes room for `extra` more elements, amortised. std::length_error, std::bad_alloc.
    void reserve_more(size_type extra) {
        if (extra > capacity() - len()) {
            detail::check(dpt_rust_vec_reserve(&raw_, extra));
        }
    }

    /// Makes room for `extra` more elements; a block that must grow grows to just that.
    void reserve_exact(size_type extra) {
        if (extra > capacity() - len()) {
            detail::check(dpt_rust_vec_reserve_exact(&raw_, extra));
        }
    }

    /// Gives unused room back. Stays as it was if there is no memory for another block.
    void shrink_to_fit() { static_cast<void>(dpt_rust_vec_shrink_to_fit(&raw_)); }

    // ---- Iteration ------------------------------------------------------------------------------

    [[nodiscard]] iterator begin() noexcept { return data(); }
    [[nodiscard]] const_iterator begin() const noexcept { return data(); }
    [[nodiscard]] iterator end() noexcept { return data() + len(); }
    [[nodiscard]] const_iterator end() const noexcept { return data() + len(); }

    // ---- Destruction ----------------------------------------------------------------------------

    ~Vector() {
        clear();
        if (raw_.cap != 0) {
            dpt_rust_vec_free(&raw_);
        }
    }

    // ==== Names of std::vector ===================================================================
    // Those that are not above: generic code and people who know std::vector look for them.

    [[nodiscard]] size_type size() const noexcept { return len(); }
    [[nodiscard]] bool empty() const noexcept { return is_empty(); }
    [[nodiscard]] size_type max_size() const noexcept { return PTRDIFF_MAX / sizeof(T); }

    /// Makes room for `total` elements in all, exactly.
    void reserve(size_type total) {
        if (total > len()) {
            reserve_exact(total - len());
        }
    }

    [[nodiscard]] T& front() noexcept { return (*this)[0]; }
    [[nodiscard]] const T& front() const noexcept { return (*this)[0]; }
    [[nodiscard]] T& back() noexcept { return (*this)[len() - 1]; }
    [[nodiscard]] const T& back() const noexcept { return (*this)[len() - 1]; }

    [[nodiscard]] const_iterator cbegin() const noexcept { return begin(); }
    [[nodiscard]] const_iterator cend() const noexcept { return end(); }
    [[nodiscard]] reverse_iterator rbegin() noexcept { return reverse_iterator(end()); }
    [[nodiscard]] reverse_iterator rend() noexcept { return reverse_iterator(begin()); }
    [[nodiscard]] const_reverse_iterator rbegin() const noexcept {
        return const_reverse_iterator(end());
    }
    [[nodiscard]] const_reverse_iterator rend() const noexcept {
        return const_reverse_iterator(begin());
    }
    [[nodiscard]] const_reverse_iterator crbegin() const noexcept { return rbegin(); }
    [[nodiscard]] const_reverse_iterator crend() const noexcept { return rend(); }

    void push_back(const T& item) { emplace_back(item); }
    void push_back(T&& item) { emplace_back(std::move(item)); }

    template <class... Args>
    T& emplace_back(Args&&... args) {
        if (raw_.len == raw_.cap) [[unlikely]] {
            // Built before growth: what it is built from may lie in the block.
            T made = std::make_from_tuple<T>(std::forward_as_tuple(std::forward<Args>(args)...));
            detail::check(dpt_rust_vec_reserve(&raw_, 1));
            return build_at_end(std::move(made));
        }
        return build_at_end(std::forward<Args>(args)...);
    }

    /// Destroys the last element. CONTRACT: V2 - there is one.
    void pop_back() noexcept {
        DPT_ASSERT(!is_empty());
        raw_.len -= 1;
        std::destroy_at(end());
    }

    template <class... Args>
    iterator emplace(const_iterator at, Args&&... args) {
        const size_type index = index_of(at);
        if (index == len()) {
            return std::addressof(emplace_back(std::forward<Args>(args)...));
        }
        // Built before the gap opens: what it is built from may lie behind it.
        T made = std::make_from_tuple<T>(std::forward_as_tuple(std::forward<Args>(args)...));
        return insert_built(index, 1, [&](T* slots) { std::construct_at(slots, std::move(made)); });
    }
    iterator insert(const_iterator at, const T& item) { return emplace(at, item); }
    iterator insert(const_iterator at, T&& item) { return emplace(at, std::move(item)); }
    iterator insert(const_iterator at, size_type n, const T& item) {
        const T copy(item);
        return insert_built(index_of(at), n,
                            [&](T* slots) { std::uninitialized_fill_n(slots, n, copy); });
    }
    template <detail::InputIterator Iterator>
    iterator insert(const_iterator at, Iterator first, Iterator last) {
        const size_type index = index_of(at);
        if constexpr (detail::ForwardIterator<Iterator>) {
            return insert_built(index, static_cast<size_type>(std::distance(first, last)),
                                [&](T* slots) { std::uninitialized_copy(first, last, slots); });
        } else {
            Vector items;
            for (; first != last; ++first) {
                items.emplace_back(*first);
            }
            return insert(begin() + index, std::make_move_iterator(items.begin()),
                          std::make_move_iterator(items.end()));
        }
    }
    iterator insert(const_iterator at, std::initializer_list<T> items) {
        return insert(at, items.begin(), items.end());
    }

    iterator erase(const_iterator at) { return erase(at, at + 1); }
    iterator erase(const_iterator first, const_iterator last) {
        const size_type index = index_of(first);
        detail::check(dpt_rust_vec_erase(&raw_, index, static_cast<size_type>(last - first)));
        return begin() + index;
    }

    void assign(size_type n, const T& item) { *this = Vector(n, item); }
    template <detail::InputIterator Iterator>
    void assign(Iterator first, Iterator last) {
        *this = Vector(first, last);
    }
    void assign(std::initializer_list<T> items) { assign(items.begin(), items.end()); }

    void swap(Vector& other) noexcept { std::swap(raw_, other.raw_); }
    friend void swap(Vector& a, Vector& b) noexcept { a.swap(b); }

    [[nodiscard]] friend bool operator==(const Vector& a, const Vector& b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end());
    }
    [[nodiscard]] friend auto operator<=>(const Vector& a, const Vector& b) {
        const auto order = [](const T& x, const T& y) {
            if constexpr (std::three_way_comparable<T>) {
                return x <=> y;
            } else {
                return x < y   ? std::weak_ordering::less
                       : y < x ? std::weak_ordering::greater
                               : std::weak_ordering::equivalent;
            }
        };
        return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end(),
                                                      order);
    }

private:
    /// A header that needs no block. `data` is aligned and not null, as the C header says.
    static dpt_rust_vec no_block() noexcept {
        // NOLINTNEXTLINE(performance-no-int-to-ptr)
        return {reinterpret_cast<unsigned char*>(alignof(T)), 0, 0, &detail::ElementOf<T>::table};
    }

    size_type checked(size_type index, size_type past) const {
        if (index >= past) [[unlikely]] {
            detail::fail_index(index, len());
        }
        return index;
    }

    size_type index_of(const_iterator at) const noexcept {
        DPT_ASSERT(begin() <= at && at <= end());
        return static_cast<size_type>(at - begin());
    }

    template <class... Args>
    T& build_at_end(Args&&... args) {
        // CONTRACT: V2 - slot len is raw and inside the block: len < cap.
        T* const item = std::construct_at(end(), std::forward<Args>(args)...);
        raw_.len += 1;
        return *item;
    }

    /// Builds `n` elements before `index` by build(slots), all or nothing, and answers the first.
    template <class Build>
    iterator insert_built(size_type index, size_type n, Build build) {
        const size_type tail = len() - index;
        void* slots = nullptr;
        detail::check(dpt_rust_vec_open_gap(&raw_, index, n, &slots));
        size_type filled = 0;
        // CONTRACT: V5 - the tail counts again only when the gap is closed, whatever happens.
        const auto close = [&] { dpt_rust_vec_close_gap(&raw_, index, n, filled, tail); };
        try {
            build(static_cast<T*>(slots));
            filled = n;
        } catch (...) {
            close();
            throw;
        }
        close();
        return begin() + index;
    }

    /// Keeps the elements for which keep(element, how many were kept) holds.
    template <class Keep>
    void compact(Keep keep) {
        size_type kept = 0;
        size_type seen = 0;
        const auto close = [&] {
            if (kept != seen) {
                T* const last = std::move(begin() + seen, end(), begin() + kept);
                truncate(static_cast<size_type>(last - begin()));
            }
        };
        try {
            for (; seen < len(); ++seen) {
                if (keep(data()[seen], kept)) {
                    if (kept != seen) {
                        data()[kept] = std::move(data()[seen]);
                    }
                    ++kept;
                }
            }
        } catch (...) {
            close();
            throw;
        }
        close();
    }

    dpt_rust_vec raw_;
};

template <detail::InputIterator Iterator>
Vector(Iterator, Iterator) -> Vector<std::iter_value_t<Iterator>>;

/// Erases the elements for which drop(element) holds; answers how many they were.
template <class T, class Drop>
std::size_t erase_if(Vector<T>& vector, Drop drop) {
    const std::size_t before = vector.len();
    vector.retain([&](const T& item) { return !drop(item); });
    return before - vector.len();
}

/// Erases the elements equal to `value`; answers how many they were.
template <class T, class U>
std::size_t erase(Vector<T>& vector, const U& value) {
    return erase_if(vector, [&](const T& item) { return item == value; });
}

} // namespace diptych::rust
