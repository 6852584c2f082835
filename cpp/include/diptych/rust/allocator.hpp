// diptych/rust/allocator.hpp - the Rust allocator for C++ programs.
//
// `diptych::rust::Allocator<T>`, `MemoryResource` and `Heap` have the names of those in
// `diptych/allocator.hpp`, so that one line swaps the language a program's memory comes from:
//
//     using diptych::rust::Heap;   // or diptych::cpp::Heap
//
// Every call crosses the border to Rust through the C header, which says what each function
// promises. Nothing is kept here but the address of a heap.
//
// Threads: the functions, Allocator and MemoryResource may be used by all; a Heap by one at a time.
// Misuse: ends the program with one line on standard error, as in the C++ twin.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <new>
#include <type_traits>
#include <utility>

#include "diptych.h"

namespace diptych::rust {

namespace allocator {

// ---- Queries ------------------------------------------------------------------------------------

using Stats = dpt_rust_alloc_stats;

/// What the whole process holds of the Rust twin.
[[nodiscard]] inline Stats stats() noexcept {
    Stats stats{};
    dpt_rust_alloc_get_stats(&stats);
    return stats;
}

using ThreadStats = dpt_rust_alloc_thread;

/// visit(number, stats) for each thread that has pages, and first of all with 0 for what belongs to
/// none. It must not throw.
template <class Visit>
void visit_threads(Visit&& visit) {
    dpt_rust_alloc_visit_threads(
        [](void* context, std::size_t thread, const ThreadStats* stats) noexcept {
            (*static_cast<std::remove_reference_t<Visit>*>(context))(thread, *stats);
        },
        const_cast<void*>(static_cast<const void*>(std::addressof(visit))));
}

/// Writes both to standard error, in one piece.
inline void print_stats() noexcept { dpt_rust_alloc_print_stats(); }

/// The bytes that may be used behind p, at least those asked for; 0 for null.
[[nodiscard]] inline std::size_t usable_size(const void* p) noexcept {
    return dpt_rust_usable_size(p);
}

// ---- Mutation -----------------------------------------------------------------------------------

/// At least `size` bytes, aligned to 16; null if there is no memory.
[[nodiscard]] inline void* allocate(std::size_t size) noexcept { return dpt_rust_malloc(size); }

/// The same, and all bytes are zero.
[[nodiscard]] inline void* allocate_zeroed(std::size_t size) noexcept {
    return dpt_rust_calloc(1, size);
}

/// The same, aligned to `align`, a power of two.
[[nodiscard]] inline void* allocate_aligned(std::size_t size, std::size_t align) noexcept {
    return dpt_rust_memalign(align, size);
}

/// The block with another size, perhaps elsewhere. Null: the block is as it was, or `size` is 0.
[[nodiscard]] inline void* reallocate(void* p, std::size_t size) noexcept {
    return dpt_rust_realloc(p, size);
}

/// Gives a block back. Null is nothing.
inline void deallocate(void* p) noexcept { dpt_rust_free(p); }

/// What nobody uses goes back to the kernel; whether anything did.
inline bool trim() noexcept { return dpt_rust_alloc_trim() != 0; }

} // namespace allocator

namespace detail {

inline void* checked(void* p) {
    if (p == nullptr) {
        throw std::bad_alloc();
    }
    return p;
}

} // namespace detail

// ---- Faces --------------------------------------------------------------------------------------

/// A standard allocator. Stateless, and all are equal.
template <class T>
class Allocator {
public:
    using value_type = T;
    using propagate_on_container_move_assignment = std::true_type;
    using is_always_equal = std::true_type;

    /// Room for `count` objects, which may be more than was asked for.
    struct Allocation {
        T* ptr;
        std::size_t count;
    };

    constexpr Allocator() noexcept = default;
    template <class U>
    constexpr Allocator(const Allocator<U>&) noexcept {} // every allocator serves every type

    /// std::bad_array_new_length, std::bad_alloc.
    [[nodiscard, gnu::returns_nonnull]] T* allocate(std::size_t n) {
        return static_cast<T*>(detail::checked(alignof(T) <= 16
                                                   ? dpt_rust_malloc(bytes(n))
                                                   : dpt_rust_memalign(alignof(T), bytes(n))));
    }

    /// The same room for `new_n` objects; the bytes of the first min(old_n, new_n) come along.
    /// REQUIRES: `p` is of allocate(old_n), T is trivially relocatable, new_n > 0.
    [[nodiscard, gnu::returns_nonnull]] T* reallocate(T* p, std::size_t, std::size_t new_n)
        requires(alignof(T) <= 16)
    {
        return static_cast<T*>(
            detail::checked(dpt_rust_realloc(static_cast<void*>(p), bytes(new_n))));
    }

