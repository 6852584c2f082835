// size_class.hpp - from bytes to classes and back.
//
//   16, 32, ... 128 | 144, 160, ... 256 | 288, ... 512 | ... | ... 65536
//    8 classes, 16 apart   8, 16 apart     8, 32 apart          8, 8192 apart
#pragma once

#include "config.hpp"

#include <bit>

namespace diptych::cpp::allocator {

inline constexpr std::size_t classes = 80;

/// The class of a request of 1 to medium_max bytes.
constexpr unsigned class_of(std::size_t size) {
    if (size <= 128) {
        return static_cast<unsigned>((size + 15) / 16) - (size != 0);
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
    return bytes_of(cls) <= small_max ? 1 : medium_slices;
}

/// The class of a request whose block begins at a multiple of `align`, a power of two of at most
/// slice_bytes; `classes` where no class is large enough.
constexpr unsigned class_of_aligned(std::size_t size, std::size_t align) {
    std::size_t wanted = (size + align - 1) & ~(align - 1);
    wanted = wanted == 0 ? align : wanted;
    if (wanted > medium_max) {
        return classes;
    }
    // Up to eight times the alignment the first is right; above, one of the next is.
    unsigned cls = class_of(wanted);
    while (bytes_of(cls) % align != 0) {
        ++cls;
    }
    return cls;
}

static_assert(class_of(16) == 0 && class_of(17) == 1 && class_of(128) == 7);
static_assert(class_of(129) == 8 && bytes_of(8) == 144 && class_of(256) == 15);
static_assert(class_of(medium_max) == classes - 1 && bytes_of(classes - 1) == medium_max);

} // namespace diptych::cpp::allocator
