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

/// Calls f(page) for each page in use; one that is being made is not yet.
template <class F>
void each_in_use(const Locked& locked, F f) {
    each_page(locked, [&](Page& page) {
        if (page.kind != Kind::none) {
            f(page);
        }
    });
}

/// The number of the thread that has the page, or Page::nobody, as for all runs. Its owner may be
/// changing it: what is no thread's number is taken for nobody's.
std::uintptr_t thread_of(const Page& page) {
    const std::uintptr_t owner = page.kind == Kind::many ? page.owner() : Page::nobody;
    return owner == Page::lost || owner >> address_bits != 0 ? Page::nobody : owner;
}

} // namespace

// ---- Queries ------------------------------------------------------------------------------------

Stats stats() noexcept {
    HugeCount huge;
    return count(huge);
}

Stats count(HugeCount& huge) noexcept {
    Stats stats{};
    for (unsigned cls = 0; cls < classes; ++cls) {
        stats.classes[cls].block_bytes = bytes_of(cls);
    }
    const Locked locked; // no page comes or goes
    each_in_use(locked, [&](Page& page) {
        ++stats.pages;
        const std::size_t blocks = page.blocks();
        stats.live_blocks += blocks;
        stats.live_bytes += blocks * page.usable();
        if (page.kind == Kind::many) {
            stats.classes[page.cls].live_blocks += blocks;
            ++stats.classes[page.cls].pages;
        }
    });
    huge = huge_count(locked);
    stats.live_blocks += huge.blocks;
    stats.live_bytes += huge.bytes;
    stats.pages += huge.blocks;
    stats.committed_bytes = region.committed.load(std::memory_order_relaxed);
    stats.peak_committed_bytes = region.committed_peak.load(std::memory_order_relaxed);
    stats.reserved_bytes = region.reserved.load(std::memory_order_relaxed);
    stats.threads = thread_count();
    return stats;
}

namespace {

/// What a thread holds, Page::nobody for what no thread does; `next` is the next number of one, or
/// stays as it was.
ThreadStats count_thread(std::uintptr_t thread, std::uintptr_t& next) {
    ThreadStats of_thread{};
    const Locked locked;
    each_in_use(locked, [&](Page& page) {
        const std::uintptr_t owner = thread_of(page);
        if (owner == thread) {
            const std::size_t blocks = page.blocks();
            ++of_thread.pages;
            of_thread.live_blocks += blocks;
            of_thread.live_bytes += blocks * page.usable();
        } else if (owner > thread && owner < next) {
            next = owner;
        }
    });
    if (thread == Page::nobody) {
        const HugeCount huge = huge_count(locked);
        of_thread.pages += huge.blocks;
        of_thread.live_blocks += huge.blocks;
        of_thread.live_bytes += huge.bytes;
    }
    return of_thread;
}

} // namespace

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

void visit_threads_raw(ThreadVisitor visitor, void* context) {
    for (std::uintptr_t thread = Page::nobody; thread != UINTPTR_MAX;) {
        std::uintptr_t next = UINTPTR_MAX;
        const ThreadStats of_thread = count_thread(thread, next);
        if (thread == Page::nobody || of_thread.pages != 0) {
            visitor(context, thread, of_thread);
        }
        thread = next;
    }
}

} // namespace diptych::cpp::allocator
