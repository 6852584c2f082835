// Loops, vectors and sorting against what one thread does, on pools of one to eight workers, with
// both kinds of fences: on either twin.
#include "check.hpp"
#if defined(DPT_USE_RUST)
#include "diptych/rust/thread_pool.hpp"
namespace twin = diptych::rust;
#else
#include "diptych/thread_pool.hpp"
namespace twin = diptych::cpp;
#endif

#include <algorithm>
#include <atomic>
#include <barrier>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

using twin::LoopOptions;
using twin::parallel_for;
using twin::parallel_reduce;
using twin::Range;
using twin::ThreadPool;
using twin::thread_pool::Builder;
using twin::thread_pool::CancelToken;
using twin::thread_pool::Fences;

using Words = std::vector<std::uint64_t>;

#if DIPTYCH_THREAD_SANITIZER
constexpr std::size_t cases = 3;
#else
constexpr std::size_t cases = 12;
#endif

struct Bad {};

/// Of 1, 2, 4 and 8 threads, with both kinds of fences.
std::deque<ThreadPool>& pools() {
    static std::deque<ThreadPool> all = [] {
        std::deque<ThreadPool> made;
        for (const Fences fences : {Fences::asymmetric, Fences::symmetric}) {
            for (const std::size_t threads : {1U, 2U, 4U, 8U}) {
                made.push_back(Builder().threads(threads).fences(fences).build());
            }
        }
        return made;
    }();
    return all;
}

/// What a case is made of.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : engine_(seed) {}
    std::uint64_t operator()() { return engine_(); }
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(engine_() % bound); }

private:
    std::mt19937_64 engine_;
};

/// Runs body(pool, chance) some times on each pool.
template <class Body>
void on_each_pool(Body body) {
    for (ThreadPool& pool : pools()) {
        for (std::size_t seed = 0; seed < cases; ++seed) {
            Chance chance(seed);
            body(pool, chance);
        }
    }
}

LoopOptions options_by(Chance& chance) {
    LoopOptions options;
    const std::size_t grains[] = {0, 1 + chance.below(50), 1000 + chance.below(2000)};
    options.grain = grains[chance.below(3)];
    options.deterministic = chance.below(2) == 0;
    return options;
}

/// Many and few different ones, in runs that rise and fall, or not.
Words unsorted_by(Chance& chance) {
    Words items;
    const std::size_t runs = chance.below(6);
    for (std::size_t run = 0; run < runs; ++run) {
        const std::size_t len = chance.below(3000);
        const std::size_t kind = chance.below(5);
        const std::uint64_t few = 1 + chance.below(99);
        for (std::size_t at = 0; at < len; ++at) {
            const std::uint64_t of_kind[] = {chance(), chance() % few, at * few, (len - at) * few,
                                             few};
            items.push_back(of_kind[kind]);
        }
    }
    return items;
}

} // namespace

// ---- Loops --------------------------------------------------------------------------------------

TEST(a_loop_calls_its_body_once_with_each_item) {
    on_each_pool([](ThreadPool& pool, Chance& chance) {
        const std::size_t n = chance.below(5000);
        const LoopOptions options = options_by(chance);
        std::vector<std::uint32_t> calls(n);
        pool.parallel_for_with(options, Range{0, n}, [&](std::size_t at) { ++calls[at]; });
        pool.parallel_for_with(options, calls, [](std::uint32_t& call) { call += 10; });
        CHECK(std::ranges::all_of(calls, [](std::uint32_t call) { return call == 11; }));
        std::atomic<std::size_t> sum{0};
        pool.parallel_for(Range{7, n + 7}, [&](std::size_t at) { sum.fetch_add(at); });
        CHECK(sum.load() == n * (n + 13) / 2);
    });
}

TEST(a_reduction_combines_all_items_in_their_order) {
    on_each_pool([](ThreadPool& pool, Chance& chance) {
        std::vector<std::size_t> numbers(chance.below(5000));
        std::iota(numbers.begin(), numbers.end(), std::size_t{0});
        using All = std::vector<std::size_t>;
        const auto append = [](All a, const All& b) {
            a.insert(a.end(), b.begin(), b.end());
            return a;
        };
        const auto one = [](std::size_t number) { return All{number}; };
        const auto none = [] { return All(); };
        CHECK(pool.parallel_reduce_with(options_by(chance), numbers, none, one, append) == numbers);
    });
}

namespace {

double tree(const double* floats, std::size_t count, std::size_t grain) {
    if (count <= grain) {
        return std::accumulate(floats, floats + count, 0.0);
    }
    const std::size_t middle = (count + grain - 1) / grain / 2 * grain;
    return tree(floats, middle, grain) + tree(floats + middle, count - middle, grain);
}

} // namespace

