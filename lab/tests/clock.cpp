// The worker of clock.rs in C++: work whose other thread still runs when it ends.
#include <atomic>
#include <ctime>
#include <thread>

#include "diptych/lab/worker.hpp"

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t used = 300'000;

/// What the thread besides has used, by its own clock and as it says so.
std::atomic<std::uint64_t> said = 0;

void busy() {
    for (;;) {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        said = static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
               static_cast<std::uint64_t>(time.tv_nsec);
    }
}

/// What it says when that is enough.
template <class Enough>
std::uint64_t told(const Enough& enough) {
    for (;;) {
        const std::uint64_t now = said;
        if (enough(now)) {
            return now;
        }
        std::this_thread::sleep_for(20us); // who waits uses nothing
    }
}

/// Ends when the thread besides has used enough since it began, and goes on doing so.
struct Busy final : diptych::lab::Batch {
    std::uint64_t run() override {
        // What it says first may have been read before this began; what comes next was not.
        const std::uint64_t first = told([](std::uint64_t) { return true; });
        const std::uint64_t second = told([first](std::uint64_t now) { return now != first; });
        const std::uint64_t begin = told([second](std::uint64_t now) { return now != second; });
        return told([begin](std::uint64_t now) { return now >= begin + used; });
    }

    std::uint64_t check() override { return 0; }
};

std::unique_ptr<diptych::lab::Batch> prepare(std::uint64_t, std::uint64_t, std::uint64_t) {
    return std::make_unique<Busy>();
}

} // namespace

int main(int argc, char** argv) {
    std::thread(busy).detach();
    const diptych::lab::Contestant contestants[] = {{
        .name = "x",
        .compiler = diptych::lab::compiler(),
        .flags = "-O2",
        .baselines = {},
        .workloads = {{"toy", "busy", 1, false, false, prepare, 2}},
    }};
    return diptych::lab::worker_main(argc, argv, contestants);
}
