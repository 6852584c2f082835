// counted.hpp - elements that know whether they live, and throw when told to.
//
// A census of addresses catches every leak, double destruction, and use of raw or moved-from
// memory; `fuse` makes the k-th copy (or move, where moves may throw) throw.
#pragma once

#include "check.hpp"

#include "diptych/relocate.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace counted {

inline long alive = 0; // objects between constructor and destructor, as many as addresses if bytes
                       // never move
inline long fuse = -1; // throws when it reaches 0; -1 never
struct Blown {};

inline void burn() {
    if (fuse >= 0 && fuse-- == 0) {
        throw Blown{};
    }
}

enum class Move { nothrow, throws, bytes, none };

/// An element of value `value`. It owns a heap cell, so that the sanitizers see every leak and
/// double free as well, and (unless its bytes may move) it knows its own address.
template <Move how>
class Item {
public:
    using trivially_relocatable = std::conditional_t<how == Move::bytes, Item, void>;

    Item() : Item(0) {}
    Item(int value) : cell_(new int((burn(), value))), self_(this) { ++alive; }
    Item(const Item& other) : cell_(new int((burn(), other.value()))), self_(this) { ++alive; }
    Item(Item&& other) noexcept(how != Move::throws)
        requires(how != Move::none)
        : cell_((blow(), std::exchange(other.cell_, nullptr))), self_(this) {
        other.check_address();
        ++alive;
    }
    Item& operator=(const Item& other) {
        check_address();
        burn();
        int* fresh = new int(other.value());
        delete std::exchange(cell_, fresh);
        return *this;
    }
    Item& operator=(Item&& other) noexcept(how != Move::throws)
        requires(how != Move::none)
    {
        check_address();
        other.check_address();
        blow();
        if (this != &other) {
            delete std::exchange(cell_, std::exchange(other.cell_, nullptr));
        }
        return *this;
    }
    ~Item() {
        check_address();
        self_ = nullptr;
        delete cell_;
        --alive;
    }

    int value() const {
        check_address();
        return cell_ == nullptr ? -1 : *cell_;
    }
    friend bool operator==(const Item& a, const Item& b) { return a.value() == b.value(); }
    friend bool operator<(const Item& a, const Item& b) { return a.value() < b.value(); }

private:
    static void blow() noexcept(how != Move::throws) {
        if constexpr (how == Move::throws) {
            burn();
        }
    }
    void check_address() const {
        if (how != Move::bytes) {
            CHECK(self_ == this);
        } else {
            CHECK(self_ != nullptr);
        }
    }

    int* cell_;
    const Item* self_;
};

using Plain = Item<Move::nothrow>;   // moves cannot throw: std::string
using Throwing = Item<Move::throws>; // moves may throw
using Bytes = Item<Move::bytes>;     // bytes may move: unique_ptr
using CopyOnly = Item<Move::none>;   // no move at all, as in C++98

static_assert(diptych::is_trivially_relocatable_v<Bytes>);
static_assert(!diptych::is_trivially_relocatable_v<Plain>);

} // namespace counted
