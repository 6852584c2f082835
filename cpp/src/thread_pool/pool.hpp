// pool.hpp - what the workers of a pool share.
#pragma once

#include "control.hpp"
#include "diptych/thread_pool/builder.hpp"
#include "diptych/thread_pool/injector.hpp"
#include "diptych/thread_pool/metrics.hpp"
#include "diptych/thread_pool/sync.hpp"
#include "diptych/thread_pool/tally.hpp"
#include "diptych/thread_pool/worker.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace diptych::cpp::thread_pool {

enum class Priority : std::uint8_t;

class Pool : public std::enable_shared_from_this<Pool> {
public:
    // ---- Construction ---------------------------------------------------------------------------

    Pool(std::size_t count, Fences fences, Hooks hooks);

    /// Another hold of it.
    std::shared_ptr<Pool> keep() noexcept { return shared_from_this(); }

    // ---- Queries --------------------------------------------------------------------------------

    [[nodiscard]] const std::vector<std::unique_ptr<Worker>>& workers() const noexcept {
        return workers_;
    }

    /// Workers are to end when there is nothing more to do.
    [[nodiscard]] bool is_over() const noexcept {
        return end_.is_over.load(std::memory_order_seq_cst); // E9
    }

    /// What was submitted is to be dropped.
    [[nodiscard]] bool drops() const noexcept { return end_.drops.load(std::memory_order_relaxed); }

    /// Somebody waits until all that was submitted has ended.
    [[nodiscard]] bool is_awaited() const noexcept {
        return end_.waiters.load(std::memory_order_seq_cst) > 0; // E12
    }

    /// All that was submitted has ended.
    [[nodiscard]] bool is_quiet() const noexcept;

    /// Somebody has a job that nobody works at. E2: exact for what was published before a heavy
    /// fence of the caller's.
    [[nodiscard]] bool has_jobs() const noexcept;

    [[nodiscard]] Metrics metrics() const noexcept;

    // ---- Mutation -------------------------------------------------------------------------------

    /// Publishes a job from outside, which stays until somebody has taken it.
    void inject(Job* job, Priority priority) noexcept;

    /// Something was published: somebody searches from now on, if somebody sleeps.
    void wake_one() noexcept;

    /// A thread outside submits a job.
    void begin_outside() noexcept;

    void count_dropped() noexcept { end_.dropped.fetch_add(1, std::memory_order_relaxed); }

    /// A job that nobody waits for has thrown.
    void handle(std::exception_ptr thrown) noexcept;

    void call(const std::function<void(std::size_t)>& hook, std::size_t index) noexcept;
    void begin_thread(std::size_t index) noexcept;
    void end_thread(std::size_t index) noexcept;

    // ---- End ------------------------------------------------------------------------------------

    /// Waits until all that was submitted has ended. By a thread outside.
    void wait_quiet();

    /// Jobs have ended in this worker, and perhaps they were the last.
    void tell_if_quiet() noexcept;

    /// Workers end when there is nothing more to do; at once what was submitted is dropped, if
    /// `drops`.
    void end(bool drops) noexcept;

    void notify_all() noexcept;

    Control control;
    /// By priority.
    std::array<Injector, 3> injectors;

private:
    std::vector<std::unique_ptr<Worker>> workers_;
    std::array<Tally, tallies> outside_;
    Hooks hooks_;

    /// How it ends, and who waits until there is nothing to do.
    struct alignas(line_bytes) End {
        std::atomic<bool> is_over{false};
        std::atomic<bool> drops{false};
        std::atomic<std::uint64_t> dropped{0};
        std::atomic<std::uint32_t> waiters{0};
        std::mutex lock;
        std::condition_variable quiet;
    };
    End end_;
};

} // namespace diptych::cpp::thread_pool
