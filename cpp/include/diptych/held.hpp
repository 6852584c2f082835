// diptych/held.hpp - a shared object that counts its holders itself, as an Arc of Rust's does: a
// hold of it is one word, where a std::shared_ptr is two.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace diptych::cpp {

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

/// A hold of something Counted, or of nothing. As for std::shared_ptr, different holds may be used
/// by different threads at the same time.
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

} // namespace diptych::cpp
