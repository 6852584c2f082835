// diptych/rust/thread_pool.hpp - the Rust thread pool for C++ programs.
//
// `diptych::rust::ThreadPool` and the functions beside it have the names of those in
// `diptych/thread_pool.hpp`, which describes them, so that one line swaps the language that a
// program's threads run on:
//
//     namespace pool = diptych::rust;   // or diptych::cpp
//
// Memory: what somebody waits for lies in the frame of who waits. Work that is spawned or submitted
// has a block of its own here, beside the one that Rust keeps its two words in.
//
// Exceptions: never cross a Rust frame. What work throws is kept until the call that waits for it
// has come back, and goes on from there. If the first of two that `join` has throws, the second may
// have begun, or not; here it is always done.
//
// Loops: `parallel_for` is the loop of the Rust twin. What combines results, and sorting, is
// divided here, at fixed places, and shared by Rust's `join`.
//
// What it lacks: ThreadPool::fences, which C does not tell.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "diptych.h"
#include "diptych/rust/thread_pool/cancel.hpp"
#include "diptych/rust/thread_pool/join.hpp"
#include "diptych/rust/thread_pool/loops.hpp"
#include "diptych/rust/thread_pool/task.hpp"
#include "diptych/thread_pool/metrics.hpp"
#include "diptych/thread_pool/sync.hpp"

namespace diptych::rust::thread_pool {

using cpp::thread_pool::Fences;
using cpp::thread_pool::Metrics;

class ThreadPool;

/// Makes a ThreadPool as one wants it.
class Builder {
public:
    // ---- Construction ---------------------------------------------------------------------------

    /// As many threads as there are processors, and nothing else that is special.
    Builder() = default;

    /// So many threads; 0 for as many as the process has processors.
    Builder& threads(std::size_t threads) {
        threads_ = threads;
        return *this;
    }

    /// What threads are called, before `-` and their number. The kernel keeps 15 bytes of it.
    Builder& name(std::string name) {
        name_ = std::move(name);
        return *this;
    }

    /// The bytes of each thread's stack; 0 for the system's choice.
    Builder& stack_bytes(std::size_t bytes) {
        stack_bytes_ = bytes;
        return *this;
    }

    /// Binds the threads to these processors, one after the other, and again from the first.
    Builder& pin(std::vector<std::size_t> processors) {
        pin_ = std::move(processors);
        return *this;
    }

    /// Whose fences cost, if not what is best on this machine.
    Builder& fences(Fences fences) {
        fences_ = fences;
        return *this;
    }

    /// Called in each thread before its first job, with its number. What it throws ends the
    /// program.
    Builder& on_start(std::function<void(std::size_t)> hook) {
        hooks_.on_start = std::move(hook);
        return *this;
    }

    /// Called in each thread after its last job. What it throws ends the program.
    Builder& on_stop(std::function<void(std::size_t)> hook) {
        hooks_.on_stop = std::move(hook);
        return *this;
    }

    /// Called with what a spawned job has thrown, in the thread that executed it. What it throws
    /// ends the program.
    Builder& panic_handler(std::function<void(std::exception_ptr)> handler) {
        hooks_.panic_handler = std::move(handler);
        return *this;
    }

    /// Starts the threads. std::system_error if the system has no more threads, or a processor to
    /// pin to does not exist: then none is left.
    [[nodiscard]] ThreadPool build() const;

private:
    std::size_t threads_ = 0;
    std::string name_ = "worker";
    std::size_t stack_bytes_ = 0;
    std::vector<std::size_t> pin_;
    Fences fences_ = Fences::asymmetric;
    Callbacks hooks_;
};

/// Threads that share work. Destroyed, it does what was submitted, and ends them.
class [[nodiscard]] ThreadPool {
public:
    // ---- Construction ---------------------------------------------------------------------------

