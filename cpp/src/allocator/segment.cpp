#include "segment.hpp"

#include "huge.hpp"

#include <new>

namespace diptych::cpp::allocator {

constinit Region region;
constinit Page no_page;
constinit Zero<std::uintptr_t> segment_map[std::size_t{1} << (address_bits - segment_shift)] = {};
constinit Zero<Page*> huge_map[std::size_t{1} << (address_bits - segment_shift)] = {};

namespace {

// ---- Segments -----------------------------------------------------------------------------------

std::byte* slice(Segment* segment, std::size_t index) {
    return reinterpret_cast<std::byte*>(segment) + index * slice_bytes;
}

Segment* segment_of(const Page* page) {
    return static_cast<Segment*>(pointer_to(page->start & ~(segment_bytes - 1)));
}

std::size_t index_in_segment(const Page* page) {
    return (page->start & (segment_bytes - 1)) >> slice_shift;
}

/// What page_in finds for these slices from now on.
void lead_to(Segment* segment, std::size_t begin, std::size_t count, Page* page) {
    for (std::size_t at = begin; at < begin + count; ++at) {
        segment->map[at] = page;
    }
}

/// The last bytes of slices that end there fault from now on.
void guard(Segment* segment, std::size_t end) {
    if constexpr (secure) {
        os::guard(slice(segment, end) - guard_bytes, guard_bytes);
    }
}

void unguard(Segment* segment, std::size_t end) {
    if constexpr (secure) {
        os::unguard(slice(segment, end) - guard_bytes, guard_bytes);
    }
}

Segment* new_segment(const Locked& locked) {
    void* memory = os::map(segment_bytes, segment_bytes);
    if (memory == nullptr) {
        return nullptr;
    }
    // The guard first: what follows only touches what it has to. Records come from the kernel as
    // zero, and are made when their slice is taken.
    os::guard(static_cast<std::byte*>(memory) + guard_offset, os_page_bytes);
    if (!secure && locked->first != nullptr) {
        // Guards would leave no room for any.
        os::prefer_huge_pages(static_cast<std::byte*>(memory) + huge_pages_behind,
                              segment_bytes - huge_pages_behind);
    }
    auto* segment = static_cast<Segment*>(memory);
    lead_to(segment, 0, slices_of_segment, &no_page);
    segment->free.change(header_slices, slices_of_segment - header_slices, true);
    segment->purge_at = UINT64_MAX;
    if (Segment* last = locked->last; last != nullptr) {
        segment->number = last->number + 1;
        last->next = segment;
    } else {
        locked->first = locked->open = segment;
    }
    locked->last = segment;
    region.reserved.fetch_add(segment_bytes, std::memory_order_relaxed);
    commit(sizeof(SliceMap) + os_page_bytes);
    // Moved down, so that page_in needs no mask. Release is for nobody: who has an address of ours
    // got it from somebody who came after this (A1).
    const std::uintptr_t index = address_of(memory) >> segment_shift;
    segment_map[index].store(address_of(&segment->map) - index * sizeof(SliceMap),
                             std::memory_order_relaxed);
    return segment;
}

// CONTRACT: A7 - the caller holds the region lock, here and below.

/// The slices are not free any more, and lead to the page; how many were dirty.
std::size_t use(const Locked& locked, Segment* segment, std::size_t begin, std::size_t count,
                Page* page) {
    segment->free.change(begin, count, false);
    const std::size_t were_dirty = segment->dirty.change(begin, count, false);
    locked->dirty_count -= were_dirty;
    commit((count - were_dirty) * slice_bytes);
    lead_to(segment, begin, count, page);
    guard(segment, begin + count);
    return were_dirty;
}

/// The slices belong to a page from now on.
Taken take(const Locked& locked, Segment* segment, std::size_t begin, std::size_t count) {
    Page* page = ::new (&segment->records[begin]) Page;
    page->start = address_of(slice(segment, begin));
    const std::size_t were_dirty = use(locked, segment, begin, count, page);
    return {.page = page, .clean = were_dirty == 0};
}

/// The slices belong to no page any more, and are dirty.
void give(const Locked& locked, Segment* segment, std::size_t begin, std::size_t count) {
    unguard(segment, begin + count);
    lead_to(segment, begin, count, &no_page);
    segment->free.change(begin, count, true);
    if (segment->number < locked->open->number) {
        locked->open = segment;
    }
    if (segment->dirty.count() == 0) {
        segment->purge_at = os::now() + purge_delay_ms;
        locked->purge_by(segment->purge_at);
    }
    locked->dirty_count += segment->dirty.change(begin, count, true);
}

struct Place {
    Segment* segment = nullptr;
    std::size_t begin = 0;
};

/// The first run of so many slices of one of the sets, from this segment on; none: no segment.
Place find_from(Segment* segment, SliceSet Segment::* set, std::size_t count, std::size_t align) {
    for (; segment != nullptr; segment = segment->next) {
        const std::size_t begin = (segment->*set).find(count, align);
        if (begin < slices_of_segment) {
            return {.segment = segment, .begin = begin};
        }
    }
    return {};
}

/// A run of that many free slices, the first there is; dirty ones first: they are in memory
/// already.
Place find_slices(const Locked& locked, std::size_t count, std::size_t align) {
    Place place;
    if (locked->dirty_count >= count) {
        place = find_from(locked->open, &Segment::dirty, count, align);
    }
    return place.segment != nullptr ? place : find_from(locked->open, &Segment::free, count, align);
}

} // namespace

// ---- Mutation -----------------------------------------------------------------------------------

Taken take_slices(const Locked& locked, std::size_t count, std::size_t align) noexcept {
    const std::size_t slices = align <= slice_bytes ? 1 : align / slice_bytes;
    while (locked->open != nullptr && locked->open->free.count() == 0 &&
           locked->open->next != nullptr) {
        locked->open = locked->open->next;
    }
    Place place = find_slices(locked, count, slices);
    if (place.segment == nullptr) {
        place.segment = new_segment(locked);
        if (place.segment == nullptr) {
            return {.page = nullptr, .clean = false};
        }
        place.begin = place.segment->free.find(count, slices);
    }
    return take(locked, place.segment, place.begin, count);
}

void give_slices(const Locked& locked, Page* page, std::size_t count) noexcept {
    page->kind = Kind::none;
    give(locked, segment_of(page), index_in_segment(page), count);
}

bool extend_slices(const Locked& locked, Page* page, std::size_t old_count,
                   std::size_t count) noexcept {
    Segment* segment = segment_of(page);
    const std::size_t end = index_in_segment(page) + old_count;
    const std::size_t more = count - old_count;
    if (end + more > slices_of_segment || segment->free.next(end, false) < end + more) {
        return false;
    }
    unguard(segment, end);
    use(locked, segment, end, more, page);
    return true;
}

void trim_slices(const Locked& locked, Page* page, std::size_t old_count,
                 std::size_t count) noexcept {
    Segment* segment = segment_of(page);
    const std::size_t end = index_in_segment(page) + count;
    give(locked, segment, end, old_count - count);
    guard(segment, end);
}

bool purge(const Locked& locked, std::uint64_t now, bool all) noexcept {
    bool any = false;
    locked->purge_at = UINT64_MAX;
    for (Segment* segment = locked->first; segment != nullptr; segment = segment->next) {
        if (segment->dirty.count() == 0) {
            continue;
        }
        if (!all && segment->purge_at > now) {
            locked->purge_by(segment->purge_at);
            continue;
        }
        const std::size_t were_dirty = segment->dirty.count();
        std::size_t begin = 0;
        while ((begin = segment->dirty.next(begin, true)) < slices_of_segment) {
            const std::size_t end = segment->dirty.next(begin, false);
            os::discard(slice(segment, begin), (end - begin) * slice_bytes);
            segment->dirty.change(begin, end - begin, false);
            begin = end;
        }
        uncommit(were_dirty * slice_bytes);
        locked->dirty_count -= were_dirty;
        segment->purge_at = UINT64_MAX;
        any = true;
    }
    return any;
}

void tick(const Locked& locked) noexcept {
    if (locked->purge_at != UINT64_MAX) {
        if (const std::uint64_t now = os::now(); now >= locked->purge_at) {
            purge(locked, now, false);
            huge_purge(locked, now, false);
        }
    }
}

// ---- Counting -----------------------------------------------------------------------------------

void commit(std::size_t bytes) noexcept {
    const std::size_t now = region.committed.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    std::size_t peak = region.committed_peak.load(std::memory_order_relaxed);
    while (now > peak &&
           !region.committed_peak.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
    }
}

void uncommit(std::size_t bytes) noexcept {
    region.committed.fetch_sub(bytes, std::memory_order_relaxed);
}

} // namespace diptych::cpp::allocator
