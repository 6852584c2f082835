#include "page_list.hpp"

namespace diptych::cpp::allocator {

void PageList::add(Page* page) noexcept {
    page->prev = nullptr;
    page->next = first();
    if (page->next != nullptr) {
        page->next->prev = page;
    }
    first_.store(page, std::memory_order_relaxed);
    page->listed.store(true, std::memory_order_relaxed);
}

void PageList::remove(Page* page) noexcept {
    if (page->prev == nullptr) {
        first_.store(page->next, std::memory_order_relaxed);
    } else {
        page->prev->next = page->next;
    }
    if (page->next != nullptr) {
        page->next->prev = page->prev;
    }
    page->next = page->prev = nullptr;
    page->listed.store(false, std::memory_order_release); // with adopt: the links are written
}

} // namespace diptych::cpp::allocator
