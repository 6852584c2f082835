#include "diptych/thread_pool/metrics.hpp"

#include "diptych/thread_pool/worker.hpp"

#include <algorithm>
#include <cstddef>

namespace diptych::cpp::thread_pool {

// ---- Queries ------------------------------------------------------------------------------------

Metrics plus(Metrics metrics, const Worker& worker) noexcept {
    const Counts& counts = worker.counts;
    metrics.executed += counts.executed.get();
    metrics.stolen += counts.stolen.get();
    metrics.sleeps += counts.sleeps.get();
    metrics.calls += counts.calls.get();
    metrics.waiting += static_cast<std::uint64_t>(std::max<std::ptrdiff_t>(worker.deque.len(), 0));
    return metrics;
}

} // namespace diptych::cpp::thread_pool
