// elements.hpp - what the timed vectors hold. src/workloads/vector/elements.rs is the same thing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "diptych/lab.hpp"

namespace diptych::workloads {

// An element is a struct of static members: `Item`, its type; `make(word)`, the item that belongs
// to a word; `word(item)`, a cheap word of it; `digest(item, digest)`, every byte of it.

/// Eight bytes, made by nothing but an addition.
struct U64 {
    using Item = std::uint64_t;

    static Item make(std::uint64_t word) { return word; }
    static std::uint64_t word(const Item& item) { return item; }
    static void digest(const Item& item, lab::Digest& digest) { digest.add(item); }
};

/// One cache line without a constructor.
struct Pod64 {
    using Item = std::array<std::uint64_t, 8>;

    static Item make(std::uint64_t word) {
        return {word, word + 1, word + 2, word + 3, word + 4, word + 5, word + 6, word + 7};
    }
    static std::uint64_t word(const Item& item) { return item[7]; }
    static void digest(const Item& item, lab::Digest& digest) {
        for (const std::uint64_t part : item) {
            digest.add(part);
        }
    }
};

/// Sixteen words of eight letters.
inline constexpr std::array<std::string_view, 16> words = {
    "aardvark", "bobolink", "capybara", "dormouse", "elephant", "flamingo", "grayling", "hedgehog",
    "inchworm", "jackdaws", "kingbird", "lacewing", "mandrill", "nuthatch", "ovenbird", "pangolin"};

/// Strings as bytes.
struct Letters {
    using Item = std::string;

    static std::uint64_t word(const Item& item) {
        return item.size() ^ static_cast<unsigned char>(item[0]);
    }
    static void digest(const Item& item, lab::Digest& digest) {
        digest.add(item.size());
        for (const char letter : item) {
            digest.add(static_cast<unsigned char>(letter));
        }
    }
};

/// 24 letters: on the heap in both languages, since libstdc++ keeps up to 15 inside the object.
struct String24 : Letters {
    static Item make(std::uint64_t word) {
        Item item;
        item.reserve(24);
        for (int shift = 60; shift >= 0; shift -= 4) {
            item.push_back("0123456789abcdef"[(word >> shift) & 15]);
        }
        item.append(words[word & 15]);
        return item;
    }
};

/// Eight letters: inside the object in C++, on the heap in Rust.
struct ShortString : Letters {
    static Item make(std::uint64_t word) { return Item(words[word & 15]); }
};

/// A number of its own on the heap.
struct Boxed {
    using Item = std::unique_ptr<std::uint64_t>;

    static Item make(std::uint64_t word) { return std::make_unique<std::uint64_t>(word); }
    static std::uint64_t word(const Item& item) { return *item; }
    static void digest(const Item& item, lab::Digest& digest) { digest.add(*item); }
};

/// A vector of up to three numbers, of the family that is timed.
template <class Family>
struct Nested {
    using Item = typename Family::template Of<std::uint64_t>;

    static Item make(std::uint64_t word) {
        Item item;
        for (std::uint64_t i = 0; i < (word & 3); ++i) {
            item.push_back(word + i);
        }
        return item;
    }
    static std::uint64_t word(const Item& item) { return item.size(); }
    static void digest(const Item& item, lab::Digest& digest) {
        digest.add(item.size());
        for (const std::uint64_t part : item) {
            digest.add(part);
        }
    }
};

/// A number that counts in lab::tracked() what happens to it. It may not be moved as bytes.
/// Whoever looks at it sees whether it is where it was at the last look.
class TrackedItem {
public:
    explicit TrackedItem(std::uint64_t value) noexcept : value_(value) {}
    TrackedItem(const TrackedItem& other) noexcept : value_(other.value_) {
        ++lab::tracked().copies;
    }
    TrackedItem(TrackedItem&& other) noexcept : value_(other.value_), home_(other.home_) {
        ++lab::tracked().moves;
    }
    TrackedItem& operator=(const TrackedItem& other) noexcept {
        value_ = other.value_;
        home_ = nullptr;
        ++lab::tracked().copy_assigns;
        return *this;
    }
    TrackedItem& operator=(TrackedItem&& other) noexcept {
        value_ = other.value_;
        home_ = other.home_;
        ++lab::tracked().move_assigns;
        return *this;
    }
    ~TrackedItem() { ++lab::tracked().destroys; }

    [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

    void look() const noexcept {
        if (home_ != nullptr && home_ != this) {
            lab::tracked().relocated_bytes += sizeof(TrackedItem);
        }
        home_ = this;
    }

private:
    std::uint64_t value_;
    /// The address at the last look; null before the first. A move takes it along, in both
    /// languages.
    mutable const TrackedItem* home_ = nullptr;
};

/// Elements that count.
struct Tracked {
    using Item = TrackedItem;

    static Item make(std::uint64_t word) { return Item(word); }
    static std::uint64_t word(const Item& item) { return item.value(); }
    static void digest(const Item& item, lab::Digest& digest) { digest.add(item.value()); }
    template <class Items>
    static void look(const Items& items) {
        for (const Item& item : items) {
            item.look();
        }
    }
};

/// Looks at the items after a step; nothing but for items that are tracked.
template <class Element, class Items>
[[gnu::always_inline]] inline void look(const Items& items) {
    if constexpr (requires { Element::look(items); }) {
        Element::look(items);
    }
}

/// `n` items made from random words.
template <class Element>
std::vector<typename Element::Item> make_items(std::uint64_t n, lab::Rng& rng) {
    std::vector<typename Element::Item> items;
    items.reserve(static_cast<std::size_t>(n));
    for (std::uint64_t i = 0; i < n; ++i) {
        items.push_back(Element::make(rng.next()));
    }
    return items;
}

/// What all operations share whose output is a vector: how it is marked and digested.
template <class Family, class Element>
struct AnswersVector {
    using Item = typename Element::Item;
    using Output = typename Family::template Of<Item>;

    /// Its length, first and last element. Hands the address of the elements, not of the vector,
    /// to the unknown: the elements must have been written, the vector may stay in registers.
    [[gnu::always_inline]] static inline std::uint64_t mark(const Output& output) {
        lab::keep(output.data());
        if (output.empty()) {
            return 0;
        }
        return output.size() ^ Element::word(output.front()) ^ (Element::word(output.back()) << 1);
    }

    static void digest(const Output& output, lab::Digest& digest) {
        digest.add(output.size());
        for (const Item& item : output) {
            Element::digest(item, digest);
        }
    }

    /// A vector of `n` items made from random words, with room for `spare` more.
    static Output make_vector(std::uint64_t n, std::uint64_t spare, lab::Rng& rng) {
        Output made;
        made.reserve(static_cast<std::size_t>(n + spare));
        for (std::uint64_t i = 0; i < n; ++i) {
            made.push_back(Element::make(rng.next()));
        }
        return made;
    }
};

/// What all operations share whose output is one number.
struct AnswersNumber {
    using Output = std::uint64_t;

    static std::uint64_t mark(const Output& output) { return output; }
    static void digest(const Output& output, lab::Digest& digest) { digest.add(output); }
};

} // namespace diptych::workloads
