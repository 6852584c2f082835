// thread_pool/injector.hpp - jobs from outside, oldest first.
//
//     head                                                 tail
//      |                                                    |
//   +--v---+---+-- --+---+------+   +---+---+-- --+---+-----v+
//   | job  | j | ..  | j | next |-->| j | j | ..  |   | next |     segments of 255 slots
//   +------+---+-- --+---+------+   +---+---+-- --+---+------+
//     one worker at a time takes, up to a batch       producers: a slot each
//
// Producers claim slots by counting; a job is there when its slot is not null. Nothing is read from
// a job before it is executed: neither side waits for memory that the other has written last.
#pragma once

#include "config.hpp"

#include <atomic>
#include <cstddef>
#include <span>

namespace diptych::cpp::thread_pool {

struct Job;
struct Segment;
class Worker;

class Injector {
public:
    // ---- Construction ---------------------------------------------------------------------------

    Injector();

    // ---- Queries --------------------------------------------------------------------------------

    /// Nothing waits that was published before the caller's fence.
    [[nodiscard]] bool is_empty() const noexcept {
        // E2
        return head_.count.load(std::memory_order_seq_cst) ==
               tail_.count.load(std::memory_order_seq_cst);
    }

    // ---- Mutation -------------------------------------------------------------------------------

    /// Puts a job in, which stays until somebody has taken it.
    void push(Job* job) noexcept;

    /// Takes the oldest, or null.
    Job* take_one() noexcept {
        // Empty, as nearly always.
        return seems_empty() ? nullptr : take_first_one();
    }

    /// Takes some, the oldest, and answers the first; the others go into the worker's deque. Null:
    /// there is none.
    Job* take(Worker& worker) noexcept;

    // ---- Destruction ----------------------------------------------------------------------------

    ~Injector();
    Injector(const Injector&) = delete;
    Injector& operator=(const Injector&) = delete;

private:
    explicit Injector(Segment* segment) noexcept;

    /// Nothing waits, or somebody is just putting it in.
    [[nodiscard]] bool seems_empty() const noexcept {
        return head_.count.load(std::memory_order_relaxed) ==
               tail_.count.load(std::memory_order_relaxed);
    }

    Job* take_first_one() noexcept;
    std::size_t take_some(std::span<Job*> batch) noexcept;
    Job* take_first(std::size_t& count) noexcept;

    /// The producers' line.
    struct alignas(line_bytes) Tail {
        std::atomic<std::size_t> count{0};
        std::atomic<Segment*> segment;
    };
    /// The takers' line.
    // CONTRACT: T8 - the segment is the taker's.
    struct alignas(line_bytes) Head {
        std::atomic<std::size_t> count{0};
        Segment* segment;
        /// A worker is taking.
        std::atomic<bool> taken{false};
    };

    Tail tail_;
    Head head_;
};

} // namespace diptych::cpp::thread_pool
