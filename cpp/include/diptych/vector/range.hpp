// diptych/vector/range.hpp - the members of Vector that work on ranges of elements: insert, erase,
// assign, retain, drain. Included by vector.hpp.
//
// All insertion goes through a Gap: the elements behind the place are shifted up, the new ones are
// built in the raw slots between, and whatever happens the Gap closes behind itself (V5). Where
// relocation cannot throw this makes insertion all or nothing at no cost.
#pragma once

#include "diptych/vector.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace diptych::cpp {

// ---- Types --------------------------------------------------------------------------------------

/// `n` raw slots before `index`; the elements behind them are the tail. While it is open, the
/// vector counts only the elements before it. REQUIRES: room for n more.
template <class T, class A>
class Vector<T, A>::Gap {
public:
    constexpr Gap(Vector& vector, size_type index, size_type n)
        : vector_(vector), index_(index), n_(n), tail_(vector.len_ - index) {
        DPT_ASSERT(n <= vector.cap_ - vector.len_);
        // CONTRACT: V5 - the tail belongs to the gap from here on.
        vector_.len_ = index_;
        T* const from = vector_.data_ + index_;
        if constexpr (detail::relocates_nothrow<A, T>) {
            detail::shift_up(vector_.alloc_, from, tail_, n_);
        } else {
            // A throw half way: [from, at] are where they were, those above are n slots up.
            T* at = from + tail_;
            try {
                while (at != from) {
                    detail::build(vector_.alloc_, at - 1 + n_, detail::moved(at[-1]));
                    --at;
                    detail::destroy(vector_.alloc_, at);
                }
            } catch (...) {
                const auto stayed = static_cast<size_type>(at - from);
                vector_.len_ = index_ + stayed;
                close(stayed, tail_ - stayed);
                throw;
            }
        }
    }
    Gap(const Gap&) = delete;
    Gap& operator=(const Gap&) = delete;

    /// Closes: behind the new elements if there are any, else as if nothing had been.
    constexpr ~Gap() {
        if (filled_) {
            vector_.len_ = index_ + n_ + tail_;
        } else {
            close(0, tail_);
        }
        vector_.check_invariants();
    }

    constexpr T* slots() const noexcept { return vector_.data_ + index_; }

    /// All n slots hold elements now.
    constexpr void filled() noexcept { filled_ = true; }

private:
    /// Brings `n` elements that are n_ slots too high back, to [index_ + skip, ..).
    constexpr void close(size_type skip, size_type n) noexcept {
        T* const from = vector_.data_ + index_ + skip + n_;
        if constexpr (detail::relocates_nothrow<A, T>) {
            detail::shift_down(vector_.alloc_, from, n, n_);
            vector_.len_ += n;
        } else {
            size_type back = 0;
            try {
                for (; back != n; ++back) {
                    detail::build(vector_.alloc_, from + back - n_, detail::moved(from[back]));
                    vector_.len_ += 1;
                    detail::destroy(vector_.alloc_, from + back);
                }
            } catch (...) {
                // A second throw: those that cannot come back are gone, and nothing leaks.
                detail::destroy(vector_.alloc_, from + back, from + n);
            }
        }
    }

    Vector& vector_;
    const size_type index_;
    const size_type n_;
    const size_type tail_;
    bool filled_ = false;
};

// ---- Mutation -----------------------------------------------------------------------------------

// TWIN: all members that make an element in the middle or many at the end stand here, because code
// of T may throw while a gap is open. In Rust moving cannot fail: they need no guard, and stand in
// vector.rs.

template <class T, class A>
template <class Build>
constexpr T* Vector<T, A>::insert_in_new_block(size_type index, size_type n, Build build) {
    // Read before the allocator runs, which for all g++ 12 knows might change it; that makes it
    // warn of copies of a negative number of bytes.
    const size_type len = len_;
    DPT_ASSUME(index <= len);
    detail::NewBlock<A, T> fresh(alloc_, detail::grown_capacity<T>(alloc_, len, cap_, n));
    T* const slots = fresh.data() + index;
    build(slots);
    detail::Built<A, T> built(alloc_, slots);
    built.adopt(slots + n);
    detail::move_apart(alloc_, data_, len, index, n, fresh.data());
    built.release();
    detail::free_block(alloc_, Block{data_, cap_});
    len_ = len + n;
    adopt(fresh.release());
    return data_ + index;
}

