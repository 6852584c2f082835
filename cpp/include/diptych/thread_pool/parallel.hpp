// thread_pool/parallel.hpp - loops over many items, and what comes of all of them together.
//
//   |#####|.....|.....|.....|.....:.....|.....|.....|.....|
//    done  grain             half, published as one job
//
// A worker looks, before each grain, whether anything of its own waits for others. As long as it
// does, nobody is in want of work, and the worker goes on alone, with larger grains. When all was
// stolen, it publishes half of what is left. So a loop that nobody helps with is divided once for
// each halving, however many grains it has, and a part that is too long is divided again by who is
// in it.
#pragma once

#include "cancel.hpp"
#include "config.hpp"
#include "join.hpp"
#include "worker.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>
#include <variant>

namespace diptych::cpp::thread_pool {

/// How a loop is gone through.
struct LoopOptions {
    /// Items that are done without a look at anything else; 0 for what suits most loops: first a
    /// 512th of each worker's share, then twice as many each time, to a 16th of a part that is
    /// worked at, and 1024 at most.
    std::size_t grain = 0;
    /// Who may end it early: grains that have not begun then are dropped, and counted by item.
    std::optional<CancelToken> token = std::nullopt;
    /// What comes of a loop depends on its length and grain alone, not on the number of threads or
    /// on which was quicker: sums of floats are the same to the last bit. The grain, if it is 0, is
    /// 1024.
    bool deterministic = false;
};

// ---- Items --------------------------------------------------------------------------------------

/// What a loop goes over: it is divided anywhere, and each part goes to a thread.
template <class I>
concept Items = std::copyable<I> && requires(const I& items, std::size_t at) {
    /// How many there are.
    { items.len() } noexcept -> std::same_as<std::size_t>;
    /// Those before, and those from there on. Not beyond the end.
    { items.split_at(at) } noexcept -> std::same_as<std::pair<I, I>>;
};

/// Numbers from the first one on, and before the last.
struct Range {
    std::size_t first;
    std::size_t last;

    [[nodiscard]] std::size_t len() const noexcept { return first < last ? last - first : 0; }

    [[nodiscard]] std::pair<Range, Range> split_at(std::size_t at) const noexcept {
        return {Range{.first = first, .last = first + at},
                Range{.first = first + at, .last = last}};
    }

    /// Calls it with one after the other.
    template <class Body>
    [[gnu::always_inline]] void each(Body&& body) const {
        for (std::size_t number = first; number < last; ++number) {
            std::invoke(body, number);
        }
    }

    [[nodiscard]] std::size_t item(std::size_t at) const noexcept { return first + at; }
};

/// What lies between two iterators.
template <std::random_access_iterator Iterator>
struct Slice {
    Iterator first;
    Iterator last;

    [[nodiscard]] std::size_t len() const noexcept {
        return static_cast<std::size_t>(last - first);
    }

    [[nodiscard]] std::pair<Slice, Slice> split_at(std::size_t at) const noexcept {
        const Iterator middle = first + static_cast<std::iter_difference_t<Iterator>>(at);
        return {Slice{first, middle}, Slice{middle, last}};
    }

    template <class Body>
    [[gnu::always_inline]] void each(Body&& body) const {
        for (Iterator item = first; item != last; ++item) {
            std::invoke(body, *item);
        }
    }

    [[nodiscard]] decltype(auto) item(std::size_t at) const {
        return first[static_cast<std::iter_difference_t<Iterator>>(at)];
    }
};

/// A Range, or the items of something like a vector, which stays where it is.
// TWIN: in Rust also pairs of these; here a body takes from several ranges what it likes.
template <class Given>
concept Loopable = Items<std::remove_cvref_t<Given>> || std::ranges::random_access_range<Given>;

template <Loopable Given>
auto items_of(Given&& given) {
    if constexpr (Items<std::remove_cvref_t<Given>>) {
        return given;
    } else {
        const auto first = std::ranges::begin(given);
        return Slice{first, first + std::ranges::distance(given)};
    }
}

// ---- Loop ---------------------------------------------------------------------------------------

/// How many items are done without a look at anything else.
struct Grain {
    std::size_t first;
    bool grows;

    static Grain fixed(std::size_t items) noexcept { return {.first = items, .grows = false}; }

    /// If nobody says how many.
    static Grain usual(const Worker& worker, std::size_t items) noexcept {
        const std::size_t first = items / (grains * count_workers(worker.pool()));
        return {.first = std::clamp<std::size_t>(first, 1, grain_items), .grows = true};
    }

    /// To how many it grows, while nobody takes anything, in a part of so many.
    [[nodiscard]] std::size_t most(std::size_t items) const noexcept {
        return grows ? std::clamp(items / grain_part, first, grain_items) : first;
    }
};

/// What is done to the items.
template <class Token, class Begin, class Go, class Combine>
struct Plan {
    Grain grain;
    const Token* token;
    /// What comes of no items.
    Begin begin;
    /// What comes of those before and of these.
    Go go;
    /// What comes of two parts, the first one first.
    Combine combine;

