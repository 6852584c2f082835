// twin_pool.cpp - the C++ twin while there is little to do, measured as every pool in C++ is.
#include "twin_pool.hpp"

#include <chrono>
#include <cstdio>
#include <utility>

#include "pools/probe.hpp"
#include "workloads/thread_pool.hpp"
#include "workloads/thread_pool/twin.hpp"

namespace diptych::peers {

namespace {

/// It takes a task without telling when it is done.
struct TwinPool {
    template <class Work>
    static void submit(Work work) {
        workloads::thread_pool::Twin<workloads::thread_pool::workers>::pool().spawn(
            std::move(work));
    }
};

} // namespace

void probe_twin_pool(std::uint64_t samples, std::uint64_t milliseconds) {
    pools::probe<TwinPool>(samples, std::chrono::milliseconds(milliseconds));
    std::fflush(stdout);
}

} // namespace diptych::peers
