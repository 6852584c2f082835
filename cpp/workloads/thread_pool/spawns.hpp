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

/// Lines of a cache in a room, and bytes of one of them: together the tasks of a call, at most.
constexpr std::size_t lines = 2048;
constexpr std::size_t line = 64;

/// What tasks write into: a byte for each. Tasks that follow each other, and are done at the same
/// time, write into different lines, so that no two threads fight over one. There is one room for
/// all calls, as in Rust, where a task may outlive its call as far as types can tell.
class alignas(line) Room {
public:
    /// What one task does.
    [[gnu::always_inline]] inline void write(std::size_t index) {
        const std::uint64_t word = seed_.load(std::memory_order_relaxed) + index;
        byte(index).store(static_cast<std::uint8_t>(word | 1), std::memory_order_relaxed);
    }

    /// Has the tasks of a call done, and answers the sum of what they wrote. With `Every` no byte
    /// is left from the call before.
    template <bool Every, class Work>
    std::uint64_t call(const Series& series, const Work& work) {
        const std::scoped_lock alone(used_);
        seed_.store(series.seed, std::memory_order_relaxed);
        if constexpr (Every) {
            for (std::size_t index = 0; index < series.n; ++index) {
                byte(index).store(0, std::memory_order_relaxed);
            }
        }
        work();
        lab::Digest digest;
        std::uint64_t sum = 0;
        for (std::size_t index = 0; index < series.n; ++index) {
            const std::uint64_t word = byte(index).load(std::memory_order_relaxed);
            if constexpr (Every) {
                digest.add(word);
            } else {
                sum += word;
            }
        }
        return Every ? digest.value() : sum;
    }

private:
    [[gnu::always_inline]] inline std::atomic<std::uint8_t>& byte(std::size_t index) {
        return bytes_[index % lines * line + index / lines];
    }

    std::array<std::atomic<std::uint8_t>, lines * line> bytes_{};
    std::atomic<std::uint64_t> seed_ = 0;
    std::mutex used_;
};

inline Room room;

/// `n` tasks that one of the pool's spawns and waits for.
template <Scope P>
struct Inside : Plain {
    template <bool Every>
    static std::uint64_t go(const Series& series) {
        const std::size_t tasks = series.n;
        return room.call<Every>(series, [tasks] {
            P::with([tasks](typename P::Inside& inside) {
                P::spawn_each(inside, tasks, [](std::size_t index) { room.write(index); });
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
            P::submit_each(first, end, [](std::size_t index) { room.write(index); });
        };
        return room.call<Every>(series, [&share] {
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
