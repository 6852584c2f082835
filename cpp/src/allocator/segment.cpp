#include "segment.hpp"

#include <bit>
#include <new>

namespace diptych::cpp::allocator {

constinit Region region;
constinit Page no_page;
constinit Zero<std::uintptr_t> segment_map[std::size_t{1} << (address_bits - segment_shift)] = {};
constinit Zero<Page*> huge_map[std::size_t{1} << (address_bits - segment_shift)] = {};

namespace {

// ---- Sets of slices -----------------------------------------------------------------------------

/// The first slice from `at` on that is in the set, or out of it; slices_of_segment for none.
std::size_t next(const std::uint64_t* set, std::size_t at, bool in) {
    for (std::size_t word = at / 64; word < slices_of_segment / 64; ++word) {
        std::uint64_t bits = in ? set[word] : ~set[word];
        if (word == at / 64) {
            bits &= ~std::uint64_t{0} << (at % 64);
        }
        if (bits != 0) {
            return word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
        }
    }
    return slices_of_segment;
}

/// The first run of `count` slices of the set that begins at a multiple of `align` slices.
std::size_t find(const std::uint64_t* set, std::size_t count, std::size_t align) {
    std::size_t begin = header_slices;
    while ((begin = next(set, begin, true)) < slices_of_segment) {
        const std::size_t end = next(set, begin, false);
        const std::size_t aligned = (begin + align - 1) & ~(align - 1);
        if (aligned + count <= end) {
            return aligned;
        }
        begin = end;
    }
    return slices_of_segment;
}

bool has(const std::uint64_t* set, std::size_t at) { return (set[at / 64] >> (at % 64) & 1) != 0; }

/// Puts slices in, or takes them out; how many were not so before.
std::size_t change(std::uint64_t* set, std::size_t begin, std::size_t count, bool in) {
    std::size_t changed = 0;
    for (std::size_t at = begin; at < begin + count; ++at) {
        changed += has(set, at) != in;
        const std::uint64_t bit = std::uint64_t{1} << (at % 64);
        set[at / 64] = in ? set[at / 64] | bit : set[at / 64] & ~bit;
    }
    return changed;
}

// ---- Segments -----------------------------------------------------------------------------------

std::byte* slice(Segment* segment, std::size_t index) {
    return reinterpret_cast<std::byte*>(segment) + index * slice_bytes;
}

Segment* segment_of(const void* p) {
    return static_cast<Segment*>(pointer_to(address_of(p) & ~(segment_bytes - 1)));
}

std::size_t index_in_segment(const Page* page) {
    return (page->start & (segment_bytes - 1)) >> slice_shift;
}

Segment* new_segment() {
    void* memory = os::map(segment_bytes, segment_bytes);
    if (memory == nullptr) {
        return nullptr;
    }
    // The guard first: what follows only touches what it has to. Records come from the kernel as
    // zero, and are made when their slice is taken.
    os::guard(static_cast<std::byte*>(memory) + guard_offset, os_page_bytes);
    auto* segment = static_cast<Segment*>(memory);
    for (Page*& entry : segment->map) {
        entry = &no_page;
    }
    change(segment->free, header_slices, slices_of_segment - header_slices, true);
    segment->free_count = slices_of_segment - header_slices;
    segment->purge_at = UINT64_MAX;
    (region.last == nullptr ? region.first : region.last->next) = segment;
    region.last = segment;
    region.reserved.fetch_add(segment_bytes, std::memory_order_relaxed);
    commit(2 * os_page_bytes);
    // Moved down, so that page_in needs no mask. Release is for nobody: who has an address of ours
    // got it from somebody who came after this (A1).
    const std::uintptr_t index = address_of(memory) >> segment_shift;
    segment_map[index].store(address_of(&segment->map) - index * sizeof(SliceMap),
                             std::memory_order_relaxed);
    return segment;
}

// CONTRACT: A7 - the caller holds the region lock, here and below.

/// The slices belong to a page from now on.
Page* take(Segment* segment, std::size_t begin, std::size_t count, bool& clean) {
    change(segment->free, begin, count, false);
    segment->free_count -= count;
    const std::size_t were_dirty = change(segment->dirty, begin, count, false);
    segment->dirty_count -= were_dirty;
    clean = were_dirty == 0;
    commit((count - were_dirty) * slice_bytes);
    Page* page = ::new (&segment->records[begin]) Page;
    page->start = reinterpret_cast<std::uintptr_t>(slice(segment, begin));
    for (std::size_t at = begin; at < begin + count; ++at) {
        segment->map[at] = page;
    }
    return page;
}

/// The slices belong to no page any more, and are dirty.
void give(Segment* segment, std::size_t begin, std::size_t count) {
    for (std::size_t at = begin; at < begin + count; ++at) {
        segment->map[at] = &no_page;
    }
    change(segment->free, begin, count, true);
    segment->free_count += count;
    if (segment->dirty_count == 0) {
        segment->purge_at = os::now() + purge_delay_ms;
        region.purge_at = segment->purge_at < region.purge_at ? segment->purge_at : region.purge_at;
    }
    segment->dirty_count += change(segment->dirty, begin, count, true);
}

} // namespace

// ---- Mutation -----------------------------------------------------------------------------------

Page* take_slices(std::size_t count, std::size_t align, bool& clean) noexcept {
    const std::size_t slices = align <= slice_bytes ? 1 : align / slice_bytes;
    // Dirty ones first: they are in memory already.
    for (Segment* segment = region.first; segment != nullptr; segment = segment->next) {
        if (segment->dirty_count >= count) {
            const std::size_t begin = find(segment->dirty, count, slices);
            if (begin < slices_of_segment) {
                return take(segment, begin, count, clean);
            }
        }
    }
    for (Segment* segment = region.first; segment != nullptr; segment = segment->next) {
        if (segment->free_count >= count) {
            const std::size_t begin = find(segment->free, count, slices);
            if (begin < slices_of_segment) {
                return take(segment, begin, count, clean);
            }
        }
    }
    Segment* segment = new_segment();
    if (segment == nullptr) {
        return nullptr;
    }
    return take(segment, find(segment->free, count, slices), count, clean);
}

void give_slices(Page* page, std::size_t count) noexcept {
    page->kind = Kind::none;
    give(segment_of(page), index_in_segment(page), count);
}

bool extend_slices(Page* page, std::size_t old_count, std::size_t count) noexcept {
    Segment* segment = segment_of(page);
    const std::size_t begin = index_in_segment(page);
    if (begin + count > slices_of_segment ||
        next(segment->free, begin + old_count, false) < begin + count) {
        return false;
    }
    const std::size_t more = count - old_count;
    change(segment->free, begin + old_count, more, false);
    segment->free_count -= more;
    const std::size_t were_dirty = change(segment->dirty, begin + old_count, more, false);
    segment->dirty_count -= were_dirty;
    commit((more - were_dirty) * slice_bytes);
    for (std::size_t at = begin + old_count; at < begin + count; ++at) {
        segment->map[at] = page;
    }
    return true;
}

void trim_slices(Page* page, std::size_t old_count, std::size_t count) noexcept {
    give(segment_of(page), index_in_segment(page) + count, old_count - count);
}

bool purge(std::uint64_t now, bool all) noexcept {
    bool any = false;
    region.purge_at = UINT64_MAX;
    for (Segment* segment = region.first; segment != nullptr; segment = segment->next) {
        if (segment->dirty_count == 0) {
            continue;
        }
        if (!all && segment->purge_at > now) {
            region.purge_at =
                segment->purge_at < region.purge_at ? segment->purge_at : region.purge_at;
            continue;
        }
        std::size_t begin = 0;
        while ((begin = next(segment->dirty, begin, true)) < slices_of_segment) {
            const std::size_t end = next(segment->dirty, begin, false);
            os::discard(slice(segment, begin), (end - begin) * slice_bytes);
            change(segment->dirty, begin, end - begin, false);
            begin = end;
        }
        uncommit(segment->dirty_count * slice_bytes);
        segment->dirty_count = 0;
        segment->purge_at = UINT64_MAX;
        any = true;
    }
    return any;
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
