// A vector whose element type is known only at run time: what stands behind the C interface.
//
//     ErasedVector                one block of cap * elem->size bytes
// +------+-----+-----+------+      +------+------+------+- - - -+- - - -+
// | data | len | cap | elem |----->| [0]  | [1]  | [2]  |  raw  |  raw  |
// +------+-----+-----+------+      +------+------+------+- - - -+- - - -+
//                     |             <------- len ------> <- cap - len ->
//                     +--> size, align, copy, relocate, destroy, context
//
// The table says what an element is (`include/diptych/elem.h`). Where it has no function, bytes
// are enough: a copy is `memcpy`, growth is `realloc`, a gap is `memmove`.
//
// The meaning of every operation, its cost and what it does to pointers stand in
// `include/diptych/vector.h`; the growth rule and the invariants in `spec/vector.md`. Errors come
// back as `ErasedError`; no operation throws, and after an error the elements are as they were.
//
// V5 without guards: what a function of the table throws is caught where it is called. While one
// runs, `len` counts only elements in their place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "diptych.h"
#include "diptych/assert.hpp"
#include "diptych/vector/erased/element.hpp"
#include "diptych/vector/erased/error.hpp"

namespace diptych::cpp {

// ---- Types --------------------------------------------------------------------------------------

/// A growable array of elements that a table describes. In memory it is C's `dpt_cpp_vec`.
///
/// TWIN: it holds that struct, where the Rust twin repeats its fields: C++ wants memory to be read
/// as the type it was written as, and a C program reads it as `dpt_cpp_vec`.
class ErasedVector {
public:
    using Keep = int (*)(const void* item, void* context);
    using Same = int (*)(const void* item, const void* kept, void* context);

    // ---- Construction ---------------------------------------------------------------------------

    /// No vector yet: all zero. Only assignment, destruction and the `out` of a function are for
    /// it.
    ErasedVector() noexcept = default;

    ErasedVector(const ErasedVector&) = delete;
    ErasedVector& operator=(const ErasedVector&) = delete;

    ErasedVector(ErasedVector&& other) noexcept : raw_(std::exchange(other.raw_, dpt_cpp_vec{})) {}

    ErasedVector& operator=(ErasedVector&& other) noexcept {
        std::swap(raw_, other.raw_);
        return *this;
    }

    /// An empty vector; allocates nothing. Fails if the table's size or alignment makes no sense.
    /// CONTRACT: V8 - `elem` outlives the vector; its functions do not touch the vector.
    static ErasedError create(const dpt_elem& elem, ErasedVector& out) noexcept;

    /// An empty vector with room for exactly `capacity` elements.
    static ErasedError with_capacity(const dpt_elem& elem, std::size_t capacity,
                                     ErasedVector& out) noexcept;

    /// A vector of copies of the `count` elements at `items`.
    static ErasedError from_items(const dpt_elem& elem, const void* items, std::size_t count,
                                  ErasedVector& out) noexcept;

    /// A vector of copies of all elements, with no room to spare.
    ErasedError try_clone(ErasedVector& out) const noexcept;

    /// The vector that `into_raw` took apart.
    static ErasedVector from_raw(const dpt_cpp_vec& header) noexcept {
        ErasedVector vector;
        vector.raw_ = header;
        return vector;
    }

    // ---- Queries --------------------------------------------------------------------------------

    [[nodiscard]] std::size_t len() const noexcept { return raw_.len; }
    [[nodiscard]] bool is_empty() const noexcept { return raw_.len == 0; }
    [[nodiscard]] std::size_t capacity() const noexcept { return raw_.cap; }

    /// The element at `index`, or null. V7: good until an operation that may move elements.
    [[nodiscard]] void* get(std::size_t index) const noexcept {
        return index < raw_.len ? slot(index) : nullptr;
    }

    // ---- Mutation -------------------------------------------------------------------------------

    /// Appends a copy of `item`, which may be an element of this vector.
    ErasedError push(const void* item) noexcept {
        if (raw_.len < raw_.cap && elem().copies_by_bytes()) {
            // CONTRACT: V2 - slot `len` is raw, so it is none of the elements and not `item`.
            elem().copy_bytes(slot(raw_.len), item);
            raw_.len += 1;
            return {};
        }
        return push_slow(item);
    }

    /// Appends `item` itself, which is raw afterwards. It lies outside of this vector.
    ErasedError push_take(void* item) noexcept {
        if (raw_.len == raw_.cap) {
            if (ErasedError error = grow(1)) {
                return error;
            }
        }
        // CONTRACT: V6 - slot `len` is raw; `item` is the caller's to give.
        elem().relocate(slot(raw_.len), item);
        raw_.len += 1;
        return {};
    }

    /// Appends copies of the `count` elements at `items`, which may be elements of this vector.
    ErasedError extend(const void* items, std::size_t count) noexcept;

    /// Moves all elements of `source` to the end; `source` keeps its block.
    ErasedError append(ErasedVector& source) noexcept;

    /// Moves the last element to `out`, or destroys it if `out` is null.
    ErasedError pop(void* out) noexcept {
        if (raw_.len == 0) {
            return ErasedError(ErasedError::Cause::empty);
        }
        raw_.len -= 1;
        // CONTRACT: V2 - the slot was the last element and no longer counts.
        give_up(slot(raw_.len), out);
        return {};
    }

