// rust/thread_pool/loops.hpp - loops on the Rust twin's threads.
//
// Bodies of a loop in Rust are called through C; what combines results, and sorting, is divided
// here, by the templates of the C++ twin, and shared by Rust's join.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

#include "diptych.h"
#include "diptych/rust/thread_pool/cancel.hpp"
#include "diptych/rust/thread_pool/join.hpp"
#include "diptych/thread_pool/collect.hpp"
#include "diptych/thread_pool/parallel.hpp"
#include "diptych/thread_pool/sort.hpp"

namespace diptych::rust::thread_pool {

using cpp::thread_pool::Items;
using cpp::thread_pool::items_of;
using cpp::thread_pool::Loopable;
using cpp::thread_pool::Reduced;

/// How a loop is gone through.
struct LoopOptions {
    /// Items that are done without a look at anything else; 0 for what suits most loops.
    std::size_t grain = 0;
    /// Who may end it early.
    std::optional<CancelToken> token = std::nullopt;
    /// What comes of a loop depends on its length and grain alone.
    bool deterministic = false;
};

/// Numbers from the first one on, and before the last.
struct Range {
    std::size_t first;
    std::size_t last;

    [[nodiscard]] std::size_t len() const noexcept { return first < last ? last - first : 0; }
    [[nodiscard]] std::pair<Range, Range> split_at(std::size_t at) const noexcept {
        return {Range{first, first + at}, Range{first + at, last}};
    }
    /// Calls it with one after the other.
    template <class Body>
    void each(Body&& body) const {
        for (std::size_t number = first; number < last; ++number) {
            std::invoke(body, number);
        }
    }
    [[nodiscard]] std::size_t item(std::size_t at) const noexcept { return first + at; }
};

/// What the loops of diptych/thread_pool/ share their work in.
struct Threads {
    dpt_rust_pool* pool;
};

template <class A, class B>
auto both(Threads& threads, A&& a, B&& b) {
    return join_in(threads.pool, std::forward<A>(a), [&b] {
        Threads here{nullptr};
        return b(here);
    });
}

/// Calls `body` with parts that together are all items.
template <Items I, class Body>
void parts_in(Threads& threads, const LoopOptions& options, I items, Body& body) {
    struct Frame {
        I items;
        Body& body;
        std::atomic<bool> has_failed{false};
        std::exception_ptr first{};

        static void call(void* context, std::size_t begin, std::size_t end) noexcept {
            auto* self = static_cast<Frame*>(context);
            if (self->has_failed.load(std::memory_order_relaxed)) {
                return;
            }
            try {
                std::invoke(self->body,
                            self->items.split_at(begin).second.split_at(end - begin).first);
            } catch (...) {
                // Read when the loop has ended.
                if (!self->has_failed.exchange(true, std::memory_order_relaxed)) {
                    self->first = std::current_exception();
                }
            }
        }
    };
    Frame frame{items, body};
    const dpt_status status = dpt_rust_pool_for(threads.pool, items.len(), options.grain,
                                                raw(options.token), &Frame::call, &frame);
    if (frame.first != nullptr) {
        std::rethrow_exception(frame.first);
    }
    check(status == DPT_ERR_CANCELLED ? DPT_OK : status); // the token knows
}

template <Items I, class Body>
void for_in(Threads& threads, const LoopOptions& options, I items, Body& body) {
    const auto each = [&body](const I& these) { these.each(body); };
    parts_in(threads, options, items, each);
}

template <Items I, class Identity, class Map, class Combine>
Reduced<Identity> reduce_in(Threads& threads, const LoopOptions& options, I items,
                            Identity& identity, Map& map, Combine& combine) {
    using cpp::thread_pool::Grain;
    using R = Reduced<Identity>;
    const auto go = [&](R done, const I& these) {
        these.each([&](auto&& item) {
            done = std::invoke(combine, std::move(done),
                               std::invoke(map, std::forward<decltype(item)>(item)));
        });
        return done;
    };
    // Pieces enough for many threads; of many items, no more than that their joins are not felt.
    constexpr std::size_t most = cpp::thread_pool::chunk_items;
    const std::size_t usual =
        options.deterministic ? most : std::clamp<std::size_t>(items.len() / 512, 1, most);
    const CancelToken* token = options.token ? &*options.token : nullptr;
    const cpp::thread_pool::Plan plan{Grain::fixed(options.grain != 0 ? options.grain : usual),
                                      token, std::ref(identity), std::ref(go), std::ref(combine)};
    return cpp::thread_pool::share_alike<R>(threads, items, plan);
}

/// Does the work in a thread of the pool.
template <class Work>
auto in_threads(dpt_rust_pool* pool, Work&& work) {
    return scope_in(pool, [&work](Scope&) {
        Threads here{nullptr};
        return work(here);
    });
}

} // namespace diptych::rust::thread_pool
