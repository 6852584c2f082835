// thread_pool.cpp - the C++ twin's timed loops over thread pools.
#include "thread_pool.hpp"

#include "contestant.hpp"
#include "thread_pool/layouts.hpp"
#include "thread_pool/twin.hpp"

namespace diptych::workloads {

std::vector<lab::Workload> thread_pool_workloads() {
    using thread_pool::Fenced;
    using thread_pool::Twin;
    return thread_pool::together(
        {thread_pool::workloads<Twin<thread_pool::workers>, Twin<thread_pool::oversubscribed>>(),
         thread_pool::fences<Fenced<thread_pool::workers>>()});
}

std::vector<lab::Layout> thread_pool_layouts() { return thread_pool::layouts(); }

} // namespace diptych::workloads
