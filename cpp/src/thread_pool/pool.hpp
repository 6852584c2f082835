// pool.hpp - what the workers of a pool share.
#pragma once

#include "control.hpp"
#include "diptych/thread_pool/sync.hpp"
#include "diptych/thread_pool/worker.hpp"
#include "injector.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

namespace diptych::cpp::thread_pool {

class Pool {
public:
    // ---- Construction ---------------------------------------------------------------------------

    Pool(std::size_t count, Fences fences);

    // ---- Queries --------------------------------------------------------------------------------

    [[nodiscard]] const std::vector<std::unique_ptr<Worker>>& workers() const noexcept {
        return workers_;
    }

    [[nodiscard]] bool is_over() const noexcept { return over_.load(std::memory_order_seq_cst); }

    /// Somebody has a job that nobody works at. E2: exact for what was published before a heavy
    /// fence of the caller's.
    [[nodiscard]] bool has_jobs() const noexcept;

    // ---- Mutation -------------------------------------------------------------------------------

    /// Publishes a job from outside, which stays until somebody has taken it.
    void inject(Job* job) noexcept;

    /// Something was published: somebody searches from now on, if somebody sleeps.
    void wake_one() noexcept;

    /// Workers end when they have nothing more to do.
    void end() noexcept;

    Control control;
    Injector injector;

private:
    std::atomic<bool> over_{false};
    std::vector<std::unique_ptr<Worker>> workers_;
};

} // namespace diptych::cpp::thread_pool
