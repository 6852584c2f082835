// page_list.hpp - pages in a list: those that threads left behind, and those that a heap put aside.
#pragma once

#include "page.hpp"

namespace diptych::cpp::allocator {

/// Pages, linked both ways; a page is in one list at most.
class PageList {
public:
    /// Anybody may look whether there is one.
    [[nodiscard]] Page* first() const noexcept { return first_.load(std::memory_order_relaxed); }
    void add(Page* page) noexcept;
    void remove(Page* page) noexcept;

private:
    std::atomic<Page*> first_{nullptr};
};

} // namespace diptych::cpp::allocator
