// Threads that give each other blocks, end while others free theirs, and make heaps of their own.
#include "check.hpp"
#include "diptych/allocator.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

namespace {

namespace twin = diptych::cpp::allocator;

constexpr std::size_t slots = 512;
constexpr int operations = 20'000;

struct Block {
    unsigned char* bytes;
    std::size_t size;
    unsigned char fill;
};

/// A block belongs to the slot whose word holds its address, and to whoever swaps it out.
std::array<std::atomic<Block*>, slots> shared;

Block* make(std::minstd_rand& random) {
    auto* block = static_cast<Block*>(twin::allocate(sizeof(Block)));
    const std::size_t top = std::size_t{1} << (random() % 17);
    block->size = random() % (top + 1);
    block->fill = static_cast<unsigned char>(random());
    const std::size_t align = std::size_t{1} << (random() % 9);
    block->bytes =
        static_cast<unsigned char*>(random() % 4 == 0 ? twin::allocate_aligned(block->size, align)
                                                      : twin::allocate(block->size));
    CHECK(block->bytes != nullptr);
    std::memset(block->bytes, block->fill, block->size);
    return block;
}

void destroy(Block* block) {
    for (std::size_t at = 0; at < block->size; ++at) {
        if (block->bytes[at] != block->fill) {
            CHECK(block->bytes[at] == block->fill);
            break;
        }
    }
    CHECK(twin::usable_size(block->bytes) >= block->size);
    twin::deallocate(block->bytes);
    twin::deallocate(block);
}

void grow(Block* block, std::minstd_rand& random) {
    const std::size_t size = random() % (2 * block->size + 16);
    auto* bytes = static_cast<unsigned char*>(twin::reallocate(block->bytes, size));
    if (size == 0) {
        bytes = static_cast<unsigned char*>(twin::allocate(0));
    }
    if (size > block->size) {
        std::memset(bytes + block->size, block->fill, size - block->size);
    }
    block->bytes = bytes;
    block->size = size;
}

void work(unsigned seed) {
    std::minstd_rand random(seed);
    for (int at = 0; at < operations; ++at) {
        Block* mine = random() % 3 == 0 ? nullptr : make(random);
        Block* other = shared[random() % slots].exchange(mine, std::memory_order_acq_rel);
        if (other != nullptr) {
            if (random() % 8 == 0) {
                grow(other, random);
            }
            destroy(other);
        }
    }
}

void clear() {
    for (auto& slot : shared) {
        if (Block* block = slot.exchange(nullptr); block != nullptr) {
            destroy(block);
        }
    }
}

} // namespace

TEST(blocks_wander_between_threads_that_come_and_go) {
    for (unsigned generation = 0; generation < 6; ++generation) {
        std::vector<std::jthread> threads;
        for (unsigned at = 0; at < 4; ++at) {
            threads.emplace_back(work, generation * 16 + at + 1);
        }
    }
    clear();
}

TEST(when_all_is_freed_nothing_is_live) {
    clear();
    twin::trim();
    const twin::Stats stats = twin::stats();
    CHECK(stats.live_blocks == 0);
    CHECK(stats.live_bytes == 0);
}

TEST(a_heap_goes_with_all_its_blocks) {
    const std::size_t before = twin::stats().live_blocks;
    {
        diptych::cpp::Heap heap;
        std::minstd_rand random(7);
        std::vector<void*> blocks;
        for (int at = 0; at < 5'000; ++at) {
            blocks.push_back(heap.allocate(random() % 100'000));
            if (random() % 3 == 0) {
                heap.deallocate(blocks.back());
                blocks.pop_back();
            }
        }
        std::size_t seen = 0;
        heap.visit([&](void*, std::size_t) { ++seen; });
        CHECK(seen == blocks.size());
    }
    CHECK(twin::stats().live_blocks == before);
}

int main() {
    for (const check::Test& test : check::tests()) {
        test.body();
        std::printf("ok %s\n", test.name);
    }
}
