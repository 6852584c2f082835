// diptych/thread_pool.hpp - threads that share work: two things at a time, many, or some for later.
//
//     std::uint64_t sum(std::span<const std::uint64_t> numbers) {
//         if (numbers.size() < 1000) {
//             return std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0});
//         }
//         const auto half = numbers.size() / 2;
//         const auto [left, right] = diptych::cpp::join([&] { return sum(numbers.first(half)); },
//                                                       [&] { return sum(numbers.subspan(half));
//                                                       });
//         return left + right;
//     }
//
//   Pool                          Worker (one per thread)
//  +---------------------------+ +----------------------------------------------------+
//  | control: asleep, searching|-| deque: jobs, oldest stolen first, youngest taken   |
//  | injectors, by priority    | | park: where it sleeps                              |
//  | workers                   | | mail: jobs for this one                            |
//  +---------------------------+ +----------------------------------------------------+
//        jobs lie in the frames of those who wait for them, or in blocks of 64 bytes
//
// A worker publishes what somebody else may do and goes on; if nobody came for it, it does that,
// too. Publishing and taking back are a store and a load each: the fence between them is paid by
// who steals.
//
// Ownership: a pool's threads end when it is destroyed, after all that was submitted. Work given to
// join and scope may refer to what the caller has; work given to spawn and submit is moved.
// Threads: all functions may be called from any thread: a worker's does other work while it waits,
// another one sleeps. From outside of all pools they use a global one with as many threads as there
// are processors.
// Exceptions: go on where somebody waits for the work: the first of them, others are dropped. The
// pool stays. Without exceptions they cost nothing.
// Hazards: while a worker waits, it does other work, in the same stack: a lock that is held while
// waiting may be wanted by that work, which then waits for ever. Work that runs long is not
// interrupted.
//
// T1 to T11, cited by tag, and the edges E1 to E15 between threads, are in spec/thread_pool.md.
#pragma once

#include "thread_pool/builder.hpp"
#include "thread_pool/cancel.hpp"
#include "thread_pool/collect.hpp"
#include "thread_pool/join.hpp"
#include "thread_pool/metrics.hpp"
#include "thread_pool/parallel.hpp"
#include "thread_pool/scope.hpp"
#include "thread_pool/sort.hpp"
#include "thread_pool/sync.hpp"
#include "thread_pool/task.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace diptych::cpp::thread_pool {

/// What came of some work, or nothing for std::monostate that stands for it.
template <class R, class Compute>
R without_monostate(Compute&& compute) {
    if constexpr (std::is_void_v<R>) {
        compute();
    } else {
        return compute();
    }
}

/// Threads that share work. Destroyed, it does what was submitted, and ends them.
class [[nodiscard]] ThreadPool {
public:
    // ---- Construction ---------------------------------------------------------------------------

    /// So many threads; 0 for as many as the process has processors. See Builder for more.
    /// std::system_error if the system has no more threads.
    explicit ThreadPool(std::size_t threads);

    ThreadPool(ThreadPool&&) noexcept = default;
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    // ---- Queries --------------------------------------------------------------------------------

    /// How many there are.
    [[nodiscard]] std::size_t threads() const noexcept;

    /// This thread is one of them.
    [[nodiscard]] bool is_current() const noexcept;

    /// What they have done so far.
    [[nodiscard]] Metrics metrics() const noexcept;

    /// Whose fences cost in this pool.
    [[nodiscard]] Fences fences() const noexcept;

    // ---- Join and scope -------------------------------------------------------------------------

    /// Does the work in one of the threads, and waits. What it calls uses this pool.
    template <std::invocable Work>
    std::invoke_result_t<Work> install(Work&& work) {
        const auto in_worker = [&work](Worker&) -> decltype(auto) {
            return std::invoke(std::forward<Work>(work));
        };
        return without_monostate<std::invoke_result_t<Work>>(
            [&]() -> decltype(auto) { return thread_pool::install(*pool_, in_worker); });
    }

    /// `join` in this pool.
    template <std::invocable A, std::invocable B>
    std::pair<Result<A>, Result<B>> join(A&& a, B&& b) {
        return thread_pool::install(*pool_, [&](Worker& worker) {
            return join_in(worker, std::forward<A>(a), std::forward<B>(b));
        });
    }

