// libfork.cpp - libfork forks and joins. Its functions are coroutines, all the way down: the loops
// cannot be given to it, so they are written for it once more.
#include <cstddef>
#include <cstdint>
#include <libfork.hpp>
#include <string>

#include "pool.hpp"

namespace diptych::peers::pools {

namespace {

constexpr auto fib = [](auto again, std::uint64_t k) LF_STATIC_CALL -> lf::task<std::uint64_t> {
    if (k < 2) {
        co_return k;
    }
    std::uint64_t a = 0, b = 0;
    co_await lf::fork(&a, again)(k - 1);
    co_await lf::call(&b, again)(k - 2);
    co_await lf::join;
    co_return a + b;
};

constexpr auto half = [](auto again, std::uint64_t leaves, std::uint64_t start, std::uint64_t steps)
                          LF_STATIC_CALL -> lf::task<std::uint64_t> {
    if (leaves == 1) {
        co_return loops::chain(start, steps);
    }
    std::uint64_t a = 0, b = 0;
    co_await lf::fork(&a, again)(leaves / 2, start, steps);
    co_await lf::call(&b, again)(leaves / 2, start + leaves, steps);
    co_await lf::join;
    co_return a ^ b;
};

/// The pool of its own that sleeps when there is nothing to do.
template <std::size_t Workers>
lf::lazy_pool& pool() {
    static lf::lazy_pool made(Workers);
    return made;
}

/// What `loops::Fib` does.
template <std::size_t Workers>
struct Fib : loops::Plain {
    template <bool>
    static std::uint64_t go(const loops::Series& series) {
        const std::uint64_t k = loops::number_of(series.n);
        return lf::sync_wait(pool<Workers>(), fib, k) * (series.seed | 1);
    }
};

/// What `loops::Coarse` does.
template <std::size_t Workers>
struct Coarse : loops::Plain {
    template <bool>
    static std::uint64_t go(const loops::Series& series) {
        const std::uint64_t leaves = loops::leaves_of_coarse;
        const std::uint64_t steps = series.n / (loops::rounds_of_coarse * leaves);
        std::uint64_t sum = 0;
        for (std::uint64_t round = 0; round < loops::rounds_of_coarse; ++round) {
            const std::uint64_t start = series.seed + round * 2 * leaves;
            sum += lf::sync_wait(pool<Workers>(), half, leaves, start, steps);
        }
        return sum;
    }
};

/// For what it burns.
struct Libfork {
    struct Inside {};

    template <class Work>
    static auto with(const Work& work) {
        Inside inside;
        return work(inside);
    }

    template <class A, class B>
    static auto join(Inside&, const A&, const B&) {
        return std::pair(lf::sync_wait(pool<loops::workers>(), fib, std::uint64_t{2}), 0);
    }
};

} // namespace

} // namespace diptych::peers::pools

int main(int argc, char** argv) {
    using namespace diptych::peers::pools;
    using namespace diptych::workloads;
    constexpr std::size_t few = loops::workers, many = loops::oversubscribed;
    const std::string version = "libfork " + std::to_string(LF_VERSION_MAJOR) + "." +
                                std::to_string(LF_VERSION_MINOR) + "." +
                                std::to_string(LF_VERSION_PATCH);
    return main_of<Libfork>(
        argc, argv, "libfork", version,
        {loops::few(thread_pool_workload<loops::Timed<Fib<few>>>("join/fib", loops::fib_30)),
         loops::many(thread_pool_workload<loops::Timed<Fib<many>>>("join/fib/oversubscribed",
                                                                   loops::fib_30)),
         loops::few(thread_pool_workload<loops::Timed<Coarse<few>>>("join/coarse", 5'242'880))});
}
