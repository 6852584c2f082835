#include "heap.hpp"

#include "fault.hpp"
#include "huge.hpp"

#include <new>
#include <pthread.h>

namespace diptych::cpp::allocator {

constinit Heap no_heap;
constinit Heap ended_heap;
constinit thread_local Heap* thread_heap = &no_heap;

namespace {

// ---- What threads share, under the region lock --------------------------------------------------
constinit Heap* spare_heaps = nullptr;
constinit std::atomic<std::size_t> threads{0};
/// Pages that threads left behind, by class. Atomic to be looked at without the lock.
constinit std::atomic<Page*> left[classes] = {};

void list_left(Page* page) {
    page->prev = nullptr;
    page->next = left[page->cls].load(std::memory_order_relaxed);
    if (page->next != nullptr) {
        page->next->prev = page;
    }
    left[page->cls].store(page, std::memory_order_relaxed);
    page->listed.store(true, std::memory_order_relaxed);
}

void unlist_left(Page* page) {
    if (page->prev == nullptr) {
        left[page->cls].store(page->next, std::memory_order_relaxed);
    } else {
        page->prev->next = page->next;
    }
    if (page->next != nullptr) {
        page->next->prev = page->prev;
    }
    page->next = page->prev = nullptr;
    page->listed.store(false, std::memory_order_release); // with adopt: the links are written
}

/// What was to be purged by now is.
void tick() {
    if (region.purge_at != UINT64_MAX) {
        if (const std::uint64_t now = os::now(); now >= region.purge_at) {
            purge(now, false);
            huge_purge(now, false);
        }
    }
}

std::size_t slices_in(std::size_t bytes) { return (bytes + slice_bytes - 1) / slice_bytes; }

/// The block of a run for a request, but for the word behind it.
std::size_t run_bytes(std::size_t size) { return (size + 15) & ~std::size_t{15}; }

void release(Page* page) {
    const std::size_t slices =
        page->kind == Kind::many ? slices_of(page->cls) : page->slices_of_run();
    const Locked locked;
    page->set_owner(Page::nobody);
    give_slices(page, slices);
    tick();
}

/// To whoever wants it; back to the region if all of its blocks came back.
void leave_page(Page* page) {
    for (;;) {
        page->collect();
        if (page->used == 0) {
            release(page);
            return;
        }
        // A block that comes now has not made anybody the owner, and may have been the last.
        const Locked locked;
        list_left(page);
        if (page->remote.give_up()) {
            return;
        }
        unlist_left(page);
    }
}

// ---- Threads that end, and forks ----------------------------------------------------------------
pthread_key_t exit_key;

void thread_ends(void* heap) {
    thread_heap = &ended_heap;
    static_cast<Heap*>(heap)->leave();
    const Locked locked;
    static_cast<Heap*>(heap)->next = spare_heaps;
    spare_heaps = static_cast<Heap*>(heap);
    threads.fetch_sub(1, std::memory_order_relaxed);
}

/// In a child there is one thread. Another may get the number of one that was left behind, and must
/// not take its pages, which nobody will ever put in order, for its own.
void lose_pages_of_others() {
    for (Segment* segment = region.first; segment != nullptr; segment = segment->next) {
        for (std::size_t at = header_slices; at < slices_of_segment; ++at) {
            Page& page = segment->records[at];
            if (segment->map[at] == &page && page.owner() != Page::nobody &&
                page.owner() != os::thread_number()) {
                page.set_owner(Page::lost);
            }
        }
    }
    threads.store(has_pages(thread_heap) ? 1 : 0, std::memory_order_relaxed);
}

void forked() {
    region.forking.store(0, std::memory_order_relaxed);
    region.lock.unlock();
}

void watch_threads_and_forks() {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    ::pthread_once(&once, [] {
        ::pthread_key_create(&exit_key, thread_ends);
        ::pthread_atfork(
            [] {
                region.lock.lock();
                region.forking.store(os::thread_number(), std::memory_order_relaxed);
            },
            [] { forked(); },
            [] {
                lose_pages_of_others();
                forked();
            });
    });
}

} // namespace

// ---- Construction -------------------------------------------------------------------------------

Heap* make_heap() noexcept {
    {
        const Locked locked;
        if (Heap* heap = spare_heaps; heap != nullptr) {
            spare_heaps = heap->next;
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

Heap* make_thread_heap() noexcept {
    Heap* heap = make_heap();
    if (heap == nullptr) {
        return nullptr;
    }
    heap->tid = os::thread_number();
    // First this: what follows may allocate.
    thread_heap = heap;
    threads.fetch_add(1, std::memory_order_relaxed);
    watch_threads_and_forks();
    ::pthread_setspecific(exit_key, heap);
    return heap;
}

void delete_heap(Heap* heap) noexcept {
    heap->destroy();
    const Locked locked;
    heap->next = spare_heaps;
    spare_heaps = heap;
}

// ---- Mutation -----------------------------------------------------------------------------------

void* Heap::take(unsigned cls) noexcept {
    for (;;) {
        Page* page = queues[cls].first;
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
                page->carve();
                continue;
            }
            if (!retire(page)) {
                continue;
            }
            if (queues[cls].first != &no_page) {
                continue;
            }
        }
        page = left_page(cls);
        page = page != nullptr ? page : new_page(cls);
        if (page == nullptr) {
            return nullptr;
        }
        prepend(page);
    }
}

void* Heap::take_single(std::size_t size, std::size_t align, bool& zeroed) noexcept {
    if (size > large_max || align > large_max) {
        void* block = size > size_max ? nullptr : huge_allocate(size, align, zeroed);
        if (block != nullptr && is_apart()) {
            set_aside(page_of(address_of(block)));
        }
        return block;
    }
    const std::size_t bytes = run_bytes(size);
    const std::size_t before = align <= Page::run_block ? Page::run_block : 0;
    Page* page = nullptr;
    {
        const Locked locked;
        tick();
        page = take_slices(slices_in(before + bytes + Page::word_bytes), align, zeroed);
    }
    if (page == nullptr) {
        return nullptr;
    }
    page->key = random() | Page::key_min;
    page->init_single(page->start + before, bytes, Kind::run);
    page->close_run();
    if (is_apart()) {
        set_aside(page);
    }
    return pointer_to(page->start);
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

void adopt(Page* page) noexcept {
    // Who left it listed it before it could be taken over: false is true. With unlist_left.
    if (page->listed.load(std::memory_order_acquire)) {
        const Locked locked;
        if (page->listed.load(std::memory_order_relaxed)) {
            unlist_left(page);
        }
    }
    page->collect();
    if (page->used == 0) {
        release(page);
        return;
    }
    Heap* heap = thread_heap;
    if (heap == &no_heap) {
        heap = make_thread_heap(); // a thread that only frees: it will free more of this page
    }
    if (heap != nullptr && heap != &ended_heap) {
        if (page->heap != heap) {
            heap->tend(page->cls);
        }
        heap->welcome(page);
        return;
    }
    leave_page(page);
}

void free_run(Page* page) noexcept { release(page); }

bool resize_run(Page* page, std::size_t size) noexcept {
    const std::size_t bytes = run_bytes(size);
    const std::size_t old = page->slices_of_run();
    const std::size_t wanted = slices_in(page->start % slice_bytes + bytes + Page::word_bytes);
    if (wanted != old) {
        const Locked locked;
        if (wanted < old) {
            trim_slices(page, old, wanted);
        } else if (!extend_slices(page, old, wanted)) {
            return false;
        }
    }
    page->bytes = bytes;
    page->close_run();
    return true;
}

void Heap::shrink() noexcept {
    for (const Queue& queue : queues) {
        for (Page* page = queue.first; page != &no_page;) {
            Page* behind = page->next == nullptr ? &no_page : page->next;
            page->collect();
            if (page->first) {
                page->count();
            }
            const bool empty = page->used == 0;
            if (page->first) {
                page->used = Page::uncounted;
            }
            if (empty) {
                unlink(page);
                release(page);
            }
            page = behind;
        }
    }
}

void Heap::leave() noexcept {
    shrink();
    for (const Queue& queue : queues) {
        while (queue.first != &no_page) {
            Page* page = queue.first;
            unlink(page);
            page->set_owner(Page::nobody);
            page->heap = nullptr;
            leave_page(page);
        }
    }
    tid = Page::nobody;
}

void Heap::destroy() noexcept {
    for (const Queue& queue : queues) {
        while (queue.first != &no_page) {
            Page* page = queue.first;
            unlink(page);
            release(page);
        }
    }
    while (aside != nullptr) {
        Page* page = aside;
        take_back(page);
        if (page->kind == Kind::huge) {
            huge_free(page);
        } else {
            release(page);
        }
    }
}

bool trim() noexcept {
    if (has_pages(thread_heap)) {
        thread_heap->shrink();
    }
    const Locked locked;
    const bool slices = purge(0, true);
    return huge_purge(0, true) || slices;
}

// ---- Slow path ----------------------------------------------------------------------------------

void Heap::set_first(unsigned cls, Page* page) noexcept {
    // CONTRACT: A6 - the queue and what leads to it directly change together.
    if (Page* before = queues[cls].first; before != &no_page) {
        before->first = false;
        before->count();
    }
    if (page != &no_page) {
        page->first = true;
        page->used = Page::uncounted;
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
    if (queue.last == &no_page) {
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
    page->next = queue.first == &no_page ? nullptr : queue.first;
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
    page->listed.store(true, std::memory_order_relaxed);
    page->prev = nullptr;
    page->next = aside;
    if (aside != nullptr) {
        aside->prev = page;
    }
    aside = page;
}

void Heap::take_back(Page* page) noexcept {
    if (page->prev == nullptr) {
        aside = page->next;
    } else {
        page->prev->next = page->next;
    }
    if (page->next != nullptr) {
        page->next->prev = page->prev;
    }
    page->next = page->prev = nullptr;
    page->listed.store(false, std::memory_order_relaxed);
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

// CONTRACT: A4, A5 - full, unlinked and without a number: the word alone decides who has it.

/// A full page goes; false when somebody gave a block back meanwhile.
bool Heap::retire(Page* page) noexcept {
    unlink(page);
    if (is_apart()) {
        set_aside(page);
        return true;
    }
    page->set_owner(Page::nobody); // before it is anybody's: A4
    if (page->remote.give_up()) {
        return true;
    }
    page->set_owner(tid);
    prepend(page);
    page->collect();
    return false;
}

/// A page that an ended thread left, with room.
Page* Heap::left_page(unsigned cls) noexcept {
    if (is_apart()) {
        return nullptr;
    }
    while (left[cls].load(std::memory_order_relaxed) != nullptr) {
        // Under the lock up to the claim: a page in the list has slices of its own.
        const Locked locked;
        Page* page = left[cls].load(std::memory_order_relaxed);
        if (page == nullptr) {
            break;
        }
        unlist_left(page);
        // Whoever freed a block of it a moment ago has it instead.
        if (page->remote.claim()) {
            page->heap = this;
            page->set_owner(tid);
            return page;
        }
    }
    return nullptr;
}

Page* Heap::new_page(unsigned cls) noexcept {
    Page* page = nullptr;
    bool clean = false;
    {
        const Locked locked;
        tick();
        page = take_slices(slices_of(cls), slice_bytes, clean);
    }
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

std::size_t thread_count() noexcept { return threads.load(std::memory_order_relaxed); }

} // namespace diptych::cpp::allocator
