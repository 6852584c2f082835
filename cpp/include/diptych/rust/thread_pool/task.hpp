// rust/thread_pool/task.hpp - work for later, and what becomes of it.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "diptych.h"
#include "diptych/rust/thread_pool/cancel.hpp"
#include "diptych/rust/thread_pool/join.hpp"
#include "diptych/thread_pool/task.hpp"

namespace diptych::rust::thread_pool {

using cpp::thread_pool::Priority;

/// Why there is no result: the work was dropped before it began, because its token was cancelled or
/// its pool was shut down.
class Cancelled : public std::exception {
public:
    [[nodiscard]] const char* what() const noexcept override { return "cancelled before it began"; }
};

/// How work is submitted.
struct Options {
    Priority priority = Priority::normal;
    /// Who may drop it before it begins.
    std::optional<CancelToken> token{};
};

/// What a pool's owner wants to be called.
struct Callbacks {
    std::function<void(std::size_t)> on_start{};
    std::function<void(std::size_t)> on_stop{};
    std::function<void(std::exception_ptr)> panic_handler{};
};

/// The same, as long as somebody may call it: a thread that ends its own pool lives on.
struct Hooks : Callbacks {
    explicit Hooks(Callbacks callbacks) : Callbacks(std::move(callbacks)) {}

    std::atomic<std::size_t> holders{1};

    static void let_go(Hooks* hooks) noexcept {
        if (hooks != nullptr && hooks->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete hooks;
        }
    }

    /// Of the pool that this thread belongs to.
    inline static thread_local Hooks* current = nullptr;

    static void start(void* context, std::size_t index) noexcept {
        current = static_cast<Hooks*>(context);
        current->holders.fetch_add(1, std::memory_order_relaxed);
        if (current->on_start) {
            current->on_start(index);
        }
    }

    static void stop(void* context, std::size_t index) noexcept {
        if (current->on_stop) {
            current->on_stop(index);
        }
        current = nullptr;
        let_go(static_cast<Hooks*>(context));
    }
};

/// Work that nobody waits for.
template <class Work>
struct SpawnJob {
    Work work;

    static void call(void* context) noexcept {
        std::unique_ptr<SpawnJob> self(static_cast<SpawnJob*>(context));
        try {
            std::invoke(std::move(self->work));
        } catch (...) {
            self.reset();
            if (Hooks::current != nullptr && Hooks::current->panic_handler) {
                Hooks::current->panic_handler(std::current_exception());
            }
        }
    }

    static void drop(void* context) noexcept { delete static_cast<SpawnJob*>(context); }
};

template <class Work>
void spawn_in(dpt_rust_pool* pool, const Options& options, Work&& work) {
    using Job = SpawnJob<std::decay_t<Work>>;
    std::unique_ptr<Job> job(new Job{std::forward<Work>(work)});
    check(dpt_rust_pool_submit(pool, static_cast<dpt_priority>(options.priority),
                               raw(options.token), &Job::call, &Job::drop, job.get(), nullptr));
    static_cast<void>(job.release());
}

/// What submitted work and its handle share.
template <class R>
class TaskState {
public:
    TaskState() noexcept = default;
    TaskState(const TaskState&) = delete;
    TaskState& operator=(const TaskState&) = delete;

    [[nodiscard]] bool is_done() const noexcept {
        return awaits_.load(std::memory_order_acquire) == this;
    }

    /// The coroutine goes on when it is done; false if it is already.
    bool await_by(std::coroutine_handle<> coroutine) noexcept {
        void* nobody = nullptr;
        return awaits_.compare_exchange_strong(nobody, coroutine.address(),
                                               std::memory_order_acq_rel);
    }

    /// By the handle, once, when it is done.
    R take() {
        is_full_ = false;
        return outcome_.take();
    }

    static void let_go(TaskState* state) noexcept {
        if (state->holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete state;
        }
    }

