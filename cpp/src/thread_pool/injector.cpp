#include "injector.hpp"

#include "diptych/thread_pool/job.hpp"
#include "diptych/thread_pool/worker.hpp"
#include "pool.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace diptych::cpp::thread_pool {

namespace {

/// The list the other way round.
// CONTRACT: T8 - it is the taker's.
Job* turned(Job* list) noexcept {
    Job* first = nullptr;
    while (list != nullptr) {
        Job* behind = std::exchange(list->next, first);
        first = std::exchange(list, behind);
    }
    return first;
}

} // namespace

// ---- Mutation -----------------------------------------------------------------------------------

void Injector::push(Job* job) noexcept {
    Job* first = incoming_.load(std::memory_order_relaxed);
    do {
        job->next = first; // CONTRACT: T8 - nobody else has seen it
        // E10: release, with `take`; sequentially consistent, with who is about to sleep.
    } while (!incoming_.compare_exchange_weak(first, job, std::memory_order_seq_cst,
                                              std::memory_order_relaxed));
}

Job* Injector::take(Worker& worker) noexcept {
    if (first_.load(std::memory_order_relaxed) == nullptr &&
        incoming_.load(std::memory_order_relaxed) == nullptr) {
        return nullptr;
    }
    if (taken_.exchange(true, std::memory_order_acquire)) {
        return nullptr; // who is about to sleep sees that, and looks again
    }
    Job* first = first_.load(std::memory_order_relaxed);
    if (first == nullptr) {
        first = turned(incoming_.exchange(nullptr, std::memory_order_acquire)); // E10
    }
    std::array<Job*, batch> taken; // NOLINT(cppcoreguidelines-pro-type-member-init)
    std::size_t count = 0;
    while (count < batch && first != nullptr) {
        taken[count] = first;
        first = first->next; // CONTRACT: T8 - of the list, which is the taker's
        ++count;
    }
    const bool has_more = first != nullptr;
    first_.store(first, std::memory_order_seq_cst);
    taken_.store(false, std::memory_order_release);
    // The oldest is to be popped first.
    for (std::size_t at = count; at > 1; --at) {
        // CONTRACT: T1, T8 - by the worker's thread; they stay until they are executed.
        worker.push(taken[at - 1]);
    }
    if (has_more) {
        worker.pool().wake_one();
    }
    return count > 0 ? taken[0] : nullptr;
}

} // namespace diptych::cpp::thread_pool
