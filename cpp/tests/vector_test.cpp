// The C++ vector against std::vector, and what it promises beyond.
#include "check.hpp"
#include "counted.hpp"

#include "diptych/vector.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using diptych::is_trivially_relocatable_v;
using diptych::cpp::Vector;

namespace {

struct alignas(256) Wide {
    int value = 0;
};

/// Trivially copyable, though overload resolution finds a deleted move before the copy.
struct Unmovable {
    int value = 7;
    Unmovable() = default;
    Unmovable(const Unmovable&) = default;
    Unmovable(Unmovable&&) = delete;
    Unmovable& operator=(const Unmovable&) = default;
};
struct UnmovableString {
    std::string value = "a string that is longer than any buffer";
    UnmovableString() = default;
    UnmovableString(const UnmovableString&) = default;
    UnmovableString(UnmovableString&&) = delete;
    UnmovableString& operator=(const UnmovableString&) = default;
};

/// May hold vectors of itself: T need not be complete when Vector<T> is named.
struct Tree {
    Vector<Tree> children;
};

static_assert(sizeof(Vector<int>) == 3 * sizeof(void*));
static_assert(sizeof(Vector<int, std::allocator<int>>) == 3 * sizeof(void*));
static_assert(std::contiguous_iterator<Vector<int>::iterator>);
static_assert(std::is_nothrow_default_constructible_v<Vector<int>>);
static_assert(std::is_nothrow_move_constructible_v<Vector<int>>);
static_assert(std::is_nothrow_move_assignable_v<Vector<int>>);
static_assert(std::is_nothrow_swappable_v<Vector<int>>);
static_assert(!std::is_nothrow_move_assignable_v<diptych::cpp::pmr::Vector<int>>);

static_assert(is_trivially_relocatable_v<Vector<std::string>>);
static_assert(is_trivially_relocatable_v<std::unique_ptr<std::string>>);
static_assert(is_trivially_relocatable_v<std::pair<int, std::shared_ptr<int>>>);
static_assert(is_trivially_relocatable_v<std::tuple<int, std::optional<Vector<int>>>>);
static_assert(!is_trivially_relocatable_v<std::string>);
static_assert(!is_trivially_relocatable_v<std::list<int>>);
static_assert(!is_trivially_relocatable_v<std::pair<int, std::string>>);
struct Derived : Vector<int> {
    Derived* self = this;
};
static_assert(!is_trivially_relocatable_v<Derived>, "the promise is not inherited");

template <class V>
constexpr bool works_in_constant_evaluation() {
    V v{3, 1, 2};
    v.push_back(v[0]);
    v.insert(v.begin() + 1, v.back());
    v.insert(v.end(), 4, v[2]);
    v.erase(v.begin());
    for (int i = 0; i != 50; ++i) {
        v.push(i);
    }
    v.retain([](int x) { return x % 2 == 1; });
    v.dedup_by([](int x, int kept) { return x == kept; });
    V w = v.split_off(3);
    V x(w);
    x.append(v);
    v = std::move(x);
    v.resize(100, 7);
    v.shrink_to_fit();
    const auto last = v.pop();
    return last == 7 && v.len() == 99 && v.capacity() == 100 && w.remove(0) == 1 && v < w;
}
static_assert(works_in_constant_evaluation<Vector<int>>());
static_assert(works_in_constant_evaluation<Vector<int, std::allocator<int>>>());

template <class T, class A, class U>
void same(const Vector<T, A>& v, const std::vector<U>& w) {
    CHECK(v.len() == w.size());
    CHECK(v.len() <= v.capacity());
    for (std::size_t i = 0; i != w.size(); ++i) {
        CHECK(v[i] == w[i]);
    }
}

template <class T>
T make(std::uint64_t x) {
    if constexpr (std::is_same_v<T, std::string>) {
        return (x % 2 == 0 ? "short " : "a string that is longer than any buffer ") +
               std::to_string(x);
    } else {
        return static_cast<T>(x);
    }
}

/// Random operations on both; equal after each.
template <class T, class A = diptych::cpp::MallocAllocator<T>>
void behaves_as_std_vector(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Vector<T, A> v;
    std::vector<T> w;
    for (int step = 0; step != 3000; ++step) {
        const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
        const std::size_t i = below(w.size() + 1);
        const std::size_t j = i + below(w.size() - i + 1);
        const auto at = [](std::size_t k) { return static_cast<std::ptrdiff_t>(k); };
        const T item = make<T>(random() % 100);
        switch (below(24)) {
        case 0:
        case 1:
        case 2:
            v.push_back(item);
            w.push_back(item);
            break;
        case 3:
            v.push(T(item));
            w.push_back(item);
            break;
        case 4:
            v.insert(v.begin() + at(i), item);
            w.insert(w.begin() + at(i), item);
            break;
        case 5:
            v.insert(v.begin() + at(i), 5, item);
            w.insert(w.begin() + at(i), 5, item);
            break;
        case 6:
            if (i < w.size()) {
                CHECK(v.remove(i) == w[i]);
                w.erase(w.begin() + at(i));
            }
            break;
        case 7:
            v.erase(v.begin() + at(i), v.begin() + at(j));
            w.erase(w.begin() + at(i), w.begin() + at(j));
            break;
        case 8:
            if (!w.empty()) {
                CHECK(v.pop() == w.back());
                w.pop_back();
            }
            break;
        case 9:
            if (i < w.size()) {
                v.push_back(v[i]);
                w.push_back(T(w[i]));
            }
            break;
        case 10:
            if (i < w.size()) {
                v.insert(v.begin() + at(i), v.back());
                w.insert(w.begin() + at(i), T(w.back()));
            }
            break;
        case 11:
            v.reserve(j);
            break;
        case 12:
            v.shrink_to_fit();
            CHECK(v.capacity() == v.len());
            break;
        case 13:
            v.resize(j);
            w.resize(j);
            break;
        case 14:
            v.resize(i + 9, item);
            w.resize(i + 9, item);
            break;
        case 15: {
            const std::vector<T> more(w.begin() + at(i), w.begin() + at(j));
            v.insert(v.begin() + at(i), more.begin(), more.end());
            w.insert(w.begin() + at(i), more.begin(), more.end());
        } break;
        case 16: {
            const auto n = std::erase_if(w, [&](const T& x) { return x < item; });
            CHECK(erase_if(v, [&](const T& x) { return x < item; }) == n);
        } break;
        case 17: {
            auto taken = v.drain(i, j);
            same(taken, std::vector<T>(w.begin() + at(i), w.begin() + at(j)));
            w.erase(w.begin() + at(i), w.begin() + at(j));
        } break;
        case 18: {
            auto tail = v.split_off(i);
            tail.append(v);
            v = std::move(tail);
            std::rotate(w.begin(), w.begin() + at(i), w.end());
        } break;
        case 19:
            v.dedup_by([](const T& x, const T& kept) { return x == kept; });
            w.erase(std::unique(w.begin(), w.end()), w.end());
            break;
        case 20:
            v.extend_from_slice(std::span<const T>(v.data() + i, j - i));
            {
                const std::vector<T> more(w.begin() + at(i), w.begin() + at(j));
                w.insert(w.end(), more.begin(), more.end());
            }
            break;
        case 21:
            if (i < w.size()) {
                CHECK(v.swap_remove(i) == w[i]);
                std::swap(w[i], w.back());
                w.pop_back();
            }
            break;
        case 22:
            v.assign(i, item);
            w.assign(i, item);
            break;
        default: {
            Vector<T, A> copy;
            copy = v;
            CHECK(copy == v);
            v = copy;
        } break;
        }
        same(v, w);
        if (w.size() > 400) {
            v.truncate(10);
            w.resize(10);
        }
    }
}

/// A standard allocator with state, that says how it spreads and counts what it gives.
template <class T, bool spreads>
struct Pool {
    using value_type = T;
    using propagate_on_container_copy_assignment = std::bool_constant<spreads>;
    using propagate_on_container_move_assignment = std::bool_constant<spreads>;
    using propagate_on_container_swap = std::bool_constant<spreads>;
    template <class U>
    struct rebind {
        using other = Pool<U, spreads>;
    };
    int id;
    static inline long blocks[4] = {};