    virtual ~TaskState() {
        if (is_full_) {
            outcome_.drop();
        }
    }

protected:
    /// There is a result. The last use of it by the work.
    void finish() noexcept {
        is_full_ = true;
        // With `is_done`: who sees it done sees the result; with `await_by`: and what it waits for.
        void* coroutine = awaits_.exchange(this, std::memory_order_acq_rel);
        if (coroutine != nullptr) {
            std::coroutine_handle<>::from_address(coroutine).resume();
        }
        let_go(this);
    }

    // Of the work until it is done, and then of the handle.
    Outcome<R> outcome_;

private:
    bool is_full_ = false;
    std::atomic<std::uint32_t> holders_{2};
    /// A coroutine, or this: done.
    std::atomic<void*> awaits_{nullptr};
};

template <class Work>
class TaskJob : public TaskState<Result<Work>> {
public:
    template <class Given>
    explicit TaskJob(Given&& given) : work_(std::in_place, std::forward<Given>(given)) {}

    static void call(void* context) noexcept {
        auto* self = static_cast<TaskJob*>(context);
        self->outcome_.attempt(std::move(*self->work_));
        self->work_.reset();
        self->finish();
    }

    static void drop(void* context) noexcept {
        auto* self = static_cast<TaskJob*>(context);
        self->work_.reset();
        self->outcome_.fail(std::make_exception_ptr(Cancelled()));
        self->finish();
    }

private:
    std::optional<Work> work_;
};

/// The handle of submitted work: wait for it, or co_await it. Dropped, the work goes on.
template <class R>
class [[nodiscard]] Task {
    using Value = std::conditional_t<std::is_void_v<R>, std::monostate, R>;

public:
    Task(TaskState<Value>* state, dpt_rust_task* task) noexcept : state_(state), task_(task) {}
    Task(Task&& other) noexcept
        : state_(std::exchange(other.state_, nullptr)), task_(std::exchange(other.task_, nullptr)) {
    }
    Task& operator=(Task&& other) noexcept {
        std::swap(state_, other.state_);
        std::swap(task_, other.task_);
        return *this;
    }
    ~Task() {
        dpt_rust_task_delete(task_);
        if (state_ != nullptr) {
            TaskState<Value>::let_go(state_);
        }
    }

    /// There is a result, or there never will be one.
    [[nodiscard]] bool is_done() const noexcept { return state_->is_done(); }

    /// Waits; a worker does other work meanwhile.
    void wait() const noexcept {
        if (!is_done()) {
            static_cast<void>(dpt_rust_task_wait(std::exchange(task_, nullptr)));
        }
    }

    /// Waits; what the work has thrown goes on here, or Cancelled is thrown. Once.
    R join() {
        wait();
        return await_resume();
    }

    /// The same.
    R get() { return join(); }

    [[nodiscard]] bool await_ready() const noexcept { return is_done(); }
    bool await_suspend(std::coroutine_handle<> coroutine) noexcept {
        return state_->await_by(coroutine);
    }
    R await_resume() {
        const Task last(std::move(*this));
        if constexpr (std::is_void_v<R>) {
            last.state_->take();
        } else {
            return last.state_->take();
        }
    }

private:
    TaskState<Value>* state_;
    /// Null after it was waited for.
    mutable dpt_rust_task* task_;
};

template <class Work>
using Submitted = Task<std::invoke_result_t<std::decay_t<Work>>>;

template <class Work>
Submitted<Work> submit_in(dpt_rust_pool* pool, const Options& options, Work&& work) {
    using Job = TaskJob<std::decay_t<Work>>;
    auto job = std::make_unique<Job>(std::forward<Work>(work));
    dpt_rust_task* task = nullptr;
    check(dpt_rust_pool_submit(pool, static_cast<dpt_priority>(options.priority),
                               raw(options.token), &Job::call, &Job::drop, job.get(), &task));
    return Submitted<Work>(job.release(), task);
}

} // namespace diptych::rust::thread_pool
