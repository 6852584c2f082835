// pool.hpp - what a pool offers to the loops. src/workloads/thread_pool/pool.rs is the same thing.
//
// A pool is a struct of static members, which find it themselves. What its functions are given is
// called as it is: a reference to it is good until they return.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace diptych::workloads::thread_pool {

/// Work and tasks, for the concepts.
struct Work {
    template <class Inside>
    std::uint64_t operator()(Inside&) const;
};
struct Task {
    void operator()(std::size_t) const;
};

/// A pool:
///
///     struct Inside;                             // what work inside the pool has in hand
///     static R with(R work(Inside&));            // does the work inside the pool, and comes back
///                                                // with what it answers
template <class P>
concept Pool = requires(Work work) {
    typename P::Inside;
    { P::with(work) } -> std::same_as<std::uint64_t>;
};

/// A pool that forks and joins:
///
///     static std::pair<A, B> join(Inside&, A a(Inside&), B b(Inside&));
///
/// does both, at once where another thread has nothing else to do. An A and a B can be made from
/// nothing.
template <class P>
concept Join = Pool<P> && requires(typename P::Inside& inside, Work work) {
    { P::join(inside, work, work) } -> std::convertible_to<std::pair<std::uint64_t, std::uint64_t>>;
};

/// A pool to whose tasks work inside can give others that it waits for:
///
///     static void spawn_each(Inside&, std::size_t tasks, const auto& task);
///
/// spawns as many tasks, each of which calls `task` once with its number, and waits for all.
template <class P>
concept Scope = Pool<P> && requires(typename P::Inside& inside, const Task& task) {
    P::spawn_each(inside, std::size_t{}, task);
};

/// A pool that takes tasks from threads that are not its own:
///
///     static void submit_each(std::size_t first, std::size_t end, const auto& task);
///
/// as `spawn_each`, from any thread.
template <class P>
concept Outside =
    requires(const Task& task) { P::submit_each(std::size_t{}, std::size_t{}, task); };

/// A pool that goes over ranges in parts of its own choice. Called inside:
///
///     static void for_each(std::size_t items, const auto& body);    // once with each number
///     static std::uint64_t sum(std::span<const std::uint64_t> words);
template <class P>
concept Loops = Pool<P> && requires(const Task& body, std::span<const std::uint64_t> words) {
    P::for_each(std::size_t{}, body);
    { P::sum(words) } -> std::same_as<std::uint64_t>;
};

/// A pool that sorts. Called inside:
///
///     static void sort(std::span<std::uint64_t> words);
///
/// in what order equal ones stay cannot be seen.
template <class P>
concept Sort = Pool<P> && requires(std::span<std::uint64_t> words) { P::sort(words); };

} // namespace diptych::workloads::thread_pool
