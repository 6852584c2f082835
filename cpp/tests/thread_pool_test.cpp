// Work that is shared, on pools of one to eight workers, with both kinds of fences.
#include "check.hpp"
#include "diptych/thread_pool.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace {

using diptych::cpp::join;
using diptych::cpp::ThreadPool;
using diptych::cpp::thread_pool::Fences;

#if DIPTYCH_THREAD_SANITIZER
constexpr int scale = 1;
#else
constexpr int scale = 4;
#endif

struct First {
    int number;
};
struct Second {
    int number;
};

std::uint64_t fib(unsigned n) {
    if (n < 2) {
        return n;
    }
    const auto [a, b] = join([n] { return fib(n - 1); }, [n] { return fib(n - 2); });
    return a + b;
}

/// Runs body(pool) for all kinds of pools.
template <class Body>
void on_each_pool(Body body) {
    for (const Fences fences : {Fences::asymmetric, Fences::symmetric}) {
        for (const std::size_t threads : {1U, 2U, 3U, 8U}) {
            ThreadPool pool(threads, fences);
            body(pool);
        }
    }
}

/// A tree whose shape follows from the numbers of its nodes alone: thin here, bushy there.
struct Tree {
    static std::uint64_t mix(std::uint64_t x) {
        x = (x ^ (x >> 30)) * 0xBF58'476D'1CE4'E5B9;
        x = (x ^ (x >> 27)) * 0x94D0'49BB'1331'11EB;
        return x ^ (x >> 31);
    }
    static unsigned children(std::uint64_t node, unsigned depth) {
        return depth == 0 ? 0 : static_cast<unsigned>(mix(node) % 5);
    }
    static std::uint64_t child(std::uint64_t node, unsigned at) { return mix(node * 31 + at + 1); }

    static std::uint64_t count(std::uint64_t node, unsigned depth) {
        std::uint64_t nodes = 1;
        for (unsigned at = 0; at < children(node, depth); ++at) {
            nodes += count(child(node, at), depth - 1);
        }
        return nodes;
    }
    static std::uint64_t count_children(std::uint64_t node, unsigned depth, unsigned from,
                                        unsigned to) {
        if (from == to) {
            return 0;
        }
        if (to - from == 1) {
            return count_shared(child(node, from), depth - 1);
        }
        const unsigned middle = from + (to - from) / 2;
        const auto [a, b] = join([=] { return count_children(node, depth, from, middle); },
                                 [=] { return count_children(node, depth, middle, to); });
        return a + b;
    }
    static std::uint64_t count_shared(std::uint64_t node, unsigned depth) {
        return 1 + count_children(node, depth, 0, children(node, depth));
    }
};

} // namespace

TEST(join_answers_what_both_answer) {
    on_each_pool([](ThreadPool& pool) {
        for (int times = 0; times < 5 * scale; ++times) {
            CHECK(pool.install([] { return fib(18); }) == 2584);
        }
    });
}

TEST(outside_of_all_pools_join_works_too) { CHECK(fib(10) == 55); }

TEST(results_may_be_of_any_kind) {
    on_each_pool([](ThreadPool& pool) {
        int number = 7;
        auto [text, unique] = pool.install([] {
            return join([] { return std::string(100, 'a'); },
                        [] { return std::make_unique<int>(5); });
        });
        CHECK(text.size() == 100 && *unique == 5);
        auto both = pool.install([&] { return join([&]() -> int& { return number; }, [] {}); });
        static_assert(std::is_same_v<decltype(both), std::pair<int&, std::monostate>>);
        CHECK(&both.first == &number);
        int& same = pool.install([&]() -> int& { return number; });
        CHECK(&same == &number);
        pool.install([&] { number = 8; });
        CHECK(number == 8);
    });
}

TEST(work_that_cannot_be_copied_is_called_where_it_lies) {
    ThreadPool pool(2);
    struct Work {
        Work() = default;
        Work(const Work&) = delete;
        Work& operator=(const Work&) = delete;
        int calls = 0;
        void operator()() { ++calls; }
    };
    Work first;
    Work second;
    pool.install([&] {
        for (int times = 0; times < 1000; ++times) {
            join(first, second);
        }
    });
    CHECK(first.calls == 1000 && second.calls == 1000);
}