    /// So many threads; 0 for as many as the process has processors. See Builder for more.
    /// std::system_error if the system has no more threads.
    explicit ThreadPool(std::size_t threads) : ThreadPool(Builder().threads(threads).build()) {}

    ThreadPool(ThreadPool&&) noexcept = default;
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    // ---- Queries --------------------------------------------------------------------------------

    /// How many there are.
    [[nodiscard]] std::size_t threads() const noexcept { return dpt_rust_pool_threads(raw()); }

    /// This thread is one of them.
    [[nodiscard]] bool is_current() const noexcept {
        return dpt_rust_pool_index(raw()) != SIZE_MAX;
    }

    /// What they have done so far.
    [[nodiscard]] Metrics metrics() const noexcept {
        dpt_rust_pool_metrics told{};
        dpt_rust_pool_get_metrics(raw(), &told);
        return {.executed = told.executed,
                .stolen = told.stolen,
                .sleeps = told.sleeps,
                .calls = told.calls,
                .dropped = told.dropped,
                .waiting = told.waiting};
    }

    /// For the functions dpt_rust_pool_*.
    [[nodiscard]] dpt_rust_pool* raw() const noexcept { return pool_.get(); }

    // ---- Join and scope -------------------------------------------------------------------------

    /// Does the work in one of the threads, and waits. What it calls uses this pool.
    template <std::invocable Work>
    std::invoke_result_t<Work> install(Work&& work) {
        return install_in(raw(), std::forward<Work>(work));
    }

    /// `join` in this pool.
    template <std::invocable A, std::invocable B>
    std::pair<Result<A>, Result<B>> join(A&& a, B&& b) {
        return join_in(raw(), std::forward<A>(a), std::forward<B>(b));
    }

    /// `scope` in this pool.
    template <std::invocable<Scope&> Body>
    std::invoke_result_t<Body, Scope&> scope(Body&& body) {
        return scope_in(raw(), std::forward<Body>(body));
    }

    /// Does the work once in each thread, with its number, and answers what came of it, in this
    /// order.
    template <std::invocable<std::size_t> Work>
    std::vector<Result<Work&, std::size_t>> broadcast(Work&& work) {
        return broadcast_in(raw(), work);
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
        Threads threads{raw()};
        for_in(threads, options, items_of(items), body);
    }

    /// `parallel_for_parts` in this pool.
    template <Loopable Given, class Body>
    void parallel_for_parts(const LoopOptions& options, Given&& items, Body&& body) {
        Threads threads{raw()};
        parts_in(threads, options, items_of(items), body);
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
        return in_threads(raw(), [&](Threads& threads) {
            return reduce_in(threads, options, items_of(items), identity, map, combine);
        });
    }

    /// `parallel_map` in this pool.
    template <Loopable Given, class Map>
    auto parallel_map(Given&& items, Map&& map) {
        return in_threads(raw(), [&](Threads& threads) {
            return cpp::thread_pool::map_in(threads, items_of(items), map);
        });
    }

    /// `parallel_filter` in this pool.
    template <std::ranges::random_access_range Given, class IsWanted>
    auto parallel_filter(Given&& items, IsWanted&& is_wanted) {
        return in_threads(raw(), [&](Threads& threads) {
            return cpp::thread_pool::filter_in(threads, items_of(items), is_wanted);
        });
    }

    /// `parallel_scan` in this pool.
    template <std::ranges::random_access_range Given, class Combine>
    auto parallel_scan(Given&& items, Combine&& combine) {
        return in_threads(raw(), [&](Threads& threads) {
            return cpp::thread_pool::scan_in(threads, items_of(items), combine);
        });
    }

    /// `parallel_sort` in this pool.
    template <std::ranges::contiguous_range Given, class Less = std::ranges::less>
    void parallel_sort(Given&& items, const Less& less = {}) {
        in_threads(raw(), [&](Threads& threads) {
            cpp::thread_pool::sort_in(threads, std::span(items), less);
        });
    }

    // ---- Work for later -------------------------------------------------------------------------

