#include "diptych/thread_pool.hpp"

#include "thread_pool/pool.hpp"

#include <stdexcept>

namespace diptych::cpp::thread_pool {

// ---- Construction -------------------------------------------------------------------------------

ThreadPool::ThreadPool(std::size_t threads) : ThreadPool(Builder().threads(threads).build()) {}

ThreadPool& global() {
    static auto* pool = new ThreadPool(0); // it stays until the process ends
    return *pool;
}

Pool& current_pool() {
    const Worker* worker = Worker::current();
    return worker != nullptr ? worker->pool() : pool_of(global());
}

// ---- Queries ------------------------------------------------------------------------------------

std::size_t ThreadPool::threads() const noexcept { return pool_->workers().size(); }

bool ThreadPool::is_current() const noexcept { return worker_of(*pool_) != nullptr; }

Metrics ThreadPool::metrics() const noexcept { return pool_->metrics(); }

Fences ThreadPool::fences() const noexcept { return pool_->workers()[0]->deque.fences(); }

// ---- Work for later -----------------------------------------------------------------------------

void ThreadPool::wait_idle() {
    if (is_current()) {
        throw std::logic_error("a job would wait for itself");
    }
    pool_->wait_quiet();
}

// ---- End ----------------------------------------------------------------------------------------

std::uint64_t ThreadPool::shutdown_now() && {
    const std::shared_ptr<Pool> pool = pool_;
    end(true);
    return pool->metrics().dropped;
}

void ThreadPool::end(bool drops) noexcept {
    if (pool_ == nullptr) {
        return; // moved away
    }
    pool_->end(drops);
    for (const Thread& thread : threads_) {
        if (thread.is_current()) {
            thread.detach();
        } else {
            thread.join();
        }
    }
    threads_.clear();
    pool_ = nullptr;
}

ThreadPool::~ThreadPool() { end(false); }

} // namespace diptych::cpp::thread_pool
