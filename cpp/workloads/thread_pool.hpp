// thread_pool.hpp - the table of all timed loops over thread pools, for any pool.
//
// A pool takes part in what it can do: the concepts of thread_pool/pool.hpp say what that is. It
// has two threads at work, or eight where the name says that it is oversubscribed; which of them is
// the caller is the pool's affair. It is made on first use, once per process and never inside a
// timed loop: the run that comes before every timed one sees to that.
//
// Work of several threads is judged by the processor time of all of them, so that a pool pays for
// what its threads do while they find nothing to do. A call takes some milliseconds: its threads
// have to wake for it, each time.
//
// src/workloads/thread_pool.rs is the same table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "operation.hpp"
#include "thread_pool/joins.hpp"
#include "thread_pool/loops.hpp"
#include "thread_pool/pool.hpp"
#include "thread_pool/serial.hpp"
#include "thread_pool/sorts.hpp"
#include "thread_pool/spawns.hpp"

namespace diptych::workloads::thread_pool {

/// Threads at work, usually.
constexpr std::size_t workers = 2;

/// Threads at work where there shall be more than processors.
constexpr std::size_t oversubscribed = 8;

/// Of a pool of `workers`.
inline lab::Workload few(lab::Workload workload) { return threaded(workers, std::move(workload)); }

/// Of a pool that is `oversubscribed`.
inline lab::Workload many(lab::Workload workload) {
    return threaded(oversubscribed, std::move(workload));
}

/// What forks and joins in a pool of `workers` with fences of the other kind.
template <Join P>
std::vector<lab::Workload> fences() {
    return {few(thread_pool_workload<Timed<Fib<P>>>("join/fib/symmetric_fences", fib_30))};
}

/// What forks and joins.
template <Join P, Join Q>
std::vector<lab::Workload> joins() {
    return {
        few(thread_pool_workload<Timed<Fib<P>>>("join/fib", fib_30)),
        many(thread_pool_workload<Timed<Fib<Q>>>("join/fib/oversubscribed", fib_30)),
        few(thread_pool_workload<Timed<Coarse<P>>>("join/coarse", 5'242'880)),
    };
}

/// What spawns inside.
template <Scope P, Scope Q>
std::vector<lab::Workload> scopes() {
    return {
        few(thread_pool_workload<Timed<Inside<P>>>("spawn_inside/empty", 1'000'000)),
        many(thread_pool_workload<Timed<Inside<Q>>>("spawn_inside/empty/oversubscribed", 100'000)),
    };
}

/// What spawns from outside, from one thread and from four.
template <Outside P>
std::vector<lab::Workload> outside() {
    return {
        few(thread_pool_workload<Timed<Submitted<P, 1>>>("spawn_outside/empty", 100'000)),
        few(thread_pool_workload<Timed<Submitted<P, 4>>>("spawn_outside4/empty", 100'000)),
    };
}

/// What goes over ranges.
template <Loops P, Loops Q>
std::vector<lab::Workload> loops() {
    return {
        few(thread_pool_workload<Timed<Skewed<P>>>("loop/skewed", 400'000)),
        many(thread_pool_workload<Timed<Skewed<Q>>>("loop/skewed/oversubscribed", 400'000)),
        few(thread_pool_workload<Timed<Nested<P>>>("loop/nested", 262'144)),
        few(thread_pool_workload<Timed<Sum<P>>>("reduce/sum", 10'000'000)),
        many(thread_pool_workload<Timed<Sum<Q>>>("reduce/sum/oversubscribed", 10'000'000)),
    };
}

/// What sorts.
template <Sort P>
std::vector<lab::Workload> sorts() {
    return {
        few(thread_pool_workload<Timed<Sorted<P, Random>>>("sort/random", 1'000'000)),
        few(thread_pool_workload<Timed<Sorted<P, Few>>>("sort/few_values", 1'000'000)),
        few(thread_pool_workload<Timed<Sorted<P, Ascending>>>("sort/ascending", 1'000'000)),
        few(thread_pool_workload<Timed<Sorted<P, Descending>>>("sort/descending", 1'000'000)),
    };
}

/// The workloads of several of these, one after the other.
inline std::vector<lab::Workload> together(std::vector<std::vector<lab::Workload>> parts) {
    std::vector<lab::Workload> all;
    for (std::vector<lab::Workload>& part : parts) {
        for (lab::Workload& workload : part) {
            all.push_back(std::move(workload));
        }
    }
    return all;
}

/// All workloads of a pool: `P` has `workers`, `Q` is the same one with `oversubscribed`.
template <class P, class Q>
std::vector<lab::Workload> workloads() {
    return together({joins<P, Q>(), scopes<P, Q>(), outside<P>(), loops<P, Q>(), sorts<P>()});
}

} // namespace diptych::workloads::thread_pool
