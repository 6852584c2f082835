// A vector on an allocator that tells how much it gave has room for as many elements as its block
// really holds. The same source on both twins' allocators.
#if defined(DPT_USE_RUST)
#include <diptych/rust/allocator.hpp>
namespace twin = diptych::rust;
#else
#include <diptych/allocator.hpp>
namespace twin = diptych::cpp;
#endif
#include <diptych/vector.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "expect.hpp"

namespace {

template <class T>
using Vector = diptych::cpp::Vector<T, twin::Allocator<T>>;

template <std::size_t N>
struct Bytes {
    std::array<unsigned char, N> bytes{};
    Bytes(std::uint32_t value) { bytes.fill(static_cast<unsigned char>(value)); }
    bool operator==(const Bytes&) const = default;
};

struct alignas(64) Wide {
    std::uint32_t value;
    Wide(std::uint32_t value_) : value(value_) {}
    bool operator==(const Wide&) const = default;
};

template <class T>
T make(std::uint32_t value) {
    if constexpr (std::is_same_v<T, std::string>) {
        return std::string(value % 50, 's') + std::to_string(value);
    } else {
        return T(value);
    }
}

/// Its capacity is what its block holds, and its elements are what they should be.
template <class T>
bool is_right(const Vector<T>& vector, const std::vector<T>& wanted) {
    if (vector.capacity() == 0) {
        return vector.is_empty() && wanted.empty();
    }
    return vector.capacity() == twin::allocator::usable_size(vector.data()) / sizeof(T) &&
           std::equal(vector.begin(), vector.end(), wanted.begin(), wanted.end());
}

/// All the room is the vector's: bytes up to the last belong to it.
template <class T>
void fill_up(Vector<T>& vector, std::vector<T>& wanted) {
    const std::size_t cap = vector.capacity();
    while (vector.len() < cap) {
        vector.push(make<T>(static_cast<std::uint32_t>(vector.len())));
        wanted.push_back(vector.back());
    }
    EXPECT(vector.capacity() == cap);
}

template <class T>
void capacity_is_what_the_block_holds() {
    for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{100}}) {
        auto exact = Vector<T>::with_capacity(n);
        std::vector<T> wanted;
        EXPECT(exact.capacity() >= n && is_right(exact, wanted));
        fill_up(exact, wanted);
        EXPECT(is_right(exact, wanted));
        exact.shrink_to_fit();
        EXPECT(is_right(exact, wanted));
        const Vector<T> copy = exact;
        EXPECT(is_right(copy, wanted));
    }
    Vector<T> grown;
    std::vector<T> wanted;
    std::size_t growths = 0;
    for (std::uint32_t i = 0; i < 20'000; ++i) {
        const std::size_t cap = grown.capacity();
        grown.push(make<T>(i));
        wanted.push_back(make<T>(i));
        if (grown.capacity() != cap) {
            ++growths;
            EXPECT(grown.capacity() >= 2 * cap && is_right(grown, wanted));
        }
    }
    EXPECT(growths > 3 && is_right(grown, wanted));
}

template <class T>
void random_changes_leave_it_right() {
    std::mt19937 random(20'260'101);
    Vector<T> vector;
    std::vector<T> wanted;
    for (std::uint32_t step = 0; step < 3'000; ++step) {
        const std::size_t some = random() % 40;
        switch (random() % 8) {
        case 0:
            vector.reserve_exact(some);
            break;
        case 1:
            vector.shrink_to_fit();
            break;
        case 2:
            vector.truncate(some);
            wanted.erase(wanted.begin() + static_cast<std::ptrdiff_t>(
                                              some < wanted.size() ? some : wanted.size()),
                         wanted.end());
            break;
        case 3: {
            const std::size_t at = some % (wanted.size() + 1);
            vector.insert_at(at, make<T>(step));
            wanted.insert(wanted.begin() + static_cast<std::ptrdiff_t>(at), make<T>(step));
            break;
        }
        case 4:
            vector = Vector<T>(vector);
            break;
        case 5:
            fill_up(vector, wanted);
            break;
        default:
            for (std::size_t i = 0; i < some; ++i) {
                vector.push(make<T>(step));
                wanted.push_back(make<T>(step));
            }
        }
        EXPECT(is_right(vector, wanted));
    }
}

template <class T>
void all_of() {
    capacity_is_what_the_block_holds<T>();
    random_changes_leave_it_right<T>();
}

} // namespace

int main() {
    test_name = "vectors have the room that their blocks hold";
    const std::size_t before = twin::allocator::stats().live_blocks;
    all_of<std::uint64_t>();
    all_of<unsigned char>();
    all_of<Bytes<3>>();
    all_of<Bytes<24>>();
    all_of<Bytes<100>>();
    all_of<Wide>();
    all_of<std::string>();
    EXPECT(twin::allocator::stats().live_blocks == before);
    return failures != 0;
}
