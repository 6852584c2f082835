// The vector as a C++ container on either twin: what `diptych::cpp::Vector` promises holds for
// `diptych::rust::Vector`, whose elements pass below Rust frames. The same source on both.
#if defined(DPT_USE_RUST)
#include <diptych/rust/vector.hpp>
using diptych::rust::Vector;
#else
#include <diptych/vector.hpp>
using diptych::cpp::Vector;
#endif

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "expect.hpp"

namespace {

// ---- Elements -----------------------------------------------------------------------------------

struct Refused : std::runtime_error {
    explicit Refused(int what) : std::runtime_error("refused"), value(what) {}
    int value;
};

/// Counts itself, knows its address, and refuses a copy when asked to.
class Tracked {
public:
    Tracked() : Tracked(0) {}
    Tracked(int value) : value_(value) { born(); }
    Tracked(const Tracked& other) : value_(other.value()) {
        if (copies_left > 0 && --copies_left == 0) {
            copies_left = -1;
            throw Refused(value_);
        }
        born();
    }
    Tracked(Tracked&& other) noexcept : value_(std::exchange(other.value_, -1)) { born(); }
    Tracked& operator=(const Tracked& other) {
        Tracked copy(other);
        return *this = std::move(copy);
    }
    Tracked& operator=(Tracked&& other) noexcept {
        wrong += self_ != this || &other == this;
        value_ = std::exchange(other.value_, -1);
        return *this;
    }
    ~Tracked() {
        wrong += self_ != this;
        self_ = nullptr;
        --alive;
    }

    [[nodiscard]] int value() const {
        wrong += self_ != this;
        return value_;
    }

    inline static long alive = 0;
    inline static long wrong = 0;
    inline static long copies_left = -1;

private:
    void born() {
        self_ = this;
        ++alive;
    }

