// diptych/allocator.hpp - malloc, free and their family, and heaps of one's own.
//
//     void* p = diptych::cpp::allocator::allocate(100);
//     diptych::cpp::allocator::deallocate(p);
//
//     std::vector<int, diptych::cpp::Allocator<int>> v;      // a container on it
//
//     diptych::cpp::Heap request;                            // all that a request allocates ...
//     std::pmr::string name(&request.resource());
//                                                            // ... goes at once with its heap
//
//  segment_map          segment                      page                  Heap (one per thread)
// +---+---+---+---+    +--------+-------+-------+   +-------+-------+---+  +--------------------+
// | 0 | * | 0 | 0 |--->| header | slice | slice |   | block | block |   |<-| direct[size / 16]  |
// +---+---+---+---+    +--------+-------+-------+   +-------+-------+---+  | queues[class]      |
//                                                                          +--------------------+
// A block is found by two look-ups from its address. Its page's first free block is what the next
// allocation takes. The word before each block says, encoded with the page's key, whether it is in
// use, or else which block is free behind it.
//
// Ownership: who allocates gives back, to the same functions, from any thread.
// Threads: every function may be called by any thread at any time; a Heap by one at a time.
// Misuse: a double or invalid free, and most writing past the end of a block, end the program with
// one line on standard error. Memory that cannot be had is a null pointer, with errno ENOMEM.
// Cost: see spec/allocator.md. What it lacks: huge pages on demand, NUMA, more than one region
// lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory_resource>
#include <new>
#include <type_traits>
#include <utility>

namespace diptych::cpp {

namespace allocator {

struct Heap; // the pages of a heap

// ---- Queries ------------------------------------------------------------------------------------

/// What one size class holds.
struct ClassStats {
    std::size_t block_bytes;
    std::size_t live_blocks;
    std::size_t pages;
};

inline constexpr std::size_t class_count = 66;

/// What the whole process holds at this moment. Counted by walking over the pages: what other
/// threads do meanwhile may or may not be in it.
struct Stats {
    std::size_t live_bytes;           // of blocks in use, as large as their classes
    std::size_t live_blocks;          //
    std::size_t committed_bytes;      // that the kernel may be holding memory for
    std::size_t peak_committed_bytes; // the most there ever were
    std::size_t reserved_bytes;       // of address space
    std::size_t pages;                // in use
    std::size_t threads;              // that have a heap
    ClassStats classes[class_count];
};

[[nodiscard]] Stats stats() noexcept;

/// What one thread holds.
struct ThreadStats {
    std::size_t pages;       // that it owns
    std::size_t live_blocks; // in use in them, whoever allocated them
    std::size_t live_bytes;  // of these, as large as their classes
};

using ThreadVisitor = void (*)(void* context, std::uintptr_t thread, const ThreadStats& stats);
/// As visit_threads, for a plain function.
void visit_threads_raw(ThreadVisitor visitor, void* context);

/// visit(number, stats) for each thread that has pages, with a number that no other living thread
/// has; and first of all with 0 for what belongs to no thread: full pages, blocks too large to
/// share a page, and Heaps. All together are what stats() tells, if nobody allocates meanwhile.
template <class Visit>
void visit_threads(Visit&& visit) {
    visit_threads_raw(
        [](void* context, std::uintptr_t thread, const ThreadStats& stats) {
            (*static_cast<std::remove_reference_t<Visit>*>(context))(thread, stats);
        },
        const_cast<void*>(static_cast<const void*>(&visit)));
}

/// Writes stats() and what threads hold to standard error: in one piece, without allocating and
/// without a stream of the standard library. spec/allocator.md shows the text.
void print_stats() noexcept;

/// The bytes that may be used behind p, at least those asked for; 0 for null.
[[nodiscard]] std::size_t usable_size(const void* p) noexcept;

// ---- Mutation -----------------------------------------------------------------------------------

/// At least `size` bytes, aligned to 16; null with ENOMEM. Of size 0 too is a block of its own.
[[nodiscard]] void* allocate(std::size_t size) noexcept;
/// The same, and all bytes are zero.
[[nodiscard]] void* allocate_zeroed(std::size_t size) noexcept;
/// The same, aligned to `align`, a power of two.
[[nodiscard]] void* allocate_aligned(std::size_t size, std::size_t align) noexcept;
/// The block with another size, perhaps elsewhere; the bytes of the smaller of both come along.
/// Null with ENOMEM: the block is as it was. From null: a new block. To size 0: given back, null.
[[nodiscard]] void* reallocate(void* p, std::size_t size) noexcept;
/// Gives a block back. Null is nothing.
void deallocate(void* p) noexcept;
/// What this thread keeps in reserve, and what nobody uses, goes back to the kernel; whether
/// anything did.
bool trim() noexcept;

} // namespace allocator

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
    constexpr Allocator(const Allocator<U>&) noexcept {}

