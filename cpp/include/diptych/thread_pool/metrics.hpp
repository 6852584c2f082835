// thread_pool/metrics.hpp - what a pool has done so far.
#pragma once

#include <atomic>
#include <cstdint>

namespace diptych::cpp::thread_pool {

class Worker;

/// What a pool has done so far, all workers together, and what waits. Read word by word while they
/// go on: the numbers are of no single moment.
struct Metrics {
    /// Jobs that were taken from a deque or from outside. What `join` takes back is not counted.
    std::uint64_t executed = 0;
    /// Of these, taken from another worker.
    std::uint64_t stolen = 0;
    /// Times that a worker went to sleep.
    std::uint64_t sleeps = 0;
    /// Times that one was woken because there was work.
    std::uint64_t calls = 0;
    /// Jobs that were dropped instead of executed.
    std::uint64_t dropped = 0;
    /// Jobs that wait in deques at present.
    std::uint64_t waiting = 0;

    friend bool operator==(const Metrics&, const Metrics&) = default;
};

// ---- Construction -------------------------------------------------------------------------------

class Count {
public:
    constexpr Count() noexcept = default;

    // ---- Mutation -------------------------------------------------------------------------------

    /// By the only thread that counts here.
    void add(std::uint64_t more) noexcept {
        count_.store(count_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
    }

    /// By one of several.
    void add_shared(std::uint64_t more) noexcept {
        count_.fetch_add(more, std::memory_order_relaxed);
    }

    // ---- Queries --------------------------------------------------------------------------------

    [[nodiscard]] std::uint64_t get() const noexcept {
        return count_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::uint64_t> count_{0};
};

/// What one worker counts.
struct Counts {
    Count executed;
    Count stolen;
    Count sleeps;
    Count calls;
};

/// Adds what one worker has done.
Metrics plus(Metrics metrics, const Worker& worker) noexcept;

} // namespace diptych::cpp::thread_pool
