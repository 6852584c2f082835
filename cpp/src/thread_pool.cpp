#include "diptych/thread_pool.hpp"

#include "thread_pool/pool.hpp"

namespace diptych::cpp {

using thread_pool::Fences;

ThreadPool::ThreadPool(std::size_t threads) : ThreadPool(threads, thread_pool::best_fences()) {}

ThreadPool::ThreadPool(std::size_t threads, Fences fences)
    : pool_(std::make_shared<thread_pool::Pool>(
          threads, thread_pool::best_fences() == Fences::asymmetric ? fences : Fences::symmetric)) {
    threads_.reserve(threads);
    for (std::size_t index = 0; index < threads; ++index) {
        threads_.emplace_back([pool = pool_, index] { pool->workers()[index]->run(); });
    }
}

ThreadPool::~ThreadPool() { pool_->end(); }

} // namespace diptych::cpp
