// thread_pool/sort.hpp - sorting by many threads at the same time: quicksort, whose halves are
// sorted at once.
//
//            left            gap  right
//             |               |    |
//   | < < < < | >= >= >= >= >= |   | ? ? ? ? ? |     and one item in hand
//
// The item at the right goes to the left's end, and what was there into the gap, whatever the item
// is: only by how much the left grows depends on it. So there is no branch that the processor would
// guess wrong for every other item (Lomuto's partition, in a cycle).
#pragma once

#include "config.hpp"
#include "parallel.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <type_traits>
#include <utility>

namespace diptych::cpp::thread_pool {

/// Where to look for a pivot.
struct Samples {
    /// So many more bad pivots are borne.
    std::uint32_t patience;
    /// 0 while all went well: then samples are evenly spaced, else by chance.
    std::uint64_t chance;

    template <class T>
    std::size_t median(std::span<T> items, std::size_t start, std::size_t len, const auto& less);
    std::size_t place(std::size_t len, std::size_t eighths) noexcept;
    void complain(std::size_t len) noexcept;
};

template <class T, class IsLeft>
std::size_t partition(std::span<T> items, const IsLeft& is_left);
template <class T>
void insertion_sort(std::span<T> items, const auto& less);
template <class T>
void heapsort(std::span<T> items, const auto& less);

// ---- Sort ---------------------------------------------------------------------------------------

/// Quicksort. All items are at least `before`, if there is such a one.
template <class In, class T, class Less>
void sort(In& worker, std::span<T> items, const T* before, Samples samples, const Less& less) {
    while (items.size() > sort_few) {
        if (samples.patience == 0) {
            return heapsort(items, less);
        }
        const std::size_t pivot = samples.median(items, 0, items.size(), less);
        if (pivot != 0) {
            std::swap(items[0], items[pivot]);
        }
        if (before != nullptr && !less(*before, std::as_const(items[0]))) {
            // The pivot is the least there is, and so are those that are not greater.
            const auto is_left = [&less](const T& item, const T& to) { return !less(to, item); };
            items = items.subspan(partition(items, is_left) + 1);
            continue;
        }
        const std::size_t at = partition(items, less);
        if (std::min(at, items.size() - at) < items.size() / 8) {
            samples.complain(items.size());
        }
        const std::span<T> left = items.first(at);
        const std::span<T> right = items.subspan(at + 1);
        const T* const middle = &items[at];
        if (std::min(left.size(), right.size()) >= sort_share) {
            both(
                worker, [&] { sort(worker, left, before, samples, less); },
                [&](In& its) { sort(its, right, middle, samples, less); });
            return;
        }
        if (left.size() < right.size()) {
            sort(worker, left, before, samples, less);
            items = right;
            before = middle;
        } else {
            sort(worker, right, middle, samples, less);
            items = left;
        }
    }
    insertion_sort(items, less);
}

/// Whether it holds for each item and the next.
// TWIN: Rust's slices have it. std::is_sorted branches at each item, this one at each chunk.
template <class T>
bool is_sorted_by(std::span<const T> items, const auto& holds) {
    constexpr std::size_t chunk = 32;
    while (items.size() > chunk) {
        bool all = true;
        for (std::size_t at = 0; at < chunk; ++at) {
            all &= holds(items[at], items[at + 1]);
        }
        if (!all) {
            return false;
        }
        items = items.subspan(chunk);
    }
    const auto fails = [&](const T& a, const T& b) { return !holds(a, b); };
    return std::adjacent_find(items.begin(), items.end(), fails) == items.end();
}

template <class In, class T, class Less>
void sort_in(In& worker, std::span<T> items, const Less& less) {
    static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>,
                  "items are moved, and none may be lost on the way");
    if (is_sorted_by<T>(items, [&](const T& a, const T& b) -> bool { return !less(b, a); })) {
        return;
    }
    // Equal ones may change places.
    if (is_sorted_by<T>(items, [&](const T& a, const T& b) -> bool { return !less(a, b); })) {
        return std::reverse(items.begin(), items.end());
    }
    const auto patience = static_cast<std::uint32_t>(std::bit_width(items.size()) - 1);
    sort(worker, items, static_cast<const T*>(nullptr), Samples{.patience = patience, .chance = 0},
         less);
}

// ---- Pivot --------------------------------------------------------------------------------------

/// The place of an item that is about in the middle: the median of three, or of three such.
template <class T>
std::size_t Samples::median(std::span<T> items, std::size_t start, std::size_t len,
                            const auto& less) {
    const auto sample = [&](std::size_t eighths) {
        const std::size_t at = start + place(len, eighths);
        return len < sort_sample ? at : median(items, at - len / 16, len / 8, less);
    };
    const std::size_t a = sample(1);
    const std::size_t b = sample(4);
    const std::size_t c = sample(7);
    const auto is_less = [&](std::size_t one, std::size_t other) -> bool {
        return less(std::as_const(items[one]), std::as_const(items[other]));
    };
    const bool a_b = is_less(a, b);
    const bool a_c = is_less(a, c);
    const bool b_c = is_less(b, c);
    const std::size_t b_or_c = a_b == b_c ? b : c;
    return a_b != a_c ? a : b_or_c;
}

