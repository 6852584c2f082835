#include "diptych/thread_pool/join.hpp"

#include "pool.hpp"

namespace diptych::cpp::thread_pool {

// ---- Install ------------------------------------------------------------------------------------

void wait_for(Pool& pool, Job* job, Latch& latch) {
    pool.inject(job);
    latch.wait();
}

} // namespace diptych::cpp::thread_pool
