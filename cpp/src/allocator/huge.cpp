#include "huge.hpp"

#include <algorithm>
#include <new>

namespace diptych::cpp::allocator {

namespace {

struct Huge {
    Page page;
    Huge* next; // among spare records or kept blocks
    std::size_t align;
    /// Of the mapping, without what faults behind it: a kept one may be larger than its new block.
    std::size_t room;
    std::uint64_t purge_at;

    [[nodiscard]] void* block() const noexcept { return pointer_to(page.start); }
    /// With what faults behind it.
    [[nodiscard]] std::size_t mapped() const noexcept { return room + guard_bytes; }
    [[nodiscard]] void* end() const noexcept { return pointer_to(page.start + room); }

    void guard() const noexcept {
        if constexpr (secure) {
            os::guard(end(), guard_bytes);
        }
    }
    void unguard() const noexcept {
        if constexpr (secure) {
            os::unguard(end(), guard_bytes);
        }
    }

    /// The one that a page of kind `huge` is the first member of.
    static Huge* of(Page* page) noexcept { return reinterpret_cast<Huge*>(page); }
};

struct Shared {
    Huge* spare = nullptr;
    Huge* kept = nullptr; // the last freed first
    std::size_t kept_blocks = 0;
    std::size_t kept_bytes = 0;
    HugeCount in_use;