    /// Destroys the elements from `len` on.
    void truncate(std::size_t len) noexcept;

    /// Destroys all elements.
    void clear() noexcept { truncate(0); }

    /// Truncates to `len`, or appends copies of `fill` until there are `len`.
    ErasedError resize(std::size_t len, const void* fill) noexcept;

    /// Puts a copy of `item`, which may be an element of this vector, before the one at `index`.
    ErasedError insert(std::size_t index, const void* item) noexcept;

    /// Puts `item` itself before the element at `index`. It lies outside of this vector.
    ErasedError insert_take(std::size_t index, void* item) noexcept;

    /// Moves the element at `index` to `out`, or destroys it if `out` is null; the rest closes up.
    ErasedError remove(std::size_t index, void* out) noexcept;

    /// As `remove`, but the last element takes the place.
    ErasedError swap_remove(std::size_t index, void* out) noexcept;

    // ---- Growth ---------------------------------------------------------------------------------

    /// Makes room for `additional` elements by the growth rule.
    ErasedError reserve(std::size_t additional) noexcept;

    /// Makes room for exactly `additional` elements, unless there is more.
    ErasedError reserve_exact(std::size_t additional) noexcept;

    /// Gives the room behind the elements back.
    ErasedError shrink_to_fit() noexcept;

    // ---- Ranges ---------------------------------------------------------------------------------

    /// Destroys `count` elements from `first` on; the rest closes up.
    ErasedError erase(std::size_t first, std::size_t count) noexcept;

    /// Cuts the elements from `at` on off into a vector without room to spare.
    ErasedError split_off(std::size_t at, ErasedVector& out) noexcept;

    /// Keeps the elements for which `keep` is not 0; destroys the others.
    /// TWIN: keeps the rest and fails if `keep` throws, which cannot be caught in Rust.
    ErasedError retain(Keep keep, void* context) noexcept;

    /// Of each run of neighbours for which `same` is not 0, keeps the first.
    /// TWIN: keeps the rest and fails if `same` throws, which cannot be caught in Rust.
    ErasedError dedup(Same same, void* context) noexcept;

    /// Opens `count` raw slots before `index`; `slots` is the first. `len` is `index` until
    /// `close_gap`.
    ErasedError open_gap(std::size_t index, std::size_t count, void*& slots) noexcept;

    /// Ends `open_gap`: the first `filled` slots of the gap hold elements now, and `tail` elements
    /// are behind it.
    ErasedError close_gap(std::size_t index, std::size_t count, std::size_t filled,
                          std::size_t tail) noexcept;

    /// Declares the first `len` slots alive. CONTRACT: V2 - they are, and no slot behind them.
    ErasedError set_len(std::size_t len) noexcept;

    // ---- Destruction ----------------------------------------------------------------------------

    /// The vector as C holds it; the caller owns block and elements.
    [[nodiscard]] dpt_cpp_vec into_raw() && noexcept { return std::exchange(raw_, dpt_cpp_vec{}); }

    ~ErasedVector() {
        if (raw_.elem != nullptr) {
            clear();
            release();
        }
    }

private:
    [[nodiscard]] detail::Element elem() const noexcept { return detail::Element(raw_.elem); }

    [[nodiscard]] unsigned char* slot(std::size_t index) const noexcept {
        return elem().slot(raw_.data, index);
    }

    static ErasedVector of(detail::Element elem, const dpt_elem* table) noexcept;

    [[nodiscard]] bool lies_inside(const void* item, std::size_t& offset) const noexcept;

    ErasedError check_index(std::size_t index, std::size_t end) const noexcept;

    /// Moves an element that no longer counts to `out`, or destroys it if `out` is null.
    void give_up(unsigned char* slot, void* out) const noexcept {
        if (out == nullptr) {
            elem().destroy_run(slot, 1);
        } else {
            // CONTRACT: V6 - `slot` is alive and `out` raw.
            elem().relocate(out, slot);
        }
    }

    ErasedError push_slow(const void* item) noexcept;
    ErasedError append_copies(const void* items, std::size_t count, std::size_t stride) noexcept;
    ErasedError reserve_beside(std::size_t additional, const void*& item) noexcept;
    ErasedError grow(std::size_t additional) noexcept;
    ErasedError checked_capacity(std::size_t additional, std::size_t& needed) const noexcept;
    ErasedError reallocate(std::size_t cap) noexcept;
    void release() noexcept;
    std::size_t part(std::size_t index, std::size_t count) noexcept;
    void join(std::size_t count, std::size_t filled, std::size_t tail) noexcept;

    // ---- Invariant check ------------------------------------------------------------------------

    /// The header is sound (V1, V3, V4); what the slots hold cannot be seen.
    void check_invariants() const noexcept {
        DPT_ASSERT(raw_.len <= raw_.cap);
        DPT_ASSERT(raw_.data != nullptr &&
                   reinterpret_cast<std::uintptr_t>(raw_.data) % elem().align() == 0);
        DPT_ASSERT(raw_.cap <= PTRDIFF_MAX / elem().size());
    }

    dpt_cpp_vec raw_ = {};
};

static_assert(std::is_standard_layout_v<ErasedVector>);
static_assert(sizeof(ErasedVector) == sizeof(dpt_cpp_vec));
static_assert(alignof(ErasedVector) == alignof(dpt_cpp_vec));

} // namespace diptych::cpp
