// Work that is shared, on pools of one to eight workers, with both kinds of fences: on
// either twin.
#include "check.hpp"
#if defined(DPT_USE_RUST)
#include "diptych/rust/thread_pool.hpp"
namespace twin = diptych::rust;
#else
#include "diptych/thread_pool.hpp"
namespace twin = diptych::cpp;
#endif

#include <array>
#include <atomic>
#include <coroutine>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <variant>
#include <vector>

namespace {

using twin::join;
using twin::scope;
using twin::ThreadPool;
using twin::thread_pool::Builder;
using twin::thread_pool::Cancelled;
using twin::thread_pool::CancelToken;
using twin::thread_pool::Fences;
using twin::thread_pool::Metrics;
using twin::thread_pool::Options;
using twin::thread_pool::Priority;
using twin::thread_pool::Scope;
using twin::thread_pool::Task;

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
            ThreadPool pool = Builder().threads(threads).fences(fences).build();
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

TEST(a_scope_waits_for_all_that_was_spawned_in_it_by_anybody) {
    on_each_pool([](ThreadPool& pool) {
        std::atomic<int> count{0};
        const int answer = pool.scope([&](Scope& outer) {
            for (int times = 0; times < 1500 * scale; ++times) {
                outer.spawn([&](Scope& inner) {
                    count.fetch_add(1);
                    inner.spawn([&] { count.fetch_add(1); });
                });
            }
            const std::jthread outside([&] { outer.spawn([&] { count.fetch_add(1); }); });
            return 7;
        });
        CHECK(answer == 7);
        CHECK(count.load() == 3000 * scale + 1);
    });
}

TEST(the_first_exception_of_a_scope_goes_on_after_all_has_ended) {
    on_each_pool([](ThreadPool& pool) {
        for (int times = 0; times < 20 * scale; ++times) {
            std::atomic<int> count{0};
            int seen = -1;
            try {
                pool.scope([&](Scope& inner) {
                    for (int number = 0; number < 50; ++number) {
                        inner.spawn([&count, number] {
                            count.fetch_add(1);
                            if (number % 10 == 3) {
                                throw First{number};
                            }
                        });
                    }
                    if (times % 2 == 0) {
                        throw Second{times};
                    }
                });
            } catch (const First& thrown) {
                seen = thrown.number % 10;
            } catch (const Second&) {
                seen = 99;
            }
            CHECK(seen == (times % 2 == 0 ? 99 : 3));
            CHECK(count.load() == 50);
        }
    });
}

TEST(submitted_work_has_a_result_and_a_pool_that_is_destroyed_has_done_all_of_it) {
    for (const Fences fences : {Fences::asymmetric, Fences::symmetric}) {
        for (const std::size_t threads : {1U, 2U, 8U}) {
            std::atomic<int> count{0};
            {
                ThreadPool pool = Builder().threads(threads).fences(fences).build();
                std::vector<Task<int>> tasks;
                for (int number = 0; number < 100; ++number) {
                    tasks.push_back(pool.submit([number] { return number * number; }));
                }
                for (int times = 0; times < 1000; ++times) {
                    pool.spawn([&] { count.fetch_add(1); });
                }
                for (int number = 0; number < 100; ++number) {
                    CHECK(tasks[static_cast<std::size_t>(number)].join() == number * number);
                }
                pool.wait_idle();
                CHECK(count.load() == 1000);
                pool.spawn([&count] {
                    for (int times = 0; times < 10; ++times) {
                        twin::spawn([&count] { count.fetch_add(1); });
                    }
                });
            }
            CHECK(count.load() == 1010);
        }
    }
}

TEST(what_submitted_work_throws_is_thrown_by_its_handle) {
    on_each_pool([](ThreadPool& pool) {
        for (int times = 0; times < 20 * scale; ++times) {
            Task<void> task = pool.submit([times] { throw First{times}; });
            if (times % 2 == 0) {
                task.wait();
                CHECK(task.is_done());
            }
            int seen = -1;
            try {
                task.join();
            } catch (const First& thrown) {
                seen = thrown.number;
            }
            CHECK(seen == times);
            static_cast<void>(pool.submit([] { throw Second{0}; })); // nobody looks
        }
    });
}

TEST(a_worker_that_waits_for_a_task_does_other_work) {
    on_each_pool([](ThreadPool& pool) {
        ThreadPool other(1);
        const int sum = pool.install([&] {
            Task<int> here = twin::submit([] { return 1; });
            Task<int> there = other.submit([&] { return pool.install([] { return 2; }); });
            return here.join() + there.join();
        });
        CHECK(sum == 3);
    });
}

TEST(broadcast_runs_once_in_each_thread) {
    on_each_pool([](ThreadPool& pool) {
        for (int times = 0; times < 20 * scale; ++times) {
            const auto numbers = pool.broadcast([](std::size_t index) {
                return std::pair(index, twin::thread_pool::current_index());
            });
            CHECK(numbers.size() == pool.threads());
            for (std::size_t index = 0; index < numbers.size(); ++index) {
                CHECK(numbers[index].first == index && numbers[index].second == index);
            }
        }
        CHECK_THROWS(First, pool.broadcast([](std::size_t index) {
            if (index + 1 == 1) {
                throw First{0};
            }
            throw Second{0};
        }));
    });
}

TEST(pools_may_call_each_other) {
    ThreadPool a(1);
    ThreadPool b(1);
    for (int times = 0; times < 250 * scale; ++times) {
        const auto answer = a.install([&] {
            return b.install([&] {
                return a.install([&] { return b.join([] { return 20; }, [] { return 22; }); });
            });
        });
        CHECK(answer.first == 20 && answer.second == 22);
    }
}

TEST(what_is_cancelled_or_shut_down_is_dropped_and_counted) {
    for (const std::size_t threads : {1U, 2U, 8U}) {
        ThreadPool pool(threads);
        const CancelToken token;
        token.cancel();
        Task<int> task = pool.submit_with(Options{Priority::low, token}, [] { return 1; });
        CHECK_THROWS(Cancelled, task.join());
        CHECK(token.dropped() == 1);
        CHECK(std::move(pool).shutdown_now() == 1);
    }
}

TEST(a_pool_that_is_shut_down_with_work_queued_does_or_drops_each_job_and_counts_it) {
    for (int times = 0; times < 10 * scale; ++times) {
        for (const std::size_t threads : {1U, 2U, 8U}) {
            std::atomic<std::uint64_t> done{0};
            const auto held = std::make_shared<int>(0);
            std::vector<Task<void>> tasks;
            std::uint64_t dropped = 0;
            {
                ThreadPool pool(threads);
                for (int number = 0; number < 300; ++number) {
                    tasks.push_back(pool.submit([&done, held, number] {
                        static_cast<void>(fib(static_cast<unsigned>(number % 12)));
                        done.fetch_add(1);
                    }));
                }
                dropped = std::move(pool).shutdown_now();
            }
            std::uint64_t cancelled = 0;
            for (Task<void>& task : tasks) {
                try {
                    task.join();
                } catch (const Cancelled&) {
                    ++cancelled;
                }
            }
            CHECK(cancelled == dropped);
            CHECK(dropped + done.load() == 300);
            CHECK(held.use_count() == 1);
        }
    }
}

TEST(high_priority_goes_first_and_low_last_and_of_equal_ones_the_oldest) {
    constexpr int count = 200;
    ThreadPool pool(1);
    std::vector<int> order;
    std::atomic<bool> may_go{false};
    pool.spawn([&] {
        while (!may_go.load()) {
            std::this_thread::yield();
        }
    });
    // High ones are numbered from 0, normal ones from 200, low ones from 400.
    for (int number = 0; number < count; ++number) {
        const auto put = [&](int from) { return [&, at = from + number] { order.push_back(at); }; };
        pool.spawn_with({Priority::low}, put(2 * count));
        pool.spawn(put(count));
    }
    for (int number = 0; number < count; ++number) {
        pool.spawn_with({Priority::high}, [&, number] { order.push_back(number); });
    }
    may_go.store(true);
    pool.wait_idle();
    CHECK(order.size() == 3 * count);
    for (int at = 0; at < 3 * count; ++at) {
        // Normal ones are looked for now and then, too: a batch more or less.
        const bool is_normal = at >= count && at < 2 * count;
        const int slack = is_normal ? static_cast<int>(diptych::cpp::thread_pool::batch) : 0;
        const int number = order[static_cast<std::size_t>(at)];
        CHECK(number / count == at / count && std::abs(number - at) <= slack);
    }
}

TEST(the_builder_makes_what_it_is_told) {
    std::atomic<int> started{0};
    std::atomic<int> stopped{0};
    std::atomic<int> handled{0};
    {
        ThreadPool pool = Builder()
                              .threads(3)
                              .name("a name that is too long")
                              .stack_bytes(std::size_t{256} * 1024)
                              .pin({0})
                              .on_start([&](std::size_t) { started.fetch_add(1); })
                              .on_stop([&](std::size_t) { stopped.fetch_add(1); })
                              .panic_handler([&](std::exception_ptr thrown) {
                                  try {
                                      std::rethrow_exception(std::move(thrown));
                                  } catch (const First& first) {
                                      handled.fetch_add(first.number);
                                  }
                              })
                              .build();
        CHECK(pool.threads() == 3);
        for (int times = 0; times < 10; ++times) {
            pool.spawn([] { throw First{2}; });
        }
        pool.wait_idle();
        CHECK(handled.load() == 20);
        pool.broadcast([](std::size_t) {});
        CHECK(started.load() == 3 && stopped.load() == 0);
        const Metrics metrics = pool.metrics();
        CHECK(metrics.executed >= 10 && metrics.dropped == 0 && metrics.waiting == 0);
    }
    CHECK(stopped.load() == 3);
    CHECK_THROWS(std::system_error, Builder().threads(2).pin({100'000}).build());
}

TEST(what_a_hook_throws_goes_to_the_handler_and_the_thread_works_on) {
    std::atomic<int> handled{0};
    {
        ThreadPool pool = Builder()
                              .threads(3)
                              .on_start([](std::size_t) { throw First{1}; })
                              .on_stop([](std::size_t) { throw First{10}; })
                              .panic_handler([&](std::exception_ptr thrown) {
                                  try {
                                      std::rethrow_exception(std::move(thrown));
                                  } catch (const First& first) {
                                      handled.fetch_add(first.number);
                                  }
                              })
                              .build();
        CHECK(pool.broadcast([](std::size_t index) { return index; }).size() == 3);
        CHECK(handled.load() == 3);
    }
    CHECK(handled.load() == 33);
}

TEST(wait_idle_of_a_pool_from_inside_is_refused) {
    ThreadPool pool(2);
    CHECK_THROWS(std::logic_error, pool.install([&] { pool.wait_idle(); }));
}

TEST(many_threads_submit_to_one_pool) {
    on_each_pool([](ThreadPool& pool) {
        std::atomic<int> count{0};
        {
            std::vector<std::jthread> threads;
            for (int thread = 0; thread < 4; ++thread) {
                threads.emplace_back([&] {
                    for (int times = 0; times < 500 * scale; ++times) {
                        pool.spawn([&] { count.fetch_add(1); });
                    }
                });
            }
        }
        pool.wait_idle();
        CHECK(count.load() == 2000 * scale);
    });
}

namespace {

/// A coroutine that nobody waits for.
struct Detached {
    struct promise_type {
        Detached get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
};

Detached add(ThreadPool& pool, int number, std::atomic<int>& sum) {
    const int twice = co_await pool.submit([number] { return 2 * number; });
    sum.fetch_add(twice);
    try {
        co_await pool.submit([] { throw First{1}; });
    } catch (const First& thrown) {
        sum.fetch_add(thrown.number);
    }
    sum.notify_one();
}

} // namespace

TEST(a_coroutine_may_await_a_task) {
    on_each_pool([](ThreadPool& pool) {
        std::atomic<int> sum{0};
        int expected = 0;
        for (int number = 0; number < 100; ++number) {
            add(pool, number, sum);
            expected += 2 * number + 1;
        }
        for (int now = sum.load(); now != expected; now = sum.load()) {
            sum.wait(now);
        }
        pool.wait_idle();
    });
}

TEST(outside_of_all_pools_work_goes_to_the_global_one) {
    CHECK(scope([](Scope&) { return twin::thread_pool::current_index().has_value(); }));
    CHECK(twin::submit([] { return fib(10); }).join() == 55);
}

int main() {
    for (const check::Test& test : check::tests()) {
        test.body();
        std::printf("ok %s\n", test.name);
    }
}
