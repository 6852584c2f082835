// The C++ vector twin with signatures that cxx can carry: src/bridge/vector.rs.
//
// No template, no overload and no exception crosses that border. VectorOf<T> therefore names one
// function per operation, passes elements as cxx passes them, and answers a Fault. All functions
// are noexcept and inline, so that a call from Rust costs one jump.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include <diptych/vector.hpp>
#include <rust/cxx.h>

namespace diptych::bridge {

/// Which exception a call ended with. `closure` says that a Rust closure has panicked.
enum class Fault : std::uint8_t { None, Range, Capacity, Alloc, Closure };

/// Does `work` and answers how it ended.
template <class Work>
Fault guarded(Work&& work) noexcept {
    try {
        std::forward<Work>(work)();
        return Fault::None;
    } catch (const std::out_of_range&) {
        return Fault::Range;
    } catch (const std::length_error&) {
        return Fault::Capacity;
    } catch (const std::bad_alloc&) {
        return Fault::Alloc;
    } catch (...) {
        return Fault::Closure; // No element type of this bridge throws anything else.
    }
}

/// How elements come from Rust: one, and many side by side.
template <class T>
struct FromRust {
    using one = T;
    using many = rust::Slice<const T>;

    static T make(T value) noexcept { return value; }
};

/// Rust's strings are no C++ strings, so that each is made into one.
template <>
struct FromRust<std::string> {
    using one = rust::Str;
    using many = rust::Slice<const rust::String>;

    static std::string make(rust::Str value) { return std::string(value.data(), value.size()); }
};

template <class T>
class VectorOf {
    using One = typename FromRust<T>::one;
    using Many = typename FromRust<T>::many;

public:
    static std::unique_ptr<VectorOf> make() { return std::make_unique<VectorOf>(); }

    Fault with_capacity(std::size_t capacity) noexcept {
        return guarded([&] { vector_ = cpp::Vector<T>::with_capacity(capacity); });
    }
    Fault copy_to(VectorOf& out) const noexcept {
        return guarded([&] { out.vector_ = cpp::Vector<T>(vector_); });
    }

    std::size_t len() const noexcept { return vector_.len(); }
    bool is_empty() const noexcept { return vector_.is_empty(); }
    std::size_t capacity() const noexcept { return vector_.capacity(); }
    const T* get(std::size_t index) const noexcept { return vector_.get(index); }
    const T* data() const noexcept { return vector_.data(); }

    Fault reserve(std::size_t additional) noexcept {
        return guarded([&] { vector_.reserve_more(additional); });
    }
    Fault reserve_exact(std::size_t additional) noexcept {
        return guarded([&] { vector_.reserve_exact(additional); });
    }
    Fault shrink_to_fit() noexcept {
        return guarded([&] { vector_.shrink_to_fit(); });
    }

    Fault push(One item) noexcept {
        return guarded([&] { vector_.push(FromRust<T>::make(item)); });
    }
    bool pop(T& out) noexcept {
        std::optional<T> item = vector_.pop();
        if (item) {
            out = std::move(*item);
        }
        return item.has_value();
    }
    Fault insert(std::size_t index, One item) noexcept {
        return guarded([&] { vector_.insert_at(index, FromRust<T>::make(item)); });
    }
    Fault remove(std::size_t index, T& out) noexcept {
        return guarded([&] { out = vector_.remove(index); });
    }
    Fault swap_remove(std::size_t index, T& out) noexcept {
        return guarded([&] { out = vector_.swap_remove(index); });
    }
    void truncate(std::size_t len) noexcept { vector_.truncate(len); }
    void clear() noexcept { vector_.clear(); }
    Fault resize(std::size_t len, One fill) noexcept {
        return guarded([&] { vector_.resize(len, FromRust<T>::make(fill)); });
    }
    Fault extend_from_slice(Many items) noexcept {
        return guarded([&] {
            if constexpr (std::is_same_v<Many, rust::Slice<const T>>) {
                vector_.extend_from_slice(std::span<const T>(items.data(), items.size()));
            } else {
                auto made = cpp::Vector<T>::with_capacity(items.size());
                for (const auto& item : items) {
                    made.push(FromRust<T>::make(item));
                }
                vector_.extend_from_slice(std::span<const T>(made.data(), made.len()));
            }
        });
    }
    Fault append(VectorOf& source) noexcept {
        return guarded([&] { vector_.append(source.vector_); });
    }
    Fault split_off(std::size_t at, VectorOf& out) noexcept {
        return guarded([&] { out.vector_ = vector_.split_off(at); });
    }
    Fault drain(std::size_t first, std::size_t end) noexcept {
        return guarded([&] { vector_.drain(first, end); });
    }

    /// `Question` is a Rust closure; it is a parameter because cxx defines it after this file.
    template <class Question>
    Fault retain(Question& keep) noexcept {
        return guarded(
            [&] { vector_.retain([&](const T& item) { return keep.ask(bytes(item), nullptr); }); });
    }
    template <class Question>
    Fault dedup_by(Question& same) noexcept {
        return guarded([&] {
            vector_.dedup_by(
                [&](const T& item, const T& kept) { return same.ask(bytes(item), bytes(kept)); });
        });
    }

private:
    static const std::uint8_t* bytes(const T& item) noexcept {
        return reinterpret_cast<const std::uint8_t*>(std::addressof(item));
    }

    cpp::Vector<T> vector_;
};

struct Pod64; // cxx defines it: src/bridge/vector.rs

using VectorU64 = VectorOf<std::uint64_t>;
using VectorF64 = VectorOf<double>;
using VectorPod64 = VectorOf<Pod64>;
using VectorString = VectorOf<std::string>;

} // namespace diptych::bridge