    const Tracked* self_ = nullptr;
    int value_;
};

int number(const Tracked& item) { return item.value(); }
int number(const std::string& item) { return item.empty() ? -1 : std::stoi(item); }
int number(std::uint64_t item) { return static_cast<int>(item); }
int number(const std::unique_ptr<int>& item) { return *item; }

template <class T>
T element(int value) {
    if constexpr (std::is_same_v<T, std::string>) {
        return std::to_string(value);
    } else if constexpr (std::is_same_v<T, std::unique_ptr<int>>) {
        return std::make_unique<int>(value);
    } else if constexpr (std::is_same_v<T, std::uint64_t>) {
        return static_cast<T>(value);
    } else {
        return T(value);
    }
}

template <class T>
bool agrees(const Vector<T>& vector, const std::vector<int>& model) {
    return vector.len() <= vector.capacity() && vector.len() == model.size() &&
           std::equal(vector.begin(), vector.end(), model.begin(), model.end(),
                      [](const T& item, int value) { return number(item) == value; }) &&
           Tracked::wrong == 0;
}

template <class T>
Vector<T> filled(int count) {
    Vector<T> vector;
    for (int i = 0; i < count; ++i) {
        vector.push(element<T>(i));
    }
    return vector;
}

std::vector<int> numbers(int count) {
    std::vector<int> model;
    for (int i = 0; i < count; ++i) {
        model.push_back(i);
    }
    return model;
}

std::uint64_t random_state = 0;
std::size_t any(std::size_t end_of) {
    std::uint64_t z = (random_state += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (z ^ (z >> 31)) % end_of;
}

// ---- Any sequence of operations -----------------------------------------------------------------

template <class T>
void step(Vector<T>& vector, std::vector<int>& model) {
    const std::size_t at = any(model.size() + 1);
    const std::size_t count = any(model.size() - at + 1);
    const int value = static_cast<int>(any(100));
    const auto place = model.begin() + static_cast<std::ptrdiff_t>(at);
    const auto stop = place + static_cast<std::ptrdiff_t>(count);
    switch (any(17)) {
    case 0:
        vector.push(element<T>(value));
        model.push_back(value);
        break;
    case 1:
        vector.emplace_back(element<T>(value));
        model.push_back(value);
        break;
    case 2:
        vector.insert(vector.begin() + at, element<T>(value));
        model.insert(place, value);
        break;
    case 3:
        vector.insert_at(at, element<T>(value));
        model.insert(place, value);
        break;
    case 4:
        vector.erase(vector.begin() + at, vector.begin() + at + count);
        model.erase(place, stop);
        break;
    case 5:
        if (const std::optional<T> last = vector.pop()) {
            EXPECT(number(*last) == model.back());
            model.pop_back();
        }
        break;
    case 6:
        if (at < model.size()) {
            EXPECT(number(vector.remove(at)) == *place);
            model.erase(place);
        }
        break;
    case 7:
        if (at < model.size()) {
            EXPECT(number(vector.swap_remove(at)) == *place);
            *place = model.back();
            model.pop_back();
        }
        break;
    case 8: {
        Vector<T> rest = vector.split_off(at);
        EXPECT(agrees(rest, std::vector<int>(place, model.end())));
        model.erase(place, model.end());
        rest.swap(vector);
        vector.append(rest);
        std::rotate(vector.begin(), vector.end() - at, vector.end());
        EXPECT(rest.is_empty());
        vector.truncate(at);
        break;
    }
    case 9:
        vector.retain([](const T& item) { return number(item) % 3 != 0; });
        std::erase_if(model, [](int item) { return item % 3 == 0; });
        break;
    case 10:
        vector.dedup_by([](const T& a, const T& b) { return number(a) / 10 == number(b) / 10; });
        model.erase(
            std::unique(model.begin(), model.end(), [](int a, int b) { return a / 10 == b / 10; }),
            model.end());
        break;
    case 11: {
        const Vector<T> taken = vector.drain(at, at + count);
        EXPECT(agrees(taken, std::vector<int>(place, stop)));
        model.erase(place, stop);
        break;
    }
    case 12:
        any(2) == 0 ? vector.shrink_to_fit() : vector.reserve_more(count);
        break;
    case 13: {
        Vector<T> moved(std::move(vector));
        EXPECT(vector.is_empty() && vector.capacity() == 0);
        vector = std::move(moved);
        break;
    }
    default:
        if constexpr (std::is_copy_constructible_v<T>) {
            switch (any(5)) {
            case 0: // copies of one of its own elements
                if (at < model.size()) {
                    const int own = *place;
                    vector.insert(vector.begin(), 3, vector[at]);
                    model.insert(model.begin(), 3, own);
                    vector.push(vector[at]);
                    model.push_back(model[at]);
                    vector.resize(vector.len() + 5, vector[at]);
                    model.resize(model.size() + 5, model[at]);
                }
                break;
            case 1:
                vector.extend_from_slice({vector.data() + at, count});
                model.insert(model.end(), count, 0);
                std::copy_n(model.begin() + static_cast<std::ptrdiff_t>(at), count,
                            model.end() - static_cast<std::ptrdiff_t>(count));
                break;
            case 2: {
                const Vector<T> copy = vector;
                EXPECT(agrees(copy, model) && copy.capacity() == copy.len());
                vector.insert(vector.begin() + at, copy.begin(), copy.end());
                const std::vector<int> same = model;
                model.insert(place, same.begin(), same.end());
                break;
            }
            case 3:
                vector = Vector<T>(vector.begin(), vector.begin() + at);
                model.resize(at);
                break;
            default:
                vector.assign(4, element<T>(value));
                model.assign(4, value);
            }
        }
    }
}

template <class T>
void any_sequence_of_operations_agrees_with_a_model() {
    for (std::uint64_t seed = 0; seed < 40 && failures == 0; ++seed) {
        random_state = seed;
        Vector<T> vector;
        std::vector<int> model;
        for (int steps = 0; steps < 200 && failures == 0; ++steps) {
            step(vector, model);
            EXPECT(agrees(vector, model));
            if (failures != 0) {
                std::fprintf(stderr, "seed %d, step %d\n", static_cast<int>(seed), steps);
            }
            if (model.size() > 300) {
                vector.clear();
                model.clear();
            }
        }
    }
    EXPECT(Tracked::alive == 0 && Tracked::wrong == 0);
}

// ---- Exceptions ---------------------------------------------------------------------------------

/// Runs `work` with the n-th copy refused, for all n until none is: the very exception arrives,
/// and the vector is what it was.
void refused_anywhere(const std::function<void(Vector<Tracked>&, const Tracked&)>& work) {
    for (long nth = 1; nth < 100; ++nth) {
        {
            Vector<Tracked> vector = filled<Tracked>(8);
            vector.shrink_to_fit();
            const Tracked other(77);
            Tracked::copies_left = nth;
            try {
                work(vector, other);
                EXPECT(Tracked::copies_left > 0);
                nth = 100;
            } catch (const Refused& refused) {
                EXPECT(refused.value >= 0);
                EXPECT(agrees(vector, numbers(8)) && Tracked::alive == 9);
            }
            Tracked::copies_left = -1;
        }
        EXPECT(Tracked::alive == 0 && Tracked::wrong == 0);
    }
}

void a_refused_copy_arrives_and_nothing_changes() {
    using V = Vector<Tracked>;
    refused_anywhere([](V& v, const Tracked&) { const V copy(v); });
    refused_anywhere([](V& v, const Tracked& x) { v.push(x); });
    refused_anywhere([](V& v, const Tracked&) { v.push(v[3]); });
    refused_anywhere([](V& v, const Tracked& x) { v.insert(v.begin() + 2, x); });
    refused_anywhere([](V& v, const Tracked& x) { v.insert(v.begin() + 2, 5, x); });
    refused_anywhere([](V& v, const Tracked& x) { v.resize(20, x); });
    refused_anywhere([](V& v, const Tracked&) { v.extend_from_slice({v.data(), 8}); });
    refused_anywhere([](V&, const Tracked& x) { const V made(9, x); });
    refused_anywhere([](V& v, const Tracked&) {
        const std::vector<int> numbers(5, 1);
        std::vector<Tracked> items(numbers.begin(), numbers.end());
        v.insert(v.begin() + 3, items.begin(), items.end());
    });
}

void a_predicate_that_throws_keeps_what_it_did_not_see() {
    Vector<Tracked> vector = filled<Tracked>(10);
    try {
        vector.retain([](const Tracked& item) {
            return item.value() == 5 ? throw Refused(5) : item.value() % 2 == 0;
        });
        EXPECT(false);
    } catch (const Refused&) {
        EXPECT(agrees(vector, {0, 2, 4, 5, 6, 7, 8, 9}));
    }
}

template <class Error>
bool throws(const std::function<void()>& work) {
    try {
        work();
    } catch (const Error&) {
        return true;
    }
    return false;
}

void a_bad_index_or_size_is_the_exception_of_the_spec() {
    Vector<Tracked> vector = filled<Tracked>(5);
    EXPECT(throws<std::out_of_range>([&] { static_cast<void>(vector.at(5)); }));
    EXPECT(throws<std::out_of_range>([&] { vector.remove(5); }));
    EXPECT(throws<std::out_of_range>([&] { vector.swap_remove(5); }));
    EXPECT(throws<std::out_of_range>([&] { vector.insert_at(6, Tracked(1)); }));
    EXPECT(throws<std::out_of_range>([&] { static_cast<void>(vector.split_off(6)); }));
    EXPECT(throws<std::out_of_range>([&] { vector.drain(2, 6); }));
    EXPECT(throws<std::out_of_range>([&] { vector.drain(3, 2); }));
    try {
        vector.drain(3, 2);
    } catch (const std::out_of_range& error) {
        EXPECT(std::string_view(error.what()) == "range 3..2 is out of range for 5 elements");
    }
    EXPECT(throws<std::length_error>([&] { vector.reserve_more(vector.max_size()); }));
    EXPECT(throws<std::length_error>([&] { vector.reserve(SIZE_MAX); }));
    EXPECT(throws<std::length_error>(
        [] { static_cast<void>(Vector<Tracked>::with_capacity(SIZE_MAX)); }));
    EXPECT(throws<std::bad_alloc>([&] { vector.reserve(vector.max_size()); }));
    EXPECT(vector.get(5) == nullptr && vector.get(4)->value() == 4);
    EXPECT(agrees(vector, numbers(5)));
}

// ---- A container like the others ----------------------------------------------------------------

void it_works_with_iterators_ranges_and_algorithms() {
    std::istringstream text("3 1 2");
    Vector<int> vector{std::istream_iterator<int>(text), std::istream_iterator<int>()};
    EXPECT(vector == Vector<int>{3, 1, 2});
    std::sort(vector.rbegin(), vector.rend());
    EXPECT(vector == Vector<int>{3, 2, 1} && vector > Vector<int>{3, 1, 9});
    vector.insert(vector.begin() + 1, {8, 9});
    EXPECT(erase(vector, 9) == 1 && vector == Vector<int>{3, 8, 2, 1});
    EXPECT(erase_if(vector, [](int n) { return n % 2 == 0; }) == 2);
    Vector deduced(vector.begin(), vector.end());
    static_assert(std::is_same_v<decltype(deduced), Vector<int>>);
    std::swap(vector, deduced);
    static_assert(std::is_nothrow_move_constructible_v<Vector<int>>);
    static_assert(diptych::is_trivially_relocatable_v<Vector<std::string>>);

    Vector<Vector<Vector<std::string>>> nested(3, {{"a", "b"}, {"c"}});
    nested.insert(nested.begin(), nested[1]);
    nested.push(nested[0]);
    EXPECT(nested.len() == 5 && nested[4] == nested[2] && nested[4][0][1] == "b");
}

struct alignas(64) Wide {
    int value;
};

void an_over_aligned_element_is_aligned() {
    Vector<Wide> vector;
    for (int i = 0; i < 100; ++i) {
        vector.push({i});
        EXPECT(reinterpret_cast<std::uintptr_t>(&vector.back()) % 64 == 0);
    }
    EXPECT(vector[99].value == 99 && vector[0].value == 0);
}

} // namespace

#define RUN(...) (test_name = #__VA_ARGS__, __VA_ARGS__())

// An asked-for size that no machine has is an error to the program, not to a memory checker.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }

int main() {
    RUN(any_sequence_of_operations_agrees_with_a_model<std::uint64_t>);
    RUN(any_sequence_of_operations_agrees_with_a_model<std::string>);
    RUN(any_sequence_of_operations_agrees_with_a_model<std::unique_ptr<int>>);
    RUN(any_sequence_of_operations_agrees_with_a_model<Tracked>);
    RUN(a_refused_copy_arrives_and_nothing_changes);
    RUN(a_predicate_that_throws_keeps_what_it_did_not_see);
    RUN(a_bad_index_or_size_is_the_exception_of_the_spec);
    RUN(it_works_with_iterators_ranges_and_algorithms);
    RUN(an_over_aligned_element_is_aligned);
    EXPECT(Tracked::alive == 0 && Tracked::wrong == 0);
    std::puts(failures == 0 ? "all as promised" : "failed");
    return failures == 0 ? 0 : 1;
}
