#include "diptych/thread_pool/block.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <mutex>
#include <vector>

namespace diptych::cpp::thread_pool {

namespace {

constexpr std::align_val_t alignment{block_bytes};

/// Free blocks that go from one thread to another.
using Magazine = std::array<void*, magazine_blocks>;

struct Shared {
    std::mutex lock;
    std::vector<Magazine> magazines;
};

/// It stays: threads may run when the program's static objects are gone.
Shared& shared() {
    static auto* all = new Shared;
    return *all;
}

/// A thread's own free blocks.
// CONTRACT: T8 - nobody else's.
struct Own {
    std::array<void*, 2 * magazine_blocks> blocks;
    std::size_t count;

    void fill();
    void empty() noexcept;
};

constinit thread_local Own own_blocks{};

/// Gives the thread's blocks to the others.
struct AtExit {
    ~AtExit() { give_all(); }
    /// That it was asked for is enough.
    void touch() const noexcept {}
};

thread_local const AtExit at_exit;

} // namespace

// ---- Mutation, fast path first ------------------------------------------------------------------

namespace {

// Functions that end with a call need no frame: neither do those above them.
[[gnu::cold, gnu::noinline]] void* fill_and_take();
[[gnu::cold, gnu::noinline]] void empty_and_give(void* block) noexcept;

} // namespace

void* take_block() {
    Own& mine = own_blocks;
    if (mine.count == 0) [[unlikely]] {
        return fill_and_take();
    }
    return mine.blocks[--mine.count];
}

void give_block(void* block) noexcept {
    Own& mine = own_blocks;
    if (mine.count == mine.blocks.size()) [[unlikely]] {
        return empty_and_give(block);
    }
    mine.blocks[mine.count++] = block;
}

// ---- Slow path ----------------------------------------------------------------------------------

namespace {

void* fill_and_take() {
    own_blocks.fill();
    return take_block();
}

void empty_and_give(void* block) noexcept {
    own_blocks.empty();
    give_block(block);
}

/// There is none: a magazine, or new ones.
void Own::fill() {
    at_exit.touch(); // later than that, they stay with the process
    {
        Shared& all = shared();
        const std::scoped_lock guard(all.lock);
        if (!all.magazines.empty()) {
            std::ranges::copy(all.magazines.back(), blocks.begin());
            all.magazines.pop_back();
            count = magazine_blocks;
            return;
        }
    }
    while (count < magazine_blocks) {
        blocks[count] = ::operator new(block_bytes, alignment, std::nothrow);
        if (blocks[count] == nullptr) {
            break;
        }
        ++count;
    }
    if (count == 0) {
        throw std::bad_alloc();
    }
}

/// The last magazine of them, or what there is, to the others; or to the allocator.
void Own::empty() noexcept {
    const std::size_t from = count - std::min(count, magazine_blocks);
    if (count - from == magazine_blocks) {
        Shared& all = shared();
        const std::scoped_lock guard(all.lock);
        if (all.magazines.size() < shared_magazines) {
            Magazine& magazine = all.magazines.emplace_back();
            std::copy_n(blocks.begin() + static_cast<std::ptrdiff_t>(from), magazine_blocks,
                        magazine.begin());
            count = from;
            return;
        }
    }
    while (count > from) {
        ::operator delete(blocks[--count], alignment);
    }
}

} // namespace

void give_all() noexcept {
    while (own_blocks.count > 0) {
        own_blocks.empty();
    }
}

} // namespace diptych::cpp::thread_pool
