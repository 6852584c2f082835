#include "diptych/thread_pool/worker.hpp"

#include "diptych/thread_pool/block.hpp"
#include "diptych/thread_pool/task.hpp"
#include "pool.hpp"

#include <algorithm>
#include <thread>

namespace diptych::cpp::thread_pool {

constinit thread_local Worker* current_worker = nullptr;

namespace {

constexpr std::uint32_t awake = 0;
constexpr std::uint32_t asleep = 1;
/// Being woken to search, but not yet counted as one that does: it has to wait for that.
constexpr std::uint32_t calling = 2;
/// Woken to search, and counted.
constexpr std::uint32_t called = 3;

/// Takes a mark off a worker that sleeps; true if nobody else did (T5).
bool unmark(std::atomic<std::uint32_t>& park, std::uint32_t mark) noexcept {
    std::uint32_t expected = asleep;
    // E14
    return park.compare_exchange_strong(expected, mark, std::memory_order_seq_cst,
                                        std::memory_order_seq_cst);
}

} // namespace

// ---- Construction -------------------------------------------------------------------------------

Worker::Worker(std::size_t number, Pool* pool, Fences fences)
    : deque(ring_slots, fences), park_(awake), index(number), pool_(pool),
      chance_((std::uint64_t{number} + 1) * 0x9E37'79B9'7F4A'7C15) {}

// ---- Queries ------------------------------------------------------------------------------------

std::size_t Worker::random() noexcept {
    chance_ ^= chance_ << 13; // Marsaglia's xorshift
    chance_ ^= chance_ >> 7;
    chance_ ^= chance_ << 17;
    return static_cast<std::size_t>(chance_ >> 32);
}

// ---- Mutation, fast path first ------------------------------------------------------------------

void Worker::push_or_execute(Job* job) noexcept {
    if (begin_inline()) {
        execute(job); // CONTRACT: T2 - nobody else has it
        tell_ends();
        return end_inline();
    }
    push(job);
}

// ---- Slow path ----------------------------------------------------------------------------------

// TWIN: not cold, here and for take_slowly. With symmetric fences every job comes here, and where
// g++ saves bytes its fence is mfence, which takes twice as long as the locked instruction.
std::ptrdiff_t Worker::pushed_at_limit(std::ptrdiff_t at) noexcept {
    const Control& control = pool_->control;
    deque.make_room();     // CONTRACT: T1 - by this thread
    light(deque.fences()); // E2
    if (control.state().asleep() == 0) {
        deque.listen();
        if (control.state().asleep() == 0) {
            return deque.token(at);
        }
        deque.call();
    }
    pool_->wake_one();
    return deque.token(at);
}

[[gnu::cold]] void Worker::tell_ends_now() noexcept {
    has_ended_ = false;
    pool_->tell_if_quiet();
}

bool Worker::take_slowly(Job* job, const Latch& latch) noexcept {
    while (Job* youngest = deque.pop()) { // CONTRACT: T1 - by this thread
        if (youngest == job) {
            tell_ends();
            return true;
        }
        // What was spawned after it.
        execute(youngest); // CONTRACT: T2 - just taken
    }
    const auto is_done = [&latch]() noexcept { return latch.is_done(); };
    work_until(Until(is_done));
    return false;
}

void Worker::work_until(Until until) noexcept {
    while (!until.is_done()) {
        Job* job = next_job();
        job = job != nullptr ? job : search(until);
        if (job != nullptr) {
            execute(job); // CONTRACT: T2 - just taken
        }
    }
    tell_ends();
}

/// Its own youngest; now and then, one from outside first.
Job* Worker::next_job() noexcept {
    Job* job = mail.take_one();
    job = job != nullptr ? job
                         : pool_->injectors[static_cast<std::size_t>(Priority::high)].take_one();
    if (++ticks_ % fairness == 0 && job == nullptr) {
        // One: more of them would lie above its own.
        job = pool_->injectors[static_cast<std::size_t>(Priority::normal)].take_one();
    }
    return job != nullptr ? job : deque.pop(); // CONTRACT: T1 - by this thread
}

/// A job of somebody else's, or none and it is done.
Job* Worker::search(Until until) noexcept {
    reclaim();
    pool_->control.begin_search();
    for (std::uint32_t rounds = 0;; ++rounds) {
        if (until.is_done()) {
            end_search();
            return nullptr;
        }
        Job* job = mail.take_one();
        job = job != nullptr ? job : steal();
        if (job != nullptr) {
            end_search();
            return job;
        }
        tell_ends();
        if (rounds < spins) {
            pause(std::min(rounds + 1, pauses));
        } else if (rounds < spins + yields) {
            std::this_thread::yield();
        } else {
            sleep(until);
            rounds = 0;
        }
    }
}

/// It searches no longer. What others published meanwhile, they left to those who search.
void Worker::end_search() noexcept {
    if (pool_->control.end_search().is_idle()) {
        heavy(deque.fences()); // E2
        if (pool_->has_jobs()) {
            pool_->wake_one();
        }
    }
}

/// One look at all others, and outside.
Job* Worker::steal() noexcept {
    const auto& workers = pool_->workers();
    const std::size_t count = workers.size();
    std::size_t at = random() % count;
    for (std::size_t left = count; left != 0; --left) {
        Worker* victim = workers[at].get();
        at = at + 1 < count ? at + 1 : 0;
        if (victim == this) {
            continue;
        }
        for (;;) {
            // CONTRACT: T7 - this one is searching.
            const Steal stolen = victim->deque.steal();
            if (stolen.kind == Steal::Kind::job) {
                counts.stolen.add(1);
                return stolen.job;
            }
            if (stolen.kind == Steal::Kind::nothing) {
                break;
            }
        }
    }
    return take_outside();
}

/// The first that waits outside. Of high priority, one: what comes later would be done before the
/// rest of a batch.
Job* Worker::take_outside() noexcept {
    auto& [high, normal, low] = pool_->injectors;
    Job* job = high.take_one();
    job = job != nullptr ? job : normal.take(*this);
    return job != nullptr ? job : low.take(*this);
}

/// Sleeps, as a searcher, until there is work or it is done; and is a searcher again.
void Worker::sleep(Until until) noexcept {
    Control& control = pool_->control;
    control.sleep();
    // After it is counted: who finds nobody to wake has looked before, and is seen below. E2, E9,
    // E14
    park_.store(asleep, std::memory_order_seq_cst);
    for (const auto& worker : pool_->workers()) {
        worker->deque.call();
    }
    heavy(deque.fences()); // E2, E9
    if ((until.is_done() || pool_->has_jobs() || !mail.is_empty()) && unmark(park_, awake)) {
        control.wake_to_search();
        return;
    }
    counts.sleeps.add(1);
    for (;;) {
        // E14: called, it is counted as a searcher.
        const std::uint32_t state = park_.load(std::memory_order_seq_cst);
        switch (state) {
        case asleep:
        case calling:
            wait(park_, state);
            break;
        case called:
            return park_.store(awake, std::memory_order_relaxed);
        default:
            return control.begin_search();
        }
    }
}

bool Worker::call() noexcept {
    // E2: the load comes after the caller has published, and seen that somebody is counted.
    const bool was_asleep =
        park_.load(std::memory_order_seq_cst) == asleep && unmark(park_, calling);
    if (was_asleep) {
        pool_->control.wake_to_search();
        // CONTRACT: T6 - the pool stays: this thread is one of it, or holds it. E14
        park_.store(called, std::memory_order_seq_cst);
        wake(&park_);
        counts.calls.add_shared(1);
    }
    return was_asleep;
}

void Worker::notify() noexcept {
    // E9: the load comes after the caller has set what the worker looks at.
    if (park_.load(std::memory_order_seq_cst) == asleep && unmark(park_, awake)) {
        pool_->control.wake();
        wake(&park_);
    }
}

/// Frees rings that nobody can be in any more.
void Worker::reclaim() noexcept {
    if (deque.has_old_rings()) {
        heavy(deque.fences()); // E7
        if (pool_->control.state().searching() == 0) {
            // CONTRACT: T7 - who searches from now on sees the new ring.
            deque.reclaim();
        }
    }
}

// ---- Thread -------------------------------------------------------------------------------------

void Worker::run() noexcept {
    current_worker = this;
    pool_->begin_thread(index);
    const auto is_over = [this]() noexcept { return pool_->is_over() && pool_->is_quiet(); };
    work_until(Until(is_over));
    // E9: with a worker that is about to sleep, and has not seen this one end the last job.
    light(deque.fences());
    pool_->notify_all();
    pool_->end_thread(index);
    current_worker = nullptr;
    give_all();
}

} // namespace diptych::cpp::thread_pool
