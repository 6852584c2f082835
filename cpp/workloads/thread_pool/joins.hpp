// joins.hpp - forks and joins. src/workloads/thread_pool/joins.rs is the same thing.
#pragma once

#include <cstdint>
#include <utility>

#include "items.hpp"
#include "pool.hpp"

namespace diptych::workloads::thread_pool {

/// Joins of fib(30).
constexpr std::uint64_t fib_30 = 1'346'268;

/// The last number of Fibonacci's that takes no more than `joins`.
inline std::uint64_t number_of(std::uint64_t joins) {
    // fib(k) takes as many as fib(k - 1) and fib(k - 2), and one.
    std::uint64_t k = 1, here = 0, next = 1;
    while (next <= joins) {
        here = std::exchange(next, here + next + 1);
        ++k;
    }
    return k;
}

/// Fibonacci's numbers by their definition, with a join for each addition: `n` joins at most. There
/// is nothing to do but to fork and to join.
template <Join P>
struct Fib : Plain {
    template <bool>
    static std::uint64_t go(const Series& series) {
        const std::uint64_t k = number_of(series.n);
        const std::uint64_t number =
            P::with([k](typename P::Inside& inside) { return fib(inside, k); });
        return number * (series.seed | 1);
    }

private:
    static std::uint64_t fib(typename P::Inside& inside, std::uint64_t k) {
        if (k < 2) {
            return k;
        }
        const auto [a, b] = P::join(
            inside, [k](typename P::Inside& within) { return fib(within, k - 1); },
            [k](typename P::Inside& within) { return fib(within, k - 2); });
        return a + b;
    }
};

/// How often `Coarse` comes in from outside, and the leaves of each time.
constexpr std::uint64_t rounds_of_coarse = 10;
constexpr std::uint64_t leaves_of_coarse = 8;

/// Joins three levels deep, ten times over, with `n` steps of arithmetic in all leaves together:
/// some 100 us in each, so few and so large that a leaf which only its own thread knows of leaves
/// the others idle.
template <Join P>
struct Coarse : Plain {
    template <bool>
    static std::uint64_t go(const Series& series) {
        const std::uint64_t steps = series.n / (rounds_of_coarse * leaves_of_coarse);
        std::uint64_t sum = 0;
        for (std::uint64_t round = 0; round < rounds_of_coarse; ++round) {
            const std::uint64_t start = series.seed + round * 2 * leaves_of_coarse;
            sum += P::with([start, steps](typename P::Inside& inside) {
                return half(inside, leaves_of_coarse, start, steps);
            });
        }
        return sum;
    }

private:
    /// The leaves from the one that begins with `start`, which is followed by every second number.
    static std::uint64_t half(typename P::Inside& inside, std::uint64_t leaves, std::uint64_t start,
                              std::uint64_t steps) {
        if (leaves == 1) {
            return chain(start, steps);
        }
        const std::uint64_t fewer = leaves / 2, middle = start + leaves;
        const auto [a, b] = P::join(
            inside, [=](typename P::Inside& within) { return half(within, fewer, start, steps); },
            [=](typename P::Inside& within) { return half(within, fewer, middle, steps); });
        return a ^ b;
    }
};

} // namespace diptych::workloads::thread_pool
