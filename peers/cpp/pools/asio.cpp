// asio.cpp - Boost.Asio's thread pool takes tasks from outside.
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/version.hpp>
#include <cstddef>
#include <utility>

#include "pool.hpp"

namespace diptych::peers::pools {

namespace {

struct Asio {
    static boost::asio::thread_pool& pool() {
        static boost::asio::thread_pool made(loops::workers);
        return made;
    }

    template <class Task>
    static void submit_each(std::size_t first, std::size_t end, const Task& task) {
        Latch latch(end - first);
        for (std::size_t index = first; index < end; ++index) {
            boost::asio::post(pool(), [&task, &latch, index] {
                task(index);
                latch.count_down();
            });
        }
        latch.wait();
    }

    template <class Work>
    static void submit(Work work) {
        boost::asio::post(pool(), std::move(work));
    }
};

} // namespace

} // namespace diptych::peers::pools

int main(int argc, char** argv) {
    using namespace diptych::peers::pools;
    return main_of<Asio>(argc, argv, "boost.asio", "Boost " BOOST_LIB_VERSION,
                         loops::outside<Asio>());
}
