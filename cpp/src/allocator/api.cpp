#include "api.hpp"

#include "diptych/allocator.hpp"
#include "fault.hpp"
#include "huge.hpp"

#include <bit>
#include <cerrno>
#include <cstring>

namespace diptych::cpp::allocator {

namespace {

/// No memory.
void* none() {
    errno = ENOMEM;
    return nullptr;
}

void* or_none(void* p) { return p != nullptr ? p : none(); }

/// The block of a run, or a huge one; null: there was no memory.
void* block_in(const Taken& taken) {
    return taken.page != nullptr ? pointer_to(taken.page->start) : nullptr;
}

/// The heap itself, or this thread's, made now; null: no memory.
Heap* real(Heap* heap) { return has_pages(heap) ? heap : make_thread_heap(); }

/// The place once belonged to a page that is gone.
bool was_used(const Page* page, std::uintptr_t p) {
    if (page != &no_page) {
        return page->start == p; // huge, and kept
    }
    const auto* segment = static_cast<const Segment*>(pointer_to(p & ~(segment_bytes - 1)));
    return segment->records[(p & (segment_bytes - 1)) >> slice_shift].start != 0;
}

/// The end, because p is no block in use of this page, or of none.
[[noreturn]] void refuse(Page* page, void* p, Fault fault) {
    const std::uintptr_t address = address_of(p);
    if (page == nullptr || page->kind == Kind::run || page->kind == Kind::huge) {
        fail(fault, p);
    }
    if (page->kind == Kind::none) {
        fail(fault == Fault::invalid_free && was_used(page, address) ? Fault::double_free : fault,
             p);
    }
    if (!page->is_block(address)) {
        fail(fault, p);
    }
    if (!page->is_free(address)) {
        fail(Fault::corrupted_block, p);
    }
    fail(fault == Fault::invalid_free ? Fault::double_free : fault, p);
}

/// A block in use, as its page knows it.
struct Found {
    Page* page;
    std::uintptr_t block;
    std::size_t usable; // from where it was handed out
};

/// Finds it, or ends the program.
Found find(void* p, Fault fault) {
    const std::uintptr_t address = address_of(p);
    Page* page = page_of(address);
    std::uintptr_t block = 0;
    if (page != nullptr && page->kind != Kind::none) {
        if (page->kind == Kind::many) {
            block = page->block_of(address);
        } else if (page->start == address) {
            block = address;
        }
    }
    if (block == 0) {
        refuse(page, p, fault);
    }
    return {.page = page, .block = block, .usable = page->usable() - (address - block)};
}

void free_single(Page* page) {
    if (!page->is_whole()) {
        fail(Fault::corrupted_block, pointer_to(page->start));
    }
    if (page->apart) {
        page->heap->aside.remove(page);
        page->apart = false;
    }
    if (page->kind == Kind::huge) {
        huge_free(page);
    } else {
        release(page);
    }
}

/// A block for what was in one of `there` bytes.
void* allocate_larger(Heap* heap, std::size_t size, std::size_t there) {
    if (size <= there || size <= block_max) {
        return allocate_from(heap, size);
    }
    heap = real(heap);
    return heap != nullptr ? or_none(block_in(heap->take_single(size, Page::first_block, true)))
                           : none();
}

void free_found(const Found& found, void* p) {
    if (found.page->apart) {
        deallocate_to(found.page->heap, p);
    } else {
        deallocate_here(p);
    }
}

} // namespace

// ---- Slow paths ---------------------------------------------------------------------------------

void* allocate_slow(std::size_t size, Heap* heap) noexcept {
    heap = real(heap);
    if (heap == nullptr) {
        return none();
    }
    return or_none(size <= block_max ? heap->take(class_of(size + Page::word_bytes))
                                     : block_in(heap->take_single(size, Page::first_block, false)));
}

void* allocate_zeroed_slow(std::size_t size, Heap* heap) noexcept {
    bool zeroed = false;
    void* p = nullptr;
    if (size <= block_max) {
        p = allocate_slow(size, heap);
    } else {
        heap = real(heap);
        if (heap == nullptr) {
            return none();
        }
        const Taken taken = heap->take_single(size, Page::first_block, false);
        zeroed = taken.clean;
        p = or_none(block_in(taken));
    }
    return zeroed || p == nullptr ? p : std::memset(p, 0, size);
}

void deallocate_slow(void* p) noexcept {
    if (p == nullptr) {
        return;
    }
    const Found found = find(p, Fault::invalid_free);
    Page* page = found.page;
    if (page->apart) {
        fail(Fault::invalid_free, p); // only its heap takes it
    }
    if (page->kind != Kind::many) {
        free_single(page);
        return;
    }
    Page::unalign(found.block, address_of(p));
    if (page->push(found.block, page->key_of_thread())) {
        count_free(page);
    } else if (page->push_remote(found.block)) {
        adopt(page);
    }
}

// ---- Mutation -----------------------------------------------------------------------------------

void* allocate_aligned_from(Heap* heap, std::size_t size, std::size_t align) noexcept {
    if (align <= 16 && std::has_single_bit(align)) {
        return allocate_from(heap, size);
    }
    heap = real(heap);
    if (heap == nullptr || !std::has_single_bit(align) || align > size_max ||
        size > size_max - align) {
        return none();
    }
    if (size + align > block_max) {
        return or_none(block_in(heap->take_single(size, align, false)));
    }
    void* p = heap->take(class_of(size + align + Page::word_bytes));
    if (p == nullptr) {
        return none();
    }
    const std::uintptr_t block = address_of(p);
    // CONTRACT: A8 - the block is larger by the alignment.
    const std::uintptr_t aligned = (block + align - 1) & ~(align - 1);
    page_of(block)->align(block, aligned);
    return pointer_to(aligned);
}

void* reallocate_slow(void* p, std::size_t size, Heap* heap) noexcept {
    if (p == nullptr) {
        return allocate_from(heap, size);
    }
    const Found found = find(p, Fault::invalid_realloc);
    Page* page = found.page;
    const std::size_t there = found.usable;
    if (size == 0) {
        free_found(found, p);
        return nullptr;
    }
    if (size <= there && size >= there / 2 && page->kind != Kind::huge) {
        return p;
    }
    if (size > size_max) {
        return none();
    }
    if (page->kind == Kind::huge && size > grown_max) {
        if (void* moved = huge_resize(page, size); moved != nullptr) {
            return moved;
        }
    }
    const std::size_t largest = size > there ? grown_max : large_max;
    if (page->kind == Kind::run && size > block_max && size <= largest) {
        if (!page->is_whole()) {
            fail(Fault::corrupted_block, p);
        }
        if (resize_run(page, size)) {
            return p;
        }
    }
    void* moved = allocate_larger(heap, size, there);
    if (moved == nullptr) {
        return size < there ? p : nullptr;
    }
    std::memcpy(moved, p, size < there ? size : there);
    free_found(found, p);
    return moved;
}

/// From a block of a page with many, whose word was found to be right.
void* reallocate_elsewhere(void* p, std::size_t size, Heap* heap, Page* page) noexcept {
    const std::size_t there = page->size - Page::word_bytes;
    // What grows by little grows again: it gets an eighth more.
    const std::size_t room = size - there < there / 2 ? size + size / 8 : size;
    if (size == 0 || room > block_max || page->apart) [[unlikely]] {
        return reallocate_slow(p, size, heap);
    }
    void* moved = allocate_from(heap, room);
    if (moved == nullptr) [[unlikely]] {
        return size < there ? p : nullptr;
    }
    std::memcpy(moved, p, size < there ? size : there);
    if (page->push(address_of(p), page->key_of_thread())) {
        count_free(page);
    } else {
        deallocate_slow(p);
    }
    return moved;
}

void deallocate_to(Heap* heap, void* p) noexcept {
    if (p == nullptr) {
        return;
    }
    const Found found = find(p, Fault::invalid_free);
    Page* page = found.page;
    if (page->heap != heap || !page->apart) {
        fail(Fault::invalid_free, p);
    }
    if (page->kind != Kind::many) {
        free_single(page);
        return;
    }
    Page::unalign(found.block, address_of(p));
    page->push(found.block, page->key_of_nobody());
    page->uncount();
    if (page->listed.load(std::memory_order_relaxed)) {
        heap->aside.remove(page);
        heap->welcome(page);
    }
    if (page->used == 0) {
        heap->emptied(page);
    }
}

// ---- The functions of the public header ---------------------------------------------------------

void* allocate(std::size_t size) noexcept { return allocate_from(thread_heap, size); }

void* allocate_zeroed(std::size_t size) noexcept { return allocate_zeroed_from(thread_heap, size); }

void* allocate_aligned(std::size_t size, std::size_t align) noexcept {
    return allocate_aligned_from(thread_heap, size, align);
}

void* reallocate(void* p, std::size_t size) noexcept { return reallocate_in(thread_heap, p, size); }

void deallocate(void* p) noexcept { deallocate_here(p); }

std::size_t usable_size(const void* p) noexcept {
    if (p == nullptr) {
        return 0;
    }
    return find(pointer_to(address_of(p)), Fault::invalid_realloc).usable;
}

} // namespace diptych::cpp::allocator
