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
    page.each_block([&](std::uintptr_t p) {
        if (page.is_in_use(p)) {
            const std::uintptr_t begin = handed_out(page, p);
            visitor(context, pointer_to(begin), page.usable() - (begin - p));
        }
    });
}

} // namespace

// ---- Queries ------------------------------------------------------------------------------------

Stats stats() noexcept {
    Stats stats{};
    for (unsigned cls = 0; cls < classes; ++cls) {
        stats.classes[cls].block_bytes = bytes_of(cls);
    }
    const Locked locked; // no page comes or goes
    each_page(locked, [&](Page& page) {
        ++stats.pages;
        const std::size_t blocks = page.blocks();
        stats.live_blocks += blocks;
        stats.live_bytes += blocks * page.usable();
        if (page.kind == Kind::many) {
            stats.classes[page.cls].live_blocks += blocks;
            ++stats.classes[page.cls].pages;
        }
    });
    const HugeCount huge = huge_count(locked);
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
    for (Page* page = heap.aside.first(); page != nullptr; page = page->next) {
        visit_page(*page, visitor, context);
    }
}

} // namespace diptych::cpp::allocator
