// The C++ allocator with signatures that cxx can carry: src/bridge/allocator.rs.
//
// cxx has no void: blocks are bytes. Null says that there is no memory; nothing throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include <diptych/allocator.hpp>
#include <rust/cxx.h>

namespace diptych::bridge {

inline std::uint8_t* allocate(std::size_t size) noexcept {
    return static_cast<std::uint8_t*>(cpp::allocator::allocate(size));
}
inline std::uint8_t* allocate_zeroed(std::size_t size) noexcept {
    return static_cast<std::uint8_t*>(cpp::allocator::allocate_zeroed(size));
}
inline std::uint8_t* allocate_aligned(std::size_t size, std::size_t align) noexcept {
    return static_cast<std::uint8_t*>(cpp::allocator::allocate_aligned(size, align));
}
inline std::uint8_t* reallocate(std::uint8_t* block, std::size_t size) noexcept {
    return static_cast<std::uint8_t*>(cpp::allocator::reallocate(block, size));
}
inline void deallocate(std::uint8_t* block) noexcept { cpp::allocator::deallocate(block); }
inline std::size_t usable_size(const std::uint8_t* block) noexcept {
    return cpp::allocator::usable_size(block);
}
inline bool trim() noexcept { return cpp::allocator::trim(); }

/// A heap of one's own.
class Heap {
public:
    /// Null if there is no memory.
    static std::unique_ptr<Heap> make() noexcept {
        try {
            return std::make_unique<Heap>();
        } catch (const std::bad_alloc&) {
            return nullptr;
        }
    }

    std::uint8_t* allocate(std::size_t size) noexcept {
        return static_cast<std::uint8_t*>(heap_.allocate(size));
    }
    std::uint8_t* allocate_zeroed(std::size_t size) noexcept {
        return static_cast<std::uint8_t*>(heap_.allocate_zeroed(size));
    }
    std::uint8_t* allocate_aligned(std::size_t size, std::size_t align) noexcept {
        return static_cast<std::uint8_t*>(heap_.allocate_aligned(size, align));
    }
    std::uint8_t* reallocate(std::uint8_t* block, std::size_t size) noexcept {
        return static_cast<std::uint8_t*>(heap_.reallocate(block, size));
    }
    void deallocate(std::uint8_t* block) noexcept { heap_.deallocate(block); }

    /// `Visitor` is a Rust closure; it is a parameter because cxx defines it after this file.
    template <class Visitor>
    void visit(Visitor& visitor) const noexcept {
        heap_.visit([&](void* block, std::size_t size) {
            visitor.visit(static_cast<std::uint8_t*>(block), size);
        });
    }

private:
    cpp::Heap heap_;
};

} // namespace diptych::bridge
