#include "page.hpp"

#include "fault.hpp"
#include "size_class.hpp"

namespace diptych::cpp::allocator {

namespace {

Block* at(std::uintptr_t address) {
    return reinterpret_cast<Block*>(address);
}

} // namespace

void Page::init(void* slices, std::size_t slice_count, unsigned of_class,
                std::uint64_t random) noexcept {
    const std::size_t each = bytes_of(of_class);
    const std::size_t count = slice_count * slice_bytes / each;
    start = reinterpret_cast<std::uintptr_t>(slices);
    magic = UINT64_MAX / each + 1;
    key = random | 1;
    if (is_marked(reinterpret_cast<Block*>(this))) {
        key ^= 2; // the record ends the list, and must not look like a block of it
    }
    free = this;
    raw = start;
    used = 0;
    capacity = static_cast<std::uint32_t>(count);
    size = static_cast<std::uint32_t>(each);
    cls = static_cast<std::uint8_t>(of_class);
    kind = Kind::many;
    listed = false;
    bytes = count * each;
    next = prev = nullptr;
    remote.reset();
}

void Page::init_single(void* block, std::size_t block_size, Kind of_kind) noexcept {
    start = reinterpret_cast<std::uintptr_t>(block);
    magic = 0; // no address passes
    key = 1;
    free = this;
    raw = start + block_size;
    used = capacity = 1;
    size = 0;
    kind = of_kind;
    listed = false;
    bytes = block_size;
    heap = nullptr;
    next = prev = nullptr;
    tid.store(nobody, std::memory_order_relaxed);
    remote.reset();
}

void Page::carve() noexcept {
    const std::uintptr_t end = start + bytes;
    std::uintptr_t stop = raw + (size < carve_bytes ? carve_bytes / size * size : size);
    stop = stop < end ? stop : end;
    // Linked in the order of addresses, from the last one back.
    for (std::uintptr_t p = stop; p != raw;) {
        p -= size;
        push(at(p));
    }
    raw = stop;
}

void Page::collect() noexcept {
    const std::uintptr_t first = remote.take();
    if (first == 0) {
        return;
    }
    std::uintptr_t last = first;
    std::uint32_t count = 1;
    for (;;) {
        Block* block = at(last);
        if (check_links && !is_marked(block)) [[unlikely]] {
            fail(Fault::corrupted_block, block);
        }
        const std::uintptr_t behind = block->link ^ key;
        if (behind == end_of_list()) {
            mark(block, reinterpret_cast<std::uintptr_t>(free));
            break;
        }
        last = behind;
        ++count;
    }
    free = at(first);
    used -= count;
}

} // namespace diptych::cpp::allocator
