// rust/thread_pool/cancel.hpp - work that is not wanted any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>

#include "diptych.h"

namespace diptych::rust::thread_pool {

/// Tells work that has not begun that it need not. Copies are the same token.
class CancelToken {
public:
    /// A token that is not cancelled.
    CancelToken() : token_(made(), &dpt_rust_cancel_delete) {}

    /// Somebody has called `cancel`.
    [[nodiscard]] bool is_cancelled() const noexcept {
        return dpt_rust_cancel_is_cancelled(token_.get()) != 0;
    }

    /// Jobs, or items of loops, that were not done because of it, so far.
    [[nodiscard]] std::uint64_t dropped() const noexcept {
        return dpt_rust_cancel_dropped(token_.get());
    }

    /// What has not begun is dropped when its turn comes. What runs goes on.
    void cancel() const noexcept { dpt_rust_cancel_now(token_.get()); }

    /// Counts items of a loop that were not done: as those of a loop in Rust that does none.
    void drop_some(std::size_t count) const noexcept {
        const auto nothing = [](void*, std::size_t, std::size_t) noexcept {};
        static_cast<void>(dpt_rust_pool_for(nullptr, count, 0, token_.get(), nothing, nullptr));
    }

    /// For the functions dpt_rust_*.
    [[nodiscard]] const dpt_rust_cancel* raw() const noexcept { return token_.get(); }

private:
    static dpt_rust_cancel* made() {
        dpt_rust_cancel* token = dpt_rust_cancel_new();
        if (token == nullptr) {
            throw std::bad_alloc();
        }
        return token;
    }

    std::shared_ptr<dpt_rust_cancel> token_;
};

inline const dpt_rust_cancel* raw(const std::optional<CancelToken>& token) noexcept {
    return token ? token->raw() : nullptr;
}

} // namespace diptych::rust::thread_pool