/// A place in the middle of so many.
inline std::size_t Samples::place(std::size_t len, std::size_t eighths) noexcept {
    if (chance == 0) {
        return len / 8 * eighths;
    }
    chance ^= chance << 13; // Marsaglia's xorshift
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return len / 16 + static_cast<std::size_t>(chance >> 32) % (len / 8 * 7);
}

/// A pivot was bad.
inline void Samples::complain(std::size_t len) noexcept {
    --patience;
    chance |= len;
}

// ---- Partition ----------------------------------------------------------------------------------

/// An item that is out of the slice, and the gap that it left. Whatever happens, it goes there.
// CONTRACT: T11 - what the gap holds was moved from, and what was last moved from is the gap.
template <class T>
struct Hand {
    T item;
    T* gap;

    [[gnu::always_inline]] explicit Hand(T& from) noexcept : item(std::move(from)), gap(&from) {}
    Hand(const Hand&) = delete;
    Hand& operator=(const Hand&) = delete;
    [[gnu::always_inline]] ~Hand() { *gap = std::move(item); }
};

/// Puts items for which that is true before the first one, and all others behind it. Where the
/// first one is then.
template <class T, class IsLeft>
std::size_t partition(std::span<T> items, const IsLeft& is_left) {
    const T& pivot = items[0];
    T* const start = items.data() + 1;
    const std::size_t count = items.size() - 1;
    if (count == 0) {
        return 0;
    }
    std::size_t lefts = 0;
    {
        Hand<T> hand(*start);
        for (std::size_t at = 1; at < count; ++at) {
            T* const right = start + at;
            T* const left = start + lefts;
            const bool goes_left = is_left(std::as_const(*right), pivot);
            // CONTRACT: T11 - into the gap, which may be this place, and into what is the gap then.
            *hand.gap = std::move(*left);
            *left = std::move(*right);
            hand.gap = right;
            lefts += static_cast<std::size_t>(goes_left);
        }
        const bool goes_left = is_left(std::as_const(hand.item), pivot);
        // CONTRACT: T11 - into the gap, which may be this place.
        *hand.gap = std::move(start[lefts]);
        hand.gap = start + lefts;
        lefts += static_cast<std::size_t>(goes_left);
    }
    if (lefts != 0) {
        std::swap(items[0], items[lefts]);
    }
    return lefts;
}

// ---- Few, or too deep ---------------------------------------------------------------------------

/// True if items are moved more quickly than a branch is guessed wrong.
template <class T>
inline constexpr bool is_cheap = std::is_trivially_copyable_v<T> && sizeof(T) <= 16;

/// Which of eight items are compared with which, one after the other: the least that sorts eight.
inline constexpr std::array<std::pair<std::size_t, std::size_t>, 19> network{{
    {0, 2}, {1, 3}, {4, 6}, {5, 7}, {0, 4}, {1, 5}, {2, 6}, {3, 7}, {0, 1}, {2, 3},
    {4, 5}, {6, 7}, {2, 4}, {3, 5}, {1, 4}, {3, 6}, {1, 2}, {3, 4}, {5, 6},
}};

/// Sorts the first eight, without a branch.
template <class T>
[[gnu::always_inline]] inline void sort_eight(T* start, const auto& less) {
    const auto order = [start, &less](std::size_t a, std::size_t b) {
        const bool swaps = less(std::as_const(start[b]), std::as_const(start[a]));
        const T low = swaps ? start[b] : start[a];
        const T high = swaps ? start[a] : start[b];
        start[a] = low;
        start[b] = high;
    };
    [&order]<std::size_t... At>(std::index_sequence<At...>) {
        (order(network[At].first, network[At].second), ...);
    }(std::make_index_sequence<network.size()>{});
}

template <class T>
void insertion_sort(std::span<T> items, const auto& less) {
    std::size_t sorted = 1;
    if constexpr (is_cheap<T>) {
        if (items.size() >= 8) {
            sort_eight(items.data(), less);
            sorted = 8;
        }
    }
    T* const start = items.data();
    for (std::size_t at = sorted; at < items.size(); ++at) {
        if (!less(std::as_const(start[at]), std::as_const(start[at - 1]))) {
            continue;
        }
        Hand<T> hand(start[at]);
        do {
            // CONTRACT: T11 - into the gap, from beside it.
            T* const left = hand.gap - 1;
            *hand.gap = std::move(*left);
            hand.gap = left;
        } while (hand.gap != start && less(std::as_const(hand.item), std::as_const(hand.gap[-1])));
    }
}

/// For those on whom all pivots are wasted.
template <class T>
[[gnu::cold]] void heapsort(std::span<T> items, const auto& less) {
    const std::size_t count = items.size();
    const auto is_less = [&](std::size_t one, std::size_t other) -> bool {
        return less(std::as_const(items[one]), std::as_const(items[other]));
    };
    for (std::size_t step = count + count / 2; step-- > 0;) {
        std::size_t at = 0;
        std::size_t end = count;
        if (step >= count) {
            at = step - count;
        } else {
            end = step;
            if (step != 0) {
                std::swap(items[0], items[step]);
            }
        }
        for (std::size_t child = 2 * at + 1; child < end; child = 2 * at + 1) {
            child += static_cast<std::size_t>(child + 1 < end && is_less(child, child + 1));
            if (!is_less(at, child)) {
                break;
            }
            std::swap(items[at], items[child]);
            at = child;
        }
    }
}

} // namespace diptych::cpp::thread_pool
