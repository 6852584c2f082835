// page.hpp - a run of slices with blocks of one size, and its list of free blocks.
//
//   record (in the segment's header)      word before and first word of each block
//  +----------------------------+        +---+------------+--+------------+---+------------+- - -
//  | start seal key free raw .. |--free->| w | in_use     |  | (user's)   | w | in_use     |
//  | used size         nowhere  |        +---+------------+--+------------+---+------------+- - -
//  +----------------------------+           in_use ^ next      in_use        in_use ^ next
//  | remote  heap next prev ... |                  |                         ^
//  +----------------------------+                  +-------------------------+
//
// in_use is key ^ p. The first line is the owner's, the second is where threads meet. The list ends
// at two words in the record that lead nowhere: taking a block fails there by the same check that
// finds words written over.
#pragma once

#include "config.hpp"
#include "remote.hpp"
#include "thread.hpp"

#include <cstddef>

namespace diptych::cpp::allocator {

inline std::uintptr_t address_of(const void* p) noexcept {
    return reinterpret_cast<std::uintptr_t>(p);
}

inline void* pointer_to(std::uintptr_t address) noexcept {
    return reinterpret_cast<void*>(address); // NOLINT(performance-no-int-to-ptr)
}

enum class Kind : std::uint8_t {
    none, // slices that nobody uses
    many, // blocks side by side
    run,  // one block of whole slices
    huge, // one block in a mapping of its own
};

// ---- Types --------------------------------------------------------------------------------------
struct alignas(64) Page {
    std::uintptr_t start = 0;
    /// key ^ number of the owner's thread: who has that number finds the key.
    std::atomic<std::uint64_t> seal = key_min;
    std::uint64_t key = key_min;
    /// The first free block, or end_of_list().
    void* free = &nowhere[1];
    /// Where blocks begin that were never handed out. Others look at it when they refuse a block.
    std::atomic<std::uintptr_t> raw = 0;
    /// Blocks in use, except in the first page of a queue: blocks are taken from that one only,
    /// which is kept when it empties, so that nobody has to count while taking.
    std::uint32_t used = 0;
    std::uint32_t size = 0;
    /// The words at the end of the list: what is behind them is no place in any segment.
    std::uint64_t nowhere[2] = {0, ~std::uint64_t{0}};

    alignas(64) Remote remote;
    Heap* heap = nullptr;
    Page* next = nullptr;
    Page* prev = nullptr;
    /// Of all slices but a guard; of the one block, in a run one word less than there is room for.
    std::size_t bytes = 0;
    std::uint8_t cls = 0;
    Kind kind = Kind::none;
    /// In a PageList: of the left pages of its class, or of what its heap put aside.
    std::atomic<bool> listed = false;
    /// Owned by a heap that is no thread's.
    bool apart = false;
    /// The first of its queue.
    bool first = false;

    /// No thread has this number.
    static constexpr std::uintptr_t nobody = 0;
    /// Nor this: owned by a thread that a fork left behind.
    static constexpr std::uintptr_t lost = 1;
    /// Keys have a bit above all addresses, so that key ^ p is never 0 or an address.
    static constexpr std::uint64_t key_min = std::uint64_t{1} << 63;
    /// Where the first block begins, behind its word.
    static constexpr std::size_t first_block = 16;
    /// Where a run's does: where few pages have one, so that freeing a run twice is found even when
    /// its slices have become a page.
    static constexpr std::size_t run_block = 32;
    static constexpr std::size_t word_bytes = sizeof(std::uint64_t);
    /// `used` of the first page of a queue: never counts down to 0.
    static constexpr std::uint32_t uncounted = std::uint32_t{1} << 31;

    // ---- Queries --------------------------------------------------------------------------------
    [[nodiscard]] std::uintptr_t end_of_list() const noexcept { return address_of(&nowhere[1]); }
    [[nodiscard]] bool has_free() const noexcept { return free != &nowhere[1]; }
    [[nodiscard]] bool has_raw() const noexcept {
        return raw.load(std::memory_order_relaxed) + size - word_bytes <= start + bytes;
    }
    [[nodiscard]] bool is_full() const noexcept { return !has_free() && !has_raw(); }
    /// What may be used of each block.
    [[nodiscard]] std::size_t usable() const noexcept {
        return kind == Kind::many ? size - word_bytes : bytes;
    }

