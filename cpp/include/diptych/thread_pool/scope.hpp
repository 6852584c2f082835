// thread_pool/scope.hpp - any number of things at a time, which may borrow what outlives the scope.
#pragma once

#include "block.hpp"
#include "job.hpp"
#include "worker.hpp"

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <type_traits>
#include <utility>

namespace diptych::cpp::thread_pool {

/// Where work is spawned that has ended when `scope` returns.
// CONTRACT: T1 - `local_` is touched by the owner's thread alone; all else is made for sharing.
class Scope {
    template <class Work>
    struct ScopeJob;

public:
    // ---- Construction ---------------------------------------------------------------------------

    explicit Scope(Worker& owner) noexcept : owner_(&owner) {}
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    // ---- Queries --------------------------------------------------------------------------------

    /// All has ended. By the owner.
    [[nodiscard]] bool is_done() noexcept {
        if (local_ != 0) {
            remaining_.fetch_add(std::exchange(local_, 0), std::memory_order_relaxed);
        }
        return remaining_.load(std::memory_order_acquire) == 0; // E9, E11
    }

    // ---- Mutation -------------------------------------------------------------------------------

    /// Does work() or work(scope) at some time before the scope ends, perhaps at once, in a thread
    /// of the pool. What it throws goes on where the scope ends: the first exception; others are
    /// dropped.
    template <class Work>
        requires std::invocable<std::decay_t<Work>&> || std::invocable<std::decay_t<Work>&, Scope&>
    void spawn(Work&& work) {
        Worker* worker = begin();
        if (worker == nullptr) {
            return inject(put<ScopeJob<std::decay_t<Work>>>(std::forward<Work>(work), *this));
        }
        if (worker->begin_inline()) {
            std::decay_t<Work> own(std::forward<Work>(work));
            run(own);
            return worker->end_inline();
        }
        // CONTRACT: T1, T2 - by the worker's thread; on the heap until it is executed.
        Job* job = put<ScopeJob<std::decay_t<Work>>>(std::forward<Work>(work), *this);
        count(*worker);
        worker->push(job);
    }

    /// Waits until all has ended. By the owner.
    void wait() noexcept;

    /// The first exception goes on here. By the owner, when all has ended.
    void rethrow() const {
        if (first_ != nullptr) {
            std::rethrow_exception(first_);
        }
    }

private:
    [[nodiscard]] bool is_owner(const Worker& worker) const noexcept { return owner_ == &worker; }

    /// The worker of the scope's pool that this thread is, or null.
    [[nodiscard]] Worker* begin() const noexcept {
        Worker* worker = Worker::current();
        return worker != nullptr && &worker->pool() == &owner_->pool() ? worker : nullptr;
    }

    void count(const Worker& worker) noexcept {
        if (is_owner(worker)) {
            ++local_;
        } else {
            remaining_.fetch_add(1, std::memory_order_relaxed);
        }
    }

    template <class Work>
    void run(Work& work) noexcept {
        try {
            if constexpr (std::is_invocable_v<Work&, Scope&>) {
                std::invoke(work, *this);
            } else {
                std::invoke(work);
            }
        } catch (...) {
            keep(std::current_exception());
        }
    }

    void inject(Job* job) noexcept;
    void keep(std::exception_ptr thrown) noexcept;
    void end(Worker& worker) noexcept;

    Worker* owner_;
    /// Jobs that the owner spawned, less those it finished, not yet in `remaining_`. The owner's.
    std::ptrdiff_t local_ = 0;
    /// All others. Exact when `local_` is 0.
    std::atomic<std::ptrdiff_t> remaining_{0};
    std::mutex lock_;
    std::exception_ptr first_;
};

/// A spawned job.
template <class Work>
struct Scope::ScopeJob : Job {
    template <class Given>
    ScopeJob(Given&& given, Scope& of)
        : Job(&ScopeJob::run), scope(&of), work(std::forward<Given>(given)) {}

    static void run(Job* job, Worker& worker) noexcept {
        worker.tell_ends();
        // CONTRACT: T2 - of `put`, and taken; the scope ends after this job.
        auto* self = static_cast<ScopeJob*>(job);
        Scope* scope = self->scope;
        scope->run(self->work);
        drop(self);
        scope->end(worker);
    }

    Scope* scope;
    Work work;
};

/// `scope` in a worker's thread.
template <class Body>
Result<Body, Scope&> scope_in(Worker& worker, Body&& body) {
    struct Wait {
        Scope& scope;
        ~Wait() { scope.wait(); }
    };
    Scope scope(worker);
    const auto call_body = [&]() -> decltype(auto) {
        const Wait wait{scope};
        return std::invoke(std::forward<Body>(body), scope);
    };
    Result<Body, Scope&> result = call(call_body);
    scope.rethrow();
    return std::forward<Result<Body, Scope&>>(result);
}

} // namespace diptych::cpp::thread_pool
