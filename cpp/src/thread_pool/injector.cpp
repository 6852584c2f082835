#include "diptych/thread_pool/injector.hpp"

#include "diptych/thread_pool/sync.hpp"
#include "diptych/thread_pool/worker.hpp"
#include "pool.hpp"

#include <array>
#include <memory>

namespace diptych::cpp::thread_pool {

namespace {

/// Counts of jobs skip one at the end of each segment: while it is reached, the next is being put
/// in.
constexpr std::size_t lap = segment_slots + 1;

} // namespace

struct Segment {
    std::array<std::atomic<Job*>, segment_slots> slots{};
    std::atomic<Segment*> next{nullptr};
};

// ---- Construction -------------------------------------------------------------------------------

Injector::Injector() : Injector(new Segment) {}

Injector::Injector(Segment* segment) noexcept
    : tail_{.segment{segment}}, head_{.segment = segment} {}

// ---- Mutation -----------------------------------------------------------------------------------

void Injector::push(Job* job) noexcept {
    std::unique_ptr<Segment> next;
    for (std::uint32_t times = 0;;) {
        // E10: and so the segment that belongs to it.
        std::size_t count = tail_.count.load(std::memory_order_acquire);
        Segment* segment = tail_.segment.load(std::memory_order_acquire); // E10
        const std::size_t at = count % lap;
        if (at == segment_slots) {
            back_off(++times); // whoever took the last slot is about to go on
            continue;
        }
        const bool is_last = at + 1 == segment_slots;
        if (is_last && next == nullptr) {
            next = std::make_unique<Segment>();
        }
        // E2: with who is about to sleep. Whose count it is still has the right segment.
        if (!tail_.count.compare_exchange_weak(count, count + 1, std::memory_order_seq_cst,
                                               std::memory_order_relaxed)) {
            continue;
        }
        // CONTRACT: T8 - it stays until its last job is taken, which this one, or a later one, is.
        if (is_last) {
            Segment* behind = next.release();
            tail_.segment.store(behind, std::memory_order_release);  // E10
            tail_.count.store(count + 2, std::memory_order_seq_cst); // E2, E10
            // Known to who finds the last job.
            segment->next.store(behind, std::memory_order_relaxed);
        }
        segment->slots[at].store(job, std::memory_order_release); // E10
        return;
    }
}

Job* Injector::take_first_one() noexcept {
    std::array<Job*, 1> job{};
    take_some(job);
    return job[0];
}

Job* Injector::take(Worker& worker) noexcept {
    std::array<Job*, batch> taken; // NOLINT(cppcoreguidelines-pro-type-member-init)
    const std::size_t count = take_some(taken);
    // The oldest is to be popped first.
    for (std::size_t at = count; at > 1; --at) {
        // CONTRACT: T1, T8 - by the worker's thread; they stay until they are executed.
        worker.push(taken[at - 1]);
    }
    if (count == batch && !is_empty()) {
        worker.pool().wake_one();
    }
    return count > 0 ? taken[0] : nullptr;
}

/// Takes the oldest that there are; how many.
std::size_t Injector::take_some(std::span<Job*> taken) noexcept {
    bool taken_by_other = false;
    // E10: of two takers the second sees what the first has left.
    if (seems_empty() ||
        !head_.taken.compare_exchange_strong(taken_by_other, true, std::memory_order_acquire,
                                             std::memory_order_relaxed)) {
        return 0; // who is about to sleep counts both, and looks again
    }
    std::size_t head = head_.count.load(std::memory_order_relaxed);
    std::size_t count = 0;
    for (Job*& place : taken) {
        Job* job = take_first(head);
        if (job == nullptr) {
            break;
        }
        prefetch(job); // all of the batch at the same time, before the first is executed
        place = job;
        ++count;
    }
    // E2: once for all of them, as it costs a fence.
    head_.count.store(head, std::memory_order_seq_cst);
    head_.taken.store(false, std::memory_order_release); // E10
    return count;
}

/// By the taker: the oldest; null if there is none, or it is claimed and not there yet.
Job* Injector::take_first(std::size_t& count) noexcept {
    // CONTRACT: T8 - it goes when its last job is taken.
    Segment* segment = head_.segment;
    Job* job = segment->slots[count % lap].load(std::memory_order_acquire); // E10
    if (job == nullptr) {
        return job;
    }
    ++count;
    if (count % lap == segment_slots) {
        ++count;
        head_.segment = segment->next.load(std::memory_order_relaxed);
        // CONTRACT: T8 - all its producers are done: each has put its job in last.
        delete segment;
    }
    return job;
}

// ---- Destruction --------------------------------------------------------------------------------

Injector::~Injector() {
    // CONTRACT: T8 - nobody else is left, and the head's is the only one: jobs were all taken.
    delete head_.segment;
}

} // namespace diptych::cpp::thread_pool
