// rust/thread_pool/join.hpp - work that is waited for, on its way through C.
//
// A null pool is that of the calling thread, or the global one.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "diptych.h"
#include "diptych/thread_pool/job.hpp"

namespace diptych::rust::thread_pool {

using cpp::thread_pool::Outcome;
using cpp::thread_pool::Result;

/// Throws what a status means.
[[noreturn, gnu::cold]] inline void fail(dpt_status status) {
    switch (status) {
    case DPT_ERR_ALLOC:
    case DPT_ERR_INTERNAL: // the global pool could not be made
        throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again),
                                dpt_rust_last_error());
    default:
        throw std::logic_error(dpt_rust_last_error());
    }
}

inline void check(dpt_status status) {
    if (status != DPT_OK) [[unlikely]] {
        fail(status);
    }
}

// ---- Join and scope -----------------------------------------------------------------------------

/// Work in the frame of who waits for it.
template <class Work>
struct Carried {
    Work&& work;
    Outcome<Result<Work>> outcome{};

    static void call(void* context) noexcept {
        auto* self = static_cast<Carried*>(context);
        self->outcome.attempt(std::forward<Work>(self->work));
    }
};

/// Does both, perhaps at the same time.
template <class A, class B>
std::pair<Result<A>, Result<B>> join_in(dpt_rust_pool* pool, A&& a, B&& b) {
    struct Unwanted {
        Outcome<Result<B>>* outcome;
        ~Unwanted() {
            if (outcome != nullptr) {
                outcome->drop();
            }
        }
    };
    Carried<A> first{std::forward<A>(a)};
    Carried<B> second{std::forward<B>(b)};
    check(dpt_rust_pool_join(pool, &Carried<A>::call, &first, &Carried<B>::call, &second));
    Unwanted unwanted{&second.outcome};
    Result<A> one = first.outcome.take();
    unwanted.outcome = nullptr;
    return {std::forward<Result<A>>(one), second.outcome.take()};
}

/// Where work is spawned that has ended when `scope` returns.
class Scope {
public:
    Scope() noexcept = default;
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    /// Does work() or work(scope) at some time before the scope ends, perhaps at once, in a thread
    /// of the pool. What it throws goes on where the scope ends: the first exception; others are
    /// dropped.
    template <class Work>
        requires std::invocable<std::decay_t<Work>&> || std::invocable<std::decay_t<Work>&, Scope&>
    void spawn(Work&& work) {
        using Job = ScopeJob<std::decay_t<Work>>;
        auto job = std::make_unique<Job>(*this, std::forward<Work>(work));
        check(dpt_rust_scope_spawn(scope_, &Job::call, job.get()));
        static_cast<void>(job.release());
    }

private:
    template <class Body>
    friend std::invoke_result_t<Body, Scope&> scope_in(dpt_rust_pool* pool, Body&& body);

    template <class Work>
    struct ScopeJob {
        template <class Given>
        ScopeJob(Scope& of, Given&& given) : scope(of), work(std::forward<Given>(given)) {}

        static void call(void* context) noexcept {
            const std::unique_ptr<ScopeJob> self(static_cast<ScopeJob*>(context));
            try {
                if constexpr (std::is_invocable_v<Work&, Scope&>) {
                    std::invoke(self->work, self->scope);
                } else {
                    std::invoke(self->work);
                }
            } catch (...) {
                self->scope.keep(std::current_exception());
            }
        }

        Scope& scope;
        Work work;
    };

    void keep(std::exception_ptr thrown) noexcept {
        const std::scoped_lock guard(lock_);
        if (first_ == nullptr) {
            first_ = std::move(thrown);
        }
    }

    dpt_rust_scope* scope_ = nullptr;
    std::mutex lock_;
    std::exception_ptr first_;
};

template <class Body>
std::invoke_result_t<Body, Scope&> scope_in(dpt_rust_pool* pool, Body&& body) {
    using R = std::invoke_result_t<Body, Scope&>;
    struct Frame {
        Body&& body;
        Scope scope{};
        Outcome<Result<Body, Scope&>> outcome{};

        static void call(void* context, dpt_rust_scope* scope) noexcept {
            auto* self = static_cast<Frame*>(context);
            self->scope.scope_ = scope;
            self->outcome.attempt([self]() -> decltype(auto) {
                return std::invoke(std::forward<Body>(self->body), self->scope);
            });
        }
    };
    Frame frame{std::forward<Body>(body)};
    check(dpt_rust_pool_scope(pool, &Frame::call, &frame));
    Result<Body, Scope&> result = frame.outcome.take();
    if (frame.scope.first_ != nullptr) {
        std::rethrow_exception(frame.scope.first_);
    }
    if constexpr (!std::is_void_v<R>) {
        return std::forward<R>(result);
    }
}

/// Does the work in a thread of the pool, and waits.
template <class Work>
std::invoke_result_t<Work> install_in(dpt_rust_pool* pool, Work&& work) {
    Carried<Work> carried{std::forward<Work>(work)};
    check(dpt_rust_pool_install(pool, &Carried<Work>::call, &carried));
    if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
        carried.outcome.take();
    } else {
        return carried.outcome.take();
    }
}

/// Does the work once in each thread of the pool.
template <class Work>
std::vector<Result<Work&, std::size_t>> broadcast_in(dpt_rust_pool* pool, Work& work) {
    using R = Result<Work&, std::size_t>;
    struct Frame {
        Work& work;
        std::unique_ptr<Outcome<R>[]> outcomes;

        static void call(void* context, std::size_t index) noexcept {
            auto* self = static_cast<Frame*>(context);
            self->outcomes[index].attempt(
                [self, index]() -> decltype(auto) { return std::invoke(self->work, index); });
        }
    };
    const std::size_t count = dpt_rust_pool_threads(pool);
    std::vector<R> results;
    results.reserve(count);
    Frame frame{work, std::make_unique<Outcome<R>[]>(count)};
    check(dpt_rust_pool_broadcast(pool, &Frame::call, &frame));
    std::exception_ptr first;
    for (std::size_t index = 0; index < count; ++index) {
        try {
            results.push_back(frame.outcomes[index].take());
        } catch (...) {
            first = first != nullptr ? first : std::current_exception();
        }
    }
    if (first != nullptr) {
        std::rethrow_exception(first);
    }
    return results;
}

} // namespace diptych::rust::thread_pool
