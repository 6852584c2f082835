// The worker of clock.rs in C++: work whose other thread still runs when it ends.
#include <atomic>
#include <sched.h>
#include <thread>

#include "diptych/lab/worker.hpp"

namespace {

using namespace std::chrono_literals;

/// Nanoseconds that the thread besides uses in each call, at least, and steps that no processor
/// does in less than one.
constexpr std::uint64_t used = 300'000, steps_per_nanosecond = 1;

/// Steps between two looks at how far it has come.
constexpr std::uint64_t stride = 1000;

/// How far the thread besides has come. Its own clock it must not ask: that brings its account up
/// to date.
std::atomic<std::uint64_t> steps = 0;

/// Has the caller run there and nowhere else.
void bind(std::size_t processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    sched_setaffinity(0, sizeof set, &set);
}

[[noreturn]] void busy(std::size_t processor) {
    bind(processor);
    std::uint64_t word = 1;
    for (;;) {
        for (std::uint64_t step = 0; step < stride; ++step) {
            word ^= word << 13;
            word ^= word >> 7;
            word ^= word << 17;
        }
        diptych::lab::keep(word);
        steps += stride;
    }
}

/// Ends when the thread besides has come far enough since it began, and goes on doing so.
struct Busy final : diptych::lab::Batch {
    std::uint64_t run() override {
        // The stride under way may have begun before.
        const std::uint64_t begin = steps + stride;
        while (steps < begin + used * steps_per_nanosecond) {
            std::this_thread::sleep_for(500us); // who waits uses nothing
        }
        return 0;
    }

    std::uint64_t check() override { return 0; }
};

std::unique_ptr<diptych::lab::Batch> prepare(std::uint64_t, std::uint64_t, std::uint64_t) {
    return std::make_unique<Busy>();
}

} // namespace

int main(int argc, char** argv) {
    // On another processor than this thread, which stays where it is.
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
    std::size_t first = CPU_SETSIZE, last = 0;
    for (std::size_t number = 0; number < CPU_SETSIZE; ++number) {
        if (CPU_ISSET(number, &set)) {
            first = std::min(first, number);
            last = number;
        }
    }
    bind(first);
    std::thread(busy, last).detach();
    const diptych::lab::Contestant contestants[] = {{
        .name = "x",
        .compiler = diptych::lab::compiler(),
        .flags = "-O2",
        .baselines = {},
        .workloads = {{"toy", "busy", 1, false, false, prepare, 2}},
    }};
    return diptych::lab::worker_main(argc, argv, contestants);
}
