// bs.cpp - BS::thread_pool takes tasks from outside.
#include <BS_thread_pool.hpp>
#include <cstddef>
#include <string>
#include <utility>

#include "pool.hpp"

namespace diptych::peers::pools {

namespace {

struct Bs {
    static BS::light_thread_pool& pool() {
        static BS::light_thread_pool made(loops::workers);
        return made;
    }

    template <class Task>
    static void submit_each(std::size_t first, std::size_t end, const Task& task) {
        for (std::size_t index = first; index < end; ++index) {
            pool().detach_task([&task, index] { task(index); });
        }
        pool().wait();
    }

    template <class Work>
    static void submit(Work work) {
        pool().detach_task(std::move(work));
    }
};

} // namespace

} // namespace diptych::peers::pools

int main(int argc, char** argv) {
    using namespace diptych::peers::pools;
    const std::string version = "BS::thread_pool " + std::to_string(BS_THREAD_POOL_VERSION_MAJOR) +
                                "." + std::to_string(BS_THREAD_POOL_VERSION_MINOR);
    return main_of<Bs>(argc, argv, "BS::thread_pool", version, loops::outside<Bs>());
}
