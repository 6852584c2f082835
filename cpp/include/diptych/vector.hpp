// diptych/vector.hpp - Vector<T>: a growable array.
//
// What: elements of one type side by side in one block of memory, with room to spare at the end, so
// that appending costs amortised constant time. It has the whole interface of C++20's std::vector
// and can stand in its place; it grows by realloc and shifts by memmove where the element type
// allows (diptych/relocate.hpp). src/vector.rs is the same thing in Rust; spec/vector.md is what
// both obey.
//
//     Vector<T>                 one block of cap * sizeof(T) bytes
//  +------+-----+-----+      +------+------+------+- - - -+- - - -+
//  | data | len | cap |----->| [0]  | [1]  | [2]  |  raw  |  raw  |
//  +------+-----+-----+      +------+------+------+- - - -+- - - -+
//                             <------- len ------> <- cap - len ->
//
// Ownership:  the vector owns its block and the elements in it; it destroys the elements in order
//             and gives the block back to its allocator. A moved-from vector is empty.
// Threads:    one vector, one thread at a time; const members may run in many at once.
// Invariants: V1 len <= cap; V2 slots [0, len) live, the rest raw; V3 one block, freed once with
//             its size; V4 at most PTRDIFF_MAX bytes; V5 while code of T runs, len counts only
//             living elements; V6 relocation ends a life at the old place; V7 pointers are good
//             until INVALIDATES; V8 behind C, a vector is zeroed or was made here, and its element
//             table outlives it and is sound.
// Cost:       three words, none for an allocator without state. push: amortised O(1), first block
//             64 bytes, doubling. insert, erase: O(elements behind). Slow paths are out of line and
//             take the three words by value, so that loops of push keep them in registers.
// Exceptions: every member leaves a valid vector and leaks nothing. Appending one element and
//             reserving are all or nothing unless T can be neither copied nor moved without
//             throwing; inserting in the middle too, where T's move does not throw.
// Lacks:      iterators that check; storage of fancy pointers (an allocator may have them, the
//             vector keeps plain addresses, so it cannot live in memory shared at two addresses);
//             the bits of std::vector<bool>, Vector<bool> is an array of bool; builds without
//             exceptions.
#pragma once

