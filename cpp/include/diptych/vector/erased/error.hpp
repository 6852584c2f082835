// Why an operation on an erased vector could not be done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace diptych::cpp {

/// The cause of a failure, with its figures; false where nothing failed. `describe` gives the
/// sentence that C programs read with `dpt_last_error`; the Rust twin uses the same words.
class [[nodiscard]] ErasedError {
public:
    /// What happened; behind each, the figures that belong to it.
    enum class Cause : std::uint8_t {
        none,
        element_size_zero, ///< the element table says that an element has no bytes
        element_size,      ///< its size is no multiple of its alignment: size, align
        element_align,     ///< its alignment is no power of two: align
        unlike_elements,   ///< elements were to pass between two vectors whose tables differ
        gap_overfilled,    ///< more slots of a gap are said to be filled than it has: filled, count
        gap_moved,         ///< the gap was not opened where it is said to be: index, len
        gap_too_long,      ///< the gap and its tail do not fit the block: index, count, tail, cap
        index,             ///< there is no element at the index: index, len
        range,             ///< the range reaches past the end: first, count, len
        room,              ///< the block has room for fewer elements: len, cap
        empty,             ///< there is no element to take
        capacity,          ///< V4: more than PTRDIFF_MAX bytes: len, additional, size
        memory,            ///< the allocator has no block of so many bytes: bytes
        copy,              ///< the table's copy did not answer DPT_OK: index, count, status
        // TWIN: an exception can be caught here and is; one that reached Rust would end the
        // program.
        copy_threw, ///< the table's copy threw: index, count
        asked_threw ///< a predicate threw: index, count
    };

    /// No failure.
    constexpr ErasedError() noexcept = default;

    constexpr explicit ErasedError(Cause cause, std::size_t a = 0, std::size_t b = 0,
                                   std::size_t c = 0, std::size_t d = 0) noexcept
        : cause_(cause), figures_{a, b, c, d} {}

    /// Whether something failed.
    constexpr explicit operator bool() const noexcept { return cause_ != Cause::none; }

    /// What failed.
    [[nodiscard]] constexpr Cause cause() const noexcept { return cause_; }

    /// Writes the sentence, as much as fits, and a NUL behind it.
    void describe(std::span<char> text) const noexcept;

private:
    Cause cause_ = Cause::none;
    std::size_t figures_[4] = {};
};

} // namespace diptych::cpp
