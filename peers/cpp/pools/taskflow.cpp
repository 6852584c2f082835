// taskflow.cpp - Taskflow runs the loops.
#include <cstddef>
#include <cstdint>
#include <span>
#include <taskflow/algorithm/for_each.hpp>
#include <taskflow/algorithm/reduce.hpp>
#include <taskflow/algorithm/sort.hpp>
#include <taskflow/taskflow.hpp>
#include <type_traits>
#include <utility>

#include "pool.hpp"

namespace diptych::peers::pools {

namespace {

template <std::size_t Workers>
struct Taskflow {
    struct Inside {};

    static tf::Executor& executor() {
        static tf::Executor made(Workers);
        return made;
    }

    template <class Work>
    static auto with(const Work& work) {
        return executor()
            .async([&work] {
                Inside inside;
                return work(inside);
            })
            .get();
    }

    template <class A, class B>
    static auto join(Inside& inside, const A& a, const B& b) {
        std::invoke_result_t<A, Inside&> left{};
        std::invoke_result_t<B, Inside&> right{};
        tf::TaskGroup group = executor().task_group();
        group.silent_async([&] { right = b(inside); });
        left = a(inside);
        group.corun();
        return std::pair(left, right);
    }

    template <class Task>
    static void spawn_each(Inside&, std::size_t tasks, const Task& task) {
        tf::TaskGroup group = executor().task_group();
        for (std::size_t index = 0; index < tasks; ++index) {
            group.silent_async([&task, index] { task(index); });
        }
        group.corun();
    }

    template <class Task>
    static void submit_each(std::size_t first, std::size_t end, const Task& task) {
        for (std::size_t index = first; index < end; ++index) {
            executor().silent_async([&task, index] { task(index); });
        }
        executor().wait_for_all();
    }

    template <class Body>
    static void for_each(std::size_t items, const Body& body) {
        tf::Taskflow flow;
        flow.for_each_index(std::size_t{0}, items, std::size_t{1},
                            [&body](std::size_t index) { body(index); });
        executor().corun(flow);
    }

    static std::uint64_t sum(std::span<const std::uint64_t> words) {
        std::uint64_t all = 0;
        tf::Taskflow flow;
        flow.reduce(words.begin(), words.end(), all,
                    [](std::uint64_t a, std::uint64_t b) { return a + b; });
        executor().corun(flow);
        return all;
    }

    static void sort(std::span<std::uint64_t> words) {
        tf::Taskflow flow;
        flow.sort(words.begin(), words.end());
        executor().corun(flow);
    }

    template <class Work>
    static void submit(Work work) {
        executor().silent_async(std::move(work));
    }
};

} // namespace

} // namespace diptych::peers::pools

int main(int argc, char** argv) {
    using namespace diptych::peers::pools;
    using Few = Taskflow<loops::workers>;
    using Many = Taskflow<loops::oversubscribed>;
    return main_of<Few>(argc, argv, "Taskflow", std::string("Taskflow ") + tf::version(),
                        loops::workloads<Few, Many>());
}
