// diptych/lab/worker.hpp - makes a C++ program a worker of the laboratory.
//
// A worker does the work of its contestants in a process of its own, on command: it speaks the
// line protocol of spec/lab-protocol.md on standard input and output. A whole worker is
//
//     int main(int argc, char** argv) {
//         const diptych::lab::Contestant contestants[] = {{
//             .name = "std::vector",
//             .compiler = diptych::lab::compiler(),
//             .flags = "-O3 -DNDEBUG",
//             .baselines = {},
//             .workloads = {{"vector", "push/u64", 1000, false, false, prepare_push}},
//         }};
//         return diptych::lab::worker_main(argc, argv, contestants);
//     }
//
// and `diptych compare --worker PATH` measures it. Include this header in one source file of the
// program. Header-only, C++20, POSIX; on glibc before 2.34 link with -ldl.
#pragma once

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <exception>
#include <fcntl.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include "diptych/lab.hpp"
#include "diptych/lab/clock.hpp"

/// The function that callgrind looks for: it collects inside it and nowhere else.
extern "C" [[gnu::noinline, gnu::used]] inline std::uint64_t
diptych_lab_run(diptych::lab::Batch* batch) {
    return batch->run();
}

namespace diptych::lab {

namespace detail {

/// What the preloaded heap counter writes.
struct Heap {
    std::uint64_t allocs = 0;
    std::uint64_t reallocs = 0;
    std::uint64_t frees = 0;
    std::uint64_t bytes = 0;
    std::uint64_t peak_bytes = 0;
    std::int64_t live_at_end = 0;
};

inline constexpr std::string_view version = "1";

/// A field must not hold what parts fields and lines.
inline std::string field(std::string_view text) {
    std::string clean(text);
    for (char& c : clean) {
        if (c == '\t' || c == '\n' || c == '\r') {
            c = ' ';
        }
    }
    return clean;
}

inline std::vector<std::string_view> fields(std::string_view line) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t tab = line.find('\t');
        parts.push_back(line.substr(0, tab));
        if (tab == std::string_view::npos) {
            return parts;
        }
        line.remove_prefix(tab + 1);
    }
}

inline std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

inline std::string hex(std::uint64_t value) {
    char text[17];
    std::snprintf(text, sizeof text, "%016" PRIx64, value);
    return text;
}

inline std::uint64_t minor_faults() {
    rusage usage{};
    return getrusage(RUSAGE_SELF, &usage) == 0 ? static_cast<std::uint64_t>(usage.ru_minflt) : 0;
}

/// The preloaded heap counter, where there is one.
struct Counter {
    void (*start)() = nullptr;
    int (*stop)(Heap*) = nullptr;

    static Counter find() {
        Counter found;
        // POSIX promises that a function's address survives `void*`.
        found.start = reinterpret_cast<void (*)()>(dlsym(RTLD_DEFAULT, "diptych_lab_heap_start"));
        found.stop = reinterpret_cast<int (*)(Heap*)>(dlsym(RTLD_DEFAULT, "diptych_lab_heap_stop"));
        return found;
    }

    explicit operator bool() const { return start != nullptr && stop != nullptr; }
};

/// Standard output, taken away for the protocol: the program's own is standard error meanwhile.
class Answers {
public:
    Answers() : descriptor_(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)) {
        std::fflush(stdout);
        if (descriptor_ >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
            close(descriptor_);
            descriptor_ = -1;
        }
    }
    Answers(const Answers&) = delete;
    Answers& operator=(const Answers&) = delete;
    ~Answers() {
        if (descriptor_ >= 0) {
            close(descriptor_);
        }
    }

    bool usable() const { return descriptor_ >= 0; }

    /// One write per answer, so that the coordinator wakes once.
    bool say(std::string text) {
        text += '\n';
        std::string_view rest = text;
        while (!rest.empty()) {
            const ssize_t written = write(descriptor_, rest.data(), rest.size());
            if (written < 0 && errno == EINTR) {
                continue;
            }
            if (written <= 0) {
                return false;
            }
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
        return true;
    }

private:
    int descriptor_;
};

/// The next command; nothing when there will be none.
class Commands {
public:
    std::optional<std::string> next() {
        for (;;) {
            const std::size_t end = pending_.find('\n');
            if (end != std::string::npos) {
                std::string line = pending_.substr(0, end);
                pending_.erase(0, end + 1);
                return line;
            }
            char chunk[4096];
            const ssize_t got = read(STDIN_FILENO, chunk, sizeof chunk);
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got <= 0) {
                return std::nullopt;
            }
            pending_.append(chunk, static_cast<std::size_t>(got));
        }
    }

private:
    std::string pending_;
};

class Worker {
public:
    explicit Worker(std::span<const Contestant> contestants) : contestants_(contestants) {}

