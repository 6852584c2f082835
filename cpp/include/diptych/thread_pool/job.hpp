// thread_pool/job.hpp - work that a worker may take: a function, and behind it whatever it needs.
#pragma once

#include "sync.hpp"

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
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
    /// The one behind it, while it waits outside or is free.
    Job* next; // NOLINT(cppcoreguidelines-pro-type-member-init) - set when it is put in
};

/// What a call of the work answers; of nothing, std::monostate.
template <class Work>
using Result = std::conditional_t<std::is_void_v<std::invoke_result_t<Work>>, std::monostate,
                                  std::invoke_result_t<Work>>;

/// Calls it.
template <class Work>
[[gnu::always_inline]] inline Result<Work> call(Work&& work) {
    if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
        std::invoke(std::forward<Work>(work));
        return {};
    } else {
        return std::invoke(std::forward<Work>(work));
    }
}

/// What came of some work: its result, or what it has thrown. Nothing before `attempt`.
template <class Work>
class Outcome {
public:
    // NOLINTNEXTLINE(modernize-use-equals-default) - or the members would be needed
    [[gnu::always_inline]] Outcome() noexcept {}
    ~Outcome() {} // NOLINT(modernize-use-equals-default)
    Outcome(const Outcome&) = delete;
    Outcome& operator=(const Outcome&) = delete;

    /// Once.
    void attempt(Work&& work) noexcept {
        try {
            std::construct_at(&value_, call(std::forward<Work>(work)));
            threw_ = false;
            return;
        } catch (...) {
            std::construct_at(&thrown_, std::current_exception());
        }
        // Whoever takes it is alone with it: this thread has let go of it above.
        threw_ = true;
    }

    /// The result; or what it threw goes on here. Once, after `attempt`.
    [[gnu::cold]] Result<Work> take() {
        if (threw_) {
            const std::exception_ptr thrown = std::move(thrown_);
            std::destroy_at(&thrown_);
            std::rethrow_exception(thrown);
        }
        const Drop drop{this};
        return std::forward<Result<Work>>(value_.result);
    }

    /// Nobody wants it. As `take`.
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
        [[gnu::always_inline]] explicit Value(Result<Work>&& of)
            : result(std::forward<Result<Work>>(of)) {}
        Result<Work> result;
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
    /// The worker that waits; none: a thread that belongs to no pool.
    [[gnu::always_inline]] explicit Latch(Worker* waiter) noexcept : waiter_(waiter) {}

    /// E8: who sees it done sees what was done.
    [[nodiscard]] bool is_done() const noexcept {
        return state_.load(std::memory_order_acquire) == done;
    }

    /// The last that is done to it: whoever waits may take its memory back at once. The latch is
    /// alive until it is done; its worker stays.
    static void set(Latch* latch) noexcept;

    /// Waits in a thread that can do nothing else meanwhile.
    void wait() noexcept;

private:
    static constexpr std::uint32_t pending = 0;
    static constexpr std::uint32_t done = 1;
    /// Somebody sleeps at the word itself.
    static constexpr std::uint32_t awaited = 2;

    std::atomic<std::uint32_t> state_{pending};
    Worker* waiter_;
};

// ---- Jobs in a frame ----------------------------------------------------------------------------

/// A job in the frame of a function that waits for it. Work that was given as an lvalue stays where
/// it is.
template <class Work>
class StackJob : public Job {
public:
    [[gnu::always_inline]] StackJob(Work&& work, Worker* waiter)
        : Job(&StackJob::run), latch_(waiter), work_(std::forward<Work>(work)) {}

    Latch& latch() noexcept { return latch_; }

    /// The work itself, for who has the job, or has taken it back. Once.
    // CONTRACT: T2 - nobody else calls it.
    [[gnu::always_inline]] Work&& take_work() noexcept { return std::forward<Work>(work_); }

    /// What came of it. After the latch is done.
    Outcome<Work>& outcome() noexcept { return outcome_; }

private:
    static void run(Job* job, Worker& /*worker*/) noexcept {
        auto* self = static_cast<StackJob*>(job);
        // CONTRACT: T2 - the frame waits for the latch, and nobody looks before it is done.
        self->outcome_.attempt(self->take_work());
        // CONTRACT: T3 - the last access.
        Latch::set(&self->latch_);
    }

    Latch latch_;
    Work work_;
    Outcome<Work> outcome_;
};

} // namespace diptych::cpp::thread_pool
