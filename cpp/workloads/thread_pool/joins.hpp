// joins.hpp - forks and joins. src/workloads/thread_pool/joins.rs is the same thing.
#pragma once

#include <cstdint>
#include <utility>

#include "items.hpp"
#include "pool.hpp"

namespace diptych::workloads::thread_pool {

/// Joins of fib(29).
constexpr std::uint64_t fib_29 = 832'039;

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

/// Leaves of `Coarse`.
constexpr std::uint64_t leaves_of_coarse = 8;

/// Joins three levels deep, with an eighth of `n` steps of arithmetic in each leaf: so few and so
/// large that one which only its own thread knows of leaves the others idle.
template <Join P>
struct Coarse : Plain {
    template <bool>
    static std::uint64_t go(const Series& series) {
        const std::uint64_t steps = series.n / leaves_of_coarse;
        return P::with([steps, seed = series.seed](typename P::Inside& inside) {
            return half(inside, leaves_of_coarse, seed, steps);
        });
    }

private:
    /// The leaves from the one that begins with `start`.
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
