// slice_set.hpp - a bit for each slice of a segment: those that are free, or dirty.
#pragma once

#include "config.hpp"

#include <algorithm>
#include <bit>

namespace diptych::cpp::allocator {

class SliceSet {
public:
    /// The first slice from `at` on that is in the set, or out of it; slices_of_segment for none.
    [[nodiscard]] std::size_t next(std::size_t at, bool within) const noexcept {
        for (std::size_t word = at / 64; word < slices_of_segment / 64; ++word) {
            std::uint64_t bits = within ? bits_[word] : ~bits_[word];
            if (word == at / 64) {
                bits &= ~std::uint64_t{0} << (at % 64);
            }
            if (bits != 0) {
                return word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
            }
        }
        return slices_of_segment;
    }

    [[nodiscard]] std::size_t count() const noexcept { return count_; }

    /// The first run of `count` slices of the set that begins at a multiple of `align` slices;
    /// slices_of_segment for none.
    [[nodiscard]] std::size_t find(std::size_t count, std::size_t align) const noexcept {
        std::size_t begin = count <= count_ ? header_slices : slices_of_segment;
        while ((begin = next(begin, true)) < slices_of_segment) {
            const std::size_t end = next(begin, false);
            const std::size_t aligned = (begin + align - 1) & ~(align - 1);
            if (aligned + count <= end) {
                return aligned;
            }
            begin = end;
        }
        return slices_of_segment;
    }

    /// Puts slices in, or takes them out; how many were not so before.
    std::size_t change(std::size_t begin, std::size_t count, bool within) noexcept {
        std::size_t changed = 0;
        const std::size_t end = begin + count;
        for (std::size_t at = begin; at < end; at = (at / 64 + 1) * 64) {
            std::uint64_t& word = bits_[at / 64];
            const std::size_t in_word = std::min(end - at, 64 - at % 64);
            const std::uint64_t bits = ~std::uint64_t{0} >> (64 - in_word) << (at % 64);
            changed += static_cast<std::size_t>(std::popcount((within ? ~word : word) & bits));
            word = within ? word | bits : word & ~bits;
        }
        count_ = within ? count_ + changed : count_ - changed;
        return changed;
    }

private:
    std::uint64_t bits_[slices_of_segment / 64];
    std::size_t count_;
};

} // namespace diptych::cpp::allocator