template <class T, class A>
template <class Build>
constexpr T* Vector<T, A>::insert_built(size_type index, size_type n, Build build) {
    if (n > cap_ - len_) {
        return insert_in_new_block(index, n, build);
    }
    if (index == len_) {
        build(data_ + len_);
        len_ += n;
    } else if (n != 0) {
        Gap gap(*this, index, n);
        build(gap.slots());
        gap.filled();
    }
    return data_ + index;
}

template <class T, class A>
template <class... Args>
constexpr T* Vector<T, A>::emplace(const_iterator at, Args&&... args) {
    DPT_ASSERT(data_ <= at && at <= data_ + len_);
    const auto index = static_cast<size_type>(at - data_);
    if (index == len_) {
        append_one(std::forward<Args>(args)...);
    } else if (len_ == cap_) {
        insert_in_new_block(
            index, 1, [&](T* slot) { detail::build(alloc_, slot, std::forward<Args>(args)...); });
    } else {
        detail::Temporary<A, T> item(alloc_, std::forward<Args>(args)...);
        Gap gap(*this, index, 1);
        item.relocate_to(gap.slots());
        gap.filled();
    }
    return data_ + index;
}

template <class T, class A>
constexpr T* Vector<T, A>::insert(const_iterator at, size_type n, const T& item) {
    DPT_ASSERT(data_ <= at && at <= data_ + len_);
    const auto index = static_cast<size_type>(at - data_);
    if (index == len_) {
        append_n(n, item);
        return data_ + index;
    }
    if (n > cap_ - len_) {
        return insert_in_new_block(index, n,
                                   [&](T* slots) { detail::build_n(alloc_, slots, n, item); });
    }
    // The item may lie behind the gap.
    detail::Temporary<A, T> copy(alloc_, item);
    return insert_built(index, n,
                        [&](T* slots) { detail::build_n(alloc_, slots, n, copy.value()); });
}

template <class T, class A>
template <detail::InputIterator Iterator>
constexpr T* Vector<T, A>::insert(const_iterator at, Iterator first, Iterator last) {
    DPT_ASSERT(data_ <= at && at <= data_ + len_);
    const auto index = static_cast<size_type>(at - data_);
    if constexpr (detail::ForwardIterator<Iterator>) {
        const auto n = static_cast<size_type>(std::distance(first, last));
        if (index == len_) {
            append_from(first, n);
            return data_ + index;
        }
        return insert_built(index, n,
                            [&](T* slots) { detail::build_from(alloc_, slots, first, n); });
    } else if (index == len_) {
        for (; first != last; ++first) {
            append_one(*first);
        }
        return data_ + index;
    } else {
        Vector items(first, last, alloc_);
        return insert(at, std::make_move_iterator(items.begin()),
                      std::make_move_iterator(items.end()));
    }
}

template <class T, class A>
template <class Iterator>
constexpr void Vector<T, A>::append_from(Iterator first, size_type n) {
    if constexpr (detail::reallocates<A, T> && detail::copies_nothrow<A, T, Iterator>) {
        if (!std::is_constant_evaluated()) {
            if constexpr (detail::PointsAt<Iterator, T>) {
                if (n > cap_ - len_ && detail::lies_in(data_, len_, *first)) {
                    // Own elements, which move along with the block.
                    const auto offset = std::addressof(*first) - data_;
                    reserve_more(n);
                    detail::build_from(alloc_, data_ + len_, data_ + offset, n);
                    len_ += n;
                    return;
                }
            }
            reserve_more(n);
            detail::build_from(alloc_, data_ + len_, first, n);
            len_ += n;
            return;
        }
    }
    insert_built(len_, n, [&](T* slots) { detail::build_from(alloc_, slots, first, n); });
}