    T* allocate(std::size_t n) {
        ++blocks[id];
        return std::allocator<T>{}.allocate(n);
    }
    void deallocate(T* p, std::size_t n) noexcept {
        --blocks[id];
        std::allocator<T>{}.deallocate(p, n);
    }
    bool operator==(const Pool&) const = default;
};

/// Has no memory left after `left` allocations.
template <class T>
struct Failing {
    using value_type = T;
    static inline int left = 0;
    Failing() = default;
    template <class U>
    Failing(const Failing<U>&) noexcept {}
    T* allocate(std::size_t n) {
        if (left-- == 0) {
            throw std::bad_alloc();
        }
        return diptych::cpp::MallocAllocator<T>{}.allocate(n);
    }
    T* reallocate(T* p, std::size_t from, std::size_t to) {
        if (left-- == 0) {
            throw std::bad_alloc();
        }
        return diptych::cpp::MallocAllocator<T>{}.reallocate(p, from, to);
    }
    void deallocate(T* p, std::size_t n) noexcept {
        diptych::cpp::MallocAllocator<T>{}.deallocate(p, n);
    }
    bool operator==(const Failing&) const = default;
};

/// Counts how blocks come to be.
template <class T>
struct Counting : diptych::cpp::MallocAllocator<T> {
    template <class U>
    struct rebind {
        using other = Counting<U>;
    };
    static inline int allocated = 0;
    static inline int reallocated = 0;
    T* allocate(std::size_t n) {
        ++allocated;
        return diptych::cpp::MallocAllocator<T>::allocate(n);
    }
    T* reallocate(T* p, std::size_t from, std::size_t to) {
        ++reallocated;
        return diptych::cpp::MallocAllocator<T>::reallocate(p, from, to);
    }
};

/// Appends to `v` until its block has grown five times.
template <class T, class Append>
void grows_by_realloc(T item, Append append) {
    using Counts = Counting<T>;
    Counts::allocated = 0;
    Counts::reallocated = 0;
    Vector<T, Counts> v;
    v.push(item);
    while (Counts::reallocated != 5) {
        const std::size_t len = v.len();
        const std::size_t cap = v.capacity();
        append(v);
        CHECK(v.len() > len);
        CHECK(Counts::allocated == 1);
        CHECK(v.capacity() == cap || v.capacity() == std::max(2 * cap, v.len()));
        for (const T& x : v) {
            CHECK(x == item);
        }
    }
}

template <bool spreads>
void allocators_follow_their_blocks() {
    using V = Vector<std::string, Pool<std::string, spreads>>;
    const auto pool = [](int id) { return Pool<std::string, spreads>{id}; };
    {
        V a(3, "a string that is longer than any buffer", pool(1));
        V b(5, "b", pool(2));
        V c(b, pool(1));
        CHECK(c == b && c.get_allocator().id == 1);
        V d(std::move(c), pool(2));
        CHECK(d == b && c.is_empty() && d.get_allocator().id == 2);
        a = b;
        CHECK(a == b && a.get_allocator().id == (spreads ? 2 : 1));
        V e(pool(3));
        e = std::move(b);
        CHECK(e == a && b.is_empty() && e.get_allocator().id == (spreads ? 2 : 3));
        V f(2, "f", e.get_allocator());
        swap(e, f);
        CHECK(e.len() == 2 && f == a);
    }
    for (const long left : Pool<std::string, spreads>::blocks) {
        CHECK(left == 0);
    }
}

} // namespace

