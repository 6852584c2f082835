// faces.cpp - the twin as a memory resource, and as heaps of one's own.
#include "api.hpp"
#include "diptych/allocator.hpp"
#include "stats.hpp"

namespace diptych::cpp {

namespace {

void* checked(void* p) {
    if (p == nullptr) {
        throw std::bad_alloc();
    }
    return p;
}

} // namespace

// ---- The allocator of all threads ---------------------------------------------------------------

void* MemoryResource::do_allocate(std::size_t size, std::size_t align) {
    return checked(allocator::allocate_aligned(size, align));
}

void MemoryResource::do_deallocate(void* p, std::size_t, std::size_t) { allocator::deallocate(p); }

bool MemoryResource::do_is_equal(const std::pmr::memory_resource& other) const noexcept {
    return dynamic_cast<const MemoryResource*>(&other) != nullptr;
}

// ---- A heap of one's own ------------------------------------------------------------------------

Heap::Heap() : resource_(allocator::make_heap()) { checked(resource_.heap_); }

Heap::~Heap() {
    if (resource_.heap_ != nullptr) {
        allocator::delete_heap(resource_.heap_);
    }
}

void* Heap::allocate(std::size_t size) noexcept {
    return allocator::allocate_from(resource_.heap_, size);
}

void* Heap::allocate_zeroed(std::size_t size) noexcept {
    return allocator::allocate_zeroed_from(resource_.heap_, size);
}

void* Heap::allocate_aligned(std::size_t size, std::size_t align) noexcept {
    return allocator::allocate_aligned_from(resource_.heap_, size, align);
}

void* Heap::reallocate(void* p, std::size_t size) noexcept {
    return allocator::reallocate_in(resource_.heap_, p, size);
}

void Heap::deallocate(void* p) noexcept { allocator::deallocate_to(resource_.heap_, p); }

void Heap::visit_raw(Visitor visitor, void* context) const {
    allocator::visit(*resource_.heap_, visitor, context);
}

void* Heap::Resource::do_allocate(std::size_t size, std::size_t align) {
    return checked(allocator::allocate_aligned_from(heap_, size, align));
}

void Heap::Resource::do_deallocate(void* p, std::size_t, std::size_t) {
    allocator::deallocate_to(heap_, p);
}

} // namespace diptych::cpp
