// segment.hpp - where pages come from: 32 MiB at a time, 16 KiB slices, under one lock.
//
//  segment_map[p >> 25]      segment, aligned to 32 MiB
//  +---+---+---+---+        +-----------+-----------+----------------+-------+- - -
//  | 0 | 0 | * | 0 |------->| map[2048] | records   | free and dirty | guard | slices
//  +---+---+---+---+        +-----------+-----------+----------------+-------+- - -
//                             page of each slice
#pragma once

#include "config.hpp"
#include "os.hpp"
#include "page.hpp"
#include "slice_set.hpp"

namespace diptych::cpp::allocator {

/// The entries for 16 KiB pieces of one 32 MiB piece of address space.
using SliceMap = Page* [slices_of_segment];

struct Segment {
    SliceMap map;
    Page records[slices_of_segment];
    SliceSet free;
    SliceSet dirty;
    /// When the dirty ones are to go.
    std::uint64_t purge_at;
    Segment* next;
    /// How many were made before.
    std::size_t number;
};

/// Behind the header: a page that faults, and one that can be read, as somebody may look for the
/// word before the first slice.
inline constexpr std::size_t guard_offset = header_slices * slice_bytes - 2 * os_page_bytes;

static_assert(sizeof(Segment) <= guard_offset);

/// What the region lock is for.
struct Segments {
    Segment* first = nullptr;
    Segment* last = nullptr;
    /// Those before it are full: nobody has to look there.
    Segment* open = nullptr;
    /// Dirty slices of all.
    std::size_t dirty_count = 0;
    /// The earliest of all purge_at.
    std::uint64_t purge_at = UINT64_MAX;

    void purge_by(std::uint64_t time) noexcept { purge_at = time < purge_at ? time : purge_at; }
};

/// What all threads share.
struct Region {
    os::Lock lock;
    /// The thread that is forking, and holds the lock while it does: others' fork handlers
    /// allocate.
    std::atomic<std::uintptr_t> forking{0};
    Segments segments; // reached through Locked alone
    /// Bytes taken and not known to be clean, and the most there ever were.
    std::atomic<std::size_t> committed{0};
    std::atomic<std::size_t> committed_peak{0};
    std::atomic<std::size_t> reserved{0};
};

extern Region region;

/// The region lock, as long as it lives. A function that is given one needs the lock.
class [[nodiscard]] Locked {
public:
    Locked() noexcept : locks_(region.forking.load(std::memory_order_relaxed) != thread_number()) {
        if (locks_) {
            region.lock.lock();
        }
    }
    ~Locked() {
        if (locks_) {
            region.lock.unlock();
        }
    }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;

    Segments* operator->() const noexcept { return &region.segments; }

private:
    bool locks_;
};

/// Something else that is seen under the region lock alone.
template <class T>
class Guarded {
public:
    constexpr Guarded() noexcept = default;
    T& under(const Locked&) noexcept { return value_; }

private:
    T value_{};
};

/// What slices of no page lead to: nobody's, and of no kind.
extern Page no_page;

/// An atomic that is zero without a constructor: to see that an array of a million std::atomics is
/// all zero, a compiler would have to run a million of theirs, and clang++ refuses.
template <class T>
struct Zero {
    T value;

    [[gnu::always_inline]] T load(std::memory_order order) noexcept {
        return std::atomic_ref(value).load(order);
    }
    void store(T wanted, std::memory_order order) noexcept {
        std::atomic_ref(value).store(wanted, order);
    }
};

/// For each 32 MiB of address space, where the entry for address 0 would lie if its slice map
/// reached down to it; 0 where there is nothing of ours.
extern Zero<std::uintptr_t> segment_map[std::size_t{1} << (address_bits - segment_shift)];

/// The same for blocks that begin there and have no segment; apart, so that the fast path, which
/// reads the word before a block, never meets a block without one.
extern Zero<Page*> huge_map[std::size_t{1} << (address_bits - segment_shift)];

/// The slice map for an address, as segment_map has it; 0 when nothing of ours is there.
[[gnu::always_inline]] inline std::uintptr_t slice_map_of(std::uintptr_t p) noexcept {
    return segment_map[p >> segment_shift].load(std::memory_order_relaxed);
}

/// The page of an address; no_page when there is none. `map` is what slice_map_of has for it.
[[gnu::always_inline]] inline Page* page_in(std::uintptr_t map, std::uintptr_t p) noexcept {
    return reinterpret_cast<Page* const*>(map)[p >> slice_shift];
}

/// Of any block, huge ones too; null when nothing of ours is there. Behind a huge block, up to the
/// next 32 MiB, it is still that one's: who asks for a block compares where it starts.
inline Page* page_of(std::uintptr_t p) noexcept {
    if (p >> address_bits != 0) {
        return nullptr; // neither map reaches there
    }
    const std::uintptr_t map = slice_map_of(p);
    return map != 0 ? page_in(map, p)
                    : huge_map[p >> segment_shift].load(std::memory_order_relaxed);
}

/// The record of slices that were taken.
struct Taken {
    Page* page;
    /// They read as zero.
    bool clean;
};

/// A run of `count` slices that begins at a multiple of `align` bytes. No page: no memory.
Taken take_slices(const Locked& locked, std::size_t count, std::size_t align) noexcept;
/// Gives them back.
void give_slices(const Locked& locked, Page* page, std::size_t count) noexcept;
/// A run that grows to `count` slices where it lies, if the next are free.
bool extend_slices(const Locked& locked, Page* page, std::size_t old_count,
                   std::size_t count) noexcept;
/// A run keeps its first `count` slices.
void trim_slices(const Locked& locked, Page* page, std::size_t old_count,
                 std::size_t count) noexcept;
/// Gives dirty slices to the kernel whose time has come, or all.
bool purge(const Locked& locked, std::uint64_t now, bool all) noexcept;
/// What was to be purged by now is.
void tick(const Locked& locked) noexcept;

/// visit(page) for each page of all segments.
template <class Visit>
void each_page(const Locked& locked, Visit&& visit) {
    for (Segment* segment = locked->first; segment != nullptr; segment = segment->next) {
        for (std::size_t at = header_slices; at < slices_of_segment; ++at) {
            // A run of slices has the record of its first.
            if (Page& page = segment->records[at]; segment->map[at] == &page) {
                visit(page);
            }
        }
    }
}

/// Counts bytes that the program makes use of from now on, or no longer.
void commit(std::size_t bytes) noexcept;
void uncommit(std::size_t bytes) noexcept;

} // namespace diptych::cpp::allocator