TEST(random_operations_do_what_std_vector_does) {
    for (std::uint64_t seed = 0; seed != 8; ++seed) {
        behaves_as_std_vector<std::uint64_t>(seed);
        behaves_as_std_vector<std::uint8_t>(seed);
        behaves_as_std_vector<std::string>(seed);
        behaves_as_std_vector<std::string, std::allocator<std::string>>(seed);
        behaves_as_std_vector<int, std::pmr::polymorphic_allocator<int>>(seed);
    }
}

TEST(capacity_follows_the_growth_rule) {
    Vector<std::uint64_t> v;
    CHECK(v.capacity() == 0);
    std::size_t expected = 8;
    for (std::uint64_t i = 0; i != 1000; ++i) {
        v.push(i);
        expected = v.len() > expected ? 2 * expected : expected;
        CHECK(v.capacity() == expected);
    }
    Vector<std::array<char, 100>> large;
    large.emplace_back();
    CHECK(large.capacity() == 1);
    v.clear();
    v.shrink_to_fit();
    CHECK(v.capacity() == 0);
    v.reserve_exact(5);
    CHECK(v.capacity() == 5);
    v.reserve_more(11);
    CHECK(v.capacity() == 11);
    v.reserve_more(12);
    CHECK(v.capacity() == 22);
}