    /// `scope` in this pool.
    template <std::invocable<Scope&> Body>
    std::invoke_result_t<Body, Scope&> scope(Body&& body) {
        const auto in_worker = [&body](Worker& worker) -> decltype(auto) {
            return scope_in(worker, std::forward<Body>(body));
        };
        return without_monostate<std::invoke_result_t<Body, Scope&>>(
            [&]() -> decltype(auto) { return thread_pool::install(*pool_, in_worker); });
    }

    /// Does the work once in each thread, with its number, and answers what came of it, in this
    /// order.
    template <std::invocable<std::size_t> Work>
    std::vector<Result<Work&, std::size_t>> broadcast(Work&& work) {
        return thread_pool::broadcast(*pool_, work);
    }

    // ---- Loops ----------------------------------------------------------------------------------

    /// `parallel_for` in this pool.
    template <Loopable Given, class Body>
    void parallel_for(Given&& items, Body&& body) {
        parallel_for_with(LoopOptions{}, items, body);
    }

    /// `parallel_for_with` in this pool.
    template <Loopable Given, class Body>
    void parallel_for_with(const LoopOptions& options, Given&& items, Body&& body) {
        thread_pool::install(
            *pool_, [&](Worker& worker) { for_in(worker, options, items_of(items), body); });
    }

    /// `parallel_for_parts` in this pool.
    template <Loopable Given, class Body>
    void parallel_for_parts(const LoopOptions& options, Given&& items, Body&& body) {
        thread_pool::install(
            *pool_, [&](Worker& worker) { parts_in(worker, options, items_of(items), body); });
    }

    /// `parallel_reduce` in this pool.
    template <Loopable Given, class Identity, class Map, class Combine>
    Reduced<Identity> parallel_reduce(Given&& items, Identity&& identity, Map&& map,
                                      Combine&& combine) {
        return parallel_reduce_with(LoopOptions{}, items, identity, map, combine);
    }

    /// `parallel_reduce_with` in this pool.
    template <Loopable Given, class Identity, class Map, class Combine>
    Reduced<Identity> parallel_reduce_with(const LoopOptions& options, Given&& items,
                                           Identity&& identity, Map&& map, Combine&& combine) {
        return thread_pool::install(*pool_, [&](Worker& worker) {
            return reduce_in(worker, options, items_of(items), identity, map, combine);
        });
    }

    /// `parallel_map` in this pool.
    template <Loopable Given, class Map>
    auto parallel_map(Given&& items, Map&& map) {
        return thread_pool::install(
            *pool_, [&](Worker& worker) { return map_in(worker, items_of(items), map); });
    }

    /// `parallel_filter` in this pool.
    template <std::ranges::random_access_range Given, class IsWanted>
    auto parallel_filter(Given&& items, IsWanted&& is_wanted) {
        return thread_pool::install(
            *pool_, [&](Worker& worker) { return filter_in(worker, items_of(items), is_wanted); });
    }

    /// `parallel_scan` in this pool.
    template <std::ranges::random_access_range Given, class Combine>
    auto parallel_scan(Given&& items, Combine&& combine) {
        return thread_pool::install(
            *pool_, [&](Worker& worker) { return scan_in(worker, items_of(items), combine); });
    }

    /// `parallel_sort` in this pool.
    template <std::ranges::contiguous_range Given, class Less = std::ranges::less>
    void parallel_sort(Given&& items, const Less& less = {}) {
        thread_pool::install(*pool_,
                             [&](Worker& worker) { sort_in(worker, std::span(items), less); });
    }

    // ---- Work for later -------------------------------------------------------------------------

    /// Does the work at some time. Nobody waits for it, but the end of the pool.
    template <class Work>
        requires std::invocable<std::decay_t<Work>>
    void spawn(Work&& work) {
        thread_pool::spawn(*pool_, Options{}, std::forward<Work>(work));
    }

    /// The same, as `options` say.
    template <class Work>
        requires std::invocable<std::decay_t<Work>>
    void spawn_with(const Options& options, Work&& work) {
        thread_pool::spawn(*pool_, options, std::forward<Work>(work));
    }

    /// Does the work at some time; the handle, which a coroutine may await, has its result.
    template <class Work>
        requires std::invocable<std::decay_t<Work>>
    Task<std::invoke_result_t<std::decay_t<Work>>> submit(Work&& work) {
        return thread_pool::submit(*pool_, Options{}, std::forward<Work>(work));
    }

