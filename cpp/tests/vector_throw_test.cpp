// Every operation, with every kind of element, with a throw at every place where one can be.
#include "check.hpp"
#include "counted.hpp"

#include "diptych/vector.hpp"

#include <iterator>
#include <memory>
#include <sstream>
#include <vector>

using counted::Blown;
using counted::fuse;
using diptych::cpp::Vector;

namespace {

template <class T, class A>
using Operation = void (*)(Vector<T, A>&);

template <class T, class A>
std::vector<int> values(const Vector<T, A>& v) {
    std::vector<int> out;
    for (const T& item : v) {
        out.push_back(item.value());
    }
    return out;
}

/// Runs `operation` on a vector of `len` elements with `spare` free slots, throwing at the 0th,
/// 1st, ... chance, until it comes through. After each throw the vector must hold living elements
/// only and go on working; with `strong` it must be as it was.
template <class T, class A>
void throw_everywhere(Operation<T, A> operation, std::size_t len, std::size_t spare, bool strong) {
    for (long k = 0;; ++k) {
        CHECK(k < 10000);
        bool through = true;
        {
            Vector<T, A> v;
            v.reserve(len + spare);
            for (std::size_t i = 0; i != len; ++i) {
                v.emplace_back(static_cast<int>(i) + 100);
            }
            const std::vector<int> before = values(v);
            fuse = k;
            try {
                operation(v);
            } catch (const Blown&) {
                through = false;
            }
            fuse = -1;
            CHECK(v.len() <= v.capacity());
            if (!through && strong) {
                CHECK(values(v) == before);
            }
            values(v); // every element lives
            v.push(T(7));
            CHECK(v.back().value() == 7);
            v.clear();
        }
        CHECK(counted::alive == 0);
        if (through) {
            return;
        }
    }
}

template <class T, class A>
void run(Operation<T, A> operation, bool strong = false) {
    for (std::size_t len : {1U, 2U, 3U, 8U, 13U}) {
        for (std::size_t spare : {0U, 1U, 2U, 30U}) {
            throw_everywhere<T, A>(operation, len, spare, strong);
        }
    }
}

const int items[] = {1, 2, 3, 4};

template <class T, class A>
void every_operation() {
    using V = Vector<T, A>;
    constexpr bool strong = std::is_nothrow_move_constructible_v<T>; // nothing moves twice

    run<T, A>([](V& v) { v.push(T(1)); }, true);
    run<T, A>([](V& v) { v.push_back(v[0]); }, true);
    run<T, A>([](V& v) { v.emplace_back(5); }, true);
    run<T, A>([](V& v) { v.emplace_back(v[v.len() / 2]); }, true);
    run<T, A>([](V& v) { v.reserve(40); }, true);
    run<T, A>([](V& v) { v.reserve_more(9); }, true);
    run<T, A>([](V& v) { v.reserve_exact(9); }, true);
    run<T, A>([](V& v) { v.shrink_to_fit(); }, true);
    run<T, A>([](V& v) { v.resize(v.len() + 6); }, true);
    run<T, A>([](V& v) { v.resize(v.len() + 6, v[0]); }, true);
    run<T, A>([](V& v) { v.extend_from_slice(v); }, true);
    run<T, A>([](V& v) { v.pop(); });
    run<T, A>([](V& v) { v.resize(1, T(3)); });
    run<T, A>([](V& v) { v.insert(v.begin(), v.back()); }, strong);
    run<T, A>([](V& v) { v.insert(v.begin() + 1, T(4)); }, strong);
    run<T, A>([](V& v) { v.insert_at(v.len() / 2, v[0]); }, strong);
    run<T, A>([](V& v) { v.emplace(v.begin(), v.back()); }, strong);
    run<T, A>([](V& v) { v.emplace(v.end(), v.back()); }, strong);
    run<T, A>([](V& v) { v.insert(v.begin(), 3, v.back()); }, strong);
    run<T, A>([](V& v) { v.insert(v.begin() + 1, 0, v.back()); }, strong);
    run<T, A>([](V& v) { v.insert(v.begin() + 1, items, items + 4); }, strong);
    run<T, A>([](V& v) { v.insert(v.end(), items, items + 4); }, strong);
    run<T, A>(
        [](V& v) {
            std::istringstream text("1 2 3 4 5");
            v.insert(v.begin(), std::istream_iterator<int>(text), std::istream_iterator<int>());
        },
        false);
    run<T, A>([](V& v) { v.erase(v.begin()); });
    run<T, A>(
        [](V& v) { v.erase(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.len() / 2)); });
    run<T, A>([](V& v) { v.remove(0); });
    run<T, A>([](V& v) { v.swap_remove(0); });
    run<T, A>([](V& v) { v.assign(3, v.back()); });
    run<T, A>([](V& v) { v.assign(20, v.back()); });
    run<T, A>([](V& v) { v.assign(items, items + 4); });
    run<T, A>([](V& v) { v = V(5, T(2)); });
    run<T, A>([](V& v) {
        const V w(5, T(2));
        v = w;
    });
    run<T, A>([](V& v) {
        const V w(50, T(2));
        v = w;
    });
    run<T, A>([](V& v) { v = {T(1), T(2)}; });
    run<T, A>(
        [](V& v) {
            V w(v);
            v.swap(w);
        },
        true);
    run<T, A>(
        [](V& v) {
            V w(items, items + 4);
            v.append(w);
        },
        true);
    run<T, A>([](V& v) {
        V w = v.split_off(v.len() / 2);
        v.clear();
    });
    run<T, A>([](V& v) {
        V w = v.drain(0, v.len() / 2);
        w.append(v);
    });
    run<T, A>([](V& v) {
        v.retain([](const T& x) {
            counted::burn();
            return x.value() % 2 == 0;
        });
    });
    run<T, A>([](V& v) {
        v.dedup_by([](const T& x, const T& kept) {
            counted::burn();
            return x.value() / 3 == kept.value() / 3;
        });
    });
    run<T, A>([](V& v) { erase(v, T(101)); });
}

template <class T>
void with_both_allocators() {
    every_operation<T, diptych::cpp::MallocAllocator<T>>();
    every_operation<T, std::allocator<T>>();
}

} // namespace

TEST(a_throw_anywhere_leaves_a_valid_vector_of_elements_that_move_without_throwing) {
    with_both_allocators<counted::Plain>();
}

TEST(a_throw_anywhere_leaves_a_valid_vector_of_elements_whose_moves_throw) {
    with_both_allocators<counted::Throwing>();
}

TEST(a_throw_anywhere_leaves_a_valid_vector_of_elements_that_move_as_bytes) {
    with_both_allocators<counted::Bytes>();
}

TEST(a_throw_anywhere_leaves_a_valid_vector_of_elements_that_only_copy) {
    with_both_allocators<counted::CopyOnly>();
}
int main() {
    for (const check::Test& test : check::tests()) {
        test.body();
        std::printf("ok %s\n", test.name);
    }
}
