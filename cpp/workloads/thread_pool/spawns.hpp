// spawns.hpp - tasks one by one. src/workloads/thread_pool/spawns.rs is the same thing.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "items.hpp"
#include "pool.hpp"

namespace diptych::workloads::thread_pool {

/// Bytes of a line of a cache.
constexpr std::size_t line = 64;

/// What tasks write into: a byte for each, in so many lines of a cache. Tasks that follow each
/// other, and are done at the same time, write into different lines, so that no two threads fight
/// over one. A room is for all calls, as in Rust, where a task may outlive its call as far as types
/// can tell.
template <std::size_t Lines>
class alignas(line) Room {
public:
    /// What one task does.
    [[gnu::always_inline]] inline void write(std::size_t index) {
        const std::uint64_t word = seed_.load(std::memory_order_relaxed) + index;
        lines_[index % Lines][index / Lines].store(static_cast<std::uint8_t>(word | 1),
                                                   std::memory_order_relaxed);
    }

    /// Has the tasks of a call done, and answers the sum of what they wrote. With `Every` no byte
    /// is left from the call before.
    template <bool Every, class Work>
    std::uint64_t call(const Series& series, const Work& work) {
        const std::scoped_lock alone(used_);
        seed_.store(series.seed, std::memory_order_relaxed);
        if constexpr (Every) {
            bytes(series.n, [](auto& byte) { byte.store(0, std::memory_order_relaxed); });
        }
        work();
        lab::Digest digest;
        std::uint64_t sum = 0;
        bytes(series.n, [&](const auto& byte) {
            const std::uint64_t word = byte.load(std::memory_order_relaxed);
            if constexpr (Every) {
                digest.add(word);
            } else {
                sum += word;
            }
        });
        return Every ? digest.value() : sum;
    }

private:
    /// Those of so many tasks, in the order in which they lie, as this is timed.
    template <class Each>
    [[gnu::always_inline]] inline void bytes(std::size_t tasks, const Each& each) {
        for (std::size_t at = 0; at < Lines; ++at) {
            const std::size_t of = tasks / Lines + (at < tasks % Lines ? 1 : 0);
            for (std::size_t index = 0; index < of; ++index) {
                each(lines_[at][index]);
            }
        }
    }

    std::array<std::array<std::atomic<std::uint8_t>, line>, Lines> lines_{};
    std::atomic<std::uint64_t> seed_ = 0;
    std::mutex used_;
};

/// For a million tasks; and for a tenth of that, in a cache that is nearer.
inline Room<16'384> large;
inline Room<2048> small;

/// `n` tasks that one of the pool's spawns and waits for.
template <Scope P>
struct Inside : Plain {
    template <bool Every>
    static std::uint64_t go(const Series& series) {
        const std::size_t tasks = series.n;
        return large.call<Every>(series, [tasks] {
            P::with([tasks](typename P::Inside& inside) {
                P::spawn_each(inside, tasks, [](std::size_t index) { large.write(index); });
                return std::uint64_t{0};
            });
        });
    }
};

/// `n` tasks that threads outside of the pool submit and wait for, each its share. Of several
/// producers each is a new thread, which takes less than a hundredth of the time that all takes.
template <Outside P, std::size_t Producers>
struct Submitted : Plain {
    template <bool Every>
    static std::uint64_t go(const Series& series) {
        const std::size_t tasks = series.n;
        const auto share = [tasks](std::size_t producer) {
            const std::size_t first = tasks * producer / Producers;
            const std::size_t end = tasks * (producer + 1) / Producers;
            P::submit_each(first, end, [](std::size_t index) { small.write(index); });
        };
        return small.call<Every>(series, [&share] {
            if constexpr (Producers == 1) {
                return share(0);
            }
            std::vector<std::jthread> producers;
            for (std::size_t producer = 0; producer < Producers; ++producer) {
                producers.emplace_back(share, producer);
            }
        });
    }
};

} // namespace diptych::workloads::thread_pool
