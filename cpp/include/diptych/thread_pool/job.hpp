// thread_pool/job.hpp - work that a worker may take: a function, and behind it whatever it needs.
#pragma once

#include "sync.hpp"

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <variant>

namespace diptych::cpp::thread_pool {

class Worker;

/// The beginning of every job.
struct Job {
    using Execute = void (*)(Job*, Worker&) noexcept;

    [[gnu::always_inline]] explicit Job(Execute function) noexcept : execute(function) {}
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;

    /// Called once, by whoever took the job; afterwards it may be gone.
    Execute execute;
};

/// What a call of the work answers; of nothing, std::monostate.
template <class Work, class... Given>
using Result = std::conditional_t<std::is_void_v<std::invoke_result_t<Work, Given...>>,
                                  std::monostate, std::invoke_result_t<Work, Given...>>;

/// Calls it.
template <class Work, class... Given>
[[gnu::always_inline]] inline Result<Work, Given...> call(Work&& work, Given&&... given) {
    if constexpr (std::is_void_v<std::invoke_result_t<Work, Given...>>) {
        std::invoke(std::forward<Work>(work), std::forward<Given>(given)...);
        return {};
    } else {
        return std::invoke(std::forward<Work>(work), std::forward<Given>(given)...);
    }
}

/// What came of some work: its result, or what it has thrown. Nothing before `attempt`, and after
/// `take` or `drop`, one of which has to follow.
template <class R>
class Outcome {
public:
    // NOLINTNEXTLINE(modernize-use-equals-default) - or the members would be needed
    [[gnu::always_inline]] Outcome() noexcept {}
    ~Outcome() {} // NOLINT(modernize-use-equals-default)
    Outcome(const Outcome&) = delete;
    Outcome& operator=(const Outcome&) = delete;

    /// Calls it, once.
    template <class Work>
    void attempt(Work&& work) noexcept {
        try {
            ::new (static_cast<void*>(&value_)) Value{call(std::forward<Work>(work))};
            threw_ = false;
            return;
        } catch (...) {
            std::construct_at(&thrown_, std::current_exception());
        }
        // Whoever takes it is alone with it: this thread has let go of it above.
        threw_ = true;
    }

    /// Keeps that instead.
    void fail(std::exception_ptr thrown) noexcept {
        std::construct_at(&thrown_, std::move(thrown));
        threw_ = true;
    }

    /// The result; or what it threw goes on here.
    [[gnu::cold]] R take() {
        if (threw_) {
            std::rethrow_exception(take_thrown());
        }
        const Drop drop{this};
        return std::forward<R>(value_.result);
    }

    /// It has no result.
    [[nodiscard]] bool threw() const noexcept { return threw_; }

    /// What it threw; null if it has not.
    std::exception_ptr take_thrown() noexcept {
        std::exception_ptr thrown;
        if (threw_) {
            thrown = std::move(thrown_);
        }
        drop();
        return thrown;
    }

    /// Nobody wants it.
    void drop() noexcept {
        if (threw_) {
            std::destroy_at(&thrown_);
        } else {
            std::destroy_at(&value_);
        }
    }

private:
    /// So that there may be references too.
    struct Value {
        R result;
    };
    struct Drop {
        Outcome* outcome;
        ~Drop() { outcome->drop(); }
    };

    union {
        Value value_;
        std::exception_ptr thrown_;
    };
    bool threw_;
};

// ---- Latch --------------------------------------------------------------------------------------

/// Told once that something is done.
class Latch {
public:
    /// The worker that waits; none: a thread that belongs to no pool. Foreign: whoever sets it is
    /// of another pool.
    [[gnu::always_inline]] Latch(Worker* waiter, bool is_foreign) noexcept
        : is_foreign_(is_foreign), waiter_(waiter) {}

    /// Who sees it done sees what was done.
    [[nodiscard]] bool is_done() const noexcept {
        return state_.load(std::memory_order_acquire) == done; // E8, E9
    }

    /// The last that is done to it: whoever waits may take its memory back at once. The latch is
    /// alive until it is done.
    static void set(Latch* latch) noexcept;

    /// Waits in a thread that can do nothing else meanwhile.
    void wait() noexcept;

private:
    static constexpr std::uint32_t pending = 0;
    static constexpr std::uint32_t done = 1;
    /// Somebody sleeps at the word itself.
    static constexpr std::uint32_t awaited = 2;

    std::atomic<std::uint32_t> state_{pending};
    bool is_foreign_;
    Worker* waiter_;
};

// ---- Jobs in a frame ----------------------------------------------------------------------------

/// What follows in the worker is no submitted job.
void tell_ends(Worker& worker) noexcept;

/// A job in the frame of a function that waits for it. Work that was given as an lvalue stays where
/// it is.
template <class Work>
class StackJob : public Job {
public:
    // NOLINTNEXTLINE(clang-analyzer-optin.cplusplus.UninitializedObject) - Outcome says when
    [[gnu::always_inline]] StackJob(Work&& work, Worker* waiter, bool is_foreign)
        : Job(&StackJob::run), latch_(waiter, is_foreign), work_(std::forward<Work>(work)) {}

    Latch& latch() noexcept { return latch_; }

    /// The work itself, for who has the job, or has taken it back. Once.
    // CONTRACT: T2 - nobody else calls it.
    [[gnu::always_inline]] Work&& take_work() noexcept { return std::forward<Work>(work_); }

    /// What came of it. After the latch is done.
    Outcome<Result<Work>>& outcome() noexcept { return outcome_; }

private:
    static void run(Job* job, Worker& worker) noexcept {
        tell_ends(worker);
        auto* self = static_cast<StackJob*>(job);
        // CONTRACT: T2 - the frame waits for the latch, and nobody looks before it is done.
        self->outcome_.attempt(self->take_work());
        // CONTRACT: T3 - the last access.
        Latch::set(&self->latch_);
    }

    Latch latch_;
    Work work_;
    Outcome<Result<Work>> outcome_;
};

} // namespace diptych::cpp::thread_pool
