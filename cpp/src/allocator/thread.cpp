#include "heap.hpp"

#include "huge.hpp"

#include <new>
#include <pthread.h>

namespace diptych::cpp::allocator {

// ---- The calling thread -------------------------------------------------------------------------

constinit Heap no_heap;
alignas(Heap) constinit std::byte ended_heap[sizeof(Heap)]{};
constinit thread_local Heap* thread_heap = &no_heap;

// ---- Pages that nobody owns, under the region lock ----------------------------------------------

namespace {

constinit PageList left[classes];

/// To whoever wants it; back to the region if all of its blocks came back.
void leave_page(Page* page) {
    for (;;) {
        page->collect();
        if (page->used == 0) {
            release(page);
            return;
        }
        if (page->is_full()) {
            if (page->remote.give_up()) {
                return; // to whoever frees one of its blocks
            }
            continue;
        }
        // A block that comes now has not made anybody the owner, and may have been the last.
        const Locked locked;
        left[page->cls].add(page);
        if (page->remote.give_up()) {
            return;
        }
        left[page->cls].remove(page);
    }
}

/// All pages of a thread that ends go: back, or, if they have blocks in use, to whoever wants them.
void leave_pages(Heap* heap) {
    heap->shrink();
    for (const Queue& queue : heap->queues) {
        while (!queue.is_empty()) {
            Page* page = queue.first;
            heap->unlink(page);
            page->set_owner(Page::nobody);
            page->heap = nullptr;
            leave_page(page);
        }
    }
    heap->tid = Page::nobody;
}

} // namespace

Page* left_page(Heap* heap, unsigned cls) noexcept {
    while (left[cls].first() != nullptr) {
        // Under the lock up to the claim: a page in the list has slices of its own.
        const Locked locked;
        Page* page = left[cls].first();
        if (page == nullptr) {
            break;
        }
        left[cls].remove(page);
        // Whoever freed a block of it a moment ago has it instead.
        if (page->remote.claim()) {
            page->heap = heap;
            page->set_owner(heap->tid);
            return page;
        }
    }
    return nullptr;
}

void adopt(Page* page) noexcept {
    // Who left it listed it before it could be taken over: false is true. With PageList::remove.
    if (page->listed.load(std::memory_order_acquire)) {
        const Locked locked;
        if (page->listed.load(std::memory_order_relaxed)) {
            left[page->cls].remove(page);
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
    if (heap == nullptr || !has_pages(heap)) {
        leave_page(page);
        return;
    }
    if (page->heap != heap) {
        heap->tend(page->cls);
    }
    heap->welcome(page);
}

// ---- Threads that end, and forks ----------------------------------------------------------------

namespace {

constinit std::atomic<std::size_t> threads{0};

/// No key is the largest number, so that nothing is set where none could be made.
constinit std::atomic<pthread_key_t> exit_key{~pthread_key_t{0}};

void make_ended_heap() { ::new (ended_heap) Heap; }

void thread_ends(void* heap) {
    static pthread_once_t ended = PTHREAD_ONCE_INIT;
    ::pthread_once(&ended, make_ended_heap);
    thread_heap = std::launder(reinterpret_cast<Heap*>(ended_heap));
    leave_pages(static_cast<Heap*>(heap));
    spare_heap(static_cast<Heap*>(heap));
    threads.fetch_sub(1, std::memory_order_relaxed);
}

void before_fork() {
    region.lock.lock();
    region.forking.store(thread_number(), std::memory_order_relaxed);
}

void after_fork_in_parent() {
    region.forking.store(0, std::memory_order_relaxed);
    region.lock.unlock();
}

/// In a child there is one thread. Another may get the number of one that was left behind, and must
/// not take its pages, which nobody will ever put in order, for its own.
void lose_pages_of_others(const Locked& locked) {
    each_page(locked, [](Page& page) {
        if (page.owner() != Page::nobody && page.owner() != thread_number()) {
            page.set_owner(Page::lost);
        }
    });
    threads.store(has_pages(thread_heap) ? 1 : 0, std::memory_order_relaxed);
}

void after_fork_in_child() {
    lose_pages_of_others(Locked());
    after_fork_in_parent();
}

void watch() {
    pthread_key_t key = 0;
    if (::pthread_key_create(&key, thread_ends) == 0) {
        exit_key.store(key, std::memory_order_relaxed);
    }
    ::pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/// What `watch` allocates comes from this thread's heap, which is there already.
void watch_threads_and_forks() {
    static pthread_once_t watched = PTHREAD_ONCE_INIT;
    ::pthread_once(&watched, watch);
}

} // namespace

std::size_t thread_count() noexcept { return threads.load(std::memory_order_relaxed); }

// ---- Construction -------------------------------------------------------------------------------

Heap* make_thread_heap() noexcept {
    Heap* heap = make_heap();
    if (heap == nullptr) {
        return nullptr;
    }
    heap->tid = thread_number();
    // First this: what follows may allocate.
    thread_heap = heap;
    threads.fetch_add(1, std::memory_order_relaxed);
    watch_threads_and_forks();
    ::pthread_setspecific(exit_key.load(std::memory_order_relaxed), heap);
    return heap;
}

// ---- Mutation -----------------------------------------------------------------------------------

bool trim() noexcept {
    if (has_pages(thread_heap)) {
        thread_heap->shrink();
    }
    const Locked locked;
    const bool slices = purge(locked, 0, true);
    return huge_purge(locked, 0, true) || slices;
}

} // namespace diptych::cpp::allocator
