// Runs of elements whose type only a table knows.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "diptych.h"
#include "diptych/assert.hpp"
#include "diptych/vector/erased/error.hpp"

namespace diptych::cpp::detail {

/// Bytes of a filled run that are copied on at once: few enough to stay in the first-level cache.
inline constexpr std::size_t fill_bytes = 4096;

/// One element type: a pointer to its table.
///
/// V8: the table is alive and sound, its size is a positive multiple of its alignment, and its
/// functions keep their contract (`include/diptych/elem.h`).
class Element {
public:
    // ---- Construction ---------------------------------------------------------------------------

    explicit Element(const dpt_elem* table) noexcept : table_(table) {}

    /// Looks at a table before it is trusted.
    static ErasedError check(const dpt_elem& table) noexcept {
        if (table.size == 0) {
            return ErasedError(ErasedError::Cause::element_size_zero);
        }
        if (!std::has_single_bit(table.align)) {
            return ErasedError(ErasedError::Cause::element_align, table.align);
        }
        if (table.size % table.align != 0) {
            return ErasedError(ErasedError::Cause::element_size, table.size, table.align);
        }
        return {};
    }

    // ---- Queries --------------------------------------------------------------------------------

    [[nodiscard]] std::size_t size() const noexcept { return table_->size; }
    [[nodiscard]] std::size_t align() const noexcept { return table_->align; }
    [[nodiscard]] bool copies_by_bytes() const noexcept { return table_->copy == nullptr; }
    [[nodiscard]] bool relocates_by_bytes() const noexcept { return table_->relocate == nullptr; }

    /// What `data` is while there is no block: aligned and not null.
    [[nodiscard]] unsigned char* dangling() const noexcept {
        return reinterpret_cast<unsigned char*>(align()); // NOLINT(performance-no-int-to-ptr)
    }

    /// The slot `index` of the block at `block`.
    template <class Byte>
    [[nodiscard]] Byte* slot(Byte* block, std::size_t index) const noexcept {
        return block + index * size();
    }

    /// Whether elements of `this` may live in a vector of `other`.
    [[nodiscard]] bool is_like(Element other) const noexcept {
        const dpt_elem &mine = *table_, &its = *other.table_;
        return &mine == &its || (mine.size == its.size && mine.align == its.align &&
                                 mine.copy == its.copy && mine.relocate == its.relocate &&
                                 mine.destroy == its.destroy && mine.context == its.context);
    }

    // ---- Mutation -------------------------------------------------------------------------------

    /// Copies the bytes of one element. The two do not overlap.
    void copy_bytes(void* dst, const void* src) const noexcept {
        // A constant length becomes one load and one store instead of a call.
        switch (size()) {
        case 1:
            std::memcpy(dst, src, 1);
            break;
        case 2:
            std::memcpy(dst, src, 2);
            break;
        case 4:
            std::memcpy(dst, src, 4);
            break;
        case 8:
            std::memcpy(dst, src, 8);
            break;
        case 16:
            std::memcpy(dst, src, 16);
            break;
        default:
            std::memcpy(dst, src, size());
        }
    }

    /// Makes `count` elements at `dst`: copies of those that lie `stride` bytes apart from `src`
    /// on, which is the element's size, or 0 for copies of one. All or nothing.
    ///
    /// CONTRACT: V2 - the sources are alive and the slots at `dst` raw; they do not overlap.
    ErasedError copy_run(unsigned char* dst, const unsigned char* src, std::size_t count,
                         std::size_t stride) const noexcept;

    /// Moves one element. CONTRACT: V6 - `src` is alive and `dst` raw; then the other way round.
    void relocate(void* dst, void* src) const noexcept {
        if (table_->relocate == nullptr) {
            copy_bytes(dst, src);
        } else {
            table_->relocate(dst, src, table_->context);
        }
    }

    /// Moves `count` elements to where they are then; the two runs may overlap.
    ///
    /// CONTRACT: V6 - the elements at `src` are alive, the slots at `dst` raw or among those. Slots
    /// at `src` that are not at `dst` are raw afterwards.
    void relocate_run(unsigned char* dst, unsigned char* src, std::size_t count) const noexcept;

    // ---- Destruction ----------------------------------------------------------------------------

    /// Ends the lives of `count` elements from `first` on. CONTRACT: V2 - they are alive.
    void destroy_run(unsigned char* first, std::size_t count) const noexcept {
        if (table_->destroy != nullptr) {
            for (std::size_t index = 0; index < count; ++index) {
                table_->destroy(slot(first, index), table_->context);
            }
        }
    }

private:
    void copy_run_bytes(unsigned char* dst, const unsigned char* src, std::size_t count,
                        std::size_t stride) const noexcept;

    const dpt_elem* table_;
};

} // namespace diptych::cpp::detail
