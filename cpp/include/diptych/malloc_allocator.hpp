// diptych/malloc_allocator.hpp - the default allocator of the C++ containers: malloc, and realloc.
//
// A standard allocator with one more member, `reallocate`, which lets the C library extend a block
// where it lies, or move its pages instead of its bytes. std::allocator cannot: operator new has
// no counterpart of realloc. How much a block really holds it does not tell: malloc_usable_size is
// no leave to write there, and compilers and checking libraries (_FORTIFY_SOURCE) hold programs to
// what they asked for.
//
// Constant evaluation: falls back to std::allocator, the only one the compiler can evaluate.
// Threads: as malloc. Cost: one call; no state, no room in the container.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

namespace diptych::cpp {

template <class T>
class MallocAllocator {
public:
    // ---- Types ------------------------------------------------------------------------------
    using value_type = T;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using propagate_on_container_move_assignment = std::true_type;
    using is_always_equal = std::true_type;

    // ---- Construction -----------------------------------------------------------------------
    constexpr MallocAllocator() noexcept = default;
    template <class U>
    constexpr MallocAllocator(const MallocAllocator<U>&) noexcept {
    } // every allocator serves every type

    // ---- Mutation ---------------------------------------------------------------------------

    /// Raw room for n objects, aligned for T. std::bad_array_new_length, std::bad_alloc.
    [[nodiscard, gnu::returns_nonnull]] constexpr T* allocate(std::size_t n) {
        if (std::is_constant_evaluated()) {
            return std::allocator<T>{}.allocate(n);
        }
        void* block =
            over_aligned ? std::aligned_alloc(alignof(T), bytes(n)) : std::malloc(bytes(n));
        if (block == nullptr) {
            throw std::bad_alloc();
        }
        return static_cast<T*>(block);
    }

    /// The same room for `new_n` objects, perhaps elsewhere; the bytes of the first
    /// min(old_n, new_n) come along. On std::bad_alloc the old block is untouched.
    /// REQUIRES: `p` is of allocate(old_n), T is trivially relocatable, new_n > 0.
    [[nodiscard, gnu::returns_nonnull]] T* reallocate(T* p, std::size_t old_n, std::size_t new_n) {
        if constexpr (over_aligned) {
            // C has no aligned realloc.
            T* block = allocate(new_n);
            std::memcpy(static_cast<void*>(block), static_cast<const void*>(p),
                        (old_n < new_n ? old_n : new_n) * sizeof(T));
            deallocate(p, old_n);
            return block;
        } else {
            void* block = std::realloc(static_cast<void*>(p), bytes(new_n));
            if (block == nullptr) {
                throw std::bad_alloc();
            }
            return static_cast<T*>(block);
        }
    }

    /// Gives back the room of allocate(n) or reallocate(.., n).
    constexpr void deallocate(T* p, std::size_t n) noexcept {
        if (std::is_constant_evaluated()) {
            std::allocator<T>{}.deallocate(p, n);
            return;
        }
        std::free(static_cast<void*>(p));
    }

    template <class U>
    friend constexpr bool operator==(const MallocAllocator&, const MallocAllocator<U>&) noexcept {
        return true;
    }

private:
    // malloc aligns for every type that does not ask for more than max_align_t. A function-like
    // constant, so that MallocAllocator<T> can be named while T is incomplete.
    static constexpr bool over_aligned = alignof(T) > alignof(std::max_align_t);

    static std::size_t bytes(std::size_t n) {
        if (n > static_cast<std::size_t>(PTRDIFF_MAX) / sizeof(T)) {
            throw std::bad_array_new_length();
        }
        // malloc(0) may answer null, which means failure above.
        return n == 0 ? sizeof(T) : n * sizeof(T);
    }
};

} // namespace diptych::cpp