    /// std::bad_array_new_length, std::bad_alloc.
    [[nodiscard, gnu::returns_nonnull]] T* allocate(std::size_t n) {
        return static_cast<T*>(checked(alignof(T) <= 16
                                           ? allocator::allocate(bytes(n))
                                           : allocator::allocate_aligned(bytes(n), alignof(T))));
    }

    /// The same room for `new_n` objects; the bytes of the first min(old_n, new_n) come along.
    /// REQUIRES: `p` is of allocate(old_n), T is trivially relocatable, new_n > 0.
    [[nodiscard, gnu::returns_nonnull]] T* reallocate(T* p, std::size_t, std::size_t new_n)
        requires(alignof(T) <= 16)
    {
        return static_cast<T*>(checked(allocator::reallocate(static_cast<void*>(p), bytes(new_n))));
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

    void deallocate(T* p, std::size_t) noexcept { allocator::deallocate(static_cast<void*>(p)); }

    /// How many objects the room of allocate() has place for.
    [[nodiscard]] std::size_t usable(const T* p) const noexcept {
        return allocator::usable_size(static_cast<const void*>(p)) / sizeof(T);
    }

    template <class U>
    friend constexpr bool operator==(const Allocator&, const Allocator<U>&) noexcept {
        return true;
    }

private:
    static std::size_t bytes(std::size_t n) {
        if (n > static_cast<std::size_t>(PTRDIFF_MAX) / sizeof(T)) {
            fail<std::bad_array_new_length>();
        }
        return n * sizeof(T);
    }

    static void* checked(void* p) {
        if (p == nullptr) {
            fail<std::bad_alloc>();
        }
        return p;
    }

    /// Where exceptions are switched off, as in the preloaded library, clang refuses the word.
    template <class Exception>
    [[noreturn]] static void fail() {
#ifdef __cpp_exceptions
        throw Exception();
#else
        std::abort();
#endif
    }
};

/// The allocator of all threads as a memory resource.
class MemoryResource final : public std::pmr::memory_resource {
    void* do_allocate(std::size_t size, std::size_t align) override;
    void do_deallocate(void* p, std::size_t size, std::size_t align) override;
    [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override;
};

/// A heap of one's own: what is allocated in it is given back to it, or goes with it all at once.
/// One thread at a time. One that was moved from can be destroyed or assigned to, nothing else.
class Heap {
public:
    /// std::bad_alloc.
    Heap();
    Heap(Heap&& other) noexcept : resource_(std::exchange(other.resource_.heap_, nullptr)) {}
    Heap& operator=(Heap&& other) noexcept {
        std::swap(resource_.heap_, other.resource_.heap_);
        return *this;
    }
    Heap(const Heap&) = delete;
    Heap& operator=(const Heap&) = delete;

    // As the functions of the same names.
    [[nodiscard]] void* allocate(std::size_t size) noexcept;
    [[nodiscard]] void* allocate_zeroed(std::size_t size) noexcept;
    [[nodiscard]] void* allocate_aligned(std::size_t size, std::size_t align) noexcept;
    [[nodiscard]] void* reallocate(void* p, std::size_t size) noexcept;
    /// `p` is of this heap, or null.
    void deallocate(void* p) noexcept;

    /// visit(block, bytes) for each block in use. It must not use the heap.
    template <class Visit>
    void visit(Visit&& visit) const {
        visit_raw(
            [](void* context, void* block, std::size_t bytes) {
                (*static_cast<std::remove_reference_t<Visit>*>(context))(block, bytes);
            },
            const_cast<void*>(static_cast<const void*>(&visit)));
    }

    /// For containers of std::pmr. It is good while the heap is, and does not move.
    [[nodiscard]] std::pmr::memory_resource& resource() noexcept { return resource_; }

    ~Heap();

private:
    struct Resource final : std::pmr::memory_resource {
        explicit Resource(allocator::Heap* heap) noexcept : heap_(heap) {}
        void* do_allocate(std::size_t size, std::size_t align) override;
        void do_deallocate(void* p, std::size_t size, std::size_t align) override;
        [[nodiscard]] bool
        do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
            return this == &other;
        }
        allocator::Heap* heap_;
    };

    using Visitor = void (*)(void* context, void* block, std::size_t bytes);
    void visit_raw(Visitor visitor, void* context) const;

    Resource resource_;
};

} // namespace diptych::cpp
