// thread_pool/worker.hpp - a thread of a pool: what it does when it has nothing to do.
#pragma once

#include "config.hpp"
#include "deque.hpp"
#include "injector.hpp"
#include "job.hpp"
#include "metrics.hpp"
#include "sync.hpp"
#include "tally.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace diptych::cpp::thread_pool {

class Pool;
enum class Priority : std::uint8_t;

/// What a worker waits for; asked again and again.
class Until {
public:
    template <class IsDone>
    explicit Until(const IsDone& is_done) noexcept
        : of_(&is_done),
          ask_([](const void* of) noexcept { return (*static_cast<const IsDone*>(of))(); }) {}

    [[nodiscard]] bool is_done() const noexcept { return ask_(of_); }

private:
    const void* of_;
    bool (*ask_)(const void*) noexcept;
};

/// This thread's.
// constinit, so that nobody asks at each use whether it was made.
extern constinit thread_local Worker* current_worker [[gnu::tls_model("initial-exec")]];

// CONTRACT: T6 - what is neither atomic nor constant is touched by the worker's own thread.
class alignas(line_bytes) Worker { // NOLINT(clang-analyzer-optin.performance.Padding)
public:
    // ---- Construction ---------------------------------------------------------------------------

    Worker(std::size_t index, Pool* pool, Fences fences);

    // ---- Queries --------------------------------------------------------------------------------

    /// The worker whose thread this is, or null.
    // CONTRACT: T6 - of the pool that runs this thread.
    [[gnu::always_inline]] static Worker* current() noexcept { return current_worker; }

    [[nodiscard]] Pool& pool() const noexcept { return *pool_; }

    // ---- Mutation, fast path first --------------------------------------------------------------

    /// Publishes a job of this thread's; what `take` is to be told. By this worker's thread; the
    /// job stays until somebody has taken it.
    [[gnu::always_inline]] std::ptrdiff_t push(Job* job) noexcept {
        const Pushed pushed = deque.push(job);
        if (pushed.at_limit) [[unlikely]] {
            return pushed_at_limit(pushed.at);
        }
        return pushed.at;
    }

    /// Takes a job back that was pushed; or waits until who stole it is done. True: taken. By this
    /// worker's thread; `at` is what `push` answered.
    [[gnu::always_inline]] bool take(std::ptrdiff_t at, Job* job, const Latch& latch) noexcept {
        return deque.take(at) || take_slowly(job, latch);
    }

    /// Publishes a job that was spawned; or executes it, if enough others wait. As `push`.
    void push_or_execute(Job* job) noexcept;

    /// True if so many jobs wait that it is better to do one than to publish another: until
    /// `end_inline`. What is spawned in between is published: work that spawns itself for ever must
    /// not fill the stack.
    bool begin_inline() noexcept {
        const bool begins = deque.len() >= spawn_limit && !is_inline_;
        is_inline_ = is_inline_ || begins;
        return begins;
    }

    void end_inline() noexcept { is_inline_ = false; }

    void begin_submitted() noexcept { ++under_way_; }

    /// A submitted job has ended here. Who waits until all have is told when this worker has no
    /// other one, or goes on with something that does not count: to look after each whether it was
    /// the last would take from all others what they count in.
    void end_submitted() noexcept {
        tally.end();
        has_ended_ = --under_way_ == 0;
    }

    /// What follows is no submitted job.
    [[gnu::always_inline]] void tell_ends() noexcept {
        if (has_ended_) {
            tell_ends_now();
        }
    }

    /// Executes a job that was taken by this worker's thread.
    // CONTRACT: T2 - it is nobody else's.
    void execute(Job* job) noexcept {
        job->execute(job, *this);
        counts.executed.add(1);
    }

    // ---- Slow path ------------------------------------------------------------------------------

    /// Does what there is to do until it is told to stop.
    void work_until(Until until) noexcept;

    /// Wakes it if it sleeps, as a searcher; true if it did.
    bool call() noexcept;

    /// Wakes it if it sleeps: what it waits for may be done.
    void notify() noexcept;

    // ---- Thread ---------------------------------------------------------------------------------

    /// The life of its thread.
    void run() noexcept;

    Deque deque;

private:
    // Not cold: told so here, g++ takes the whole rest of a join for cold.
    [[gnu::noinline]] std::ptrdiff_t pushed_at_limit(std::ptrdiff_t at) noexcept;
    [[gnu::noinline]] void tell_ends_now() noexcept;
    [[gnu::noinline]] bool take_slowly(Job* job, const Latch& latch) noexcept;
    Job* next_job() noexcept;
    Job* search(Until until) noexcept;
    void end_search() noexcept;
    Job* steal() noexcept;
    Job* take_outside() noexcept;
    void sleep(Until until) noexcept;
    void reclaim() noexcept;
    std::size_t random() noexcept;

    /// At which it sleeps.
    alignas(line_bytes) std::atomic<std::uint32_t> park_;

public:
    alignas(line_bytes) const std::size_t index;

private:
    Pool* pool_;

public:
    /// Jobs that are for this one and no other.
    Injector mail;
    Tally tally;
    Counts counts;

private:
    std::uint64_t chance_;
    std::uint32_t ticks_ = 0;
    /// Submitted jobs that this thread has begun and not ended: one waits for another.
    std::uint32_t under_way_ = 0;
    /// Some have ended, and who waits for that was not told yet.
    bool has_ended_ = false;
    /// It executes what it should have pushed.
    bool is_inline_ = false;
};

} // namespace diptych::cpp::thread_pool
