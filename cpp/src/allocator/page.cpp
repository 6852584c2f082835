#include "page.hpp"

#include "fault.hpp"
#include "size_class.hpp"

namespace diptych::cpp::allocator {

std::size_t Page::blocks() noexcept {
    if (!first) {
        return std::atomic_ref(used).load(std::memory_order_relaxed);
    }
    // Nobody counts there: the words tell.
    std::size_t in_use = 0;
    each_block([&](std::uintptr_t p) {
        in_use += std::atomic_ref(word(p)).load(std::memory_order_relaxed) == (key ^ p);
    });
    return in_use;
}

bool Page::is_whole() const noexcept {
    if (kind != Kind::run || !check_runs) {
        return true;
    }
    const std::uint64_t end = ~(key ^ start);
    return head(start + bytes) == end && (start % slice_bytes == 0 || word(start) == end);
}

void Page::close_run() const noexcept {
    const std::uint64_t end = ~(key ^ start);
    head(start + bytes) = end;
    if (start % slice_bytes != 0) {
        word(start) = end;
    }
}

std::uintptr_t Page::block_of(std::uintptr_t p) const noexcept {
    const std::uint64_t told = word(p) ^ key ^ p;
    if (told == 0) {
        return p;
    }
    // Aligned: the word tells twice how far inside it is, and one.
    const std::uintptr_t block = p - told / 2;
    return told % 2 == 1 && told / 2 < size && is_block(block) && is_in_use(block) ? block : 0;
}

void Page::align(std::uintptr_t block, std::uintptr_t p) const noexcept {
    if (p != block) {
        word(p) = key ^ p ^ (2 * (p - block) + 1);
    }
}

void Page::unalign(std::uintptr_t block, std::uintptr_t p) noexcept {
    if (p != block) {
        word(p) = 0;
    }
}

bool Page::push_remote(std::uintptr_t p) noexcept {
    return remote.push(
        p, [&](std::uintptr_t next_free) { link(p, next_free == 0 ? end_of_list() : next_free); });
}

void Page::init(std::size_t slice_count, unsigned of_class, std::uint64_t random) noexcept {
    set_key(random);
    free = &nowhere[1];
    raw.store(start + first_block, std::memory_order_relaxed);
    used = 0;
    size = static_cast<std::uint32_t>(bytes_of(of_class));
    cls = static_cast<std::uint8_t>(of_class);
    kind = Kind::many;
    bytes = slice_count * slice_bytes - guard_bytes;
    remote.reset();
}

void Page::set_key(std::uint64_t random) noexcept {
    key = random | key_min;
    set_owner(nobody);
}

void Page::init_single(std::uintptr_t block, std::size_t block_bytes, Kind of_kind) noexcept {
    start = block;
    free = &nowhere[1];
    used = 1;
    kind = of_kind;
    bytes = block_bytes;
    heap = nullptr;
    apart = false; // a heap that is gone may have had the record
}

void Page::carve(std::uint64_t random) noexcept {
    const std::uintptr_t begin = raw.load(std::memory_order_relaxed);
    const std::size_t room = (start + bytes - begin + word_bytes) / size;
    const std::size_t some = size < carve_bytes ? carve_bytes / size : 1;
    const std::uintptr_t stop = begin + (some < room ? some : room) * size;
    // Linked in the order of addresses, from the last one back; or at either end, as chance has it.
    std::uintptr_t last = 0;
    for (std::uintptr_t p = stop; p != begin;) {
        p -= size;
        random *= 0x9E37'79B9'7F4A'7C15U;
        if (secure && last != 0 && random >> 63 != 0) {
            link(last, p);
            link(p, end_of_list());
            last = p;
        } else {
            last = last == 0 ? p : last;
            link(p, address_of(free));
            free = pointer_to(p);
        }
    }
    raw.store(stop, std::memory_order_relaxed);
}

void Page::collect() noexcept {
    const std::uintptr_t first_freed = remote.take();
    if (first_freed == 0) {
        return;
    }
    std::uintptr_t p = first_freed;
    std::uint32_t freed = 1;
    for (;;) {
        const std::uintptr_t next_free = behind(p);
        if (!near(next_free ^ p)) [[unlikely]] {
            fail(Fault::corrupted_block, pointer_to(p));
        }
        if (next_free == end_of_list()) {
            break;
        }
        p = next_free;
        ++freed;
    }
    link(p, address_of(free));
    free = pointer_to(first_freed);
    used -= freed; // or nobody counts
}

std::uint32_t Page::count() const noexcept {
    const std::uintptr_t carved = raw.load(std::memory_order_relaxed) - start - first_block;
    auto in_use = static_cast<std::uint32_t>(carved / size);
    for (std::uintptr_t p = address_of(free); p != end_of_list(); p = behind(p)) {
        if (!near(behind(p) ^ p)) [[unlikely]] {
            fail(Fault::corrupted_block, pointer_to(p));
        }
        --in_use;
    }
    return in_use;
}

} // namespace diptych::cpp::allocator
