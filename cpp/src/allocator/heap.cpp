#include "heap.hpp"

#include "fault.hpp"
#include "huge.hpp"

#include <new>
#include <utility>

namespace diptych::cpp::allocator {

namespace {

constinit Guarded<Heap*> spare_heaps;

} // namespace

// ---- Construction -------------------------------------------------------------------------------

Heap* make_heap() noexcept {
    {
        const Locked locked;
        if (Heap* heap = spare_heaps.under(locked); heap != nullptr) {
            spare_heaps.under(locked) = heap->next;
            return heap;
        }
    }
    constexpr std::size_t bytes = (sizeof(Heap) + os_page_bytes - 1) & ~(os_page_bytes - 1);
    void* memory = os::map(bytes, os_page_bytes);
    if (memory == nullptr) {
        return nullptr;
    }
    commit(bytes);
    Heap* heap = ::new (memory) Heap;
    heap->chance = os::random() | 1;
    return heap;
}

void delete_heap(Heap* heap) noexcept {
    heap->destroy();
    spare_heap(heap);
}

void spare_heap(Heap* heap) noexcept {
    const Locked locked;
    heap->next = spare_heaps.under(locked);
    spare_heaps.under(locked) = heap;
}

// ---- Mutation -----------------------------------------------------------------------------------

void* Heap::take(unsigned cls) noexcept {
    const Queue& queue = queues[cls];
    // Whether the first page gave a block since it became the first.
    bool gave = true;
    for (;;) {
        Page* page = queue.first;
        if (page->has_free()) {
            const std::uintptr_t p = page->pop();
            if (p == 0) [[unlikely]] {
                fail(Fault::corrupted_block, page->free);
            }
            return pointer_to(p);
        }
        if (page != &no_page) {
            page->collect();
            if (page->has_free()) {
                continue;
            }
            if (page->has_raw()) {
                page->carve(secure ? random() : 0);
                continue;
            }
            if (std::exchange(gave, false) && queue.last != page) {
                unlink(page);
                append(page);
                continue;
            }
            if (!retire(page) || !queue.is_empty()) {
                continue;
            }
        }
        page = is_apart() ? nullptr : left_page(this, cls);
        page = page != nullptr ? page : new_page(cls);
        if (page == nullptr) {
            return nullptr;
        }
        prepend(page);
    }
}

namespace {

/// The block of a run for a request, but for the word behind it.
constexpr std::size_t run_bytes(std::size_t size) { return (size + 15) & ~std::size_t{15}; }

/// How far inside its slices it begins: behind its word, unless it has to begin where they do.
constexpr std::size_t run_begin(std::size_t align) {
    return align <= Page::run_block ? Page::run_block : align % slice_bytes;
}

} // namespace

Taken Heap::take_single(std::size_t size, std::size_t align, bool grows) noexcept {
    Taken taken{.page = nullptr, .clean = false};
    const std::size_t largest = grows ? grown_max : large_max;
    if (size > largest || align > run_align_max) {
        if (size <= size_max) {
            taken = huge_allocate(size == 0 ? 1 : size, align, grows);
        }
    } else {
        const std::size_t bytes = run_bytes(size);
        const std::size_t before = run_begin(align);
        const std::size_t slices = Page::slices_for(before, bytes);
        {
            const Locked locked;
            tick(locked);
            taken = take_slices(locked, slices, align);
            if (Page* page = taken.page; page != nullptr) {
                page->set_key(random());
                page->init_single(page->start + before, bytes, Kind::run);
            }
        } // who counts under the lock never meets half a record
        if (taken.page != nullptr) {
            taken.page->close_run();
        }
    }
    if (taken.page != nullptr && is_apart()) {
        set_aside(taken.page);
    }
    return taken;
}

void Heap::emptied(Page* page) noexcept {
    unlink(page); // not the first: that one counts itself
    release(page);
}

void Heap::welcome(Page* page) noexcept {
    page->heap = this;
    page->set_owner(tid);
    append(page);
}

void Heap::shrink() noexcept {
    for (const Queue& queue : queues) {
        for (Page* page = queue.first; page != &no_page;) {
            Page* behind = page->next == nullptr ? &no_page : page->next;
            page->collect();
            if ((page->first ? page->count() : page->used) == 0) {
                unlink(page);
                release(page);
            }
            page = behind;
        }
    }
}

void Heap::destroy() noexcept {
    for (const Queue& queue : queues) {
        while (!queue.is_empty()) {
            Page* page = queue.first;
            unlink(page);
            release(page);
        }
    }
    while (Page* page = aside.first()) {
        aside.remove(page);
        if (page->kind == Kind::huge) {
            huge_free(page);
        } else {
            release(page);
        }
    }
}

void release(Page* page) noexcept {
    const std::size_t slices =
        page->kind == Kind::many ? slices_of(page->cls) : page->slices_of_run();
    const Locked locked;
    page->set_owner(Page::nobody);
    give_slices(locked, page, slices);
    tick(locked);
}

bool resize_run(Page* page, std::size_t size) noexcept {
    const std::size_t bytes = run_bytes(size);
    const std::size_t old = page->slices_of_run();
    const std::size_t wanted = Page::slices_for(page->start % slice_bytes, bytes);
    if (wanted != old) {
        const Locked locked;
        if (wanted < old) {
            trim_slices(locked, page, old, wanted);
        } else if (!extend_slices(locked, page, old, wanted)) {
            return false;
        }
    }
    page->bytes = bytes;
    page->close_run();
    return true;
}

// ---- Slow path ----------------------------------------------------------------------------------

void Heap::set_first(unsigned cls, Page* page) noexcept {
    // CONTRACT: A6 - the queue and what leads to it directly change together.
    if (!queues[cls].is_empty()) {
        queues[cls].first->end_queue();
    }
    if (page != &no_page) {
        page->begin_queue();
    }
    queues[cls].first = page;
    const std::size_t words = bytes_of(cls) / 16;
    if (words <= direct_max / 16) {
        std::size_t word = cls == 0 ? 0 : bytes_of(cls - 1) / 16 + 1;
        for (; word <= words; ++word) {
            direct[word] = page;
        }
    }
}

void Heap::append(Page* page) noexcept {
    Queue& queue = queues[page->cls];
    page->next = nullptr;
    if (queue.is_empty()) {
        page->prev = nullptr;
        set_first(page->cls, page);
    } else {
        page->prev = queue.last;
        queue.last->next = page;
    }
    queue.last = page;
}

void Heap::prepend(Page* page) noexcept {
    Queue& queue = queues[page->cls];
    page->prev = nullptr;
    page->next = queue.is_empty() ? nullptr : queue.first;
    if (page->next == nullptr) {
        queue.last = page;
    } else {
        page->next->prev = page;
    }
    set_first(page->cls, page);
}

void Heap::unlink(Page* page) noexcept {
    Queue& queue = queues[page->cls];
    if (page->next == nullptr) {
        queue.last = page->prev == nullptr ? &no_page : page->prev;
    } else {
        page->next->prev = page->prev;
    }
    if (page->prev == nullptr) {
        set_first(page->cls, page->next == nullptr ? &no_page : page->next);
    } else {
        page->prev->next = page->next;
    }
    page->next = page->prev = nullptr;
}

void Heap::set_aside(Page* page) noexcept {
    page->heap = this;
    page->apart = true;
    aside.add(page);
}

/// A thread that only frees does not come across its pages' remote blocks: with each page that it
/// gets it looks at two others of the class.
void Heap::tend(unsigned cls) noexcept {
    for (int looks = 0; looks < 2; ++looks) {
        Page* page = queues[cls].first->next; // no_page has none
        if (page == nullptr) {
            return;
        }
        page->collect();
        unlink(page);
        if (page->used == 0) {
            release(page);
        } else {
            append(page);
        }
    }
}

/// A full page goes; false when somebody gave a block back meanwhile.
bool Heap::retire(Page* page) noexcept {
    unlink(page);
    if (is_apart()) {
        set_aside(page);
        return true;
    }
    // CONTRACT: A4, A5 - full, unlinked and without a number: the word alone decides who has it.
    page->set_owner(Page::nobody); // before it is anybody's: A4
    if (page->remote.give_up()) {
        return true;
    }
    page->set_owner(tid);
    prepend(page);
    page->collect();
    return false;
}

Page* Heap::new_page(unsigned cls) noexcept {
    const Locked locked;
    tick(locked);
    Page* page = take_slices(locked, slices_of(cls), slice_bytes).page;
    if (page != nullptr) {
        page->init(slices_of(cls), cls, random());
        page->heap = this;
        page->apart = is_apart();
        page->set_owner(tid);
    }
    return page;
}

std::uint64_t Heap::random() noexcept {
    chance ^= chance << 13; // Marsaglia's xorshift
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance * 0x2545'F491'4F6C'DD1DU;
}

} // namespace diptych::cpp::allocator
