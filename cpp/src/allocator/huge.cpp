#include "huge.hpp"

#include <new>

namespace diptych::cpp::allocator {

namespace {

struct Huge {
    Page page;
    Huge* next; // among spare records or kept blocks
    std::size_t align;
    std::uint64_t purge_at;
};

// All under the region lock.
constinit Huge* spare = nullptr;
constinit Huge* kept = nullptr; // the last freed first
constinit std::size_t kept_blocks = 0;
constinit std::size_t kept_bytes = 0;
constinit HugeCount in_use;

void* block_of(const Huge* huge) { return pointer_to(huge->page.start); }

std::size_t whole_pages(std::size_t size) {
    return ((size == 0 ? 1 : size) + os_page_bytes - 1) & ~(os_page_bytes - 1);
}

/// A record that never goes away, as stray addresses may be looked up in it at any time.
Huge* new_record() {
    if (Huge* huge = spare; huge != nullptr) {
        spare = huge->next;
        return huge;
    }
    // As many as a page of memory holds.
    void* memory = os::map(os_page_bytes, os_page_bytes);
    if (memory == nullptr) {
        return nullptr;
    }
    commit(os_page_bytes);
    auto* records = static_cast<Huge*>(memory);
    for (std::size_t at = 1; at < os_page_bytes / sizeof(Huge); ++at) {
        Huge* huge = ::new (records + at) Huge{};
        huge->next = spare;
        spare = huge;
    }
    return ::new (records) Huge{};
}

void set_map(const Huge* huge, Page* page) {
    huge_map[huge->page.start >> segment_shift].store(page, std::memory_order_relaxed);
}

void prefer_huge_pages(const Huge* huge) {
    if (huge->page.bytes >= huge_page_min) {
        os::prefer_huge_pages(block_of(huge), huge->page.bytes);
    }
}

/// To the kernel.
void release(Huge* huge) {
    set_map(huge, nullptr);
    os::unmap(block_of(huge), huge->page.bytes);
    uncommit(huge->page.bytes);
    region.reserved.fetch_sub(huge->page.bytes, std::memory_order_relaxed);
    huge->next = spare;
    spare = huge;
}

/// The mapping with another size, perhaps elsewhere. False: no room, and all is as it was.
bool resize(Huge* huge, std::size_t bytes) {
    Page& page = huge->page;
    const std::size_t old = page.bytes;
    if (!os::resize(block_of(huge), old, bytes)) {
        void* moved = os::relocate(block_of(huge), old, bytes, huge->align);
        if (moved == nullptr) {
            return false;
        }
        set_map(huge, nullptr);
        page.start = address_of(moved);
        set_map(huge, &page);
    }
    page.bytes = bytes;
    if (bytes > old) {
        commit(bytes - old);
        region.reserved.fetch_add(bytes - old, std::memory_order_relaxed);
        prefer_huge_pages(huge);
    } else {
        uncommit(old - bytes);
        region.reserved.fetch_sub(old - bytes, std::memory_order_relaxed);
    }
    return true;
}

std::size_t distance(std::size_t a, std::size_t b) { return a < b ? b - a : a - b; }

/// The kept block whose size is nearest, made to fit unless it wastes less than three quarters:
/// pages that are in memory already are the cheapest.
Huge* take_kept(std::size_t bytes, std::size_t align) {
    Huge** best = nullptr;
    for (Huge** at = &kept; *at != nullptr; at = &(*at)->next) {
        if ((*at)->align >= align &&
            (best == nullptr ||
             distance((*at)->page.bytes, bytes) < distance((*best)->page.bytes, bytes))) {
            best = at;
        }
    }
    if (best == nullptr) {
        return nullptr;
    }
    Huge* huge = *best;
    *best = huge->next;
    --kept_blocks;
    kept_bytes -= huge->page.bytes;
    const std::size_t there = huge->page.bytes;
    if ((there < bytes || there - bytes > there / 4 * 3) && !resize(huge, bytes)) {
        release(huge);
        return nullptr;
    }
    return huge;
}

/// The one that was kept longest.
void release_oldest() {
    Huge** oldest = &kept;
    while ((*oldest)->next != nullptr) {
        oldest = &(*oldest)->next;
    }
    Huge* huge = *oldest;
    *oldest = nullptr;
    --kept_blocks;
    kept_bytes -= huge->page.bytes;
    release(huge);
}

} // namespace

// ---- Queries ------------------------------------------------------------------------------------

HugeCount huge_count() noexcept { return in_use; }

// ---- Mutation -----------------------------------------------------------------------------------

void* huge_allocate(std::size_t size, std::size_t align, bool& zeroed) noexcept {
    const std::size_t bytes = whole_pages(size);
    align = align < segment_bytes ? segment_bytes : align;
    const Locked locked;
    if (Huge* huge = take_kept(bytes, align); huge != nullptr) {
        zeroed = false;
        ++in_use.blocks;
        in_use.bytes += huge->page.bytes;
        huge->page.init_single(huge->page.start, huge->page.bytes, Kind::huge);
        return block_of(huge);
    }
    Huge* huge = new_record();
    if (huge == nullptr) {
        return nullptr;
    }
    void* block = os::map(bytes, align);
    if (block == nullptr) {
        huge->next = spare;
        spare = huge;
        return nullptr;
    }
    zeroed = true;
    ++in_use.blocks;
    in_use.bytes += bytes;
    commit(bytes);
    region.reserved.fetch_add(bytes, std::memory_order_relaxed);
    huge->align = align;
    huge->page.init_single(address_of(block), bytes, Kind::huge);
    set_map(huge, &huge->page);
    prefer_huge_pages(huge);
    return block;
}

void huge_free(Page* page) noexcept {
    auto* huge = reinterpret_cast<Huge*>(page); // its first member
    const Locked locked;
    page->kind = Kind::none;
    --in_use.blocks;
    in_use.bytes -= page->bytes;
    if (page->bytes > huge_kept_bytes) {
        release(huge);
        return;
    }
    const std::uint64_t now = os::now();
    huge->purge_at = now + purge_delay_ms;
    region.purge_at = huge->purge_at < region.purge_at ? huge->purge_at : region.purge_at;
    huge->next = kept;
    kept = huge;
    ++kept_blocks;
    kept_bytes += page->bytes;
    while (kept_blocks > huge_kept_blocks || kept_bytes > huge_kept_bytes) {
        release_oldest();
    }
}

void* huge_resize(Page* page, std::size_t size) noexcept {
    auto* huge = reinterpret_cast<Huge*>(page); // its first member
    const std::size_t bytes = whole_pages(size);
    const std::size_t old = page->bytes;
    if (bytes != old) {
        const Locked locked;
        if (!resize(huge, bytes)) {
            return nullptr;
        }
        in_use.bytes += bytes - old;
    }
    return block_of(huge);
}

bool huge_purge(std::uint64_t now, bool all) noexcept {
    bool any = false;
    for (Huge** at = &kept; *at != nullptr;) {
        Huge* huge = *at;
        if (all || huge->purge_at <= now) {
            *at = huge->next;
            --kept_blocks;
            kept_bytes -= huge->page.bytes;
            release(huge);
            any = true;
        } else {
            region.purge_at = huge->purge_at < region.purge_at ? huge->purge_at : region.purge_at;
            at = &huge->next;
        }
    }
    return any;
}

} // namespace diptych::cpp::allocator
