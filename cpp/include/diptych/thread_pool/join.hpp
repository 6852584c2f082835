// thread_pool/join.hpp - two things at a time.
#pragma once

#include "job.hpp"
#include "worker.hpp"

#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace diptych::cpp::thread_pool {

// ---- Join ---------------------------------------------------------------------------------------

/// A published job whose frame is about to go: it is taken back, or waited for.
template <class Work>
class Published {
public:
    [[gnu::always_inline]] Published(Worker& worker, StackJob<Work>& job)
        : worker_(worker), job_(job), at_(worker.push(&job)) {}
    Published(const Published&) = delete;
    Published& operator=(const Published&) = delete;

    /// True if it was taken back.
    [[gnu::always_inline]] bool take() noexcept {
        is_out_ = false;
        // CONTRACT: T1 - by the thread that pushed it.
        return worker_.take(at_, &job_, job_.latch());
    }

    [[gnu::always_inline]] ~Published() {
        if (is_out_) {
            give_up(worker_, job_, at_); // the other work has thrown
        }
    }

private:
    /// Nobody wants the result any more. A second exception is dropped.
    [[gnu::cold, gnu::noinline]] static void give_up(Worker& worker, StackJob<Work>& job,
                                                     std::ptrdiff_t at) noexcept {
        if (!worker.take(at, &job, job.latch())) {
            job.outcome().drop(); // CONTRACT: T3 - done
        }
    }

    Worker& worker_;
    StackJob<Work>& job_;
    std::ptrdiff_t at_;
    bool is_out_ = true;
};

/// `join` in a worker's thread.
template <class A, class B>
[[gnu::always_inline]] inline std::pair<Result<A>, Result<B>> join_in(Worker& worker, A&& a,
                                                                      B&& b) {
    StackJob<B> job(std::forward<B>(b), &worker, false);
    // CONTRACT: T1, T2 - this thread's worker; `Published` sees to it that the frame stays.
    Published<B> published(worker, job);
    Result<A> first = call(std::forward<A>(a));
    if (published.take()) [[likely]] {
        // CONTRACT: T2 - taken back.
        return {std::forward<Result<A>>(first), call(job.take_work())};
    }
    // CONTRACT: T3 - done.
    return {std::forward<Result<A>>(first), job.outcome().take()};
}

// ---- Install ------------------------------------------------------------------------------------

/// Puts a job in from outside, and waits; a worker of another pool does what else there is.
void inject_and_wait(Pool& pool, Job* job, Latch& latch) noexcept;

/// One job for each worker of the pool, and waits.
void mail_and_wait(Pool& pool, std::span<Job* const> jobs,
                   std::span<Latch* const> latches) noexcept;

/// How many workers it has.
std::size_t count_workers(const Pool& pool) noexcept;

/// The current worker, if it is of this pool.
Worker* worker_of(const Pool& pool) noexcept;

/// Does the work in a worker of the pool, while this thread waits.
template <class Work>
[[gnu::cold]] Result<Work, Worker&> install(Pool& pool, Work&& work) {
    if (Worker* worker = worker_of(pool); worker != nullptr) {
        return call(std::forward<Work>(work), *worker);
    }
    const auto in_worker = [&work]() -> decltype(auto) {
        return std::invoke(std::forward<Work>(work), *Worker::current());
    };
    StackJob<decltype(in_worker)&> job(in_worker, Worker::current(), true);
    // CONTRACT: T2, T8 - the frame waits.
    inject_and_wait(pool, &job, job.latch());
    // CONTRACT: T3 - done.
    return job.outcome().take();
}

/// Does the work once in each worker of the pool, and answers what came of it, in their order. If
/// some throw, the first exception goes on.
template <class Work>
std::vector<Result<Work&, std::size_t>> broadcast(Pool& pool, Work& work) {
    struct Numbered {
        Work& work;
        std::size_t index;
        std::invoke_result_t<Work&, std::size_t> operator()() const {
            return std::invoke(work, index);
        }
    };
    const bool is_foreign = worker_of(pool) == nullptr;
    std::deque<StackJob<Numbered>> jobs;
    std::vector<Job*> sent;
    std::vector<Latch*> latches;
    std::vector<Result<Work&, std::size_t>> results;
    const std::size_t count = count_workers(pool);
    sent.reserve(count);
    latches.reserve(count);
    results.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
        auto& job = jobs.emplace_back(Numbered{work, index}, Worker::current(), is_foreign);
        sent.push_back(&job);
        latches.push_back(&job.latch());
    }
    // CONTRACT: T2, T8 - the frame waits.
    mail_and_wait(pool, sent, latches);
    std::exception_ptr first;
    for (auto& job : jobs) {
        // CONTRACT: T3 - done.
        try {
            results.push_back(job.outcome().take());
        } catch (...) {
            first = first != nullptr ? first : std::current_exception();
        }
    }
    if (first != nullptr) {
        std::rethrow_exception(first);
    }
    return results;
}

} // namespace diptych::cpp::thread_pool
