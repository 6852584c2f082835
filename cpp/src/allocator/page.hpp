// page.hpp - a run of slices with blocks of one size, and its list of free blocks.
//
//   record (in the segment's header)          blocks
//  +-----------------------------+          +-----------+-----------+-----------+- - -
//  | start  magic  tid  key free |--free--->| next ^key |           | next ^key |
//  | used carved capacity size   |          | next ^own |           | next ^own |
//  +-----------------------------+          +-----------+-----------+-----------+- - -
//  | remote  heap next prev ...  |            free         in use     free
//  +-----------------------------+
//
// The first line is the owner's, the second is where threads meet. A page is empty of free blocks
// when `free` is the record itself: its first two words fail the check that a free block passes, so
// that taking a block needs no test of its own for that.
#pragma once

#include "config.hpp"
#include "remote.hpp"

#include <cstring>

namespace diptych::cpp::allocator {

struct Heap;

/// The first words of a block that is free.
struct Block {
    std::uint64_t link;
    std::uint64_t proof;
};

enum class Kind : std::uint8_t {
    none,  // slices that nobody uses
    many,  // blocks side by side
    run,   // one block of whole slices
    huge,  // one block in a mapping of its own
};

// ---- Types ----------------------------------------------------------------------------------
struct alignas(64) Page {
    std::uintptr_t start = 0;
    /// ceil(2^64 / size): a multiple of size times this is below it, anything else is not.
    std::uint64_t magic = 0;
    std::atomic<std::uintptr_t> tid = nobody;
    std::uint64_t key = 1;
    void* free = this;
    /// Where blocks begin that were never handed out.
    std::uintptr_t raw = 0;
    std::uint32_t used = 0;
    std::uint32_t capacity = 0;
    std::uint32_t size = 0;
    std::uint8_t cls = 0;
    Kind kind = Kind::none;
    /// In its class's list of left pages, under the region lock.
    bool listed = false;
    /// Owned by a heap that is no thread's.
    bool apart = false;

    alignas(64) Remote remote;
    Heap* heap = nullptr;
    Page* next = nullptr;
    Page* prev = nullptr;
    /// Of all blocks, or of the one block.
    std::size_t bytes = 0;

    /// No thread has this number.
    static constexpr std::uintptr_t nobody = 0;

    // ---- Queries ----------------------------------------------------------------------------
    [[nodiscard]] std::uintptr_t end_of_list() const noexcept {
        return reinterpret_cast<std::uintptr_t>(this);
    }
    [[nodiscard]] bool has_free() const noexcept { return free != this; }
    [[nodiscard]] bool has_raw() const noexcept { return raw < start + bytes; }
    [[nodiscard]] std::size_t block_bytes() const noexcept {
        return kind == Kind::many ? size : bytes;
    }

    /// The two words belong together: the block is free, or nobody can tell.
    [[nodiscard]] bool is_marked(const Block* block) const noexcept {
        return (block->link ^ key ^ reinterpret_cast<std::uintptr_t>(block)) == block->proof;
    }
    /// A block begins there, and was handed out once.
    [[nodiscard]] bool is_block(std::uintptr_t p) const noexcept {
        return (p - start) * magic < magic && p < raw;
    }

    // ---- Mutation, fast path first ----------------------------------------------------------

    /// Takes a block off, or answers null: the list is empty, or somebody wrote over its first.
    [[gnu::always_inline]] Block* pop() noexcept {
        auto* block = static_cast<Block*>(free);
        if (check_links ? !is_marked(block) : free == this) [[unlikely]] {
            return nullptr;
        }
        free = reinterpret_cast<void*>(block->link ^ key); // NOLINT(performance-no-int-to-ptr)
        block->proof = 0; // a block in use never looks free
        ++used;
        return block;
    }

    /// Puts a block in front.
    [[gnu::always_inline]] void push(Block* block) noexcept {
        mark(block, reinterpret_cast<std::uintptr_t>(free));
        free = block;
    }

    void mark(Block* block, std::uintptr_t behind) const noexcept {
        block->link = behind ^ key;
        block->proof = behind ^ reinterpret_cast<std::uintptr_t>(block);
    }

    // ---- Slow path --------------------------------------------------------------------------

    /// A page of these slices, without an owner yet, with no block carved.
    void init(void* slices, std::size_t slice_count, unsigned of_class, std::uint64_t random) noexcept;
    /// One block of whole slices, or of a mapping.
    void init_single(void* block, std::size_t block_size, Kind of_kind) noexcept;
    /// Makes the next blocks usable, if there are any.
    void carve() noexcept;
    /// Takes what others freed; ends the program if somebody wrote over it.
    void collect() noexcept;
};

static_assert(sizeof(Page) == 128);

} // namespace diptych::cpp::allocator
