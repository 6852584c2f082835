// probe.hpp - what a pool does while there is little to do: how soon a task begins, and what the
// process burns. peers/src/pools/probe.rs measures pools in Rust in the same way, and says what is
// printed.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>

#include "diptych/lab/clock.hpp"

namespace diptych::peers::pools {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// How long the pool had nothing to do before a task comes.
constexpr std::chrono::microseconds gaps[] = {300us, 5000us};

/// Tasks of a trickle come so often.
constexpr std::chrono::milliseconds tick = 1ms;

/// What is still going on when the pool was last used is over after this time.
constexpr std::chrono::milliseconds calm = 200ms;

/// Nanoseconds since the process asked first; never 0.
inline std::uint64_t now() {
    static const Clock::time_point first = Clock::now();
    return static_cast<std::uint64_t>((Clock::now() - first) / 1ns) + 1;
}

/// When the task began; 0 as long as it did not.
inline std::atomic<std::uint64_t> begun = 0;

/// Submits tasks to an idle pool, and prints how long each took to begin.
template <class Pool>
void latencies(std::chrono::microseconds gap, std::size_t samples) {
    std::string text = "latency\t" + std::to_string(gap.count());
    // The first ones pay for what is made on first use.
    for (std::size_t sample = 0; sample < samples + 10; ++sample) {
        std::this_thread::sleep_for(gap);
        begun.store(0, std::memory_order_relaxed);
        const std::uint64_t submitted = now();
        Pool::submit([] { begun.store(now(), std::memory_order_release); });
        std::uint64_t seen = 0;
        // Pairs with the task's store.
        while ((seen = begun.load(std::memory_order_acquire)) == 0) {
            // Who waits must not take the processor that the task wants.
            std::this_thread::sleep_for(20us);
        }
        if (sample >= 10) {
            text += '\t' + std::to_string(seen - submitted);
        }
    }
    std::puts(text.c_str());
}

/// Milliseconds of processor time per second, of the whole process.
template <class Work>
double share_of_processor(const Work& work) {
    const lab::Reading before = lab::Reading::of_all_threads();
    const Clock::time_point start = Clock::now();
    work();
    const std::uint64_t cpu = lab::Reading::of_all_threads().since(before);
    const std::chrono::duration<double> wall = Clock::now() - start;
    return static_cast<double>(cpu) / 1e6 / wall.count();
}

/// Prints what the process burns with an empty task each millisecond, and then without any.
template <class One>
void burns(const One& one, std::chrono::milliseconds time) {
    one();
    std::this_thread::sleep_for(calm);
    const double trickle = share_of_processor([&one, time] {
        const Clock::time_point start = Clock::now();
        for (auto at = tick; at <= time; at += tick) {
            one();
            std::this_thread::sleep_until(start + at);
        }
    });
    std::printf("trickle\t%.3f\n", trickle);
    std::this_thread::sleep_for(calm);
    const double idle = share_of_processor([time] { std::this_thread::sleep_for(time); });
    std::printf("idle\t%.3f\n", idle);
}

/// A pool that takes tasks: `static void submit(auto work)`, done some time.
template <class Pool>
concept Submit = requires(void (*work)()) { Pool::submit(work); };

/// Measures one; of a pool that only forks and joins, not when a task begins that it need not
/// share.
template <class Pool>
void probe(std::size_t samples, std::chrono::milliseconds time) {
    if constexpr (Submit<Pool>) {
        for (const std::chrono::microseconds gap : gaps) {
            latencies<Pool>(gap, samples);
        }
        burns([] { Pool::submit([] {}); }, time);
    } else {
        burns(
            [] {
                Pool::with([](typename Pool::Inside& inside) {
                    const auto nothing = [](typename Pool::Inside&) { return std::uint64_t{0}; };
                    return Pool::join(inside, nothing, nothing).first;
                });
            },
            time);
    }
}

} // namespace diptych::peers::pools