    /// The word before a block, and its first one.
    static std::uint64_t& word(std::uintptr_t p) noexcept {
        return static_cast<std::uint64_t*>(pointer_to(p))[-1];
    }
    static std::uint64_t& head(std::uintptr_t p) noexcept {
        return *static_cast<std::uint64_t*>(pointer_to(p));
    }
    /// What a free block's words say is behind it.
    static std::uintptr_t behind(std::uintptr_t p) noexcept { return word(p) ^ head(p); }
    /// Two addresses differ by this: they can be in one list.
    static bool near(std::uint64_t difference) noexcept {
        return (difference & ~(segment_bytes - 1)) == 0;
    }
    [[nodiscard]] bool is_in_use(std::uintptr_t p) const noexcept { return word(p) == (key ^ p); }
    [[nodiscard]] bool is_free(std::uintptr_t p) const noexcept {
        return !is_in_use(p) && near(behind(p) ^ p);
    }
    [[nodiscard]] std::uintptr_t owner() const noexcept {
        return seal.load(std::memory_order_relaxed) ^ key;
    }
    /// The page's key, if this thread is the owner; else some other number.
    [[gnu::always_inline]] [[nodiscard]] std::uint64_t key_of_thread() const noexcept {
        return seal.load(std::memory_order_relaxed) ^ thread_number();
    }
    /// The page's key, if no thread is the owner; else some other number.
    [[nodiscard]] std::uint64_t key_of_nobody() const noexcept {
        return seal.load(std::memory_order_relaxed) ^ nobody;
    }
    /// The blocks in use: another thread may be at it, and the count one that was true a moment
    /// ago, or will be.
    [[nodiscard]] std::size_t blocks() noexcept;
    /// visit(p) for each block that was handed out once.
    template <class Visit>
    void each_block(Visit&& visit) const {
        const std::uintptr_t stop = raw.load(std::memory_order_relaxed);
        for (std::uintptr_t p = start + first_block; p < stop; p += size) {
            visit(p);
        }
    }
    /// A block begins there that may have been handed out.
    [[nodiscard]] bool is_block(std::uintptr_t p) const noexcept {
        return p >= start + first_block && p < raw.load(std::memory_order_relaxed) &&
               (p - start - first_block) % size == 0;
    }

    // ---- Mutation, fast path first --------------------------------------------------------------

    /// Takes a block off, or answers 0: the list is empty, or somebody wrote over its first word.
    [[gnu::always_inline]] std::uintptr_t pop() noexcept {
        // CONTRACT: A2, A3 - the first free block of the owner's page, or the end of the list.
        const std::uintptr_t p = address_of(free);
        const std::uint64_t in_use = head(p);
        const std::uintptr_t next_free = word(p) ^ in_use;
        if (check_links ? !near(next_free ^ p) : p == end_of_list()) [[unlikely]] {
            return 0;
        }
        free = pointer_to(next_free);
        word(p) = in_use;
        return p;
    }

    /// Puts a block in front, if its word says that it is in use, under the key that the page's
    /// owner finds: both told by one comparison.
    [[gnu::always_inline]] bool push(std::uintptr_t p, std::uint64_t owners_key) noexcept {
        const std::uint64_t in_use = owners_key ^ p;
        if (word(p) != in_use) [[unlikely]] {
            return false;
        }
        // CONTRACT: A2, A3 - a block of the owner's page, which its user gave up.
        head(p) = in_use;
        word(p) = in_use ^ address_of(free);
        free = pointer_to(p);
        return true;
    }

    /// One block less is in use; how many are.
    [[gnu::always_inline]] std::uint32_t uncount() noexcept { return --used; }

    /// A block that is free, and is followed by another, or the end.
    void link(std::uintptr_t p, std::uintptr_t next_free) const noexcept {
        head(p) = key ^ p;
        word(p) = key ^ p ^ next_free;
    }
    void set_owner(std::uintptr_t thread) noexcept {
        seal.store(key ^ thread, std::memory_order_relaxed);
    }

    // ---- Slow path ------------------------------------------------------------------------------

    /// It is the first of its queue from now on: nobody counts.
    void begin_queue() noexcept {
        first = true;
        used = uncounted;
    }
    /// It is the first of its queue no longer.
    void end_queue() noexcept {
        first = false;
        used = count();
    }
    /// The words around the block of a run are as they were left; if it begins where its slices do,
    /// as it had to be aligned, there is none before it.
    [[nodiscard]] bool is_whole() const noexcept;
    /// Puts them there; no block of a page has such a one.
    void close_run() const noexcept;
    [[nodiscard]] std::size_t slices_of_run() const noexcept {
        return slices_for(start % slice_bytes, bytes);
    }
    /// The slices of a run whose block begins so far inside.
    static constexpr std::size_t slices_for(std::size_t before, std::size_t block_bytes) noexcept {
        return (before + block_bytes + word_bytes + guard_bytes + slice_bytes - 1) / slice_bytes;
    }
    /// The block in use that was handed out as p: p itself, or what p lies in because it had to be
    /// aligned; 0 if there is none.
    [[nodiscard]] std::uintptr_t block_of(std::uintptr_t p) const noexcept;
    /// An aligned place in a block, to be handed out instead.
    void align(std::uintptr_t block, std::uintptr_t p) const noexcept;
    /// What an aligned place was for is over; or it could be freed again.
    static void unalign(std::uintptr_t block, std::uintptr_t p) noexcept;
    /// As push, for a thread that is not the owner; whether it is from now on.
    bool push_remote(std::uintptr_t p) noexcept;
    /// A page of these slices, without an owner yet, with no block carved.
    void init(std::size_t slice_count, unsigned of_class, std::uint64_t random) noexcept;
    void set_key(std::uint64_t random) noexcept;
    /// One block of whole slices, or of a mapping.
    void init_single(std::uintptr_t block, std::size_t block_bytes, Kind of_kind) noexcept;
    /// Makes the next blocks usable; there are some.
    void carve(std::uint64_t random) noexcept;
    /// Takes what others freed; ends the program if somebody wrote over it.
    void collect() noexcept;
    /// The blocks in use, of a page whose queue did not count; ends the program if somebody wrote
    /// over a free one.
    [[nodiscard]] std::uint32_t count() const noexcept;
};

static_assert(sizeof(Page) == 128 && offsetof(Page, remote) == 64 && offsetof(Page, nowhere) == 48);

} // namespace diptych::cpp::allocator
