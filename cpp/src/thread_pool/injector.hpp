// injector.hpp - jobs from outside: what came last is in front, and who takes some takes them
// oldest first.
//
//   producers ---> incoming: youngest -> .. -> oldest
//                     |  all at once, turned round, by one worker at a time
//                     v
//                  ready: oldest -> .. -> youngest ---> batch jobs, into the worker's deque
#pragma once

#include "diptych/thread_pool/config.hpp"

#include <atomic>

namespace diptych::cpp::thread_pool {

struct Job;
class Worker;

class alignas(line_bytes) Injector {
public:
    // ---- Construction ---------------------------------------------------------------------------

    constexpr Injector() noexcept = default;

    // ---- Queries --------------------------------------------------------------------------------

    /// Nothing waits that was published before the caller's fence; or somebody is just taking it.
    [[nodiscard]] bool is_empty() const noexcept {
        return incoming_.load(std::memory_order_seq_cst) == nullptr &&
               first_.load(std::memory_order_seq_cst) == nullptr &&
               !taken_.load(std::memory_order_seq_cst);
    }

    // ---- Mutation -------------------------------------------------------------------------------

    /// Puts a job in, which stays until somebody has taken it.
    void push(Job* job) noexcept;

    /// Takes some, the oldest, and answers the first; the others go into the worker's deque. Null:
    /// there is none.
    Job* take(Worker& worker) noexcept;

private:
    std::atomic<Job*> incoming_{nullptr};
    /// What is ready.
    alignas(line_bytes) std::atomic<Job*> first_{nullptr};
    /// A worker is taking.
    std::atomic<bool> taken_{false};
};

} // namespace diptych::cpp::thread_pool
