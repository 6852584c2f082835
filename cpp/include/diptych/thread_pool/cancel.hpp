// thread_pool/cancel.hpp - work that is not wanted any more.
#pragma once

#include "diptych/held.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace diptych::cpp::thread_pool {

/// Tells work that has not begun that it need not. Copies are the same token.
///
/// Checked before each job that was submitted with it, and before each grain of a loop; work that
/// runs longer may ask is_cancelled() itself.
class CancelToken {
public:
    // ---- Construction ---------------------------------------------------------------------------

    /// A token that is not cancelled.
    CancelToken() : shared_(Held<Shared>::make()) {}

    /// None, which only takes the room of one. Of the pool's own: it is not asked anything.
    explicit CancelToken(std::nullptr_t /*none*/) noexcept {}

    // ---- Queries --------------------------------------------------------------------------------

    /// There is one. Of the pool's own.
    [[nodiscard]] bool is_some() const noexcept { return shared_.get() != nullptr; }

    /// Somebody has called `cancel`.
    [[nodiscard]] bool is_cancelled() const noexcept {
        return shared_->is_cancelled.load(std::memory_order_acquire); // E13
    }

    /// Jobs, or items of loops, that were not done because of it, so far.
    [[nodiscard]] std::uint64_t dropped() const noexcept {
        return shared_->dropped.load(std::memory_order_relaxed);
    }

    // ---- Mutation -------------------------------------------------------------------------------

    /// What has not begun is dropped when its turn comes. What runs goes on.
    void cancel() const noexcept {
        // E13: who finds it cancelled sees what was done before.
        shared_->is_cancelled.store(true, std::memory_order_release);
    }

    /// Counts what was not done. Of the pool's own.
    void drop_some(std::uint64_t count) const noexcept {
        shared_->dropped.fetch_add(count, std::memory_order_relaxed);
    }

private:
    struct Shared : Counted {
        std::atomic<bool> is_cancelled{false};
        std::atomic<std::uint64_t> dropped{0};
    };

    Held<Shared> shared_;
};

} // namespace diptych::cpp::thread_pool
