// thread_pool/tally.hpp - how many submitted jobs have begun their way and how many have ended, so
// that somebody can wait until there are none.
//
// Each worker counts for itself, and threads outside have a few counters to share: nothing is
// counted at one place. All that have ended are added up first, then all that began: both only
// grow, so if the sums are equal, there was a moment in between with no job at all (Mattern, 1987).
#pragma once

#include "config.hpp"

#include <atomic>
#include <cstdint>

namespace diptych::cpp::thread_pool {

class alignas(line_bytes) Tally {
public:
    // ---- Construction ---------------------------------------------------------------------------

    constexpr Tally() noexcept = default;

    // ---- Mutation -------------------------------------------------------------------------------

    /// By the only thread that counts here.
    void begin() noexcept {
        begun_.store(begun_.load(std::memory_order_relaxed) + 1, std::memory_order_release); // E12
    }

    /// By the only thread that counts here. Who sees the end sees what the job began.
    void end() noexcept {
        ended_.store(ended_.load(std::memory_order_relaxed) + 1, std::memory_order_release); // E12
    }

    /// By one of several threads.
    void begin_shared() noexcept {
        begun_.fetch_add(1, std::memory_order_seq_cst); // E12
    }

    // ---- Queries --------------------------------------------------------------------------------

    /// No job is under way, at some moment of this call; each(visit) visits all tallies.
    template <class Each>
    static bool is_quiet(const Each& each) {
        std::uint64_t ended = 0;
        std::uint64_t begun = 0;
        each([&](const Tally& tally) {
            ended += tally.ended_.load(std::memory_order_acquire); // E12
        });
        each([&](const Tally& tally) {
            begun += tally.begun_.load(std::memory_order_seq_cst); // E12
        });
        return begun == ended;
    }

private:
    std::atomic<std::uint64_t> begun_{0};
    std::atomic<std::uint64_t> ended_{0};
};

} // namespace diptych::cpp::thread_pool