    /// The same, with all the room that the block has.
    [[nodiscard]] Allocation allocate_at_least(std::size_t n) {
        T* p = allocate(n);
        return {p, usable(p)};
    }
    [[nodiscard]] Allocation reallocate_at_least(T* p, std::size_t old_n, std::size_t new_n)
        requires(alignof(T) <= 16)
    {
        p = reallocate(p, old_n, new_n);
        return {p, usable(p)};
    }

    void deallocate(T* p, std::size_t) noexcept { dpt_rust_free(static_cast<void*>(p)); }

    /// How many objects the room of allocate() has place for.
    [[nodiscard]] std::size_t usable(const T* p) const noexcept {
        return dpt_rust_usable_size(static_cast<const void*>(p)) / sizeof(T);
    }

    template <class U>
    friend constexpr bool operator==(const Allocator&, const Allocator<U>&) noexcept {
        return true;
    }

private:
    static std::size_t bytes(std::size_t n) {
        if (n > static_cast<std::size_t>(PTRDIFF_MAX) / sizeof(T)) {
            throw std::bad_array_new_length();
        }
        return n * sizeof(T);
    }
};

/// The allocator of all threads as a memory resource.
class MemoryResource final : public std::pmr::memory_resource {
    void* do_allocate(std::size_t size, std::size_t align) override {
        return detail::checked(dpt_rust_memalign(align, size));
    }
    void do_deallocate(void* p, std::size_t, std::size_t) override { dpt_rust_free(p); }
    [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
        return dynamic_cast<const MemoryResource*>(&other) != nullptr;
    }
};

/// A heap of one's own: what is allocated in it is given back to it, or goes with it all at once.
/// One thread at a time.
class Heap {
public:
    // ---- Construction ---------------------------------------------------------------------------

    /// std::bad_alloc.
    Heap() : resource_(dpt_rust_heap_new()) { detail::checked(resource_.heap_); }
    Heap(Heap&& other) noexcept : resource_(std::exchange(other.resource_.heap_, nullptr)) {}
    Heap& operator=(Heap&& other) noexcept {
        std::swap(resource_.heap_, other.resource_.heap_);
        return *this;
    }
    Heap(const Heap&) = delete;
    Heap& operator=(const Heap&) = delete;

    // ---- Mutation: as the functions of the same names -------------------------------------------

    [[nodiscard]] void* allocate(std::size_t size) noexcept {
        return dpt_rust_heap_malloc(resource_.heap_, size);
    }
    [[nodiscard]] void* allocate_zeroed(std::size_t size) noexcept {
        return dpt_rust_heap_calloc(resource_.heap_, 1, size);
    }
    [[nodiscard]] void* allocate_aligned(std::size_t size, std::size_t align) noexcept {
        return dpt_rust_heap_memalign(resource_.heap_, align, size);
    }
    [[nodiscard]] void* reallocate(void* p, std::size_t size) noexcept {
        return dpt_rust_heap_realloc(resource_.heap_, p, size);
    }
    /// `p` is of this heap, or null.
    void deallocate(void* p) noexcept { dpt_rust_heap_free(resource_.heap_, p); }

    // ---- Iteration ------------------------------------------------------------------------------

    /// visit(block, bytes) for each block in use. It must not use the heap, nor throw.
    template <class Visit>
    void visit(Visit&& visit) const {
        dpt_rust_heap_visit(
            resource_.heap_,
            [](void* context, void* block, std::size_t bytes) noexcept {
                (*static_cast<std::remove_reference_t<Visit>*>(context))(block, bytes);
            },
            const_cast<void*>(static_cast<const void*>(std::addressof(visit))));
    }

    /// For containers of std::pmr. It is good while the heap is, and does not move.
    [[nodiscard]] std::pmr::memory_resource& resource() noexcept { return resource_; }

    // ---- Destruction ----------------------------------------------------------------------------

    ~Heap() { dpt_rust_heap_delete(resource_.heap_); }

private:
    struct Resource final : std::pmr::memory_resource {
        explicit Resource(dpt_rust_heap* heap) noexcept : heap_(heap) {}
        void* do_allocate(std::size_t size, std::size_t align) override {
            return detail::checked(dpt_rust_heap_memalign(heap_, align, size));
        }
        void do_deallocate(void* p, std::size_t, std::size_t) override {
            dpt_rust_heap_free(heap_, p);
        }
        [[nodiscard]] bool
        do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
            return this == &other;
        }
        dpt_rust_heap* heap_;
    };

    Resource resource_;
};

} // namespace diptych::rust
