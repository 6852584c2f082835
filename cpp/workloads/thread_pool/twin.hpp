// twin.hpp - the C++ twin as a pool. src/workloads/thread_pool/twin.rs is the same for Rust.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>

#include <diptych/thread_pool.hpp>

namespace diptych::workloads::thread_pool {

/// The C++ twin, with so many threads.
template <std::size_t Threads>
struct Twin {
    struct Inside {};

    /// It stays with the process.
    static cpp::ThreadPool& pool() {
        static cpp::ThreadPool pool(Threads);
        return pool;
    }

    template <class Work>
    static auto with(const Work& work) {
        return pool().install([&work] {
            Inside inside;
            return work(inside);
        });
    }

    template <class A, class B>
    [[gnu::always_inline]] static inline auto join(Inside&, const A& a, const B& b) {
        return cpp::join(
            [&a] {
                Inside inside;
                return a(inside);
            },
            [&b] {
                Inside inside;
                return b(inside);
            });
    }

    template <class Task>
    static void spawn_each(Inside&, std::size_t tasks, const Task& task) {
        cpp::scope([&](auto& scope) {
            for (std::size_t index = 0; index < tasks; ++index) {
                scope.spawn([&task, index](auto&) { task(index); });
            }
        });
    }

    template <class Task>
    static void submit_each(std::size_t first, std::size_t end, const Task& task) {
        for (std::size_t index = first; index < end; ++index) {
            pool().spawn([&task, index] { task(index); });
        }
        pool().wait_idle();
    }

    template <class Body>
    static void for_each(std::size_t items, const Body& body) {
        cpp::parallel_for(cpp::thread_pool::Range{.first = 0, .last = items}, body);
    }

    static std::uint64_t sum(std::span<const std::uint64_t> words) {
        return cpp::parallel_reduce(
            words, [] { return std::uint64_t{0}; }, [](std::uint64_t word) { return word; },
            std::plus<>());
    }

    static void sort(std::span<std::uint64_t> words) { cpp::parallel_sort(words); }
};

/// With fences for which the owner of a job pays as much as a thief, as where there is no
/// membarrier.
template <std::size_t Threads>
struct Fenced {
    using Inside = typename Twin<Threads>::Inside;

    static cpp::ThreadPool& pool() {
        static cpp::ThreadPool pool = cpp::thread_pool::Builder()
                                          .threads(Threads)
                                          .fences(cpp::thread_pool::Fences::symmetric)
                                          .build();
        return pool;
    }

    template <class Work>
    static auto with(const Work& work) {
        return pool().install([&work] {
            Inside inside;
            return work(inside);
        });
    }

    template <class A, class B>
    [[gnu::always_inline]] static inline auto join(Inside& inside, const A& a, const B& b) {
        return Twin<Threads>::join(inside, a, b);
    }
};

} // namespace diptych::workloads::thread_pool
