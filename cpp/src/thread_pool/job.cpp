#include "diptych/thread_pool/job.hpp"

#include "diptych/thread_pool/config.hpp"
#include "diptych/thread_pool/worker.hpp"
#include "pool.hpp"

#include <memory>

namespace diptych::cpp::thread_pool {

// ---- Latch --------------------------------------------------------------------------------------

void Latch::set(Latch* latch) noexcept {
    // CONTRACT: T3 - alive until the exchange; only its address is used afterwards.
    Worker* waiter = latch->waiter_;
    std::atomic<std::uint32_t>* state = &latch->state_;
    // CONTRACT: T6 - a worker waits, so its pool is alive, until the exchange at least.
    const std::shared_ptr<Pool> keep =
        waiter != nullptr && latch->is_foreign_ ? waiter->pool().keep() : nullptr;
    // E8; E9: with the load of the waiter's word, either it sees this, or is seen.
    const std::uint32_t before = state->exchange(done, std::memory_order_seq_cst);
    if (waiter != nullptr) {
        waiter->notify();
    } else if (before == awaited) {
        wake(state);
    }
}

void Latch::wait() noexcept {
    for (std::uint32_t times = 0; times < spins; ++times) {
        if (is_done()) {
            return;
        }
        pause(times);
    }
    while (!is_done()) {
        std::uint32_t expected = pending;
        // E8, E9: it is done, or who sets it sees that somebody sleeps.
        state_.compare_exchange_strong(expected, awaited, std::memory_order_seq_cst,
                                       std::memory_order_acquire);
        thread_pool::wait(state_, awaited);
    }
}

// ---- Jobs in a frame ----------------------------------------------------------------------------

void tell_ends(Worker& worker) noexcept { worker.tell_ends(); }

} // namespace diptych::cpp::thread_pool
