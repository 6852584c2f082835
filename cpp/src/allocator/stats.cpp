#include "stats.hpp"

#include "huge.hpp"
#include "size_class.hpp"

namespace diptych::cpp::allocator {

static_assert(class_count == classes);

namespace {

/// Where a block in use was handed out: at its beginning, or, if it had to be aligned, inside.
std::uintptr_t handed_out(const Page& page, std::uintptr_t block) {
    for (std::size_t align = 32; align <= slice_bytes; align *= 2) {
        const std::uintptr_t p = (block + align - 1) & ~(align - 1);
        if (p != block && p - block < page.usable() && page.block_of(p) == block) {
            return p;
        }
    }
    return block;
}

void visit_page(const Page& page, void (*visitor)(void*, void*, std::size_t), void* context) {
    if (page.kind != Kind::many) {
        visitor(context, pointer_to(page.start), page.bytes);
        return;
    }
    for (std::uintptr_t p = page.start + Page::first_block;
         p < page.raw.load(std::memory_order_relaxed); p += page.size) {
        if (page.is_in_use(p)) {
            const std::uintptr_t begin = handed_out(page, p);
            visitor(context, pointer_to(begin), page.usable() - (begin - p));
        }
    }
}

/// Another thread may be at it: the count is one that was true a moment ago, or will be.
std::size_t used_of(Page& page) {
    if (!page.first) {
        return std::atomic_ref(page.used).load(std::memory_order_relaxed);
    }
    // Nobody counts there: the words tell.
    std::size_t used = 0;
    const std::uintptr_t raw = page.raw.load(std::memory_order_relaxed);
    for (std::uintptr_t p = page.start + Page::first_block; p < raw; p += page.size) {
        used += std::atomic_ref(Page::word(p)).load(std::memory_order_relaxed) == (page.key ^ p);
    }
    return used;
}

} // namespace

// ---- Queries ------------------------------------------------------------------------------------

Stats stats() noexcept {
    Stats stats{};
    for (unsigned cls = 0; cls < classes; ++cls) {
        stats.classes[cls].block_bytes = bytes_of(cls);
    }
    const Locked locked; // no page comes or goes
    for (Segment* segment = region.first; segment != nullptr; segment = segment->next) {
        for (std::size_t at = header_slices; at < slices_of_segment; ++at) {
            Page& page = segment->records[at];
            if (segment->map[at] != &page) {
                continue;
            }
            ++stats.pages;
            const std::size_t blocks = used_of(page);
            stats.live_blocks += blocks;
            stats.live_bytes += blocks * page.usable();
            if (page.kind == Kind::many) {
                stats.classes[page.cls].live_blocks += blocks;
                ++stats.classes[page.cls].pages;
            }
        }
    }
    const HugeCount huge = huge_count();
    stats.live_blocks += huge.blocks;
    stats.live_bytes += huge.bytes;
    stats.pages += huge.blocks;
    stats.committed_bytes = region.committed.load(std::memory_order_relaxed);
    stats.peak_committed_bytes = region.committed_peak.load(std::memory_order_relaxed);
    stats.reserved_bytes = region.reserved.load(std::memory_order_relaxed);
    stats.threads = thread_count();
    return stats;
}

// ---- Iteration ----------------------------------------------------------------------------------

void visit(const Heap& heap, void (*visitor)(void*, void*, std::size_t), void* context) {
    for (const Queue& queue : heap.queues) {
        for (Page* page = queue.first; page != &no_page && page != nullptr; page = page->next) {
            visit_page(*page, visitor, context);
        }
    }
    for (Page* page = heap.aside; page != nullptr; page = page->next) {
        visit_page(*page, visitor, context);
    }
}

} // namespace diptych::cpp::allocator