    /// The same, as `options` say.
    template <class Work>
        requires std::invocable<std::decay_t<Work>>
    Task<std::invoke_result_t<std::decay_t<Work>>> submit_with(const Options& options,
                                                               Work&& work) {
        return thread_pool::submit(*pool_, options, std::forward<Work>(work));
    }

    /// Waits until all that was spawned and submitted has ended. std::logic_error in a thread of
    /// this pool, which could not end before itself.
    void wait_idle();

    // ---- End ------------------------------------------------------------------------------------

    /// Ends the threads: what was submitted and has not begun is dropped. How many jobs that were.
    std::uint64_t shutdown_now() &&;

    ~ThreadPool();

private:
    friend class Builder;
    friend Pool& pool_of(ThreadPool& threads) noexcept { return *threads.pool_; }

    explicit ThreadPool(std::shared_ptr<Pool> pool) noexcept : pool_(std::move(pool)) {}
    void end(bool drops) noexcept;

    std::shared_ptr<Pool> pool_;
    std::vector<Thread> threads_;
};

// ---- Construction -------------------------------------------------------------------------------

/// The pool that is used outside of all others. Made when it is asked for first, it stays.
ThreadPool& global();

/// The pool of this thread, or the global one.
Pool& current_pool();

// ---- Queries ------------------------------------------------------------------------------------

/// The number of this thread in its pool; none outside of all.
inline std::optional<std::size_t> current_index() noexcept {
    const Worker* worker = Worker::current();
    return worker != nullptr ? std::optional(worker->index) : std::nullopt;
}

// ---- Join and scope -----------------------------------------------------------------------------

/// Work that was given as Work&&: a copy if it is a temporary object of a few plain words.
template <class Work>
using Passed = std::conditional_t<std::is_reference_v<Work> || !std::is_trivially_copyable_v<Work>,
                                  Work&&, Work>;

/// `join` in a thread of no pool.
template <class A, class B>
[[gnu::cold, gnu::noinline]] std::pair<Result<A>, Result<B>> join_outside(A&& a, B&& b) {
    return global().join(std::forward<A>(a), std::forward<B>(b));
}

/// Does both, perhaps at the same time: `b` in another thread if one is free, and answers what came
/// of them; std::monostate for what answers nothing. If both throw, what `a` has thrown goes on.
template <std::invocable A, std::invocable B>
[[gnu::always_inline]] inline std::pair<Result<A>, Result<B>> join(A&& a, B&& b) {
    if (Worker* worker = Worker::current(); worker != nullptr) [[likely]] {
        return join_in(*worker, std::forward<A>(a), std::forward<B>(b));
    }
    // What is pointed to here lies in memory above, too: so rather copies, if they cost nothing.
    return join_outside(static_cast<Passed<A>>(a), static_cast<Passed<B>>(b));
}

/// Waits for all that is spawned in the scope, by `body` or by what it spawned, and answers what
/// came of `body`.
///
///     std::array squares{1, 2, 3};
///     diptych::cpp::scope([&](auto& scope) {
///         for (int& square : squares) {
///             scope.spawn([&square] { square *= square; });
///         }
///     });
template <std::invocable<Scope&> Body>
std::invoke_result_t<Body, Scope&> scope(Body&& body) {
    if (Worker* worker = Worker::current(); worker != nullptr) {
        return without_monostate<std::invoke_result_t<Body, Scope&>>(
            [&]() -> decltype(auto) { return scope_in(*worker, std::forward<Body>(body)); });
    }
    return global().scope(std::forward<Body>(body));
}

// ---- Loops --------------------------------------------------------------------------------------

/// Does the work in this thread's pool, or in the global one.
template <class Work>
Result<Work&, Worker&> in_worker(Work&& work) {
    if (Worker* worker = Worker::current(); worker != nullptr) {
        return call(work, *worker);
    }
    return install(pool_of(global()), work);
}

/// Calls `body` with each item, in many threads at the same time. If calls throw, one of the
/// exceptions goes on, and what had not begun may be left out.
///
///     std::vector<std::size_t> squares(100);
///     diptych::cpp::parallel_for(diptych::cpp::Range{0, 100},
///                                [&](std::size_t n) { squares[n] = n * n; });
template <Loopable Given, class Body>
void parallel_for(Given&& items, Body&& body) {
    parallel_for_with(LoopOptions{}, items, body);
}