    /// The answer to one command, without its line's end.
    std::string answer(std::string_view line) {
        const std::vector<std::string_view> part = fields(line);
        const auto is = [&](std::string_view name, std::size_t count) {
            return part[0] == name && part.size() == count;
        };
        if (is("hello", 2)) {
            return part[1] == version ? "ok\tdiptych-worker\t" + std::string(version)
                                      : error("only version 1 is spoken here");
        }
        if (is("list", 1)) {
            return list();
        }
        if (is("layout", 1)) {
            return layouts();
        }
        if (is("open", 5)) {
            return open(part);
        }
        if (is("empty", 1)) {
            return empty();
        }
        std::vector<std::uint64_t> numbers;
        for (std::size_t i = 1; i < part.size(); ++i) {
            const std::optional<std::uint64_t> value = number(part[i]);
            if (!value) {
                return error("not a number: " + std::string(part[i]));
            }
            numbers.push_back(*value);
        }
        if (is("check", 3)) {
            return opened() ? "ok\t" + hex(prepare(numbers[0], numbers[1])->check()) : closed();
        }
        if (is("warm", 4)) {
            return opened() ? warm(numbers[0], numbers[1], numbers[2]) : closed();
        }
        if (is("sample", 3)) {
            return opened() ? sample(numbers[0], numbers[1]) : closed();
        }
        if (is("memory", 2)) {
            return opened() ? memory(numbers[0]) : closed();
        }
        if (is("instructions", 3)) {
            return opened() ? instructions(numbers[0], numbers[1]) : closed();
        }
        return error("unknown command: " + std::string(line));
    }

private:
    static std::string error(std::string_view reason) { return "error\t" + field(reason); }
    static std::string closed() { return error("nothing is open"); }

    bool opened() const { return workload_ != nullptr; }

    std::unique_ptr<Batch> prepare(std::uint64_t seed, std::uint64_t calls) const {
        return workload_->prepare(workload_->n, seed, calls);
    }

    /// The flags, with a word for builds that nobody should measure.
    static std::string as_built(const Contestant& contestant) {
#if defined(__OPTIMIZE__)
        return contestant.flags;
#else
        return contestant.flags + (contestant.flags.empty() ? "debug-build" : " debug-build");
#endif
    }

    std::string list() const {
        std::string text;
        for (const Contestant& contestant : contestants_) {
            text += "contestant\t" + field(contestant.name) + '\t' + field(contestant.language) +
                    '\t' + field(contestant.compiler) + '\t' + field(as_built(contestant));
            for (const std::string& baseline : contestant.baselines) {
                text += '\t' + field(baseline);
            }
            text += '\n';
            for (const Workload& workload : contestant.workloads) {
                text += "workload\t" + field(workload.component) + '\t' + field(workload.name) +
                        '\t' + std::to_string(workload.n) + (workload.tracked ? "\t1" : "\t0") +
                        (workload.large ? "\t1\t" : "\t0\t") + std::to_string(workload.threads) +
                        '\n';
            }
        }
        return text + "ok";
    }

    std::string layouts() const {
        std::string text;
        for (const Contestant& contestant : contestants_) {
            for (const Layout& layout : contestant.layouts) {
                text += "type\t" + field(layout.name) + '\t' + field(layout.language) + '\t' +
                        std::to_string(layout.size) + '\t' + std::to_string(layout.align) +
                        (layout.niche ? "\t1\n" : "\t0\n");
                for (const Field& part : layout.fields) {
                    text += "field\t" + field(part.name) + '\t' + std::to_string(part.offset) +
                            '\t' + std::to_string(part.size) + '\n';
                }
            }
        }
        return text.empty() ? error("no layouts are known here") : text + "ok";
    }

    std::string open(const std::vector<std::string_view>& part) {
        const std::optional<std::uint64_t> n = number(part[4]);
        for (const Contestant& contestant : contestants_) {
            if (field(contestant.name) != part[1]) {
                continue;
            }
            for (const Workload& workload : contestant.workloads) {
                if (field(workload.component) == part[2] && field(workload.name) == part[3] &&
                    workload.n == n) {
                    workload_ = &workload;
                    return "ok";
                }
            }
        }
        return error("no such contestant and workload");
    }