template <class T, class A>
template <class... Fill>
constexpr void Vector<T, A>::append_n(size_type n, const Fill&... fill) {
    if constexpr (detail::reallocates<A, T> && detail::constructs_nothrow<A, T, const Fill&...>) {
        if (!std::is_constant_evaluated()) {
            if constexpr (sizeof...(Fill) == 0) {
                reserve_more(n);
                detail::build_n(alloc_, data_ + len_, n);
            } else {
                // The item may lie in the block, which growth moves.
                const detail::Temporary<A, T> copy(alloc_, fill...);
                reserve_more(n);
                detail::build_n(alloc_, data_ + len_, n, copy.value());
            }
            len_ += n;
            return;
        }
    }
    insert_built(len_, n, [&](T* slots) { detail::build_n(alloc_, slots, n, fill...); });
}

template <class T, class A>
constexpr void Vector<T, A>::extend_from_slice(std::span<const T> items) {
    append_from(items.data(), items.size());
}

template <class T, class A>
constexpr void Vector<T, A>::append(Vector& other) {
    DPT_ASSERT(this != std::addressof(other));
    reserve_more(other.len_);
    if constexpr (detail::relocates_nothrow<A, T>) {
        // CONTRACT: V6 - other's slots are raw once its len is 0.
        const size_type n = std::exchange(other.len_, 0);
        detail::relocate(alloc_, other.data_, n, data_ + len_);
        len_ += n;
    } else {
        detail::build_moved(alloc_, other.data_, other.len_, data_ + len_);
        len_ += other.len_;
        other.clear();
    }
}

template <class T, class A>
constexpr void Vector<T, A>::assign(size_type n, const T& item) {
    if (n > cap_) {
        // The item may lie in the old block.
        Vector fresh(n, item, alloc_);
        release();
        take(fresh);
        return;
    }
    const size_type over = std::min<size_type>(n, len_);
    // An own item is assigned to itself on the way, and stays what it is.
    for (size_type i = 0; i != over; ++i) {
        data_[i] = item;
    }
    if (n > len_) {
        detail::build_n(alloc_, data_ + len_, n - len_, item);
        len_ = n;
    } else {
        truncate(n);
    }
}

template <class T, class A>
template <detail::InputIterator Iterator>
constexpr void Vector<T, A>::assign(Iterator first, Iterator last) {
    if constexpr (detail::ForwardIterator<Iterator>) {
        const auto n = static_cast<size_type>(std::distance(first, last));
        if (n > cap_) {
            Vector fresh(first, last, alloc_);
            release();
            take(fresh);
            return;
        }
        const size_type over = std::min<size_type>(n, len_);
        for (size_type i = 0; i != over; ++i, static_cast<void>(++first)) {
            data_[i] = *first;
        }
        if (n > len_) {
            detail::build_from(alloc_, data_ + len_, first, n - len_);
            len_ = n;
        } else {
            truncate(n);
        }
    } else {
        size_type i = 0;
        for (; i != len_ && first != last; ++i, static_cast<void>(++first)) {
            data_[i] = *first;
        }
        truncate(i);
        for (; first != last; ++first) {
            append_one(*first);
        }
    }
}

// ---- Ranges -------------------------------------------------------------------------------------

template <class T, class A>
constexpr T* Vector<T, A>::erase(const_iterator first, const_iterator last) {
    DPT_ASSERT(data_ <= first && first <= last && last <= data_ + len_);
    const auto index = static_cast<size_type>(first - data_);
    const auto n = static_cast<size_type>(last - first);
    T* const at = data_ + index;
    if (n == 0) {
        return at;
    }
    if constexpr (detail::relocates_nothrow<A, T>) {
        // CONTRACT: V5 - while destructors run, only the elements before the hole count.
        const size_type tail = len_ - index - n;
        len_ = index;
        detail::destroy(alloc_, at, at + n);
        detail::shift_down(alloc_, at + n, tail, n);
        len_ = index + tail;
    } else {
        std::move(at + n, data_ + len_, at);
        truncate(len_ - n);
    }
    return at;
}