#include "diptych/assert.hpp"
#include "diptych/malloc_allocator.hpp"
#include "diptych/relocate.hpp"
#include "diptych/vector/iter.hpp"
#include "diptych/vector/raw.hpp"

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace diptych::cpp {

// ---- Types --------------------------------------------------------------------------------------

/// A growable array of T. See the top of this file; members that are not documented are those of
/// std::vector. "INVALIDATES: all" means every pointer, reference and iterator into the vector.
///
/// TWIN: the allocator is a parameter, as in std::vector; in Rust too, but one without state, by a
/// trait of this library: that of the standard library is not stable.
/// TWIN: every object has at least one byte; Rust's elements without size need no block.
template <class T, class A = MallocAllocator<T>>
class Vector {
    static_assert(std::is_same_v<T, std::remove_cv_t<T>>,
                  "elements are neither const nor volatile");
    static_assert(std::is_same_v<T, typename std::allocator_traits<A>::value_type>,
                  "the allocator is for another type");
    using Traits = std::allocator_traits<A>;
    using Block = detail::Block<T>;
    // What functions of detail get: a stateless allocator lies at the vector's own address, which
    // would escape into each that is not inlined and force the three words into memory.
    using Handle = detail::AllocatorArgument<A>;
    using Taken = std::conditional_t<std::is_array_v<T>, void, T>; // no function answers an array

public:
    using value_type = T;
    using allocator_type = A;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using reference = T&;
    using const_reference = const T&;
    using pointer = typename Traits::pointer;
    using const_pointer = typename Traits::const_pointer;
    using iterator = T*;
    using const_iterator = const T*;
    using reverse_iterator = std::reverse_iterator<iterator>;
    using const_reverse_iterator = std::reverse_iterator<const_iterator>;

    /// Names itself: three words that nothing points back to (see relocate.hpp).
    using trivially_relocatable =
        std::conditional_t<std::is_empty_v<A> || is_trivially_relocatable_v<A>, Vector, void>;

    // ---- Construction ---------------------------------------------------------------------------

    /// An empty vector. Allocates nothing.
    constexpr Vector() noexcept(noexcept(A()))
        requires std::is_default_constructible_v<A>
        : alloc_() {}
    explicit constexpr Vector(const A& alloc) noexcept : alloc_(alloc) {}

    /// An empty vector with room for exactly `capacity` elements, or, where the allocator tells how
    /// much it gave (allocate_at_least), for as many as that; so wherever a capacity is exact.
    /// std::length_error.
    [[nodiscard]] static constexpr Vector with_capacity(size_type capacity, const A& alloc = A()) {
        Vector made(alloc);
        made.reserve(capacity);
        return made;
    }

    /// `n` elements, value-initialised or copies of `item`. Capacity is exactly n.
    explicit constexpr Vector(size_type n, const A& alloc = A()) : Vector(alloc) {
        allocate(n);
        Handle a = alloc_;
        detail::build_n(a, data_, n);
        len_ = n;
    }
    constexpr Vector(size_type n, const T& item, const A& alloc = A()) : Vector(alloc) {
        allocate(n);
        Handle a = alloc_;
        detail::build_n(a, data_, n, item);
        len_ = n;
    }

    /// The elements of a range. Capacity is exactly its length if it can be walked twice.
    template <detail::InputIterator Iterator>
    constexpr Vector(Iterator first, Iterator last, const A& alloc = A()) : Vector(alloc) {
        if constexpr (detail::ForwardIterator<Iterator>) {
            const auto n = static_cast<size_type>(std::distance(first, last));
            allocate(n);
            Handle a = alloc_;
            detail::build_from(a, data_, first, n);
            len_ = n;
        } else {
            for (; first != last; ++first) {
                emplace_back(*first);
            }
        }
    }
    constexpr Vector(std::initializer_list<T> items, const A& alloc = A())
        : Vector(items.begin(), items.end(), alloc) {}

    /// Copies; capacity is exactly the length.
    constexpr Vector(const Vector& other)
        : Vector(other.data_, other.data_ + other.len_,
                 Traits::select_on_container_copy_construction(other.alloc_)) {}
    constexpr Vector(const Vector& other, const std::type_identity_t<A>& alloc)
        : Vector(other.data_, other.data_ + other.len_, alloc) {}

    /// Takes the block of `other`, which is empty then. Pointers into it stay good.
    constexpr Vector(Vector&& other) noexcept
        : data_(other.data_), len_(other.len_), cap_(other.cap_), alloc_(std::move(other.alloc_)) {
        other.data_ = nullptr;
        other.len_ = 0;
        other.cap_ = 0;
    }

    /// As above if `alloc` can free the block of `other`, else moves the elements one by one.
    constexpr Vector(Vector&& other,
                     const std::type_identity_t<A>& alloc) noexcept(Traits::is_always_equal::value)
        : Vector(alloc) {
        if (Traits::is_always_equal::value || alloc_ == other.alloc_) {
            take(other);
        } else {
            append(other);
        }
    }

    constexpr Vector& operator=(const Vector& other) {
        if (this != std::addressof(other)) {
            if constexpr (Traits::propagate_on_container_copy_assignment::value) {
                if (!Traits::is_always_equal::value && alloc_ != other.alloc_) {
                    release();
                }
                alloc_ = other.alloc_;
            }
            assign(other.data_, other.data_ + other.len_);
        }
        return *this;
    }

    /// Takes the block of `other` if this vector's allocator can free it, else moves the elements
    /// one by one. `other` is empty then.
    constexpr Vector&
    operator=(Vector&& other) noexcept(Traits::propagate_on_container_move_assignment::value ||
                                       Traits::is_always_equal::value) {
        if (this == std::addressof(other)) {
            return *this;
        }
        if constexpr (Traits::propagate_on_container_move_assignment::value) {
            release();
            alloc_ = std::move(other.alloc_);
            take(other);
        } else if (Traits::is_always_equal::value || alloc_ == other.alloc_) {
            release();
            take(other);
        } else if constexpr (!Traits::is_always_equal::value) {
            assign(std::make_move_iterator(other.data_),
                   std::make_move_iterator(other.data_ + other.len_));
            other.clear();
        }
        return *this;
    }

    constexpr Vector& operator=(std::initializer_list<T> items) {
        assign(items.begin(), items.end());
        return *this;
    }

    // ---- Queries --------------------------------------------------------------------------------

    /// Elements alive.
    [[nodiscard]] constexpr size_type len() const noexcept { return len_; }

    /// Elements the block has room for.
    [[nodiscard]] constexpr size_type capacity() const noexcept { return cap_; }

    /// True if there is no element.
    [[nodiscard]] constexpr bool is_empty() const noexcept { return len_ == 0; }

    /// The element at `index`, or null if there is none. V7: what this and the members below hand
    /// out is good until an operation that says INVALIDATES.
    [[nodiscard]] constexpr T* get(size_type index) noexcept {
        return index < len_ ? data_ + index : nullptr;
    }
    [[nodiscard]] constexpr const T* get(size_type index) const noexcept {
        return index < len_ ? data_ + index : nullptr;
    }

    /// The element at `index`. std::out_of_range.
    [[nodiscard]] constexpr T& at(size_type index) {
        T* const data = data_before_check();
        check_index(index, len_);
        return data[index];
    }
    [[nodiscard]] constexpr const T& at(size_type index) const {
        const T* const data = data_before_check();
        check_index(index, len_);
        return data[index];
    }

    /// The element at `index`. REQUIRES: index < len().
    /// TWIN: undefined past the end, as in std::vector, and asserted; at throws. In Rust it panics.
    [[nodiscard]] constexpr T& operator[](size_type index) noexcept {
        DPT_ASSERT(index < len_);
        // CONTRACT: V2 - the caller keeps index < len.
        return data_[index];
    }
    [[nodiscard]] constexpr const T& operator[](size_type index) const noexcept {
        DPT_ASSERT(index < len_);
        // CONTRACT: V2 - the caller keeps index < len.
        return data_[index];
    }

    /// The first element slot; perhaps null while capacity() is 0.
    /// TWIN: never null in Rust, whose slices may not be, and where that saves an Option its flag.
    [[nodiscard]] constexpr T* data() noexcept { return data_; }
    [[nodiscard]] constexpr const T* data() const noexcept { return data_; }

    [[nodiscard]] constexpr A get_allocator() const noexcept { return alloc_; }

    // ---- Mutation -------------------------------------------------------------------------------

    /// Appends. Amortised O(1). std::length_error, std::bad_alloc, and what T's constructor throws;
    /// then nothing has changed. `item` may lie in this vector. INVALIDATES: all, on growth.
    /// TWIN: Rust is given a value, which it owns and which therefore lies elsewhere.
    [[gnu::always_inline]] constexpr void push(const T& item) { append_one(item); }
    [[gnu::always_inline]] constexpr void push(T&& item) { append_one(std::move(item)); }

    /// Takes the last element out; empty if there is none.
    /// TWIN: not every type can be moved out, so that pop_back, which destroys, stands besides; in
    /// Rust every type can, and pop is enough.
    constexpr std::optional<T> pop()
        requires std::is_move_constructible_v<T>
    {
        std::optional<T> last;
        if (len_ != 0) {
            last.emplace(std::move(data_[len_ - 1]));
            pop_back();
        }
        return last;
    }

    /// Appends copies of `items`, which may lie in this vector. If that throws, nothing has
    /// changed. INVALIDATES: all, on growth.
    /// TWIN: all or nothing, as in std::vector, and so is resize; in Rust, as in its Vec, the
    /// copies made before a failure stay.
    constexpr void extend_from_slice(std::span<const T> items);

    /// Moves all elements of `other` to the end; `other` is empty then and keeps its block.
    /// REQUIRES: other is another vector.
    constexpr void append(Vector& other);

    /// Puts `item` before the element at `index`; index == len() appends. O(len() - index).
    /// std::out_of_range, and as push. INVALIDATES: all from `index` on; all, on growth.
    /// TWIN: insert in Rust. Here that takes iterators, as in std::vector, and a literal 0 could be
    /// either.
    constexpr T& insert_at(size_type index, const T& item) {
        check_index(index, len_ + 1);
        return *emplace(data_ + index, item);
    }
    constexpr T& insert_at(size_type index, T&& item) {
        check_index(index, len_ + 1);
        return *emplace(data_ + index, std::move(item));
    }

    /// Takes the element at `index` out; the rest closes up. O(len() - index). std::out_of_range.
    /// INVALIDATES: all from `index` on.
    constexpr Taken remove(size_type index)
        requires std::is_move_constructible_v<T>
    {
        check_index(index, len_);
        T* const at = data_ + index;
        T removed(std::move(*at));
        erase(at);
        return removed;
    }

    /// Takes the element at `index` out; the last one fills the hole. O(1). std::out_of_range.
    constexpr Taken swap_remove(size_type index)
        requires std::is_move_constructible_v<T>
    {
        check_index(index, len_);
        T* const at = data_ + index;
        T* const last = data_ + len_ - 1;
        T removed(std::move(*at));
        if constexpr (detail::relocates_nothrow<A, T>) {
            // CONTRACT: V6 - the slot at index is raw until the last element comes to live there.
            --len_;
            detail::destroy(alloc_, at);
            if (at != last) {
                detail::relocate(alloc_, last, 1, at);
            }
        } else {
            if (at != last) {
                *at = std::move(*last);
            }
            pop_back();
        }
        return removed;
    }

    /// Destroys the elements from `len` on, if there are so many. Keeps the block.
    /// TWIN: destructors do not throw; in Rust one may panic, and the remaining ones still run.
    constexpr void truncate(size_type len) noexcept {
        if (len < len_) {
            // CONTRACT: V5 - the elements are out of len before their destructors run.
            T* const end = data_ + std::exchange(len_, len);
            Handle a = alloc_;
            detail::destroy(a, data_ + len, end);
        }
    }

    /// Destroys all elements. Keeps the block.
    constexpr void clear() noexcept { truncate(0); }

    /// Makes it `len` elements long: destroys the rest, or appends value-initialised elements or
    /// copies of `item`, which may lie in this vector. If that throws, nothing has changed.
    constexpr void resize(size_type len) { resize_with(len); }
    constexpr void resize(size_type len, const T& item) { resize_with(len, item); }

    /// Takes the elements from `at` on out, as a vector of their own. std::out_of_range.
    [[nodiscard]] constexpr Vector split_off(size_type at) {
        check_index(at, len_ + 1);
        return take_out(at, len_ - at);
    }

    /// Takes the elements [first, last) out, as a vector; the rest closes up. std::out_of_range.
    constexpr Vector drain(size_type first, size_type last) {
        if (first > last || last > len_) [[unlikely]] {
            detail::throw_out_of_range(first, last, len_);
        }
        return take_out(first, last - first);
    }

    /// Keeps the elements for which keep(element) holds, in order. O(n), each element is moved at
    /// most once. If `keep` throws, those not yet seen are kept.
    template <class Keep>
    constexpr void retain(Keep keep);

    /// Of each run of neighbours for which same(element, last kept) holds, keeps the first.
    template <class Same>
    constexpr void dedup_by(Same same);

    // ---- Growth ---------------------------------------------------------------------------------

    /// Makes room for `extra` more elements, amortised. std::length_error, std::bad_alloc; then
    /// nothing has changed. INVALIDATES: all, on growth.
    /// TWIN: reserve in Rust, which ends the program for want of memory, and has try_reserve for
    /// who wants an error; here the exception is that error, and reserve is std::vector's.
    constexpr void reserve_more(size_type extra) {
        if (extra > cap_ - len_) {
            adopt(detail::grow<A>(alloc_, data_, len_, cap_, extra));
        }
    }

    /// Makes room for `extra` more elements; a block that must grow grows to just that.
    constexpr void reserve_exact(size_type extra) {
        if (extra > cap_ - len_) {
            if (extra > max_size() - len_) {
                detail::throw_capacity_overflow();
            }
            reserve(len_ + extra);
        }
    }

    /// Gives unused room back: a block of exactly len(), or none. Stays as it was if the allocator
    /// has no other block. INVALIDATES: all.
    /// TWIN: want of memory is passed over here, as std::vector may; in Rust it ends the program.
    constexpr void shrink_to_fit() {
        if (len_ == cap_) {
            return;
        }
        try {
            adopt(detail::resize_exact<A>(alloc_, data_, len_, cap_, len_));
        } catch (...) {
            return; // A wish, not a need: the block stays.
        }
    }

    // ---- Iteration ------------------------------------------------------------------------------

    [[nodiscard]] constexpr iterator begin() noexcept { return data_; }
    [[nodiscard]] constexpr const_iterator begin() const noexcept { return data_; }
    [[nodiscard]] constexpr iterator end() noexcept { return data_ + len_; }
    [[nodiscard]] constexpr const_iterator end() const noexcept { return data_ + len_; }

    // ---- Destruction ----------------------------------------------------------------------------

    constexpr ~Vector() {
        Handle a = alloc_;
        detail::destroy(a, data_, data_ + len_);
        detail::free_block(a, Block{data_, cap_});
    }

    // ==== Names of std::vector ===================================================================
    // Those that are not above: generic code and people who know std::vector look for them.

    [[nodiscard]] constexpr size_type size() const noexcept { return len_; }
    [[nodiscard]] constexpr bool empty() const noexcept { return len_ == 0; }
    [[nodiscard]] constexpr size_type max_size() const noexcept {
        return detail::max_capacity<T>(alloc_);
    }

    /// Makes room for `capacity` elements in all, exactly.
    constexpr void reserve(size_type capacity) {
        if (capacity > max_size()) {
            detail::throw_capacity_overflow();
        }
        if (capacity > cap_) {
            adopt(detail::resize_exact<A>(alloc_, data_, len_, cap_, capacity));
        }
    }

    [[nodiscard]] constexpr T& front() noexcept { return (*this)[0]; }
    [[nodiscard]] constexpr const T& front() const noexcept { return (*this)[0]; }
    [[nodiscard]] constexpr T& back() noexcept { return (*this)[len_ - 1]; }
    [[nodiscard]] constexpr const T& back() const noexcept { return (*this)[len_ - 1]; }

    [[nodiscard]] constexpr const_iterator cbegin() const noexcept { return begin(); }
    [[nodiscard]] constexpr const_iterator cend() const noexcept { return end(); }
    [[nodiscard]] constexpr reverse_iterator rbegin() noexcept { return reverse_iterator(end()); }
    [[nodiscard]] constexpr reverse_iterator rend() noexcept { return reverse_iterator(begin()); }
    [[nodiscard]] constexpr const_reverse_iterator rbegin() const noexcept {
        return const_reverse_iterator(end());
    }
    [[nodiscard]] constexpr const_reverse_iterator rend() const noexcept {
        return const_reverse_iterator(begin());
    }
    [[nodiscard]] constexpr const_reverse_iterator crbegin() const noexcept { return rbegin(); }
    [[nodiscard]] constexpr const_reverse_iterator crend() const noexcept { return rend(); }

    [[gnu::always_inline]] constexpr void push_back(const T& item) { append_one(item); }
    [[gnu::always_inline]] constexpr void push_back(T&& item) { append_one(std::move(item)); }
    template <class... Args>
    [[gnu::always_inline]] constexpr T& emplace_back(Args&&... args) {
        return append_one(std::forward<Args>(args)...);
    }

    /// Destroys the last element. REQUIRES: there is one.
    constexpr void pop_back() noexcept {
        DPT_ASSERT(len_ != 0);
        // CONTRACT: V5 - out of len before its destructor runs.
        --len_;
        Handle a = alloc_;
        detail::destroy(a, data_ + len_);
    }

    template <class... Args>
    constexpr iterator emplace(const_iterator at, Args&&... args);
    constexpr iterator insert(const_iterator at, const T& item) { return emplace(at, item); }
    constexpr iterator insert(const_iterator at, T&& item) { return emplace(at, std::move(item)); }
    constexpr iterator insert(const_iterator at, size_type n, const T& item);
    template <detail::InputIterator Iterator>
    constexpr iterator insert(const_iterator at, Iterator first, Iterator last);
    constexpr iterator insert(const_iterator at, std::initializer_list<T> items) {
        return insert(at, items.begin(), items.end());
    }

    constexpr iterator erase(const_iterator at) { return erase(at, at + 1); }
    constexpr iterator erase(const_iterator first, const_iterator last);

    constexpr void assign(size_type n, const T& item);
    template <detail::InputIterator Iterator>
    constexpr void assign(Iterator first, Iterator last);
    constexpr void assign(std::initializer_list<T> items) { assign(items.begin(), items.end()); }

    constexpr void swap(Vector& other) noexcept(Traits::propagate_on_container_swap::value ||
                                                Traits::is_always_equal::value) {
        if constexpr (Traits::propagate_on_container_swap::value) {
            using std::swap;
            swap(alloc_, other.alloc_);
        } else {
            DPT_ASSERT(Traits::is_always_equal::value || alloc_ == other.alloc_);
        }
        std::swap(data_, other.data_);
        std::swap(len_, other.len_);
        std::swap(cap_, other.cap_);
    }
    friend constexpr void swap(Vector& a, Vector& b) noexcept(noexcept(a.swap(b))) { a.swap(b); }

private:
    class Gap;

    constexpr void check_index(size_type index, size_type end) const {
        if (index >= end) [[unlikely]] {
            detail::throw_out_of_range(index, len_);
        }
    }

    /// data_, loaded here and now. Compilers move a load out of a loop only if every round reaches
    /// it, which it does in front of a check that may throw, not behind; and clang moves a load
    /// whose only use is behind the check there, hence the assumption, which is a second use.
    constexpr T* data_before_check() const noexcept {
        return std::assume_aligned<alignof(T)>(data_);
    }

    /// The fast path of appending: one comparison, the element, one addition. Inlined whatever the
    /// compiler counts at its call sites, as growth, the large part, is a function of its own: else
    /// the program's coldest use decides about its hottest loop.
    template <class... Args>
    [[gnu::always_inline]] constexpr T& append_one(Args&&... args) {
        constexpr bool stands_alone =
            (detail::self_contained<T, Args> && ...) && detail::constructs_plainly<A, T, Args...> &&
            std::is_trivially_copyable_v<T> && std::is_move_constructible_v<T> &&
            std::is_trivially_constructible_v<T, Args...>;
        // Nothing below changes it, but compilers would load it again after a call.
        const size_type len = len_;
        if constexpr (stands_alone && detail::fits_registers<T>) {
            // Read before growth: what it is built from may lie in the block. Kept by value, so
            // that the argument of the caller's loop needs no address.
            detail::Slot<T> item;
            std::construct_at(std::addressof(item.value), std::forward<Args>(args)...);
            if (len_ == cap_) [[unlikely]] {
                adopt(detail::grow<A>(alloc_, data_, len_, cap_, 1));
            }
            // CONTRACT: V2 - slot len is raw and inside the block: len < cap.
            std::construct_at(data_ + len_, std::move(item.value));
        } else if (len != cap_) [[likely]] {
            // CONTRACT: V2 - slot len is raw and inside the block: len < cap.
            Handle a = alloc_;
            detail::build(a, data_ + len, std::forward<Args>(args)...);
        } else if constexpr (stands_alone) {
            // The same for large elements, which are copied aside only here.
            detail::Slot<T> item;
            std::construct_at(std::addressof(item.value), std::forward<Args>(args)...);
            adopt(detail::grow<A>(alloc_, data_, len_, cap_, 1));
            std::construct_at(data_ + len_, std::move(item.value));
        } else {
            adopt(
                detail::grow_and_build<A>(alloc_, data_, len_, cap_, std::forward<Args>(args)...));
        }
        // CONTRACT: V5 - counted only now that it lives.
        len_ = len + 1;
        return data_[len];
    }

    /// Appends copies of the `n` elements from `first` on, all or nothing; elements of this vector
    /// may be among them.
    template <class Iterator>
    constexpr void append_from(Iterator first, size_type n);

    /// Appends `n` elements made from fill (nothing, or an item), all or nothing.
    template <class... Fill>
    constexpr void append_n(size_type n, const Fill&... fill);

    template <class... Fill>
    constexpr void resize_with(size_type len, const Fill&... fill) {
        if (len <= len_) {
            truncate(len);
        } else {
            append_n(len - len_, fill...);
        }
    }

    /// Builds `n` elements before `index` by build(slots), all or nothing, and answers the first.
    /// REQUIRES: with room for them, build reads nothing in this vector from `index` on.
    template <class Build>
    constexpr T* insert_built(size_type index, size_type n, Build build);
    template <class Build>
    constexpr T* insert_in_new_block(size_type index, size_type n, Build build);

    constexpr Vector take_out(size_type first, size_type n);

    /// Keeps the elements for which keep(element, kept so far) holds.
    template <class Keep>
    constexpr void compact(Keep keep);

    /// A block for n elements, which need not be movable. REQUIRES: no block here.
    constexpr void allocate(size_type n) {
        Handle a = alloc_;
        adopt(detail::new_block<T>(a, n));
    }

    /// Steals the block of `other`. REQUIRES: no block here; this allocator can free it.
    constexpr void take(Vector& other) noexcept {
        data_ = std::exchange(other.data_, nullptr);
        len_ = std::exchange(other.len_, size_type{0});
        cap_ = std::exchange(other.cap_, size_type{0});
    }

    constexpr void adopt(Block block) noexcept {
        data_ = block.data;
        cap_ = block.cap;
        check_invariants();
    }

    /// Destroys the elements and gives the block back.
    constexpr void release() noexcept {
        clear();
        detail::free_block(alloc_, Block{data_, cap_});
        adopt(Block{});
    }

    // ---- Invariant check ------------------------------------------------------------------------

    constexpr void check_invariants() const noexcept {
        DPT_ASSERT(len_ <= cap_);                                            // V1
        DPT_ASSERT(cap_ == 0 || data_ != nullptr);                           // V3
        DPT_ASSERT(cap_ <= static_cast<size_type>(PTRDIFF_MAX) / sizeof(T)); // V4
    }

    T* data_ = nullptr;
    detail::Count len_;
    detail::Count cap_;
    [[no_unique_address]] A alloc_;
};

template <detail::InputIterator Iterator, detail::AllocatorLike A = MallocAllocator<
                                              typename std::iterator_traits<Iterator>::value_type>>
Vector(Iterator, Iterator, A = A())
    -> Vector<typename std::iterator_traits<Iterator>::value_type, A>;

namespace pmr {

/// A Vector whose allocator is chosen at run time, as std::pmr::vector.
template <class T>
using Vector = cpp::Vector<T, std::pmr::polymorphic_allocator<T>>;

} // namespace pmr

} // namespace diptych::cpp

#include "diptych/vector/range.hpp"

#include "diptych/vector/compare.hpp"
