// diptych/thread_pool.hpp - threads that share work.
//
//     diptych::cpp::ThreadPool pool(4);
//     std::uint64_t fib(unsigned n) {
//         if (n < 2) return n;
//         auto [a, b] = diptych::cpp::join([=] { return fib(n - 1); }, [=] { return fib(n - 2); });
//         return a + b;
//     }
//     std::uint64_t result = pool.install([] { return fib(30); });
#pragma once

#include "thread_pool/join.hpp"
#include "thread_pool/sync.hpp"

#include <concepts>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace diptych::cpp {

/// Threads that share work.
class ThreadPool {
public:
    explicit ThreadPool(std::size_t threads);
    ThreadPool(std::size_t threads, thread_pool::Fences fences);
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;
    ~ThreadPool();

    /// Does the work in a worker, and answers what it answers, or throws what it throws.
    template <std::invocable Work>
    std::invoke_result_t<Work> install(Work&& work) {
        if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
            thread_pool::install(*pool_, std::forward<Work>(work));
        } else {
            return thread_pool::install(*pool_, std::forward<Work>(work));
        }
    }

private:
    std::shared_ptr<thread_pool::Pool> pool_;
    std::vector<std::jthread> threads_;
};

/// Both, perhaps at the same time, and what they answer; std::monostate for what answers nothing.
/// What the first throws is thrown on here, when the second is done or was not begun; else what the
/// second throws.
template <std::invocable A, std::invocable B>
[[gnu::always_inline]] inline std::pair<thread_pool::Result<A>, thread_pool::Result<B>>
join(A&& a, B&& b) {
    if (thread_pool::Worker* worker = thread_pool::Worker::current(); worker != nullptr)
        [[likely]] {
        return thread_pool::join_in(*worker, std::forward<A>(a), std::forward<B>(b));
    }
    thread_pool::Result<A> first = thread_pool::call(std::forward<A>(a));
    return {std::forward<thread_pool::Result<A>>(first), thread_pool::call(std::forward<B>(b))};
}

} // namespace diptych::cpp
