// remote.hpp - the blocks of a page that others freed, and whether the page has an owner.
//
// One word: the address of the block that was freed last, and bit 0, owned. Everything that several
// threads do to a page goes through it.
//
//            push              give_up
//   owned ----------> owned  ---------------> not owned
//     ^                                            |
//     +------------- push, claim ------------------+
//                (whoever does it is the owner)
#pragma once

#include <atomic>
#include <cstdint>

namespace diptych::cpp::allocator {

class Remote {
public:
    static constexpr std::uintptr_t owned = 1;

    // ---- Anybody --------------------------------------------------------------------------------

    /// Puts a block in front; `link` is told what is behind it, 0 for nothing. True when the page
    /// had no owner: the caller is the owner now.
    template <class Link>
    bool push(std::uintptr_t block, Link&& link) noexcept {
        std::uintptr_t word = word_.load(std::memory_order_relaxed);
        do {
            link(word & ~owned);
            // R1: release, so that whoever takes the list sees links and contents; acquire, with
            // R3, so that a new owner sees what the last one left.
        } while (!word_.compare_exchange_weak(word, block | owned, std::memory_order_acq_rel,
                                              std::memory_order_relaxed));
        return (word & owned) == 0;
    }

    /// Makes the caller the owner, unless there is one.
    bool claim() noexcept {
        std::uintptr_t word = word_.load(std::memory_order_relaxed);
        do {
            if ((word & owned) != 0) {
                return false;
            }
        } while (!word_.compare_exchange_weak(word, word | owned, std::memory_order_acquire,
                                              std::memory_order_relaxed)); // with R3
        return true;
    }

    // ---- The owner ------------------------------------------------------------------------------

    /// Takes all blocks; the first, or 0.
    std::uintptr_t take() noexcept {
        if (word_.load(std::memory_order_relaxed) == owned) {
            return 0;
        }
        return word_.exchange(owned, std::memory_order_acquire) & ~owned; // R2: with R1
    }

    /// No owner any more, unless blocks have come.
    bool give_up() noexcept {
        std::uintptr_t word = owned;
        return word_.compare_exchange_strong(word, 0, std::memory_order_release, // R3
                                             std::memory_order_relaxed);
    }

    /// Before the page is anybody's.
    void reset() noexcept { word_.store(owned, std::memory_order_relaxed); }

private:
    std::atomic<std::uintptr_t> word_{0};
};

} // namespace diptych::cpp::allocator
