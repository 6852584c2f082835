// pool.hpp - a program around one pool in C++: a worker of the laboratory, and what measures the
// pool while there is little to do. Each pool is a program, so that no library's threads, allocator
// or static objects are in the way of another's.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "diptych/lab/worker.hpp"
#include "latch.hpp"
#include "probe.hpp"
#include "workloads/thread_pool.hpp"

#ifndef DIPTYCH_CXX_FLAGS
#define DIPTYCH_CXX_FLAGS "unknown"
#endif

namespace diptych::peers::pools {

namespace loops = workloads::thread_pool;

/// The program: `worker` as the laboratory starts it, or `worker --pool-probe NAME SAMPLES
/// MILLISECONDS`. `version` is what the library says of itself.
template <class Pool>
int main_of(int argc, char** argv, const char* name, const std::string& version,
            std::vector<lab::Workload> workloads) {
    if (argc == 5 && std::string_view(argv[1]) == "--pool-probe") {
        std::printf("about\tc++\t%s\t%s\n", lab::compiler().c_str(),
                    (DIPTYCH_CXX_FLAGS ", " + version).c_str());
        probe<Pool>(std::strtoull(argv[3], nullptr, 10),
                    std::chrono::milliseconds(std::strtoll(argv[4], nullptr, 10)));
        // The pool may be one that cannot end.
        std::fflush(stdout);
        std::_Exit(0);
    }
    const lab::Contestant contestants[] = {{.name = name,
                                            .compiler = lab::compiler(),
                                            .flags = DIPTYCH_CXX_FLAGS ", " + version,
                                            .baselines = {},
                                            .workloads = std::move(workloads)}};
    return lab::worker_main(argc, argv, contestants);
}

} // namespace diptych::peers::pools
