#include "diptych/thread_pool/scope.hpp"

#include "diptych/thread_pool/task.hpp"
#include "pool.hpp"

namespace diptych::cpp::thread_pool {

// ---- Mutation -----------------------------------------------------------------------------------

void Scope::wait() noexcept {
    const auto done = [this]() noexcept { return is_done(); };
    owner_->work_until(Until(done));
}

/// From another thread than the pool's.
void Scope::inject(Job* job) noexcept {
    remaining_.fetch_add(1, std::memory_order_relaxed);
    // CONTRACT: T2, T8 - on the heap until it is executed.
    owner_->pool().inject(job, Priority::normal);
}

[[gnu::cold]] void Scope::keep(std::exception_ptr thrown) noexcept {
    const std::scoped_lock guard(lock_);
    if (first_ == nullptr) {
        first_ = std::move(thrown);
    }
}

/// A job has ended, in this worker.
void Scope::end(Worker& worker) noexcept {
    if (is_owner(worker)) {
        --local_;
        return;
    }
    Worker& owner = *owner_; // CONTRACT: T6 - a worker of this pool
    // E11: what was done is seen; E9, as for a latch. The last access to the scope (T3).
    if (remaining_.fetch_sub(1, std::memory_order_seq_cst) == 1) {
        owner.notify();
    }
}

} // namespace diptych::cpp::thread_pool