TEST(an_unbalanced_tree_is_counted_exactly) {
    const std::uint64_t nodes = Tree::count(11, 12);
    CHECK(nodes > 1000);
    on_each_pool([&](ThreadPool& pool) {
        for (int times = 0; times < scale; ++times) {
            CHECK(pool.install([] { return Tree::count_shared(11, 12); }) == nodes);
        }
    });
}

TEST(the_first_exception_goes_on_and_the_other_is_dropped) {
    on_each_pool([](ThreadPool& pool) {
        for (int times = 0; times < 100 * scale; ++times) {
            int first = -1;
            int second = -1;
            bool second_began = false;
            try {
                pool.install([&] {
                    join(
                        [&] {
                            static_cast<void>(fib(5));
                            if (times % 2 == 0) {
                                throw First{times};
                            }
                        },
                        [&] {
                            second_began = true;
                            static_cast<void>(fib(static_cast<unsigned>(times % 11)));
                            if (times % 3 == 0) {
                                throw Second{times};
                            }
                        });
                });
            } catch (const First& thrown) {
                first = thrown.number;
            } catch (const Second& thrown) {
                second = thrown.number;
            }
            CHECK(first == (times % 2 == 0 ? times : -1));
            CHECK(second == (times % 3 == 0 && times % 2 != 0 ? times : -1));
            CHECK(second_began || times % 2 == 0);
        }
    });
}

TEST(what_both_made_is_destroyed_once_whoever_throws) {
    static std::atomic<int> alive;
    struct Counted {
        Counted() { alive.fetch_add(1); }
        Counted(Counted&&) noexcept { alive.fetch_add(1); }
        Counted& operator=(Counted&&) = delete;
        ~Counted() { alive.fetch_sub(1); }
    };
    on_each_pool([](ThreadPool& pool) {
        for (int times = 0; times < 100 * scale; ++times) {
            const auto work = [times](int number) {
                static_cast<void>(fib(static_cast<unsigned>((times + number) % 8)));
                if ((times & number) != 0) {
                    throw Counted();
                }
                return Counted();
            };
            try {
                const Counted carried;
                const auto both = pool.install(
                    [&] { return join([&] { return work(1); }, [&] { return work(2); }); });
                CHECK((times & 3) == 0);
                CHECK(alive.load() == 3);
            } catch (const Counted&) {
                CHECK((times & 3) != 0);
                CHECK(alive.load() == 1);
            }
            CHECK(alive.load() == 0);
        }
    });
}

TEST(pools_nest) {
    ThreadPool outer(2);
    ThreadPool inner(3);
    for (int times = 0; times < 10 * scale; ++times) {
        const auto both = outer.install([&] {
            return join([&] { return inner.install([] { return fib(12); }); },
                        [&] { return inner.install([] { return fib(13); }) + fib(11); });
        });
        CHECK(both.first == 144 && both.second == 233 + 89);
    }
}

TEST(many_threads_use_one_pool) {
    on_each_pool([](ThreadPool& pool) {
        std::array<std::uint64_t, 4> sums{};
        {
            std::vector<std::jthread> threads;
            for (std::uint64_t& sum : sums) {
                threads.emplace_back([&pool, &sum] {
                    for (unsigned times = 0; times < 25U * scale; ++times) {
                        sum += pool.install([=] { return fib(times % 12); });
                    }
                });
            }
        }
        for (const std::uint64_t sum : sums) {
            CHECK(sum == sums[0] && sum != 0);
        }
    });
}

TEST(a_ring_grows_under_thieves) {
    // As deep as there are jobs that wait: far beyond the first ring.
    struct Deep {
        static std::uint64_t down(unsigned n) {
            if (n == 0) {
                return 0;
            }
            const auto [a, b] = join([n] { return down(n - 1); }, [n] { return std::uint64_t{n}; });
            return a + b;
        }
    };
    on_each_pool([](ThreadPool& pool) {
        for (int times = 0; times < 3 * scale; ++times) {
            CHECK(pool.install([] { return Deep::down(1000); }) == 500'500);
        }
    });
}

TEST(a_pool_begins_and_ends_at_once) {
    for (int times = 0; times < 50 * scale; ++times) {
        for (const std::size_t threads : {1U, 2U, 8U}) {
            ThreadPool pool(threads);
            if (times % 2 == 0) {
                CHECK(pool.install([] { return fib(6); }) == 8);
            }
        }
    }
}

int main() {
    for (const check::Test& test : check::tests()) {
        test.body();
        std::printf("ok %s\n", test.name);
    }
}
