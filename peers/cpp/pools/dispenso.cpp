// dispenso.cpp - dispenso runs the loops. The caller is one of its threads, except where tasks come
// from outside: there they are told to be queued, for else most would be done by who submits them.
#include <cstddef>
#include <cstdint>
#include <list>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

// The library has to be compiled; with its sources in sight the compiler knows most of it.
#include <dispenso/cpu_set.cpp>
#include <dispenso/detail/per_thread_info.cpp>
#include <dispenso/detail/quanta.cpp>
#include <dispenso/parallel_for.h>
#include <dispenso/small_buffer_allocator.cpp>
#include <dispenso/task_set.cpp>
#include <dispenso/thread_id.cpp>
#include <dispenso/thread_pool.cpp>
#include <dispenso/thread_pool_wake.cpp>
#include <dispenso/tsan_annotations.cpp>

#include "pool.hpp"

namespace diptych::peers::pools {

namespace {

template <std::size_t Workers>
struct Dispenso {
    struct Inside {};

    static dispenso::ThreadPool& pool() {
        static dispenso::ThreadPool made(Workers - 1);
        return made;
    }

    static dispenso::ThreadPool& detached() {
        static dispenso::ThreadPool made(Workers);
        return made;
    }

    template <class Work>
    static auto with(const Work& work) {
        pool();
        Inside inside;
        return work(inside);
    }

    template <class A, class B>
    static auto join(Inside& inside, const A& a, const B& b) {
        std::invoke_result_t<A, Inside&> left{};
        std::invoke_result_t<B, Inside&> right{};
        dispenso::TaskSet tasks(pool());
        tasks.schedule([&] { right = b(inside); });
        left = a(inside);
        tasks.wait();
        return std::pair(left, right);
    }

    template <class Task>
    static void spawn_each(Inside&, std::size_t count, const Task& task) {
        dispenso::TaskSet tasks(pool());
        for (std::size_t index = 0; index < count; ++index) {
            tasks.schedule([&task, index] { task(index); });
        }
        tasks.wait();
    }

    template <class Task>
    static void submit_each(std::size_t first, std::size_t end, const Task& task) {
        dispenso::TaskSet tasks(detached());
        for (std::size_t index = first; index < end; ++index) {
            tasks.schedule([&task, index] { task(index); }, dispenso::ForceQueuingTag());
        }
        tasks.wait();
    }

    template <class Body>
    static void for_each(std::size_t items, const Body& body) {
        dispenso::TaskSet tasks(pool());
        dispenso::parallel_for(tasks, std::size_t{0}, items, body, adaptive());
    }

    static std::uint64_t sum(std::span<const std::uint64_t> words) {
        std::list<std::uint64_t> parts;
        dispenso::TaskSet tasks(pool());
        dispenso::parallel_for(
            tasks, parts, [] { return std::uint64_t{0}; },
            dispenso::makeChunkedRange(std::size_t{0}, words.size()),
            [words](std::uint64_t& part, std::size_t first, std::size_t end) {
                for (std::size_t index = first; index < end; ++index) {
                    part += words[index];
                }
            });
        std::uint64_t all = 0;
        for (const std::uint64_t part : parts) {
            all += part;
        }
        return all;
    }

    template <class Work>
    static void submit(Work work) {
        detached().schedule(std::move(work), dispenso::ForceQueuingTag());
    }

private:
    /// What its manual advises where items do not cost the same.
    static dispenso::ParForOptions adaptive() {
        dispenso::ParForOptions options;
        options.defaultChunking = dispenso::ParForChunking::kAdaptive;
        return options;
    }
};

} // namespace

} // namespace diptych::peers::pools

int main(int argc, char** argv) {
    using namespace diptych::peers::pools;
    using Few = Dispenso<loops::workers>;
    using Many = Dispenso<loops::oversubscribed>;
    const std::string version = "dispenso " + std::to_string(DISPENSO_MAJOR_VERSION) + "." +
                                std::to_string(DISPENSO_MINOR_VERSION) + "." +
                                std::to_string(DISPENSO_PATCH_VERSION);
    return main_of<Few>(argc, argv, "dispenso", version,
                        loops::together({loops::joins<Few, Many>(), loops::scopes<Few, Many>(),
                                         loops::outside<Few>(), loops::loops<Few, Many>()}));
}
