// thread_pool/join.hpp - two things at a time.
#pragma once

#include "job.hpp"
#include "worker.hpp"

#include <cstddef>
#include <utility>

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
    StackJob<B> job(std::forward<B>(b), &worker);
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

/// Has a job done in a worker of the pool, while this thread waits.
void wait_for(Pool& pool, Job* job, Latch& latch);

/// Does the work in a worker of the pool, while this thread waits.
template <class Work>
Result<Work> install(Pool& pool, Work&& work) {
    StackJob<Work> job(std::forward<Work>(work), nullptr);
    // CONTRACT: T2, T8 - the frame waits.
    wait_for(pool, &job, job.latch());
    // CONTRACT: T3 - done.
    return job.outcome().take();
}

} // namespace diptych::cpp::thread_pool
