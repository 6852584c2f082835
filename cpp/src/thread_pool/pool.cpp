#include "pool.hpp"

#include "diptych/thread_pool/task.hpp"

#include <algorithm>

namespace diptych::cpp::thread_pool {

// ---- Construction -------------------------------------------------------------------------------

Pool::Pool(std::size_t count, Fences fences, Hooks hooks) : hooks_(std::move(hooks)) {
    workers_.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
        workers_.push_back(std::make_unique<Worker>(index, this, fences));
    }
}

// ---- Queries ------------------------------------------------------------------------------------

bool Pool::is_quiet() const noexcept {
    return Tally::is_quiet([this](auto&& visit) {
        for (const auto& worker : workers_) {
            visit(worker->tally);
        }
        std::ranges::for_each(outside_, visit);
    });
}

bool Pool::has_jobs() const noexcept {
    const auto has_some = [](const Injector& injector) { return !injector.is_empty(); };
    return std::ranges::any_of(injectors, has_some) ||
           std::ranges::any_of(workers_,
                               [](const auto& worker) { return !worker->deque.is_empty(); });
}

Metrics Pool::metrics() const noexcept {
    Metrics metrics;
    metrics.dropped = end_.dropped.load(std::memory_order_relaxed);
    for (const auto& worker : workers_) {
        metrics = plus(metrics, *worker);
    }
    return metrics;
}

// ---- Mutation -----------------------------------------------------------------------------------

void Pool::inject(Job* job, Priority priority) noexcept {
    // CONTRACT: T8 - the caller's promise.
    injectors[static_cast<std::size_t>(priority)].push(job);
    wake_one();
}

void Pool::wake_one() noexcept {
    if (control.state().is_idle()) {
        // None: all that were asleep are woken by others, and look before they sleep again.
        static_cast<void>(
            std::ranges::any_of(workers_, [](const auto& worker) { return worker->call(); }));
    }
}

void Pool::begin_outside() noexcept {
    static constinit std::atomic<std::size_t> next{0};
    thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % tallies;
    outside_[mine].begin_shared();
}

void Pool::handle(std::exception_ptr thrown) noexcept {
    if (hooks_.panic_handler) {
        hooks_.panic_handler(std::move(thrown));
    }
}

/// An exception of a hook is as one of a job that nobody waits for.
void Pool::call(const std::function<void(std::size_t)>& hook, std::size_t index) noexcept {
    try {
        if (hook) {
            hook(index);
        }
    } catch (...) {
        handle(std::current_exception());
    }
}

void Pool::begin_thread(std::size_t index) noexcept { call(hooks_.on_start, index); }

void Pool::end_thread(std::size_t index) noexcept { call(hooks_.on_stop, index); }

// ---- End ----------------------------------------------------------------------------------------

void Pool::wait_quiet() {
    std::unique_lock guard(end_.lock);
    end_.waiters.fetch_add(1, std::memory_order_seq_cst); // E12
    light(Fences::symmetric); // E12: who ends the last job sees it, or the end is seen
    end_.quiet.wait(guard, [this] { return is_quiet(); });
    end_.waiters.fetch_sub(1, std::memory_order_relaxed); // seen late, nobody is told who waits
}

void Pool::tell_if_quiet() noexcept {
    // E12: of those that end the last jobs at the same time, one sees what all others ended. So the
    // fence is a real one: a light one is none to another light one.
    light(Fences::symmetric);
    if (is_awaited() && is_quiet()) {
        {
            const std::scoped_lock guard(end_.lock);
        }
        end_.quiet.notify_all();
    }
}

void Pool::end(bool drops) noexcept {
    if (drops) {
        end_.drops.store(true, std::memory_order_relaxed); // before, for who sees the next
    }
    end_.is_over.store(true, std::memory_order_seq_cst); // E9
    notify_all();
}

void Pool::notify_all() noexcept {
    for (const auto& worker : workers_) {
        worker->notify();
    }
}

} // namespace diptych::cpp::thread_pool
