// serial.hpp - no pool: everything is done at once by whoever asks for it. What a pool's overhead
// is held against, and the digests of all pools. src/workloads/thread_pool/serial.rs is the same
// thing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>

namespace diptych::workloads::thread_pool {

/// Does everything itself.
struct Serial {
    struct Inside {};

    template <class Work>
    [[gnu::always_inline]] static inline auto with(const Work& work) {
        Inside inside;
        return work(inside);
    }

    template <class A, class B>
    [[gnu::always_inline]] static inline auto join(Inside& inside, const A& a, const B& b) {
        const auto first = a(inside);
        return std::pair(first, b(inside));
    }

    template <class Task>
    [[gnu::always_inline]] static inline void spawn_each(Inside&, std::size_t tasks,
                                                         const Task& task) {
        submit_each(0, tasks, task);
    }

    template <class Task>
    [[gnu::always_inline]] static inline void submit_each(std::size_t first, std::size_t end,
                                                          const Task& task) {
        for (std::size_t index = first; index < end; ++index) {
            task(index);
        }
    }

    template <class Body>
    [[gnu::always_inline]] static inline void for_each(std::size_t items, const Body& body) {
        submit_each(0, items, body);
    }

    [[gnu::always_inline]] static inline std::uint64_t sum(std::span<const std::uint64_t> words) {
        return std::accumulate(words.begin(), words.end(), std::uint64_t{0});
    }

    [[gnu::always_inline]] static inline void sort(std::span<std::uint64_t> words) {
        std::ranges::sort(words);
    }
};

} // namespace diptych::workloads::thread_pool
