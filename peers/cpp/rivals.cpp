// rivals.cpp - one calibration kernel under Google Benchmark, as its users would write it: made
// before the loop, run in it. `rivals KERNEL CONTESTANT [its own options]`.
#include <algorithm>
#include <benchmark/benchmark.h>
#include <cstdio>
#include <string>

#include "diptych/lab/kernels.hpp"

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fputs("usage: rivals KERNEL CONTESTANT [OPTIONS]\n", stderr);
        return 2;
    }
    const std::string kernel = argv[1], contestant = argv[2];
    argv[2] = argv[0];
    argv += 2;
    argc -= 2;

    const auto contestants = diptych::lab::kernels::contestants();
    const auto who = std::find_if(contestants.begin(), contestants.end(),
                                  [&](const auto& one) { return one.name == contestant; });
    if (who == contestants.end()) {
        std::fprintf(stderr, "no contestant %s\n", contestant.c_str());
        return 2;
    }
    const auto what = std::find_if(who->workloads.begin(), who->workloads.end(),
                                   [&](const auto& one) { return one.name == kernel; });
    if (what == who->workloads.end()) {
        std::fprintf(stderr, "no kernel %s\n", kernel.c_str());
        return 2;
    }

    const auto batch = what->prepare(what->n, 1, 1);
    auto* const registered =
        benchmark::RegisterBenchmark(kernel.c_str(), [&](benchmark::State& state) {
            for (auto _ : state) {
                benchmark::DoNotOptimize(batch->run());
            }
        });
    if (kernel.starts_with("threads")) {
        // Its manual asks for this where the work starts threads; the default counts one thread.
        registered->UseRealTime();
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