TEST(deterministic_sums_of_floats_are_the_same_to_the_last_bit) {
    on_each_pool([](ThreadPool& pool, Chance& chance) {
        std::vector<double> floats(chance.below(9000));
        for (double& number : floats) {
            number = static_cast<double>(chance() >> 11) * 1e-3;
        }
        LoopOptions options{.grain = chance.below(100), .token = {}, .deterministic = true};
        options.grain *= chance.below(2);
        const double sum = pool.parallel_reduce_with(
            options, floats, [] { return 0.0; }, [](double x) { return x; },
            [](double a, double b) { return a + b; });
        const std::size_t grain = options.grain == 0 ? 1024 : options.grain;
        const double expected = tree(floats.data(), floats.size(), grain);
        CHECK(std::bit_cast<std::uint64_t>(sum) == std::bit_cast<std::uint64_t>(expected));
    });
}

TEST(what_a_cancelled_loop_did_and_what_it_dropped_is_all_there_was) {
    on_each_pool([](ThreadPool& pool, Chance& chance) {
        const std::size_t n = chance.below(5000);
        const std::size_t last = chance.below(5000);
        LoopOptions options = options_by(chance);
        const CancelToken token;
        options.token = token;
        std::atomic<std::size_t> done{0};
        pool.parallel_for_with(options, Range{0, n}, [&](std::size_t) {
            if (done.fetch_add(1) == last) {
                token.cancel();
            }
        });
        CHECK(done.load() + token.dropped() == n);
        CHECK(token.is_cancelled() || token.dropped() == 0);
        token.cancel();
        const std::uint64_t dropped = token.dropped();
        const std::size_t sum = pool.parallel_reduce_with(
            options, Range{0, n}, [] { return std::size_t{0}; },
            [](std::size_t) { return std::size_t{1}; }, std::plus<>());
        CHECK(sum == 0 && token.dropped() - dropped == n);
    });
}

TEST(what_a_loop_throws_goes_on_and_the_pool_stays) {
    on_each_pool([](ThreadPool& pool, Chance& chance) {
        const std::size_t n = 1 + chance.below(3000);
        const std::size_t bad = chance.below(n);
        const auto body = [bad](std::size_t at) {
            if (at == bad) {
                throw Bad();
            }
        };
        CHECK_THROWS(Bad, (pool.parallel_for(Range{0, n}, body), 0));
        CHECK(pool.install([] { return 42; }) == 42);
    });
}

TEST(loops_in_loops_and_outside_of_all_pools) {
    std::atomic<std::size_t> sum{0};
    parallel_for(Range{0, 300}, [&](std::size_t a) {
        parallel_for(Range{0, 50}, [&](std::size_t b) { sum.fetch_add(a * b); });
    });
    CHECK(sum.load() == std::size_t{300 * 299 / 2} * (50 * 49 / 2));
    const auto same = [](std::size_t n) { return n; };
    const auto zero = [] { return std::size_t{0}; };
    CHECK(parallel_reduce(Range{0, 100}, zero, same, std::plus<>()) == 4950);
}

TEST(two_long_items_are_two_jobs) {
    // Each waits for the other one: they are done by two threads, or never.
    ThreadPool pool(2);
    std::barrier both(2);
    pool.parallel_for(Range{0, 2}, [&](std::size_t) { both.arrive_and_wait(); });
}

// ---- Vectors ------------------------------------------------------------------------------------

namespace {

/// a * x + b.
struct Line {
    std::uint64_t a = 1;
    std::uint64_t b = 0;
    bool operator==(const Line&) const = default;
};

/// f(g(x)): the order of a combination shows, and not how it was put in brackets.
Line after(const Line& f, const Line& g) { return {f.a * g.a, f.a * g.b + f.b}; }

} // namespace

TEST(vectors_hold_what_one_thread_would_put_there) {
    on_each_pool([](ThreadPool& pool, Chance& chance) {
        std::vector<Line> items(chance.below(9000));
        std::ranges::generate(items, [&] { return Line{chance(), chance()}; });
        const std::uint64_t kept = 1 + chance.below(4);
        const auto is_wanted = [kept](const Line& item) { return item.a % kept == 0; };
        std::vector<std::string> mapped;
        std::vector<Line> filtered;
        std::vector<Line> scanned;
        for (const Line& item : items) {
            mapped.push_back(std::to_string(item.a));
            scanned.push_back(scanned.empty() ? item : after(scanned.back(), item));
        }
        std::ranges::copy_if(items, std::back_inserter(filtered), is_wanted);
        const auto text = [](const Line& item) { return std::to_string(item.a); };
        CHECK(pool.parallel_map(items, text) == mapped);
        CHECK(pool.parallel_filter(items, is_wanted) == filtered);
        CHECK(pool.parallel_scan(items, after) == scanned);
    });
}

// ---- Sorting ------------------------------------------------------------------------------------