/// The same, as `options` say.
template <Loopable Given, class Body>
void parallel_for_with(const LoopOptions& options, Given&& items, Body&& body) {
    in_worker([&](Worker& worker) { for_in(worker, options, items_of(items), body); });
}

/// The same, with a call for each grain: parts that together are all items, each once.
template <Loopable Given, class Body>
void parallel_for_parts(const LoopOptions& options, Given&& items, Body&& body) {
    in_worker([&](Worker& worker) { parts_in(worker, options, items_of(items), body); });
}

/// Maps each item, and combines what comes of them, in their order: `combine` is to be associative,
/// `identity` to change nothing.
template <Loopable Given, class Identity, class Map, class Combine>
Reduced<Identity> parallel_reduce(Given&& items, Identity&& identity, Map&& map,
                                  Combine&& combine) {
    return parallel_reduce_with(LoopOptions{}, items, identity, map, combine);
}

/// The same, as `options` say. What is cancelled is left out.
template <Loopable Given, class Identity, class Map, class Combine>
Reduced<Identity> parallel_reduce_with(const LoopOptions& options, Given&& items,
                                       Identity&& identity, Map&& map, Combine&& combine) {
    return in_worker([&](Worker& worker) {
        return reduce_in(worker, options, items_of(items), identity, map, combine);
    });
}

/// What comes of each item, in their order.
template <Loopable Given, class Map>
auto parallel_map(Given&& items, Map&& map) {
    return in_worker([&](Worker& worker) { return map_in(worker, items_of(items), map); });
}

/// Those items that are wanted, in their order. Each is asked about once.
template <std::ranges::random_access_range Given, class IsWanted>
auto parallel_filter(Given&& items, IsWanted&& is_wanted) {
    return in_worker([&](Worker& worker) { return filter_in(worker, items_of(items), is_wanted); });
}

/// What comes of each item combined with all before it: `combine` is to be associative. The same to
/// the last bit, however many threads there are.
template <std::ranges::random_access_range Given, class Combine>
auto parallel_scan(Given&& items, Combine&& combine) {
    return in_worker([&](Worker& worker) { return scan_in(worker, items_of(items), combine); });
}

/// Sorts. Equal items may change places with each other. If `less` throws, or is no order, the
/// items are in some order: none is lost.
template <std::ranges::contiguous_range Given, class Less = std::ranges::less>
void parallel_sort(Given&& items, const Less& less = {}) {
    in_worker([&](Worker& worker) { sort_in(worker, std::span(items), less); });
}

// ---- Work for later -----------------------------------------------------------------------------

/// ThreadPool::spawn in this thread's pool, or the global one.
template <class Work>
    requires std::invocable<std::decay_t<Work>>
void spawn(Work&& work) {
    spawn(current_pool(), Options{}, std::forward<Work>(work));
}

/// ThreadPool::spawn_with in this thread's pool, or the global one.
template <class Work>
    requires std::invocable<std::decay_t<Work>>
void spawn_with(const Options& options, Work&& work) {
    spawn(current_pool(), options, std::forward<Work>(work));
}

/// ThreadPool::submit in this thread's pool, or the global one.
template <class Work>
    requires std::invocable<std::decay_t<Work>>
Task<std::invoke_result_t<std::decay_t<Work>>> submit(Work&& work) {
    return submit(current_pool(), Options{}, std::forward<Work>(work));
}

/// ThreadPool::submit_with in this thread's pool, or the global one.
template <class Work>
    requires std::invocable<std::decay_t<Work>>
Task<std::invoke_result_t<std::decay_t<Work>>> submit_with(const Options& options, Work&& work) {
    return submit(current_pool(), options, std::forward<Work>(work));
}

} // namespace diptych::cpp::thread_pool

namespace diptych::cpp {

using thread_pool::join;
using thread_pool::LoopOptions;
using thread_pool::parallel_filter;
using thread_pool::parallel_for;
using thread_pool::parallel_for_parts;
using thread_pool::parallel_for_with;
using thread_pool::parallel_map;
using thread_pool::parallel_reduce;
using thread_pool::parallel_reduce_with;
using thread_pool::parallel_scan;
using thread_pool::parallel_sort;
using thread_pool::Range;
using thread_pool::scope;
using thread_pool::spawn;
using thread_pool::spawn_with;
using thread_pool::submit;
using thread_pool::submit_with;
using thread_pool::ThreadPool;

} // namespace diptych::cpp
