// size_class.hpp - from bytes to classes and back.
//
//   16, 32, ... 128 | 144, 160, ... 256 | 288, ... 512 | ... | ... 20480
//    8 classes, 16 apart   8, 16 apart     8, 32 apart          2, 2048 apart
#pragma once

#include "config.hpp"

#include <algorithm>
#include <bit>

namespace diptych::cpp::allocator {

inline constexpr std::size_t classes = 66;

/// The class for blocks of 1 to medium_max bytes, word included.
constexpr unsigned class_of(std::size_t size) {
    if (size <= 128) {
        return static_cast<unsigned>((size + 15) / 16) - 1;
    }
    const std::size_t last = size - 1;
    const unsigned top = static_cast<unsigned>(std::bit_width(last)) - 1;
    return (top - 6) * 8 + static_cast<unsigned>((last >> (top - 3)) & 7);
}

/// The bytes of a block of this class.
constexpr std::size_t bytes_of(unsigned cls) {
    if (cls < 8) {
        return (std::size_t{cls} + 1) * 16;
    }
    return (std::size_t{cls} % 8 + 9) << (cls / 8 + 3);
}

/// The slices of a page of this class.
constexpr std::size_t slices_of(unsigned cls) {
    const std::size_t bytes = std::max(bytes_of(cls) * page_blocks_min, page_bytes_min);
    return (bytes + slice_bytes - 1) / slice_bytes;
}

static_assert(class_of(16) == 0 && class_of(17) == 1 && class_of(128) == 7);
static_assert(class_of(129) == 8 && bytes_of(8) == 144 && class_of(256) == 15);
static_assert(class_of(medium_max) == classes - 1 && bytes_of(classes - 1) == medium_max);

} // namespace diptych::cpp::allocator
