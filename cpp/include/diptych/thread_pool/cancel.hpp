// thread_pool/cancel.hpp - work that is not wanted any more.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace diptych::cpp::thread_pool {

/// What several hold, and the last of them deletes.
class Counted {
protected:
    Counted() noexcept = default;
    ~Counted() = default;

private:
    template <class T>
    friend class Held;

    std::atomic<std::size_t> holders_{1};
};

/// A hold of something Counted, or of nothing. One word, so that a job has the room of a
/// std::shared_ptr's other one for its work.
template <class T>
class Held {
public:
    Held(std::nullptr_t = nullptr) noexcept {}
    Held(const Held& other) noexcept : of_(other.of_) {
        if (of_ != nullptr) {
            of_->holders_.fetch_add(1, std::memory_order_relaxed);
        }
    }
    Held(Held&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    Held& operator=(Held other) noexcept {
        std::swap(of_, other.of_);
        return *this;
    }
    ~Held() {
        // What the others have done is done before it goes.
        if (of_ != nullptr && of_->holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete of_;
        }
    }

    /// std::bad_alloc.
    static Held make() { return Held(new T); }

    [[nodiscard]] T* get() const noexcept { return of_; }
    [[nodiscard]] T* operator->() const noexcept { return of_; }

private:
    explicit Held(T* of) noexcept : of_(of) {}

    T* of_ = nullptr;
};

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