TEST(too_much_is_a_length_error_and_changes_nothing) {
    Vector<int> v{1, 2, 3};
    const int* const data = v.data();
    // Out of the compiler's sight: it would warn of the absurd.
    const volatile auto absurd = static_cast<std::size_t>(-1);
    CHECK_THROWS(std::length_error, v.reserve(v.max_size() + 1));
    CHECK_THROWS(std::length_error, v.reserve_more(v.max_size() - 2));
    CHECK_THROWS(std::length_error, v.reserve_exact(v.max_size() - 2));
    CHECK_THROWS(std::length_error, v.resize(absurd));
    CHECK_THROWS(std::length_error, v.insert(v.begin(), absurd, 0));
    CHECK_THROWS(std::length_error, Vector<int>(std::size_t{absurd}));
    CHECK(v.data() == data && v.len() == 3);
}

TEST(an_index_out_of_range_throws_and_changes_nothing) {
    Vector<int> v{1, 2, 3};
    CHECK_THROWS(std::out_of_range, v.at(3));
    CHECK_THROWS(std::out_of_range, v.insert_at(4, 0));
    CHECK_THROWS(std::out_of_range, v.remove(3));
    CHECK_THROWS(std::out_of_range, v.swap_remove(3));
    CHECK_THROWS(std::out_of_range, v.split_off(4));
    CHECK_THROWS(std::out_of_range, v.drain(2, 4));
    CHECK_THROWS(std::out_of_range, v.drain(3, 2));
    try {
        static_cast<void>(v.split_off(4));
    } catch (const std::out_of_range& error) {
        CHECK(std::string_view(error.what()) == "index 4 is past the end of 3 elements");
    }
    try {
        static_cast<void>(v.drain(3, 2));
    } catch (const std::out_of_range& error) {
        CHECK(std::string_view(error.what()) == "range 3..2 is out of range for 3 elements");
    }
    CHECK(v.get(3) == nullptr && *v.get(2) == 3);
    CHECK(v == Vector<int>{1, 2, 3});
}

TEST(without_memory_nothing_changes_and_the_argument_stays) {
    using V = Vector<std::unique_ptr<int>, Failing<std::unique_ptr<int>>>;
    Failing<std::unique_ptr<int>>::left = 1;
    V v;
    for (int i = 0; i != 8; ++i) {
        v.push(std::make_unique<int>(i));
    }
    auto ninth = std::make_unique<int>(8);
    for (int attempt = 0; attempt != 4; ++attempt) {
        Failing<std::unique_ptr<int>>::left = 0;
        switch (attempt) {
        case 0:
            CHECK_THROWS(std::bad_alloc, v.push(std::move(ninth)));
            break;
        case 1:
            CHECK_THROWS(std::bad_alloc, v.insert(v.begin(), std::move(ninth)));
            break;
        case 2:
            CHECK_THROWS(std::bad_alloc, v.resize(20));
            break;
        default:
            CHECK_THROWS(std::bad_alloc, v.reserve(20));
            break;
        }
        CHECK(ninth != nullptr && v.len() == 8 && v.capacity() == 8 && *v[7] == 7);
    }
    v.pop();
    Failing<std::unique_ptr<int>>::left = 0;
    v.shrink_to_fit();
    CHECK(v.len() == 7 && v.capacity() == 8);
}

