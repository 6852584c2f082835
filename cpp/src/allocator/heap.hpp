// heap.hpp - the pages of one thread, or of a heap that a program made for itself.
//
//  Heap
//  +-----------------------+      +------+   +------+   +------+
//  | direct[0..64]         |----->| page |<->| page |<->| page |   each has room, or had some
//  | queues[66] first last |--+-->+------+   +------+   +------+
//  +-----------------------+
//
// A full page goes behind the others once, as it is likely to get blocks back; if it has none when
// its turn comes again it leaves the queue. A thread's has no owner then: whoever frees one of its
// blocks takes it over (A4, A5).
#pragma once

#include "page_list.hpp"
#include "segment.hpp"
#include "size_class.hpp"

namespace diptych::cpp::allocator {

struct Queue {
    Page* first = &no_page;
    Page* last = &no_page;

    [[nodiscard]] bool is_empty() const noexcept { return first == &no_page; }
};

struct Heap {
    /// The first page for blocks of more than (w - 1) * 16 bytes, and up to w * 16.
    Page* direct[direct_max / 16 + 1];
    Queue queues[classes];
    /// Of its pages: the thread's number, or Page::nobody for a heap that is no thread's.
    std::uintptr_t tid = Page::nobody;
    std::uint64_t chance = 0;
    /// Full pages and single blocks of a heap that is no thread's.
    PageList aside;
    /// Among spare heaps.
    Heap* next = nullptr;

    constexpr Heap() noexcept {
        for (Page*& page : direct) {
            page = &no_page;
        }
    }

    [[nodiscard]] bool is_apart() const noexcept { return tid == Page::nobody; }

    /// A block of the class; null: no memory.
    void* take(unsigned cls) noexcept;
    /// A block of whole slices, or a huge one. No page: no memory. `grows`: it was reallocated to
    /// be larger, and is likely to be so again.
    Taken take_single(std::size_t size, std::size_t align, bool grows) noexcept;
    /// A page of this heap has lost its last block.
    void emptied(Page* page) noexcept;
    /// A page that was full has a free block again.
    void welcome(Page* page) noexcept;
    /// Pages without blocks in use go back.
    void shrink() noexcept;
    /// All pages go back, whatever is in use.
    void destroy() noexcept;

    // The slow path.
    void set_first(unsigned cls, Page* page) noexcept;
    void append(Page* page) noexcept;
    void prepend(Page* page) noexcept;
    void unlink(Page* page) noexcept;
    void set_aside(Page* page) noexcept;
    void tend(unsigned cls) noexcept;
    bool retire(Page* page) noexcept;
    Page* new_page(unsigned cls) noexcept;
    std::uint64_t random() noexcept;
};

/// For a thread, or a program's own use; null: no memory.
Heap* make_heap() noexcept;
void delete_heap(Heap* heap) noexcept;
/// One without pages is kept for whoever makes the next.
void spare_heap(Heap* heap) noexcept;

/// A page or a run gives its slices back.
void release(Page* page) noexcept;
/// A run with another size that fits its place: true.
bool resize_run(Page* page, std::size_t size) noexcept;

} // namespace diptych::cpp::allocator
