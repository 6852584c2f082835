#include "pool.hpp"

#include <algorithm>

namespace diptych::cpp::thread_pool {

// ---- Construction -------------------------------------------------------------------------------

Pool::Pool(std::size_t count, Fences fences) {
    workers_.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
        workers_.push_back(std::make_unique<Worker>(index, this, fences));
    }
}

// ---- Queries ------------------------------------------------------------------------------------

bool Pool::has_jobs() const noexcept {
    return !injector.is_empty() || std::ranges::any_of(workers_, [](const auto& worker) {
        return !worker->deque.is_empty();
    });
}

// ---- Mutation -----------------------------------------------------------------------------------

void Pool::inject(Job* job) noexcept {
    injector.push(job); // CONTRACT: T8 - the caller's promise
    wake_one();
}

void Pool::wake_one() noexcept {
    if (control.state().is_idle()) {
        // None: all that were asleep are woken by others, and look before they sleep again.
        static_cast<void>(
            std::ranges::any_of(workers_, [](const auto& worker) { return worker->call(); }));
    }
}

void Pool::end() noexcept {
    over_.store(true, std::memory_order_seq_cst);
    for (const auto& worker : workers_) {
        worker->notify();
    }
}

} // namespace diptych::cpp::thread_pool