    /// True if the items are not wanted any more: they are counted.
    [[gnu::always_inline]] bool drops(std::size_t items) const noexcept {
        const bool is_cancelled = token != nullptr && token->is_cancelled();
        if (is_cancelled) [[unlikely]] {
            token->drop_some(items);
        }
        return is_cancelled;
    }
};

template <class Token, class Begin, class Go, class Combine>
Plan(Grain, const Token*, Begin, Go, Combine) -> Plan<Token, Begin, Go, Combine>;

/// `join` in a worker's thread; `b` is told whose thread it is in.
template <class A, class B>
[[gnu::always_inline]] inline auto both(Worker& worker, A&& a, B&& b) {
    return join_in(worker, std::forward<A>(a), [&b] { return b(*Worker::current()); });
}

/// Goes through the items, and shares them with whoever has nothing to do.
template <class R, Items I, class Plan>
R share(Worker& worker, I items, const Plan& plan) {
    R done = plan.begin();
    std::size_t grain = plan.grain.first;
    const std::size_t most = plan.grain.most(items.len());
    while (items.len() != 0 && !plan.drops(items.len())) {
        const std::size_t count = items.len();
        if (count > grain && worker.deque.len() <= 0) {
            const auto parts = items.split_at(count / 2);
            auto [left, right] = both(
                worker, [&] { return share<R>(worker, parts.first, plan); },
                [&](Worker& its) { return share<R>(its, parts.second, plan); });
            return plan.combine(std::move(done), plan.combine(std::move(left), std::move(right)));
        }
        const auto [these, rest] = items.split_at(std::min(count, grain));
        done = plan.go(std::move(done), these);
        items = rest;
        grain = std::min(2 * grain, most);
    }
    return done;
}

// From here on `In` is a worker; or who else has a `both` and a `for_in`, such as the face of the
// Rust twin in diptych/rust/thread_pool.hpp.

/// The same, divided at the same places always: each time at half the grains.
template <class R, class In, Items I, class Plan>
R share_alike(In& worker, I items, const Plan& plan) {
    const std::size_t count = items.len();
    if (plan.drops(count)) {
        return plan.begin();
    }
    const std::size_t grain = plan.grain.first;
    if (count <= grain) {
        return plan.go(plan.begin(), items);
    }
    const std::size_t all = count / grain + static_cast<std::size_t>(count % grain != 0);
    const auto parts = items.split_at(all / 2 * grain);
    auto [left, right] = both(
        worker, [&] { return share_alike<R>(worker, parts.first, plan); },
        [&](In& its) { return share_alike<R>(its, parts.second, plan); });
    return plan.combine(std::move(left), std::move(right));
}

/// Goes through the items, as `options` say.
template <class R, Items I, class Identity, class Go, class Combine>
R loop_in(Worker& worker, const LoopOptions& options, I items, Identity& identity, const Go& go,
          Combine& combine) {
    const Grain grain = options.grain != 0      ? Grain::fixed(options.grain)
                        : options.deterministic ? Grain::fixed(chunk_items)
                                                : Grain::usual(worker, items.len());
    const CancelToken* token = options.token ? &*options.token : nullptr;
    const Plan plan{grain, token, std::ref(identity), std::ref(go), std::ref(combine)};
    return options.deterministic ? share_alike<R>(worker, items, plan)
                                 : share<R>(worker, items, plan);
}

// ---- For ----------------------------------------------------------------------------------------

template <Items I, class Body>
void for_in(Worker& worker, const LoopOptions& options, I items, Body& body) {
    using Nothing = std::monostate;
    const auto nothing = [](auto...) { return Nothing{}; };
    const auto go = [&body](Nothing, const I& these) {
        these.each(body);
        return Nothing{};
    };
    loop_in<Nothing>(worker, options, items, nothing, go, nothing);
}

template <Items I, class Body>
void parts_in(Worker& worker, const LoopOptions& options, I items, Body& body) {
    using Nothing = std::monostate;
    const auto nothing = [](auto...) { return Nothing{}; };
    const auto go = [&body](Nothing, const I& these) {
        std::invoke(body, these);
        return Nothing{};
    };
    loop_in<Nothing>(worker, options, items, nothing, go, nothing);
}

// ---- Reduce -------------------------------------------------------------------------------------

/// What a reduction comes to.
template <class Identity>
using Reduced = std::remove_cvref_t<std::invoke_result_t<Identity&>>;

template <Items I, class Identity, class Map, class Combine>
Reduced<Identity> reduce_in(Worker& worker, const LoopOptions& options, I items, Identity& identity,
                            Map& map, Combine& combine) {
    using R = Reduced<Identity>;
    const auto go = [&map, &combine](R done, const I& these) {
        these.each([&](auto&& item) {
            done = std::invoke(combine, std::move(done),
                               std::invoke(map, std::forward<decltype(item)>(item)));
        });
        return done;
    };
    return loop_in<R>(worker, options, items, identity, go, combine);
}

} // namespace diptych::cpp::thread_pool