TEST(an_own_element_may_be_pushed_while_the_block_moves) {
    const auto grow = []<class T>(Vector<T> v, auto push) {
        for (int i = 0; i != 12; ++i) {
            v.shrink_to_fit();
            const T first = v[0];
            push(v);
            CHECK(v.back() == first);
        }
    };
    const auto all = [&]<class T>(const Vector<T>& v) {
        grow(v, [](Vector<T>& x) { x.push_back(x[0]); });
        grow(v, [](Vector<T>& x) { x.emplace_back(x[0]); });
        grow(v, [](Vector<T>& x) { x.emplace_back(std::as_const(x[0])); });
        grow(v, [](Vector<T>& x) { x.resize(x.len() + 1, x[0]); });
        grow(v, [](Vector<T>& x) { x.insert(x.end(), x[0]); });
        grow(v, [](Vector<T>& x) { x.insert(x.end(), 3, x[0]); });
        grow(v, [](Vector<T>& x) { x.extend_from_slice(std::span<const T>(x.data(), 1)); });
    };
    all(Vector<int>{1, 2, 3});
    all(Vector<std::string>{"a string that is longer than any buffer", "b"});
    all(Vector<std::shared_ptr<int>>{std::make_shared<int>(1), std::make_shared<int>(2)});
    all(Vector<Vector<int>>{{1, 2}, {3}});
    all(Vector<std::array<std::uint64_t, 8>>{{1, 2}, {3}});
    Vector<std::unique_ptr<int>> v;
    v.push(std::make_unique<int>(5));
    v.shrink_to_fit();
    v.push(std::move(v[0])); // moves out of the block that moves
    CHECK(v[0] == nullptr && *v[1] == 5);
}

TEST(whatever_is_appended_a_block_of_movable_bytes_grows_by_realloc) {
    const auto all = []<class T>(T item) {
        using V = Vector<T, Counting<T>>;
        const std::vector<T> many(11, item);
        const std::list<T> nodes(7, item);
        grows_by_realloc(item, [&](V& v) { v.push(item); });
        grows_by_realloc(item, [&](V& v) { v.push_back(v[0]); });
        grows_by_realloc(item, [&](V& v) { v.insert(v.end(), many.begin(), many.end()); });
        grows_by_realloc(item, [&](V& v) { v.insert(v.end(), nodes.begin(), nodes.end()); });
        grows_by_realloc(item, [&](V& v) { v.insert(v.end(), {item, item}); });
        const volatile std::size_t three = 3; // g++ 12 guesses a negative size from a constant
        grows_by_realloc(item, [&](V& v) { v.insert(v.end(), three, v.back()); });
        grows_by_realloc(item, [&](V& v) { v.extend_from_slice(many); });
        grows_by_realloc(item, [&](V& v) { v.extend_from_slice(v); });
        grows_by_realloc(item, [&](V& v) { v.resize(v.len() + 6, v[0]); });
        grows_by_realloc(T(), [&](V& v) { v.resize(v.len() + 6); });
    };
    all(std::uint64_t{5});
    all(std::array<std::uint64_t, 8>{1, 2});
    all(std::make_shared<int>(1));
}

TEST(a_block_is_aligned_for_its_elements) {
    Vector<Wide> v;
    for (int i = 0; i != 100; ++i) {
        v.push(Wide{i});
        CHECK(reinterpret_cast<std::uintptr_t>(v.data()) % alignof(Wide) == 0);
    }
    for (int i = 0; i != 100; ++i) {
        CHECK(v[static_cast<std::size_t>(i)].value == i);
    }
}

TEST(allocators_spread_as_they_say) {
    allocators_follow_their_blocks<true>();
    allocators_follow_their_blocks<false>();
}

TEST(a_pmr_vector_hands_its_resource_to_its_elements) {
    std::pmr::monotonic_buffer_resource arena;
    diptych::cpp::pmr::Vector<std::pmr::string> v(&arena);
    v.emplace_back("a string that is longer than any buffer");
    v.insert(v.begin(), v[0]);
    v.resize(30);
    for (const std::pmr::string& s : v) {
        CHECK(s.get_allocator().resource() == &arena);
    }
}