template <class T, class A>
constexpr Vector<T, A> Vector<T, A>::take_out(size_type first, size_type n) {
    Vector out(Traits::select_on_container_copy_construction(alloc_));
    if (n == 0) {
        return out; // Nothing moves, not even over itself.
    }
    out.reserve(n);
    if constexpr (detail::relocates_nothrow<A, T>) {
        // CONTRACT: V6 - the elements live on in out; here their slots are raw.
        const size_type tail = len_ - first - n;
        detail::relocate(alloc_, data_ + first, n, out.data_);
        out.len_ = n;
        if (n != 0) {
            detail::shift_down(alloc_, data_ + first + n, tail, n);
        }
        len_ = first + tail;
    } else {
        detail::build_moved(alloc_, data_ + first, n, out.data_);
        out.len_ = n;
        erase(data_ + first, data_ + first + n);
    }
    return out;
}

template <class T, class A>
template <class Keep>
constexpr void Vector<T, A>::compact(Keep keep) {
    // Whatever `keep` throws, the elements it has not seen close up behind those it kept.
    struct Closing {
        Vector& vector;
        const size_type len;
        size_type seen = 0;
        size_type kept = 0;

        constexpr ~Closing() {
            if constexpr (detail::relocates_nothrow<A, T>) {
                if (kept != seen) {
                    detail::shift_down(vector.alloc_, vector.data_ + seen, len - seen, seen - kept);
                }
                vector.len_ = kept + (len - seen);
            }
        }
    };

    if constexpr (std::is_trivially_copyable_v<T> && std::is_copy_assignable_v<T> &&
                  detail::fits_registers<T> && detail::relocates_bytes<A, T>) {
        // No branch on the answer: every element is copied down, and stays if the next one does
        // not land on it.
        // TWIN: only where bytes are all there is to an element. Rust needs less, that it has no
        // destructor: there even the copies of what cannot be cloned may be dropped.
        Closing closing{*this, len_};
        T* const data = data_;
        const size_type len = len_;
        size_type kept = 0;
        for (size_type seen = 0; seen != len; ++seen) {
            closing.seen = seen;
            closing.kept = kept;
            const bool stays = keep(data[seen], kept);
            data[kept] = data[seen];
            kept += stays ? 1 : 0;
        }
        closing.seen = len;
        closing.kept = kept;
    } else if constexpr (detail::relocates_nothrow<A, T>) {
        // CONTRACT: V5 - the vector counts nothing while there are holes in it.
        Closing closing{*this, std::exchange(len_, 0)};
        T* const data = data_;
        while (closing.seen != closing.len) {
            T* const item = data + closing.seen;
            const bool stays = keep(*item, closing.kept);
            ++closing.seen;
            if (!stays) {
                detail::destroy(alloc_, item);
            } else {
                if (item != data + closing.kept) {
                    detail::relocate(alloc_, item, 1, data + closing.kept);
                }
                ++closing.kept;
            }
        }
    } else {
        size_type kept = 0;
        for (size_type seen = 0; seen != len_; ++seen) {
            if (keep(data_[seen], kept)) {
                if (seen != kept) {
                    data_[kept] = std::move(data_[seen]);
                }
                ++kept;
            }
        }
        truncate(kept);
    }
}

template <class T, class A>
template <class Keep>
constexpr void Vector<T, A>::retain(Keep keep) {
    compact([&](T& item, size_type) -> bool { return static_cast<bool>(keep(item)); });
}

// TWIN: by compact, as retain, and so without a branch for small elements. Rust makes a pass of its
// own here, which branches on every answer.
template <class T, class A>
template <class Same>
constexpr void Vector<T, A>::dedup_by(Same same) {
    compact([&](T& item, size_type kept) -> bool {
        return kept == 0 || !static_cast<bool>(same(item, data_[kept - 1]));
    });
}

// ---- Iteration ----------------------------------------------------------------------------------

// TWIN: nothing stands here: drain moves all elements to a vector of their own at once, because
// nothing keeps a C++ program from touching the vector meanwhile. In Rust a borrow does: there the
// iterators Drain, Splice and ExtractIf take elements out one by one.

} // namespace diptych::cpp