TEST(sorted_items_are_in_order_and_the_same_as_before) {
    on_each_pool([](ThreadPool& pool, Chance& chance) {
        const Words items = unsorted_by(chance);
        Words expected = items;
        std::ranges::sort(expected);
        Words sorted = items;
        pool.parallel_sort(sorted);
        CHECK(sorted == expected);
        sorted = items;
        pool.parallel_sort(sorted, std::greater<>());
        CHECK(std::equal(sorted.begin(), sorted.end(), expected.rbegin()));
        std::vector<std::string> texts;
        for (const std::uint64_t item : items) {
            texts.push_back("a text that is not short: " + std::to_string(item));
        }
        std::vector<std::string> as_expected = texts;
        std::ranges::sort(as_expected);
        pool.parallel_sort(texts);
        CHECK(texts == as_expected);
    });
}

TEST(items_in_order_or_in_the_opposite_one_are_asked_about_twice_at_most) {
    on_each_pool([](ThreadPool& pool, Chance& chance) {
        const std::uint64_t len = chance.below(5000);
        const std::uint64_t equal = 1 + chance.below(8);
        const bool opposite = chance.below(2) == 0;
        Words items;
        for (std::uint64_t at = 0; at < len; ++at) {
            items.push_back((opposite ? len - at : at) / equal);
        }
        std::atomic<std::uint64_t> asked{0};
        pool.parallel_sort(items, [&asked](std::uint64_t a, std::uint64_t b) {
            asked.fetch_add(1);
            return a < b;
        });
        CHECK(std::ranges::is_sorted(items));
        CHECK(asked <= 2 * len);
    });
}

TEST(no_item_is_lost_if_the_comparison_throws_or_is_no_order) {
    on_each_pool([](ThreadPool& pool, Chance& chance) {
        const Words items = unsorted_by(chance);
        const std::uint64_t last = chance.below(items.size() * 8 + 1);
        const bool is_order = chance.below(2) == 0;
        std::atomic<std::uint64_t> calls{0};
        const auto less = [&](std::uint64_t a, std::uint64_t b) {
            const std::uint64_t call = calls.fetch_add(1);
            if (call == last) {
                throw Bad();
            }
            const std::uint64_t mixed = (call * 0x9E37'79B9'7F4A'7C15) >> 62;
            return !is_order && mixed < 2 ? mixed == 0 : a < b;
        };
        std::vector<std::unique_ptr<std::uint64_t>> ones;
        for (const std::uint64_t item : items) {
            ones.push_back(std::make_unique<std::uint64_t>(item));
        }
        Words few = items; // moved without a branch
        try {
            pool.parallel_sort(ones, [&](const auto& a, const auto& b) { return less(*a, *b); });
        } catch (const Bad&) {
        }
        calls = 0;
        try {
            pool.parallel_sort(few, less);
        } catch (const Bad&) {
        }
        Words expected = items;
        std::ranges::sort(expected);
        Words left;
        for (const auto& one : ones) {
            CHECK(one != nullptr);
            left.push_back(*one);
        }
        std::ranges::sort(left);
        CHECK(left == expected);
        std::ranges::sort(few);
        CHECK(few == expected);
    });
}

namespace {

/// Decides what items are while they are compared, so that pivots are as bad as they can be
/// (McIlroy, "A killer adversary for quicksort", 1999).
struct Adversary {
    static constexpr std::uint32_t gas = std::numeric_limits<std::uint32_t>::max();

    explicit Adversary(std::size_t count) : values(count, gas) {}

    bool less(std::size_t a, std::size_t b) {
        ++calls;
        if (values[a] == gas && values[b] == gas) {
            values[a == candidate ? a : b] = solid;
            ++solid;
        }
        if (values[a] == gas) {
            candidate = a;
        } else if (values[b] == gas) {
            candidate = b;
        }
        return values[a] < values[b];
    }

    std::vector<std::uint32_t> values;
    std::uint32_t solid = 0;
    std::size_t candidate = 0;
    std::size_t calls = 0;
};

} // namespace

TEST(no_order_of_items_makes_sorting_slow) {
    constexpr std::size_t n = 20'000;
    Adversary adversary(n);
    std::mutex lock;
    std::vector<std::size_t> items(n);
    std::iota(items.begin(), items.end(), std::size_t{0});
    pools()[0].parallel_sort(items, [&](std::size_t a, std::size_t b) {
        const std::lock_guard guard(lock);
        return adversary.less(a, b);
    });
    CHECK(std::ranges::is_sorted(items, {},
                                 [&](std::size_t item) { return adversary.values[item]; }));
    CHECK(adversary.calls < 4 * n * 14);
}

int main() {
    for (const check::Test& test : check::tests()) {
        test.body();
        std::printf("ok %s\n", test.name);
    }
}
