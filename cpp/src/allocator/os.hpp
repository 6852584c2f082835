// os.hpp - what is asked of the kernel: memory, time, chance, and to wait.
//
// Nothing here allocates. All of it keeps errno.
#pragma once

#include "config.hpp"

#include <atomic>

namespace diptych::cpp::allocator::os {

/// Zeroed memory, or null. `bytes` and `align` are multiples of os_page_bytes, `align` a power
/// of 2.
void* map(std::size_t bytes, std::size_t align) noexcept;
void unmap(void* p, std::size_t bytes) noexcept;
/// The mapping, larger or smaller, where it lies; false if there is no room.
bool resize(void* p, std::size_t old_bytes, std::size_t new_bytes) noexcept;
/// The mapping's pages, at an address aligned as for map, and as many more as are needed.
void* relocate(void* p, std::size_t old_bytes, std::size_t new_bytes, std::size_t align) noexcept;
/// The kernel takes the pages; they read as zero from now on.
void discard(void* p, std::size_t bytes) noexcept;
/// The kernel may use huge pages there.
void prefer_huge_pages(void* p, std::size_t bytes) noexcept;
/// Touching it ends the program; if the kernel refuses, it does not.
void guard(void* p, std::size_t bytes) noexcept;
/// It can be touched again, and holds what it held.
void unguard(void* p, std::size_t bytes) noexcept;

/// Milliseconds since some start.
std::uint64_t now() noexcept;
/// Nobody can guess it.
std::uint64_t random() noexcept;

/// A mutex of one word that can be let go by a forked child.
class Lock {
public:
    void lock() noexcept {
        std::uint32_t free = 0;
        if (!word_.compare_exchange_strong(free, 1, std::memory_order_acquire)) [[unlikely]] {
            wait();
        }
    }
    void unlock() noexcept {
        if (word_.exchange(0, std::memory_order_release) == 2) [[unlikely]] { // with lock and wait
            wake();
        }
    }

private:
    void wait() noexcept;
    void wake() noexcept;

    std::atomic<std::uint32_t> word_{0}; // 0 free, 1 taken, 2 taken and somebody waits
};

} // namespace diptych::cpp::allocator::os