    std::string warm(std::uint64_t seed, std::uint64_t calls, std::uint64_t nanoseconds) const {
        using Clock = std::chrono::steady_clock;
        const Clock::time_point start = Clock::now();
        std::uint64_t batches = 0;
        for (;;) {
            const auto passed =
                std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start);
            if (batches > 0 && static_cast<std::uint64_t>(passed.count()) >= nanoseconds) {
                return "ok\t" + std::to_string(batches);
            }
            prepare(seed + batches, calls)->run();
            ++batches;
        }
    }

    struct Sample {
        std::uint64_t wall = 0;
        std::uint64_t cpu = 0;
        std::uint64_t faults = 0;
        std::uint64_t digest = 0;
    };

    /// How processor time is read around a run.
    using Read = Reading (*)();

    static Sample measure(Batch* batch, Read read) {
        using Clock = std::chrono::steady_clock;
        Sample sample;
        // The clocks of the process are system calls: they stay outside the wall clock.
        const std::uint64_t faults = minor_faults();
        const Reading before = read();
        const Clock::time_point start = Clock::now();
        sample.digest = diptych_lab_run(batch);
        const Clock::time_point end = Clock::now();
        sample.cpu = read().since(before);
        sample.faults = minor_faults() - faults;
        const auto wall = std::chrono::duration_cast<std::chrono::nanoseconds>(end - start);
        sample.wall = static_cast<std::uint64_t>(wall.count());
        return sample;
    }

    std::string sample(std::uint64_t seed, std::uint64_t calls) const {
        const std::unique_ptr<Batch> batch = prepare(seed, calls);
        const Read read = workload_->threads > 1 ? Reading::of_all_threads : Reading::of_one_thread;
        const auto [wall, cpu, faults, digest] = measure(batch.get(), read);
        return "ok\t" + std::to_string(wall) + '\t' + std::to_string(cpu) + '\t' +
               std::to_string(faults) + '\t' + hex(digest);
    }

    /// The median of many samples of nothing: the clocks and the call.
    static std::string empty() {
        struct Nothing final : Batch {
            std::uint64_t run() override { return 0; }
            std::uint64_t check() override { return 0; }
        };
        Nothing nothing;
        // The optimiser must not see that there is nothing.
        Batch* volatile hidden = &nothing;
        std::vector<Sample> samples(501);
        for (Sample& sample : samples) {
            sample = measure(hidden, Reading::of_one_thread);
        }
        const auto middle = [&](std::uint64_t Sample::* clock) {
            std::ranges::nth_element(samples, samples.begin() + 250, {}, clock);
            return std::to_string(samples[250].*clock);
        };
        return "ok\t" + middle(&Sample::wall) + '\t' + middle(&Sample::cpu);
    }

    /// Counts one run of one call. One call before it pays what is paid once per process.
    std::string memory(std::uint64_t seed) const {
        prepare(seed + 1, 1)->run();
        const std::unique_ptr<Batch> batch = prepare(seed, 1);
        const Counter counter = Counter::find();
        tracked() = Tracked{};
        if (counter) {
            counter.start();
        }
        const std::uint64_t digest = batch->run();
        Heap heap;
        const bool complete = counter && counter.stop(&heap) != 0;
        const Tracked counts = std::exchange(tracked(), Tracked{});
        std::string text = "ok\t" + hex(digest);
        if (complete) {
            for (const std::uint64_t count :
                 {heap.allocs, heap.reallocs, heap.frees, heap.bytes, heap.peak_bytes}) {
                text += '\t' + std::to_string(count);
            }
            text += '\t' + std::to_string(heap.live_at_end);
        } else {
            text += "\t-\t-\t-\t-\t-\t-";
        }
        for (const std::uint64_t count :
             {counts.copies, counts.moves, counts.destroys, counts.copy_assigns,
              counts.move_assigns, counts.relocated_bytes}) {
            text += '\t' + std::to_string(count);
        }
        return text;
    }

    /// Runs in a forked child, so that each count starts from the same heap whatever was counted
    /// before, and answers the child's process id, by which the coordinator finds its counts.
    std::string instructions(std::uint64_t seed, std::uint64_t calls) const {
        const pid_t child = fork();
        if (child < 0) {
            return error("cannot fork");
        }
        if (child == 0) {
#if defined(__linux__)
            prctl(PR_SET_PDEATHSIG, SIGKILL); // it does not outlive a worker that is killed
#endif
            try {
                prepare(seed + 1, 1)->run();
                const std::unique_ptr<Batch> batch = prepare(seed, calls);
                diptych_lab_run(batch.get());
            } catch (...) {
                _exit(1);
            }
            _exit(0);
        }
        int status = 0;
        while (waitpid(child, &status, 0) < 0) {
            if (errno != EINTR) {
                return error("cannot wait");
            }
        }
        return status == 0 ? "ok\t" + std::to_string(child) : error("the work failed");
    }

    std::span<const Contestant> contestants_;
    const Workload* workload_ = nullptr;
};

} // namespace detail

/// Serves commands until the coordinator says `quit` or goes away; the program's exit status.
/// Arguments are for the program's own use: the coordinator gives none.
inline int worker_main(int argc, char** argv, std::span<const Contestant> contestants) {
    static_cast<void>(argc);
    static_cast<void>(argv);
    detail::Answers answers;
    if (!answers.usable()) {
        std::fputs("worker: standard output cannot be used\n", stderr);
        return 1;
    }
    detail::Commands commands;
    detail::Worker worker(contestants);
    try {
        while (const std::optional<std::string> line = commands.next()) {
            if (*line == "quit" || !answers.say(worker.answer(*line))) {
                break;
            }
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "worker: the work threw: %s\n", error.what());
        return 1;
    }
    return 0;
}

} // namespace diptych::lab