    /// Does the work at some time. Nobody waits for it, but the end of the pool.
    template <class Work>
        requires std::invocable<std::decay_t<Work>>
    void spawn(Work&& work) {
        spawn_in(raw(), Options{}, std::forward<Work>(work));
    }

    /// The same, as `options` say.
    template <class Work>
        requires std::invocable<std::decay_t<Work>>
    void spawn_with(const Options& options, Work&& work) {
        spawn_in(raw(), options, std::forward<Work>(work));
    }

    /// Does the work at some time; the handle, which a coroutine may await, has its result.
    template <class Work>
        requires std::invocable<std::decay_t<Work>>
    Submitted<Work> submit(Work&& work) {
        return submit_in(raw(), Options{}, std::forward<Work>(work));
    }

    /// The same, as `options` say.
    template <class Work>
        requires std::invocable<std::decay_t<Work>>
    Submitted<Work> submit_with(const Options& options, Work&& work) {
        return submit_in(raw(), options, std::forward<Work>(work));
    }

    /// Waits until all that was spawned and submitted has ended. std::logic_error in a thread of
    /// this pool, which could not end before itself.
    void wait_idle() { check(dpt_rust_pool_wait_idle(raw())); }

    // ---- End ------------------------------------------------------------------------------------

    /// Ends the threads: what was submitted and has not begun is dropped. How many jobs that were.
    std::uint64_t shutdown_now() && {
        std::uint64_t dropped = 0;
        dpt_rust_pool_shutdown_now(pool_.release(), &dropped);
        return dropped;
    }

private:
    friend class Builder;

    struct End {
        void operator()(dpt_rust_pool* pool) const noexcept { dpt_rust_pool_delete(pool); }
        void operator()(Hooks* hooks) const noexcept { Hooks::let_go(hooks); }
    };

    ThreadPool(dpt_rust_pool* pool, std::unique_ptr<Hooks, End> hooks) noexcept
        : hooks_(std::move(hooks)), pool_(pool) {}

