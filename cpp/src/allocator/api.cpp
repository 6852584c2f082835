#include "api.hpp"

#include "diptych/allocator.hpp"
#include "fault.hpp"
#include "huge.hpp"

#include <cerrno>
#include <cstring>

namespace diptych::cpp::allocator {

namespace {

std::uintptr_t address_of(const void* p) {
    return reinterpret_cast<std::uintptr_t>(p);
}

/// No memory.
void* none() {
    errno = ENOMEM;
    return nullptr;
}

/// The heap itself, or this thread's, made now; null: no memory.
Heap* real(Heap* heap) {
    return heap == &no_heap ? make_thread_heap() : heap;
}

/// The slice once belonged to a page that is gone.
bool was_used(std::uintptr_t p) {
    const auto* segment = reinterpret_cast<const Segment*>(p & ~(segment_bytes - 1));
    return segment->records[(p & (segment_bytes - 1)) >> slice_shift].start != 0;
}

/// The page of a block in use, or the end.
Page* page_in_use(void* p, Fault fault) {
    Page* page = page_of(address_of(p));
    if (page == nullptr) {
        fail(fault, p);
    }
    const bool good = page->kind == Kind::many
                          ? page->is_block(address_of(p)) && !page->is_marked(static_cast<Block*>(p))
                          : page->kind != Kind::none && page->start == address_of(p);
    if (!good) {
        fail(fault, p);
    }
    return page;
}

void free_single(Page* page) {
    if (page->apart) {
        page->heap->take_back(page);
        page->apart = false;
    }
    if (page->kind == Kind::huge) {
        huge_free(page);
    } else {
        free_run(page);
    }
}

} // namespace

// ---- Slow paths -----------------------------------------------------------------------------

void* allocate_slow(Heap* heap, std::size_t size) noexcept {
    heap = real(heap);
    if (heap == nullptr) {
        return none();
    }
    bool zeroed = false;
    void* block = size <= medium_max ? heap->take(class_of(size))
                                     : heap->take_single(size, os_page_bytes, zeroed);
    return block != nullptr ? block : none();
}

void refuse_free(Page* page, void* p) noexcept {
    if (page == nullptr) {
        fail(Fault::invalid_free, p);
    }
    switch (page->kind) {
    case Kind::none: fail(was_used(address_of(p)) ? Fault::double_free : Fault::invalid_free, p);
    case Kind::many: fail(page->is_block(address_of(p)) ? Fault::double_free : Fault::invalid_free, p);
    case Kind::run:
    case Kind::huge: fail(Fault::invalid_free, p);
    }
    fail(Fault::invalid_free, p);
}

void deallocate_slow(Page* page, void* p) noexcept {
    if (p == nullptr) {
        return;
    }
    if (page == nullptr || page->kind == Kind::none || page->apart) {
        refuse_free(page, p);
    }
    if (page->kind != Kind::many) {
        if (page->start != address_of(p)) {
            refuse_free(page, p);
        }
        free_single(page);
        return;
    }
    auto* block = static_cast<Block*>(p);
    if ((check_bounds && !page->is_block(address_of(p))) ||
        (check_double && page->is_marked(block))) {
        refuse_free(page, p);
    }
    const bool mine = page->remote.push(address_of(p), [&](std::uintptr_t next) {
        page->mark(block, next == 0 ? page->end_of_list() : next);
    });
    if (mine) {
        adopt(page);
    }
}

// ---- Mutation -------------------------------------------------------------------------------

void* allocate_zeroed_from(Heap* heap, std::size_t size) noexcept {
    if (size <= medium_max) {
        void* block = allocate_from(heap, size);
        if (block != nullptr) [[likely]] {
            std::memset(block, 0, size);
        }
        return block;
    }
    heap = real(heap);
    if (heap == nullptr) {
        return none();
    }
    bool zeroed = false;
    void* block = heap->take_single(size, os_page_bytes, zeroed);
    if (block == nullptr) {
        return none();
    }
    return zeroed ? block : std::memset(block, 0, size);
}

void* allocate_aligned_from(Heap* heap, std::size_t size, std::size_t align) noexcept {
    if (align <= 16) {
        return allocate_from(heap, size);
    }
    heap = real(heap);
    if (heap == nullptr || size > size_max - align) {
        return none();
    }
    const unsigned cls = align > slice_bytes ? classes : class_of_aligned(size, align);
    bool zeroed = false;
    void* block = cls < classes ? heap->take(cls) : heap->take_single(size, align, zeroed);
    return block != nullptr ? block : none();
}

void* reallocate_in(Heap* heap, void* p, std::size_t size) noexcept {
    if (p == nullptr) {
        return allocate_from(heap, size);
    }
    Page* page = page_in_use(p, Fault::invalid_realloc);
    const std::size_t there = page->block_bytes();
    if (size <= there && size >= there / 2) {
        return p; // no other class is so much better
    }
    if (size == 0) {
        page->apart ? deallocate_to(page->heap, p) : deallocate_here(p);
        return nullptr;
    }
    if (size > size_max) {
        return none();
    }
    if (page->kind == Kind::huge && size > large_max) {
        void* moved = huge_resize(page, size);
        return moved != nullptr ? moved : none();
    }
    if (page->kind == Kind::run && size > medium_max && size <= large_max &&
        resize_run(page, size)) {
        return p;
    }
    void* block = allocate_from(heap, size);
    if (block == nullptr) {
        return size < there ? p : nullptr;
    }
    std::memcpy(block, p, size < there ? size : there);
    page->apart ? deallocate_to(page->heap, p) : deallocate_here(p);
    return block;
}

void deallocate_to(Heap* heap, void* p) noexcept {
    if (p == nullptr) {
        return;
    }
    Page* page = page_in_use(p, Fault::invalid_free);
    if (page->heap != heap || !page->apart) {
        fail(Fault::invalid_free, p);
    }
    if (page->kind != Kind::many) {
        free_single(page);
        return;
    }
    page->push(static_cast<Block*>(p));
    --page->used;
    if (page->listed) {
        heap->take_back(page);
        heap->welcome(page);
    }
    if (page->used == 0) {
        heap->emptied(page);
    }
}

// ---- The functions of the public header -----------------------------------------------------

void* allocate(std::size_t size) noexcept {
    return allocate_from(thread_heap, size);
}

void* allocate_zeroed(std::size_t size) noexcept {
    return allocate_zeroed_from(thread_heap, size);
}

void* allocate_aligned(std::size_t size, std::size_t align) noexcept {
    return allocate_aligned_from(thread_heap, size, align);
}

void* reallocate(void* p, std::size_t size) noexcept {
    return reallocate_in(thread_heap, p, size);
}

void deallocate(void* p) noexcept {
    deallocate_here(p);
}

std::size_t usable_size(const void* p) noexcept {
    if (p == nullptr) {
        return 0;
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): looked at only
    return page_in_use(const_cast<void*>(p), Fault::invalid_realloc)->block_bytes();
}

} // namespace diptych::cpp::allocator
