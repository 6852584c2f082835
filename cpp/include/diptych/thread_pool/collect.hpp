// thread_pool/collect.hpp - vectors made of ranges, by many threads at the same time.
//
// Each thread assigns to its piece of the result.
// TWIN: in Rust results are made where there was nothing before; a std::vector has no places
// without an object, so they are default objects first.
#pragma once

#include "config.hpp"
#include "parallel.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

namespace diptych::cpp::thread_pool {

// ---- Pieces -------------------------------------------------------------------------------------

/// What may be in a vector that many threads write to: bits would share words.
template <class T>
concept Collectable = std::default_initializable<T> && std::movable<T> && !std::same_as<T, bool>;

/// Calls it with each number below `count`, in many threads.
template <class In, class Body>
void fill(In& worker, std::size_t count, const Body& body) {
    for_in(worker, {}, Range{.first = 0, .last = count}, body);
}

/// Calls it with the number of each chunk, and where it begins and ends.
template <class In, class Body>
void fill_chunks(In& worker, std::size_t count, const Body& body) {
    fill(worker, (count + chunk_items - 1) / chunk_items, [&](std::size_t number) {
        const std::size_t from = number * chunk_items;
        body(number, from, std::min(from + chunk_items, count));
    });
}

// ---- Map ----------------------------------------------------------------------------------------

/// What comes of an item.
template <class Map, class I>
using Mapped =
    std::remove_cvref_t<std::invoke_result_t<Map&, decltype(std::declval<const I&>().item(0))>>;

template <class In, Items I, class Map>
    requires Collectable<Mapped<Map, I>>
std::vector<Mapped<Map, I>> map_in(In& worker, I items, Map& map) {
    // CONTRACT: T10 - the vector owns all places, and each thread assigns to its own.
    std::vector<Mapped<Map, I>> results(items.len());
    fill(worker, items.len(),
         [&](std::size_t at) { results[at] = std::invoke(map, items.item(at)); });
    return results;
}

// ---- Filter -------------------------------------------------------------------------------------

/// Which items of a chunk are wanted, and how many are in those before it.
struct Choice {
    std::size_t before = 0;
    std::array<std::uint64_t, chunk_items / 64> bits{};
};

template <class In, class Iterator, class IsWanted>
    requires Collectable<std::iter_value_t<Iterator>>
std::vector<std::iter_value_t<Iterator>> filter_in(In& worker, Slice<Iterator> items,
                                                   IsWanted& is_wanted) {
    std::vector<Choice> choices((items.len() + chunk_items - 1) / chunk_items);
    fill_chunks(worker, items.len(), [&](std::size_t number, std::size_t from, std::size_t to) {
        auto& bits = choices[number].bits;
        for (std::size_t at = from; at < to; ++at) {
            const auto wants = static_cast<std::uint64_t>(
                static_cast<bool>(std::invoke(is_wanted, std::as_const(items.item(at)))));
            bits[(at - from) / 64] |= wants << (at % 64);
        }
    });
    std::size_t count = 0;
    for (Choice& choice : choices) {
        choice.before = count;
        for (const std::uint64_t word : choice.bits) {
            count += static_cast<std::size_t>(std::popcount(word));
        }
    }
    std::vector<std::iter_value_t<Iterator>> results(count);
    fill_chunks(worker, items.len(), [&](std::size_t number, std::size_t from, std::size_t /*to*/) {
        std::size_t place = choices[number].before;
        for (const std::uint64_t word : choices[number].bits) {
            for (std::uint64_t bits = word; bits != 0; bits &= bits - 1) {
                const auto bit = static_cast<std::size_t>(std::countr_zero(bits));
                results[place] = items.item(from + bit);
                ++place;
            }
            from += 64;
        }
    });
    return results;
}

// ---- Scan ---------------------------------------------------------------------------------------

/// First what comes of each chunk alone, then of all before it, then of each item.
template <class In, class Iterator, class Combine>
    requires Collectable<std::iter_value_t<Iterator>>
std::vector<std::iter_value_t<Iterator>> scan_in(In& worker, Slice<Iterator> items,
                                                 Combine& combine) {
    using T = std::iter_value_t<Iterator>;
    const auto both_of = [&combine](const T& a, const T& b) -> T {
        return std::invoke(combine, a, b);
    };
    const std::size_t count = items.len();
    const std::size_t all_but_last = (count == 0 ? 0 : count - 1) / chunk_items * chunk_items;
    std::vector<T> totals(all_but_last / chunk_items);
    fill_chunks(worker, all_but_last, [&](std::size_t number, std::size_t from, std::size_t to) {
        T total = items.item(from);
        for (std::size_t at = from + 1; at < to; ++at) {
            total = both_of(total, items.item(at));
        }
        totals[number] = std::move(total);
    });
    for (std::size_t at = 1; at < totals.size(); ++at) {
        totals[at] = both_of(totals[at - 1], totals[at]);
    }
    std::vector<T> results(count);
    fill_chunks(worker, count, [&](std::size_t number, std::size_t from, std::size_t to) {
        T total = number == 0 ? T(items.item(from)) : both_of(totals[number - 1], items.item(from));
        for (std::size_t at = from + 1; at < to; ++at) {
            results[at - 1] = total;
            total = both_of(total, items.item(at));
        }
        results[to - 1] = std::move(total);
    });
    return results;
}

} // namespace diptych::cpp::thread_pool
