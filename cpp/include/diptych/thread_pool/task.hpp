// thread_pool/task.hpp - work for later, and what becomes of it.
#pragma once

#include "block.hpp"
#include "cancel.hpp"
#include "job.hpp"
#include "worker.hpp"

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace diptych::cpp::thread_pool {

/// Which of the jobs that wait outside are taken first.
enum class Priority : std::uint8_t {
    /// Before all else that waits, a worker's own jobs too.
    high,
    /// In the order in which they were submitted, more or less.
    normal,
    /// When there is nothing else to do.
    low,
};

/// How work is submitted.
struct Options {
    /// Which is done first.
    Priority priority = Priority::normal;
    /// Who may drop it before it begins.
    std::optional<CancelToken> token{};
};

/// What a task and its handle share, but for the result.
class TaskState : public Counted {
public:
    [[nodiscard]] bool is_done() const noexcept {
        return state_.load(std::memory_order_acquire) == done; // E8, E9
    }

    /// Waits; a worker does other work meanwhile.
    void wait() noexcept;
    /// The coroutine goes on when it is done; false if it is already.
    bool await_by(std::coroutine_handle<> coroutine) noexcept;
    /// There is a result.
    void finish() noexcept;

protected:
    TaskState() noexcept = default;
    ~TaskState() = default;

private:
    bool await_by(Worker& worker) noexcept;

    static constexpr std::uint32_t pending = 0;
    static constexpr std::uint32_t done = 1;
    /// Somebody sleeps at the word itself.
    static constexpr std::uint32_t awaited = 2;

    std::atomic<std::uint32_t> state_{pending};
    std::mutex lock_;
    /// Who is to be told: a worker, of a pool that may not be the work's, or a coroutine.
    std::shared_ptr<Pool> pool_;
    Worker* worker_ = nullptr;
    std::coroutine_handle<> coroutine_;
};

template <class R>
class SharedState : public TaskState {
public:
    SharedState() noexcept = default;
    SharedState(const SharedState&) = delete;
    SharedState& operator=(const SharedState&) = delete;
    ~SharedState() {
        if (is_full) {
            outcome.drop();
        }
    }

    // Of the work's thread until it is done, and then of the handle's.
    Outcome<R> outcome;
    bool is_full = false;
};

// ---- Construction -------------------------------------------------------------------------------

template <class R>
class Task;

/// Puts work in; nobody waits for it.
template <class Work>
void spawn(Pool& pool, const Options& options, Work&& work);

/// Puts work in.
template <class Work>
Task<std::invoke_result_t<std::decay_t<Work>>> submit(Pool& pool, const Options& options,
                                                      Work&& work);

/// The handle of submitted work: wait for it, or co_await it. Dropped, the work goes on, and its
/// result is destroyed in a thread of the pool. One thread at a time.
///
/// A coroutine that awaits it goes on in the thread that did the work, before that does anything
/// else.
template <class R>
class [[nodiscard]] Task {
    using Value = std::conditional_t<std::is_void_v<R>, std::monostate, R>;

public:
    explicit Task(Held<SharedState<Value>> shared) noexcept : shared_(std::move(shared)) {}

    // ---- Queries --------------------------------------------------------------------------------

    /// There is a result, or there never will be one.
    [[nodiscard]] bool is_done() const noexcept { return shared_->is_done(); }

    // ---- Waiting --------------------------------------------------------------------------------

    /// Waits; a worker does other work meanwhile.
    void wait() const noexcept { shared_->wait(); }

    /// Waits; what the work has thrown goes on here, or Cancelled is thrown. Once: afterwards the
    /// handle may only be assigned to or destroyed.
    R join() {
        shared_->wait();
        return await_resume();
    }

    /// The same.
    R get() { return join(); }

    [[nodiscard]] bool await_ready() const noexcept { return is_done(); }
    bool await_suspend(std::coroutine_handle<> coroutine) noexcept {
        return shared_->await_by(coroutine);
    }
    R await_resume() {
        const auto shared = std::move(shared_);
        shared->is_full = false;
        if constexpr (std::is_void_v<R>) {
            shared->outcome.take();
        } else {
            return shared->outcome.take();
        }
    }

private:
    Held<SharedState<Value>> shared_;
};

/// Puts a job in: into the deque of this thread's worker, if it is one of the pool.
void put_in(Pool& pool, Priority priority, Job* job) noexcept;
/// What was submitted to the worker's pool is to be dropped.
bool drops(const Worker& worker) noexcept;
/// It was.
void count_dropped(const Worker& worker) noexcept;
/// Cancelled, to be thrown.
std::exception_ptr cancelled() noexcept;
/// What a job that nobody waits for has thrown.
void handle(const Worker& worker, std::exception_ptr thrown) noexcept;

/// A submitted job on the heap. Work of 40 bytes has room in a block.
template <class Work>
struct TaskJob : Job {
    using R = Result<Work>;

    template <class Given>
    TaskJob(const Options& options, Held<SharedState<R>> with, Given&& given)
        : Job(&TaskJob::run), token(options.token ? *options.token : CancelToken(nullptr)),
          shared(std::move(with)), work(std::forward<Given>(given)) {}

    static void run(Job* job, Worker& worker) noexcept {
        worker.begin_submitted();
        // CONTRACT: T2 - of `put`, and taken.
        auto* self = static_cast<TaskJob*>(job);
        auto shared = std::move(self->shared);
        const auto token = std::move(self->token);
        const bool is_cancelled = token.is_some() && token.is_cancelled();
        const bool is_dropped = is_cancelled || drops(worker);
        Outcome<R> own;
        Outcome<R>& outcome = shared.get() != nullptr ? shared->outcome : own;
        if (!is_dropped) {
            outcome.attempt(std::move(self->work));
        }
        drop(self);
        if (is_cancelled) {
            token.drop_some(1);
        }
        if (is_dropped) {
            count_dropped(worker);
        }
        if (shared.get() != nullptr) {
            if (is_dropped) {
                outcome.fail(cancelled());
            }
            shared->is_full = true;
            shared->finish();
        } else if (!is_dropped && outcome.threw()) [[unlikely]] {
            handle(worker, outcome.take_thrown());
        } else if (!is_dropped) {
            outcome.drop();
        }
        shared = {}; // and the result, if nobody wants it, while the job still counts
        worker.end_submitted();
    }

    CancelToken token; // perhaps none
    Held<SharedState<R>> shared;
    Work work;
};

template <class Work>
void spawn(Pool& pool, const Options& options, Work&& work) {
    put_in(pool, options.priority,
           put<TaskJob<std::decay_t<Work>>>(options, nullptr, std::forward<Work>(work)));
}

template <class Work>
Task<std::invoke_result_t<std::decay_t<Work>>> submit(Pool& pool, const Options& options,
                                                      Work&& work) {
    using Submitted = TaskJob<std::decay_t<Work>>;
    auto shared = Held<SharedState<typename Submitted::R>>::make();
    put_in(pool, options.priority, put<Submitted>(options, shared, std::forward<Work>(work)));
    return Task<std::invoke_result_t<std::decay_t<Work>>>(std::move(shared));
}

// ---- Failures -----------------------------------------------------------------------------------

/// Why there is no result: the work was dropped before it began, because its token was cancelled or
/// its pool was shut down.
class Cancelled : public std::exception {
public:
    [[nodiscard]] const char* what() const noexcept override;
};

} // namespace diptych::cpp::thread_pool
