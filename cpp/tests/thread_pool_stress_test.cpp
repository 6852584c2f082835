// Much at once, in real threads, with results that are known: on either twin.
// src/thread_pool/tests/stress.rs is the same thing, of the same trees.
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
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

namespace {

using twin::join;
using twin::ThreadPool;
using twin::thread_pool::Builder;
using twin::thread_pool::Fences;
using twin::thread_pool::Scope;

#if DIPTYCH_THREAD_SANITIZER
constexpr std::size_t most_threads = 3;
#else
constexpr std::size_t most_threads = 8;
#endif

/// Runs body(pool) for one to eight workers, on both kinds of fences.
template <class Body>
void on_each_pool(Body body) {
    for (const Fences fences : {Fences::asymmetric, Fences::symmetric}) {
        for (std::size_t threads = 1; threads <= most_threads; ++threads) {
            ThreadPool pool = Builder().threads(threads).fences(fences).build();
            body(pool);
        }
    }
}

/// A number that looks like chance (Steele, Lea and Flood, 2014).
std::uint64_t mix(std::uint64_t number) {
    number = (number ^ (number >> 30)) * 0xBF58'476D'1CE4'E5B9;
    number = (number ^ (number >> 27)) * 0x94D0'49BB'1331'11EB;
    return number ^ (number >> 31);
}

std::uint64_t child(std::uint64_t node, std::uint64_t index) {
    return mix(node * 31 + index + 0x9E37'79B9'7F4A'7C15);
}

// ---- Joins that throw ---------------------------------------------------------------------------

struct Node {
    std::uint64_t number;
};

/// What a node computes, or the node that throws: of two, the left one's exception goes on.
using Computed = std::variant<std::uint64_t, Node>;

Computed expected(std::uint64_t node, unsigned depth) {
    if (node % 211 == 0) {
        return Node{node};
    }
    if (depth == 0 || node % 5 == 0) {
        return node % 1000;
    }
    const Computed left = expected(child(node, 0), depth - 1);
    const Computed right = expected(child(node, 1), depth - 1);
    const auto* const a = std::get_if<std::uint64_t>(&left);
    const auto* const b = std::get_if<std::uint64_t>(&right);
    if (node % 7 == 0) {
        return (a != nullptr ? *a : 1) + (b != nullptr ? *b : 2);
    }
    if (a == nullptr) {
        return left;
    }
    return b == nullptr ? right : Computed(*a + *b);
}

std::uint64_t joined(std::uint64_t node, unsigned depth) {
    if (node % 211 == 0) {
        throw Node{node};
    }
    if (depth == 0 || node % 5 == 0) {
        return node % 1000;
    }
    const std::uint64_t left = child(node, 0);
    const std::uint64_t right = child(node, 1);
    if (node % 7 == 0) {
        const auto caught = [depth](std::uint64_t at, std::uint64_t other) {
            try {
                return joined(at, depth - 1);
            } catch (const Node&) {
                return other;
            }
        };
        const auto [a, b] = join([&] { return caught(left, 1); }, [&] { return caught(right, 2); });
        return a + b;
    }
    const auto [a, b] =
        join([&] { return joined(left, depth - 1); }, [&] { return joined(right, depth - 1); });
    return a + b;
}

// ---- Trees that nobody can divide evenly --------------------------------------------------------

/// Most nodes have no children; who has some has eight.
std::uint64_t children(std::uint64_t node, unsigned depth) {
    return depth > 0 && node % 1000 < 124 ? 8 : 0;
}

std::uint64_t count_by_join(std::uint64_t node, unsigned depth);

std::uint64_t count_some(std::uint64_t node, unsigned depth, std::uint64_t from, std::uint64_t to) {
    if (to - from == 1) {
        return count_by_join(child(node, from), depth - 1);
    }
    const std::uint64_t middle = from + (to - from) / 2;
    const auto [a, b] = join([=] { return count_some(node, depth, from, middle); },
                             [=] { return count_some(node, depth, middle, to); });
    return a + b;
}

std::uint64_t count_by_join(std::uint64_t node, unsigned depth) {
    const std::uint64_t count = children(node, depth);
    return count == 0 ? 1 : 1 + count_some(node, depth, 0, count);
}

void count_by_scope(Scope& scope, std::atomic<std::uint64_t>& count, std::uint64_t node,
                    unsigned depth) {
    count.fetch_add(1, std::memory_order_relaxed);
    for (std::uint64_t index = 0; index < children(node, depth); ++index) {
        scope.spawn([&count, node, depth, index](Scope& within) {
            count_by_scope(within, count, child(node, index), depth - 1);
        });
    }
}

/// So many nodes have the trees below, all together.
constexpr std::uint64_t roots = 64;
constexpr std::uint64_t nodes = 20'280;

// ---- Queens -------------------------------------------------------------------------------------

/// Ways to go on, with one more queen in each of these places.
std::uint64_t try_all(std::span<const unsigned> free, const auto& put) {
    if (free.empty()) {
        return 0;
    }
    if (free.size() == 1) {
        return put(free.front());
    }
    const std::span<const unsigned> some = free.first(free.size() / 2);
    const std::span<const unsigned> others = free.subspan(free.size() / 2);
    const auto [a, b] =
        join([&] { return try_all(some, put); }, [&] { return try_all(others, put); });
    return a + b;
}

std::uint64_t queens(unsigned size, unsigned row, unsigned columns, unsigned left, unsigned right) {
    if (row == size) {
        return 1;
    }
    std::array<unsigned, 32> free{};
    std::size_t count = 0;
    for (unsigned column = 0; column < size; ++column) {
        const unsigned place = 1U << column;
        if (((columns | left | right) & place) == 0) {
            free[count++] = place;
        }
    }
    const auto put = [=](unsigned place) {
        return queens(size, row + 1, columns | place, (left | place) << 1, (right | place) >> 1);
    };
    return try_all(std::span<const unsigned>(free).first(count), put);
}

} // namespace

TEST(joins_that_throw_at_random_end_as_calls_do) {
    unsigned throws = 0;
    unsigned all = 0;
    on_each_pool([&](ThreadPool& pool) {
        for (std::uint64_t root = 0; root < 150; ++root) {
            const std::uint64_t node = mix(root);
            const Computed wanted = expected(node, 12);
            std::optional<Node> thrown;
            std::uint64_t number = 0;
            try {
                number = pool.install([node] { return joined(node, 12); });
            } catch (const Node& which) {
                thrown = which;
            }
            throws += thrown.has_value() ? 1 : 0;
            ++all;
            if (const auto* which = std::get_if<Node>(&wanted); which != nullptr) {
                CHECK(thrown.has_value() && thrown->number == which->number);
            } else {
                CHECK(!thrown.has_value() && number == std::get<std::uint64_t>(wanted));
            }
        }
    });
    CHECK(throws > all / 8 && throws < all / 8 * 7);
}

TEST(each_node_of_an_unbalanced_tree_is_counted_once) {
    on_each_pool([](ThreadPool& pool) {
        const std::uint64_t joins = pool.install([] {
            std::uint64_t sum = 0;
            for (std::uint64_t root = 0; root < roots; ++root) {
                sum += count_by_join(1000 * root, 200);
            }
            return sum;
        });
        CHECK(joins == nodes);
        std::atomic<std::uint64_t> count{0};
        pool.scope([&count](Scope& scope) {
            for (std::uint64_t root = 0; root < roots; ++root) {
                count_by_scope(scope, count, 1000 * root, 200);
            }
        });
        CHECK(count.load() == nodes);
    });
}

TEST(eight_and_nine_queens_are_placed_in_92_and_352_ways) {
    on_each_pool([](ThreadPool& pool) {
        CHECK(pool.install([] { return queens(8, 0, 0, 0, 0); }) == 92);
        CHECK(pool.install([] { return queens(9, 0, 0, 0, 0); }) == 352);
    });
}

int main() {
    for (const check::Test& test : check::tests()) {
        test.body();
        std::printf("ok %s\n", test.name);
    }
}
