#include "diptych/thread_pool/task.hpp"

#include "diptych/thread_pool/join.hpp"
#include "pool.hpp"

namespace diptych::cpp::thread_pool {

// ---- Construction -------------------------------------------------------------------------------

void put_in(Pool& pool, Priority priority, Job* job) noexcept {
    if (Worker* worker = worker_of(pool); worker != nullptr) {
        worker->tally.begin();
        if (priority == Priority::normal) {
            // CONTRACT: T1, T2 - by the worker's thread; on the heap until it is executed.
            return worker->push_or_execute(job);
        }
    } else {
        pool.begin_outside();
    }
    // CONTRACT: T2, T8 - on the heap until it is executed.
    pool.inject(job, priority);
}

bool drops(const Worker& worker) noexcept { return worker.pool().drops(); }

void count_dropped(const Worker& worker) noexcept { worker.pool().count_dropped(); }

void handle(const Worker& worker, std::exception_ptr thrown) noexcept {
    worker.pool().handle(std::move(thrown));
}

// ---- Waiting ------------------------------------------------------------------------------------

void TaskState::wait() noexcept {
    if (Worker* worker = Worker::current(); worker != nullptr) {
        if (await_by(*worker)) {
            const auto done_yet = [this]() noexcept { return is_done(); };
            worker->work_until(Until(done_yet));
        }
        return;
    }
    while (!is_done()) {
        std::uint32_t expected = pending;
        // E8, E9: it is done, or who ends it sees that somebody sleeps.
        state_.compare_exchange_strong(expected, awaited, std::memory_order_seq_cst,
                                       std::memory_order_acquire);
        thread_pool::wait(state_, awaited);
    }
}

/// The worker is told; false if it is done already.
bool TaskState::await_by(Worker& worker) noexcept {
    const std::scoped_lock guard(lock_);
    if (is_done()) {
        return false;
    }
    worker_ = &worker;
    pool_ = worker.pool().keep();
    return true;
}

bool TaskState::await_by(std::coroutine_handle<> coroutine) noexcept {
    const std::scoped_lock guard(lock_);
    if (is_done()) {
        return false;
    }
    coroutine_ = coroutine;
    return true;
}

void TaskState::finish() noexcept {
    std::shared_ptr<Pool> pool;
    Worker* worker = nullptr;
    std::coroutine_handle<> coroutine;
    std::uint32_t before = pending;
    {
        const std::scoped_lock guard(lock_);
        pool = std::move(pool_);
        worker = worker_;
        coroutine = coroutine_;
        // Under the lock: who finds it undone there is told. E8, E9, as a latch.
        before = state_.exchange(done, std::memory_order_seq_cst);
    }
    if (before == awaited) {
        wake(&state_);
    }
    if (worker != nullptr) {
        worker->notify(); // CONTRACT: T6 - of a pool that is kept
    }
    if (coroutine != nullptr) {
        coroutine.resume();
    }
}

// ---- Failures -----------------------------------------------------------------------------------

std::exception_ptr cancelled() noexcept { return std::make_exception_ptr(Cancelled()); }

const char* Cancelled::what() const noexcept { return "cancelled before it began"; }

} // namespace diptych::cpp::thread_pool
