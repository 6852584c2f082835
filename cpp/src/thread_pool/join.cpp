#include "diptych/thread_pool/join.hpp"

#include "diptych/thread_pool/task.hpp"
#include "pool.hpp"

namespace diptych::cpp::thread_pool {

// ---- Install ------------------------------------------------------------------------------------

namespace {

/// Until it is done.
void wait(Worker* current, Latch& latch) noexcept {
    if (current == nullptr) {
        return latch.wait();
    }
    const auto is_done = [&latch]() noexcept { return latch.is_done(); };
    current->work_until(Until(is_done));
}

} // namespace

void inject_and_wait(Pool& pool, Job* job, Latch& latch) noexcept {
    pool.inject(job, Priority::normal);
    wait(Worker::current(), latch);
}

void mail_and_wait(Pool& pool, std::span<Job* const> jobs,
                   std::span<Latch* const> latches) noexcept {
    for (std::size_t index = 0; index < jobs.size(); ++index) {
        Worker& worker = *pool.workers()[index];
        worker.mail.push(jobs[index]);
        worker.notify(); // E9
    }
    for (Latch* latch : latches) {
        wait(Worker::current(), *latch);
    }
}

std::size_t count_workers(const Pool& pool) noexcept { return pool.workers().size(); }

Worker* worker_of(const Pool& pool) noexcept {
    Worker* worker = Worker::current();
    return worker != nullptr && &worker->pool() == &pool ? worker : nullptr;
}

} // namespace diptych::cpp::thread_pool
