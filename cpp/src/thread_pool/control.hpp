// control.hpp - who sleeps and who searches: one word for a pool.
//
//    63              32 31               0
//   +------------------+------------------+
//   | asleep           | searching        |     both count workers
//   +------------------+------------------+
//
// Whoever publishes a job wakes a worker only if one sleeps and none is searching. So a searcher
// answers for all that was published meanwhile: when it stops being one, because it sleeps or
// because it found a job and was the last, it looks everywhere once more.
#pragma once

#include <atomic>
#include <cstdint>

namespace diptych::cpp::thread_pool {

// CONTRACT: T4 - asleep is never too low, searching exact.
class Control {
    static constexpr std::uint64_t searcher = 1;
    static constexpr std::uint64_t sleeper = std::uint64_t{1} << 32;

public:
    /// What the word says.
    class State {
    public:
        explicit State(std::uint64_t word) noexcept : word_(word) {}

        /// At least as many as cannot go on by themselves.
        [[nodiscard]] std::uint64_t asleep() const noexcept { return word_ / sleeper; }

        [[nodiscard]] std::uint64_t searching() const noexcept { return word_ % sleeper; }

        /// A job that is published now would be left lying.
        [[nodiscard]] bool is_idle() const noexcept { return asleep() > 0 && searching() == 0; }

    private:
        std::uint64_t word_;
    };

    // ---- Construction ---------------------------------------------------------------------------

    constexpr Control() noexcept = default;

    // ---- Queries --------------------------------------------------------------------------------

    /// After a job was published, and a light fence; after a new ring, and a heavy one.
    [[nodiscard]] State state() const noexcept {
        return State(word_.load(std::memory_order_seq_cst)); // E2, E5, E7
    }

    // ---- Mutation -------------------------------------------------------------------------------

    /// One searches. Whoever frees rings counts it, or it sees the new ones.
    void begin_search() noexcept {
        word_.fetch_add(searcher, std::memory_order_seq_cst); // E7
    }

    /// One less does; what there is then.
    State end_search() noexcept {
        // E2: it answers for what others published meanwhile. E7: it is in no ring any more.
        return State(word_.fetch_sub(searcher, std::memory_order_seq_cst) - searcher);
    }

    /// A searcher is about to sleep: it looks everywhere afterwards, behind a heavy fence.
    void sleep() noexcept {
        word_.fetch_add(sleeper - searcher, std::memory_order_seq_cst); // E2, E5, E7, E14
    }

    /// A sleeper is awake, and searches.
    void wake_to_search() noexcept {
        word_.fetch_sub(sleeper - searcher, std::memory_order_seq_cst); // E7, E14
    }

    /// A sleeper is awake, to go on with what it waited for.
    void wake() noexcept {
        word_.fetch_sub(sleeper, std::memory_order_seq_cst); // E14
    }

private:
    std::atomic<std::uint64_t> word_{0};
};

} // namespace diptych::cpp::thread_pool