    Huge* unlink(Huge*& link) noexcept;
    Huge* take_kept(const Locked& locked, std::size_t bytes, std::size_t align,
                    bool grows) noexcept;
    Huge* take_oldest() noexcept;
};

constinit Guarded<Shared> shared;

constexpr std::size_t whole_pages(std::size_t size) {
    return (size + os_page_bytes - 1) & ~(os_page_bytes - 1);
}

void spare(const Locked& locked, Huge* huge) {
    huge->next = shared.under(locked).spare;
    shared.under(locked).spare = huge;
}

/// A record that never goes away, as stray addresses may be looked up in it at any time.
Huge* new_record(const Locked& locked) {
    if (Huge* huge = shared.under(locked).spare; huge != nullptr) {
        shared.under(locked).spare = huge->next;
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
        spare(locked, ::new (records + at) Huge{});
    }
    return ::new (records) Huge{};
}

void set_map(const Huge* huge, Page* page) {
    huge_map[huge->page.start >> segment_shift].store(page, std::memory_order_relaxed);
}

/// To the kernel.
void release(const Locked& locked, Huge* huge) {
    set_map(huge, nullptr);
    os::unmap(huge->block(), huge->mapped());
    uncommit(huge->room);
    region.reserved.fetch_sub(huge->room, std::memory_order_relaxed);
    spare(locked, huge);
}

/// The mapping with another size, perhaps elsewhere. False: no room, and all is as it was.
bool resize(const Locked&, Huge* huge, std::size_t bytes) {
    Page& page = huge->page;
    const std::size_t old = huge->room;
    const std::size_t mapped = huge->mapped();
    huge->unguard(); // one mapping again, which the kernel can resize
    if (!os::resize(huge->block(), mapped, bytes + guard_bytes)) {
        void* moved = os::relocate(huge->block(), mapped, bytes + guard_bytes, huge->align);
        if (moved == nullptr) {
            huge->guard();
            return false;
        }
        set_map(huge, nullptr);
        page.start = address_of(moved);
        set_map(huge, &page);
    }
    page.bytes = huge->room = bytes;
    huge->guard();
    if (bytes > old) {
        commit(bytes - old);
        region.reserved.fetch_add(bytes - old, std::memory_order_relaxed);
        if (bytes >= huge_page_min) {
            os::prefer_huge_pages(huge->block(), bytes);
        }
    } else {
        uncommit(old - bytes);
        region.reserved.fetch_sub(old - bytes, std::memory_order_relaxed);
    }
    return true;
}

/// Takes the block out that this is the link to.
Huge* Shared::unlink(Huge*& link) noexcept {
    Huge* huge = link;
    link = huge->next;
    --kept_blocks;
    kept_bytes -= huge->room;
    return huge;
}

/// The kept block whose size is nearest, made to fit if it is far too large: pages that are in
/// memory already are the cheapest.
Huge* Shared::take_kept(const Locked& locked, std::size_t bytes, std::size_t align,
                        bool grows) noexcept {
    Huge** best = nullptr;
    std::size_t least = SIZE_MAX;
    for (Huge** at = &kept; *at != nullptr; at = &(*at)->next) {
        const std::size_t there = (*at)->room;
        const std::size_t distance = std::max(there, bytes) - std::min(there, bytes);
        if ((*at)->align >= align && distance < least) {
            best = at;
            least = distance;
        }
    }
    if (best == nullptr) {
        return nullptr;
    }
    Huge* huge = unlink(*best);
    const std::size_t there = huge->room;
    const std::size_t times = grows ? huge_times_grown : huge_times;
    if ((there < bytes || there / times > bytes) && !resize(locked, huge, bytes)) {
        release(locked, huge);
        return nullptr;
    }
    return huge;
}

/// The one that was kept longest.
Huge* Shared::take_oldest() noexcept {
    Huge** oldest = &kept;
    while ((*oldest)->next != nullptr) {
        oldest = &(*oldest)->next;
    }
    return unlink(*oldest);
}

} // namespace

// ---- Queries ------------------------------------------------------------------------------------

HugeCount huge_count(const Locked& locked) noexcept { return shared.under(locked).in_use; }

// ---- Mutation -----------------------------------------------------------------------------------

Taken huge_allocate(std::size_t size, std::size_t align, bool grows) noexcept {
    const std::size_t bytes = whole_pages(size);
    align = std::max(align, segment_bytes);
    const Locked locked;
    tick(locked);
    Shared& blocks = shared.under(locked);
    if (Huge* huge = blocks.take_kept(locked, bytes, align, grows); huge != nullptr) {
        blocks.in_use.add(bytes);
        huge->page.init_single(huge->page.start, bytes, Kind::huge);
        return {.page = &huge->page, .clean = false};
    }
    Huge* huge = new_record(locked);
    if (huge == nullptr) {
        return {.page = nullptr, .clean = false};
    }
    void* block = os::map(bytes + guard_bytes, align);
    if (block == nullptr) {
        spare(locked, huge);
        return {.page = nullptr, .clean = false};
    }
    blocks.in_use.add(bytes);
    commit(bytes);
    region.reserved.fetch_add(bytes, std::memory_order_relaxed);
    huge->align = align;
    huge->room = bytes;
    huge->page.init_single(address_of(block), bytes, Kind::huge);
    huge->guard();
    set_map(huge, &huge->page);
    return {.page = &huge->page, .clean = true};
}

void huge_free(Page* page) noexcept {
    Huge* huge = Huge::of(page);
    const Locked locked;
    tick(locked);
    Shared& blocks = shared.under(locked);
    blocks.in_use.remove(page->bytes);
    page->kind = Kind::none;
    if (huge->room > huge_kept_bytes) {
        release(locked, huge);
        return;
    }
    huge->purge_at = os::now() + purge_delay_ms;
    locked->purge_by(huge->purge_at);
    huge->next = blocks.kept;
    blocks.kept = huge;
    ++blocks.kept_blocks;
    blocks.kept_bytes += huge->room;
    while (blocks.kept_blocks > huge_kept_blocks || blocks.kept_bytes > huge_kept_bytes) {
        release(locked, blocks.take_oldest());
    }
}

void* huge_resize(Page* page, std::size_t size) noexcept {
    Huge* huge = Huge::of(page);
    const std::size_t bytes = whole_pages(size);
    const std::size_t old = page->bytes;
    const bool fits =
        bytes <= huge->room && bytes >= old / 2 && huge->room / huge_times_grown <= bytes;
    const Locked locked;
    if (!fits && !resize(locked, huge, bytes)) {
        return nullptr;
    }
    page->bytes = bytes;
    HugeCount& in_use = shared.under(locked).in_use;
    in_use.remove(old);
    in_use.add(bytes);
    return huge->block();
}

bool huge_purge(const Locked& locked, std::uint64_t now, bool all) noexcept {
    Shared& blocks = shared.under(locked);
    bool any = false;
    for (Huge** at = &blocks.kept; *at != nullptr;) {
        if (all || (*at)->purge_at <= now) {
            release(locked, blocks.unlink(*at));
            any = true;
        } else {
            locked->purge_by((*at)->purge_at);
            at = &(*at)->next;
        }
    }
    return any;
}

} // namespace diptych::cpp::allocator