TEST(moving_takes_the_block_and_leaves_nothing) {
    Vector<std::string> v(5, "x");
    const std::string* const data = v.data();
    Vector<std::string> w(std::move(v));
    CHECK(w.data() == data && v.is_empty() && v.capacity() == 0);
    v = std::move(w);
    CHECK(v.data() == data && w.is_empty());
    auto& self = v;
    v = std::move(self);
    v = self;
    CHECK(v.len() == 5);
}

TEST(single_pass_input_is_read_once) {
    std::istringstream text("1 2 3 4 5 6 7 8 9");
    using In = std::istream_iterator<int>;
    Vector<int> v(In(text), In{});
    CHECK(v.len() == 9 && v.back() == 9);
    std::istringstream more("10 11");
    v.insert(v.begin() + 1, In(more), In{});
    CHECK(v[1] == 10 && v[2] == 11 && v[3] == 2);
    std::istringstream few("5 4");
    v.assign(In(few), In{});
    CHECK(v == Vector<int>{5, 4});
}

TEST(a_retain_that_throws_keeps_what_it_has_not_seen) {
    Vector<std::unique_ptr<int>> v;
    for (int i = 0; i != 10; ++i) {
        v.push(std::make_unique<int>(i));
    }
    CHECK_THROWS(int, v.retain([](const std::unique_ptr<int>& x) {
        return *x == 5 ? throw 1 : *x % 2 == 1;
    }));
    Vector<int> left;
    for (const auto& x : v) {
        left.push(*x);
    }
    CHECK(left == Vector<int>{1, 3, 5, 6, 7, 8, 9});
}

TEST(order_is_that_of_the_first_difference) {
    CHECK(Vector<int>{1, 2} < Vector<int>{1, 3});
    CHECK(Vector<int>{1} < Vector<int>{1, 0});
    CHECK((Vector<double>{0.0} <=> Vector<double>{0.0}) == std::partial_ordering::equivalent);
    CHECK(Vector<counted::Plain>{1} < Vector<counted::Plain>{2}); // has < only
}

TEST(deduction_finds_the_element_type) {
    const std::list<long> numbers{1, 2};
    Vector v(numbers.begin(), numbers.end());
    static_assert(std::is_same_v<decltype(v), Vector<long>>);
    Vector w{1, 2, 3};
    static_assert(std::is_same_v<decltype(w), Vector<int>>);
    Vector x(3, 2.5, std::allocator<double>{});
    static_assert(std::is_same_v<decltype(x), Vector<double, std::allocator<double>>>);
    CHECK(v.len() == 2 && w.len() == 3 && x.len() == 3);
}

TEST(elements_whose_move_is_deleted_are_copied) {
    const auto all = []<class T>(T item) {
        Vector<T> v;
        for (int i = 0; i != 20; ++i) {
            v.push(item);
            v.insert(v.begin() + i / 2, item);
        }
        v.erase(v.begin());
        v.shrink_to_fit();
        v.resize(70, item);
        CHECK(v.len() == 70 && v[69].value == item.value);
    };
    all(Unmovable{});
    all(UnmovableString{});
}

TEST(elements_that_neither_move_nor_copy_may_be_made_in_place) {
    const Vector<std::atomic<int>> v(20);
    CHECK(v.len() == 20 && v.capacity() == 20 && v[19] == 0);
    const int ones[] = {1, 1};
    const Vector<std::atomic<int>, std::allocator<std::atomic<int>>> w(ones, ones + 2);
    CHECK(w[1] == 1);
}

TEST(a_vector_may_hold_itself_and_bool_is_an_element_like_others) {
    Tree tree;
    tree.children.emplace_back();
    tree.children[0].children.resize(3);
    CHECK(Tree(tree).children[0].children.len() == 3);
    Vector<bool> bits(3, true);
    bool& second = bits[1];
    second = false;
    CHECK(bits == Vector<bool>{true, false, true});
}

int main() {
    for (const check::Test& test : check::tests()) {
        test.body();
        std::printf("ok %s\n", test.name);
    }
}
