// onetbb.cpp - oneTBB runs the loops. The caller is one of the threads of its arena.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_invoke.h>
#include <oneapi/tbb/parallel_reduce.h>
#include <oneapi/tbb/parallel_sort.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>
#include <oneapi/tbb/version.h>
#include <span>
#include <type_traits>
#include <utility>

#include "pool.hpp"

namespace diptych::peers::pools {

namespace {

namespace tbb = oneapi::tbb;

template <std::size_t Workers>
struct OneTbb {
    struct Inside {};

    static tbb::task_arena& arena() {
        // An arena has as many threads as it asks for, even if there are fewer processors. The
        // smallest of all controls counts.
        static const tbb::global_control most(tbb::global_control::max_allowed_parallelism,
                                              loops::oversubscribed);
        static tbb::task_arena made(static_cast<int>(Workers));
        return made;
    }

    template <class Work>
    static auto with(const Work& work) {
        return arena().execute([&work] {
            Inside inside;
            return work(inside);
        });
    }

    template <class A, class B>
    static auto join(Inside& inside, const A& a, const B& b) {
        std::invoke_result_t<A, Inside&> left{};
        std::invoke_result_t<B, Inside&> right{};
        tbb::parallel_invoke([&] { left = a(inside); }, [&] { right = b(inside); });
        return std::pair(left, right);
    }

    template <class Task>
    static void spawn_each(Inside&, std::size_t tasks, const Task& task) {
        run_each(0, tasks, task);
    }

    template <class Task>
    static void submit_each(std::size_t first, std::size_t end, const Task& task) {
        arena().execute([first, end, &task] { run_each(first, end, task); });
    }

    template <class Body>
    static void for_each(std::size_t items, const Body& body) {
        tbb::parallel_for(std::size_t{0}, items, body);
    }

    static std::uint64_t sum(std::span<const std::uint64_t> words) {
        using Range = tbb::blocked_range<const std::uint64_t*>;
        return tbb::parallel_reduce(
            Range(words.data(), words.data() + words.size()), std::uint64_t{0},
            [](const Range& range, std::uint64_t before) {
                return std::accumulate(range.begin(), range.end(), before);
            },
            std::plus<>());
    }

    static void sort(std::span<std::uint64_t> words) {
        tbb::parallel_sort(words.begin(), words.end());
    }

    template <class Work>
    static void submit(Work work) {
        // No thread of its own is in it: all its places are the workers'.
        static tbb::task_arena detached(static_cast<int>(Workers), 0);
        arena();
        detached.enqueue(work);
    }

private:
    template <class Task>
    static void run_each(std::size_t first, std::size_t end, const Task& task) {
        tbb::task_group group;
        for (std::size_t index = first; index < end; ++index) {
            group.run([&task, index] { task(index); });
        }
        group.wait();
    }
};

} // namespace

} // namespace diptych::peers::pools

int main(int argc, char** argv) {
    using namespace diptych::peers::pools;
    using Few = OneTbb<loops::workers>;
    using Many = OneTbb<loops::oversubscribed>;
    return main_of<Few>(argc, argv, "oneTBB", "oneTBB " TBB_VERSION_STRING,
                        loops::workloads<Few, Many>());
}
