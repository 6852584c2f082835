// openmp.cpp - OpenMP runs the loops, with the runtime that comes with the compiler. It knows no
// task from outside a parallel region.
#include <cstddef>
#include <cstdint>
#include <omp.h>
#include <parallel/algorithm>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "pool.hpp"

namespace diptych::peers::pools {

namespace {

/// Tasks, in a parallel region of which one thread begins.
template <int Workers>
struct Tasks {
    struct Inside {};

    template <class Work>
    static auto with(const Work& work) {
        Inside inside;
        std::invoke_result_t<Work, Inside&> answer{};
#pragma omp parallel num_threads(Workers)
#pragma omp single
        answer = work(inside);
        return answer;
    }

    template <class A, class B>
    static auto join(Inside& inside, const A& a, const B& b) {
        std::invoke_result_t<A, Inside&> left{};
        std::invoke_result_t<B, Inside&> right{};
#pragma omp task shared(right, inside, b)
        right = b(inside);
        left = a(inside);
#pragma omp taskwait
        return std::pair(left, right);
    }

    template <class Task>
    static void spawn_each(Inside&, std::size_t tasks, const Task& task) {
        for (std::size_t index = 0; index < tasks; ++index) {
#pragma omp task shared(task) firstprivate(index)
            task(index);
        }
#pragma omp taskwait
    }
};

/// Loops, each a parallel region of its own; one inside another is done by the thread that comes
/// upon it, as is usual in OpenMP.
template <int Workers>
struct Regions {
    struct Inside {};

    template <class Work>
    static auto with(const Work& work) {
        Inside inside;
        return work(inside);
    }

    template <class Body>
    static void for_each(std::size_t items, const Body& body) {
#pragma omp parallel for num_threads(Workers) schedule(dynamic, 16)
        for (std::size_t index = 0; index < items; ++index) {
            body(index);
        }
    }

    static std::uint64_t sum(std::span<const std::uint64_t> words) {
        std::uint64_t all = 0;
#pragma omp parallel for num_threads(Workers) schedule(static) reduction(+ : all)
        for (std::size_t index = 0; index < words.size(); ++index) {
            all += words[index];
        }
        return all;
    }

    /// The parallel mode of libstdc++, which is made of such regions.
    static void sort(std::span<std::uint64_t> words) {
        __gnu_parallel::sort(words.begin(), words.end(),
                             __gnu_parallel::default_parallel_tag(Workers));
    }
};

} // namespace

} // namespace diptych::peers::pools

int main(int argc, char** argv) {
    using namespace diptych::peers::pools;
    constexpr int few = loops::workers, many = loops::oversubscribed;
    return main_of<Tasks<few>>(argc, argv, "OpenMP", "OpenMP " + std::to_string(_OPENMP),
                               loops::together({loops::joins<Tasks<few>, Tasks<many>>(),
                                                loops::scopes<Tasks<few>, Tasks<many>>(),
                                                loops::loops<Regions<few>, Regions<many>>(),
                                                loops::sorts<Regions<few>>()}));
}