    // The pool ends first.
    std::unique_ptr<Hooks, End> hooks_;
    std::unique_ptr<dpt_rust_pool, End> pool_;
};

// ---- Construction -------------------------------------------------------------------------------

inline ThreadPool Builder::build() const {
    dpt_rust_pool_options options{};
    options.threads = threads_;
    options.name = name_.c_str();
    options.stack_bytes = stack_bytes_;
    options.processors = pin_.empty() ? nullptr : pin_.data();
    options.processor_count = pin_.size();
    options.symmetric_fences = fences_ == Fences::symmetric ? 1 : 0;
    std::unique_ptr<Hooks, ThreadPool::End> hooks;
    if (hooks_.on_start || hooks_.on_stop || hooks_.panic_handler) {
        hooks.reset(new Hooks(hooks_));
        options.on_start = &Hooks::start;
        options.on_stop = &Hooks::stop;
        options.context = hooks.get();
    }
    dpt_rust_pool* pool = dpt_rust_pool_new(&options);
    if (pool == nullptr) {
        fail(DPT_ERR_ALLOC);
    }
    return ThreadPool(pool, std::move(hooks));
}

// ---- Queries ------------------------------------------------------------------------------------

/// The number of this thread in its pool; none outside of all.
inline std::optional<std::size_t> current_index() noexcept {
    const std::size_t index = dpt_rust_pool_index(nullptr);
    return index != SIZE_MAX ? std::optional(index) : std::nullopt;
}

// ---- Join and scope -----------------------------------------------------------------------------

/// Does both, perhaps at the same time: `b` in another thread if one is free, and answers what came
/// of them; std::monostate for what answers nothing. If both throw, what `a` has thrown goes on.
template <std::invocable A, std::invocable B>
std::pair<Result<A>, Result<B>> join(A&& a, B&& b) {
    return join_in(nullptr, std::forward<A>(a), std::forward<B>(b));
}

/// Waits for all that is spawned in the scope, by `body` or by what it spawned, and answers what
/// came of `body`.
template <std::invocable<Scope&> Body>
std::invoke_result_t<Body, Scope&> scope(Body&& body) {
    return scope_in(nullptr, std::forward<Body>(body));
}

// ---- Loops --------------------------------------------------------------------------------------

/// Calls `body` with each item, in many threads at the same time. If calls throw, one of the
/// exceptions goes on, and what had not begun may be left out.
template <Loopable Given, class Body>
void parallel_for(Given&& items, Body&& body) {
    parallel_for_with(LoopOptions{}, items, body);
}

/// The same, as `options` say.
template <Loopable Given, class Body>
void parallel_for_with(const LoopOptions& options, Given&& items, Body&& body) {
    Threads threads{nullptr};
    for_in(threads, options, items_of(items), body);
}

/// The same, with a call for each grain: parts that together are all items, each once.
template <Loopable Given, class Body>
void parallel_for_parts(const LoopOptions& options, Given&& items, Body&& body) {
    Threads threads{nullptr};
    parts_in(threads, options, items_of(items), body);
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
    return in_threads(nullptr, [&](Threads& threads) {
        return reduce_in(threads, options, items_of(items), identity, map, combine);
    });
}

/// What comes of each item, in their order.
template <Loopable Given, class Map>
auto parallel_map(Given&& items, Map&& map) {
    return in_threads(nullptr, [&](Threads& threads) {
        return cpp::thread_pool::map_in(threads, items_of(items), map);
    });
}

/// Those items that are wanted, in their order. Each is asked about once.
template <std::ranges::random_access_range Given, class IsWanted>
auto parallel_filter(Given&& items, IsWanted&& is_wanted) {
    return in_threads(nullptr, [&](Threads& threads) {
        return cpp::thread_pool::filter_in(threads, items_of(items), is_wanted);
    });
}

/// What comes of each item combined with all before it: `combine` is to be associative. The same to
/// the last bit, however many threads there are.
template <std::ranges::random_access_range Given, class Combine>
auto parallel_scan(Given&& items, Combine&& combine) {
    return in_threads(nullptr, [&](Threads& threads) {
        return cpp::thread_pool::scan_in(threads, items_of(items), combine);
    });
}

/// Sorts. Equal items may change places with each other. If `less` throws, or is no order, the
/// items are in some order: none is lost.
template <std::ranges::contiguous_range Given, class Less = std::ranges::less>
void parallel_sort(Given&& items, const Less& less = {}) {
    in_threads(nullptr, [&](Threads& threads) {
        cpp::thread_pool::sort_in(threads, std::span(items), less);
    });
}

// ---- Work for later -----------------------------------------------------------------------------

/// ThreadPool::spawn in this thread's pool, or the global one.
template <class Work>
    requires std::invocable<std::decay_t<Work>>
void spawn(Work&& work) {
    spawn_in(nullptr, Options{}, std::forward<Work>(work));
}

/// ThreadPool::spawn_with in this thread's pool, or the global one.
template <class Work>
    requires std::invocable<std::decay_t<Work>>
void spawn_with(const Options& options, Work&& work) {
    spawn_in(nullptr, options, std::forward<Work>(work));
}

/// ThreadPool::submit in this thread's pool, or the global one.
template <class Work>
    requires std::invocable<std::decay_t<Work>>
Submitted<Work> submit(Work&& work) {
    return submit_in(nullptr, Options{}, std::forward<Work>(work));
}

/// ThreadPool::submit_with in this thread's pool, or the global one.
template <class Work>
    requires std::invocable<std::decay_t<Work>>
Submitted<Work> submit_with(const Options& options, Work&& work) {
    return submit_in(nullptr, options, std::forward<Work>(work));
}

} // namespace diptych::rust::thread_pool

namespace diptych::rust {

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

} // namespace diptych::rust
