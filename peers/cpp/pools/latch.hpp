// latch.hpp - waiting for tasks of pools that do not do it themselves. peers/src/pools/latch.rs is
// the same thing.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace diptych::peers::pools {

/// Counts tasks down, and wakes who waits for the last one.
class Latch {
public:
    explicit Latch(std::size_t tasks) : left_(tasks), done_(tasks == 0) {}

    /// One task is done.
    void count_down() {
        // Pairs with itself: the last one has seen what all others wrote.
        if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            const std::scoped_lock lock(mutex_);
            done_ = true;
            changed_.notify_one(); // while it is locked: who waits lets it go
        }
    }

    /// Comes back when all have.
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return done_; });
    }

private:
    std::atomic<std::size_t> left_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool done_;
};

} // namespace diptych::peers::pools
