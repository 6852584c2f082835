// Random operations on diptych::cpp::Vector, against what spec/vector.md says must come of them.
//
// A case is a list of operations on two vectors, made from a seed. After each operation the
// elements and the capacity are compared with a std::vector<int> and the growth rule, no element
// may be alive that is in no vector, and none may have been touched when it was dead or moved from.
// Copies, moves where they may, and predicates throw at a chosen call. A failing case is cut down
// by leaving out halves, quarters, .. of its operations as long as it fails, and printed.
//
//     vector_model_test [SEED [CASES]]
#include <diptych/lab.hpp>
#include <diptych/vector.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

namespace {

using diptych::cpp::Vector;

// ---- Elements that know whether they are alive

struct Boom {};

struct Book {
    std::unordered_set<std::uint64_t> alive;
    std::uint64_t born = 0;
    std::string fault;
    int fuse = -1; // calls of element code that still succeed; -1: all do
    bool blown = false;

    void complain(const char* what) {
        if (fault.empty()) {
            fault = what;
        }
    }
    void burn() {
        if (fuse == 0) {
            fuse = -1;
            blown = true;
            throw Boom();
        }
        fuse -= fuse > 0;
    }
};

Book book;

/// What a type's moves are like: as std::string's, as those of a type with a throwing copy for a
/// move, or nothing but bytes.
enum class Moves { Quietly, MayThrow, AsBytes };

template <Moves moves>
class Life {
    static constexpr bool quiet = moves != Moves::MayThrow;

public:
    using trivially_relocatable = std::conditional_t<moves == Moves::AsBytes, Life, void>;

    Life() : Life(0) {}
    explicit Life(int value) : value_(value) { begin(); }
    Life(const Life& other) : value_(other.value("copy of")) {
        book.burn();
        begin();
    }
    Life(Life&& other) noexcept(quiet) : value_(other.value("move of")) {
        if constexpr (!quiet) {
            book.burn();
        }
        other.moved_ = true;
        begin();
    }
    Life& operator=(const Life& other) {
        check("assignment to");
        const int value = other.value("assignment of");
        book.burn();
        value_ = value;
        moved_ = false;
        return *this;
    }
    Life& operator=(Life&& other) noexcept(quiet) {
        check("assignment to");
        const int value = other.value("move of");
        if constexpr (!quiet) {
            book.burn();
        }
        if (this == &other) {
            book.complain("assignment of an element to itself");
        }
        other.moved_ = true;
        value_ = value;
        moved_ = false;
        return *this;
    }
    ~Life() {
        check("destruction of");
        book.alive.erase(id_);
        id_ = 0;
    }

    int value(const char* what = "look at") const {
        check(what);
        if (moved_) {
            book.complain("use of a moved-from element");
        }
        return value_;
    }
    bool moved_from() const { return moved_; }

private:
    void begin() {
        id_ = ++book.born;
        self_ = this;
        book.alive.insert(id_);
    }
    void check(const char* what) const {
        if (!book.alive.contains(id_)) {
            book.complain((std::string(what) + " a dead element").c_str());
        }
        if (moves != Moves::AsBytes && self_ != this) {
            book.complain((std::string(what) + " an element whose bytes were moved").c_str());
        }
    }

    int value_;
    bool moved_ = false;
    std::uint64_t id_ = 0;
    const Life* self_ = nullptr;
};

template <class T>
T make(int value) {
    if constexpr (std::is_same_v<T, std::string>) {
        return std::to_string(value) + (value % 3 == 0 ? "" : " is written out at some length");
    } else {
        return T(value);
    }
}

template <class T>
int value_of(const T& item) {
    if constexpr (std::is_same_v<T, std::string>) {
        return std::atoi(item.c_str());
    } else if constexpr (requires { item.value(); }) {
        return item.value();
    } else {
        return static_cast<int>(item);
    }
}

template <class T>
constexpr bool lives = requires(const T& item) { item.moved_from(); };

// ---- Operations

// clang-format off: its two passes over this macro never agree.
#define OPERATIONS(X)                                                                              \
    X(push)                                                                                        \
    X(push_moved)                                                                                  \
    X(emplace_back)                                                                                \
    X(push_own)                                                                                    \
    X(pop) X(pop_back) X(insert_at) X(insert) X(insert_moved) X(insert_own) X(insert_own_moved)    \
        X(insert_n) X(insert_n_own) X(insert_range) X(insert_input) X(remove) X(swap_remove)       \
            X(erase) X(erase_range) X(truncate) X(clear) X(resize) X(resize_default) X(resize_own) \
                X(extend) X(extend_own) X(append) X(split_off) X(drain) X(retain) X(dedup_by)      \
                    X(erase_if) X(assign_n) X(assign_own) X(assign_range) X(assign_input) X(copy)  \
                        X(copy_assign) X(move) X(move_assign) X(swap) X(reserve) X(reserve_more)   \
                            X(reserve_exact) X(reserve_too_much) X(shrink_to_fit) X(compare)

// clang-format on

enum class Op : unsigned {
#define X(name) name,
    OPERATIONS(X)
#undef X
        count
};

const char* name_of(Op op) {
    static const char* const names[] = {
#define X(name) #name,
        OPERATIONS(X)
#undef X
    };
    return names[static_cast<unsigned>(op)];
}

struct Step {
    Op op;
    unsigned a, b;
    int item, fuse;
};

std::vector<Step> steps_from(std::uint64_t seed) {
    diptych::lab::Rng rng(seed);
    const auto below = [&](std::uint64_t n) { return static_cast<unsigned>(rng.next() % n); };
    std::vector<Step> steps(1 + below(50));
    for (Step& step : steps) {
        step.op = static_cast<Op>(below(static_cast<unsigned>(Op::count)));
        step.a = below(1000);
        step.b = below(1000);
        step.item = static_cast<int>(1 + below(40));
        step.fuse = below(3) == 0 ? static_cast<int>(below(12)) : -1;
    }
    return steps;
}

/// A vector beside what it must be.
template <class T>
struct Pair {
    Vector<T> vec;
    std::vector<int> want;
    std::size_t cap = 0;

    void must_have_room(std::size_t needed) { // the growth rule
        if (needed > cap) {
            cap = std::max({2 * cap, needed, std::max<std::size_t>(1, 64 / sizeof(T))});
        }
    }
    void adopt_capacity() { cap = vec.capacity(); }
};

/// Reads a vector once, front to back, as an input iterator does.
template <class T>
struct Once {
    using iterator_category = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = T;

    int value;
    T operator*() const { return make<T>(value); }
    Once& operator++() {
        ++value;
        return *this;
    }
    void operator++(int) { ++value; }
    bool operator==(const Once&) const = default;
};

template <class T>
class Case {
public:
    /// What is wrong with the vector; nothing if all is well.
    std::optional<std::string> run(const std::vector<Step>& steps) {
        book = Book();
        std::optional<std::string> complaint;
        {
            for (std::size_t i = 0; i < steps.size() && !complaint; ++i) {
                complaint = run(steps[i]);
            }
            x_ = Pair<T>();
            y_ = Pair<T>();
        }
        if (!complaint && !book.alive.empty()) {
            complaint = std::to_string(book.alive.size()) + " elements never destroyed";
        }
        if (!complaint && !book.fault.empty()) {
            complaint = "at the end, " + book.fault;
        }
        return complaint;
    }

private:
    std::optional<std::string> run(const Step& step) {
        const std::vector<int> before = x_.want;
        const std::size_t cap = x_.cap;
        strong_ = false;
        book.blown = false;
        try {
            apply(step);
            book.fuse = -1;
            if (book.blown) {
                return "an exception of an element was swallowed";
            }
        } catch (const Boom&) {
            book.fuse = -1;
            if (strong_) {
                x_.want = before;
                x_.cap = cap;
            } else if (auto complaint = salvage()) {
                return complaint;
            }
        }
        if (auto complaint = check(x_, "the first vector")) {
            return complaint;
        }
        if (auto complaint = check(y_, "the second vector")) {
            return complaint;
        }
        const std::size_t counted = x_.vec.size() + y_.vec.size();
        if (lives<T> && book.alive.size() != counted) {
            return std::to_string(book.alive.size()) + " elements alive, " +
                   std::to_string(counted) + " in the vectors";
        }
        if (!book.fault.empty()) {
            return book.fault;
        }
        return std::nullopt;
    }

    /// After a failure that only promises valid vectors: elements may be moved from.
    std::optional<std::string> salvage() {
        for (Pair<T>* pair : {&x_, &y_}) {
            if (pair->vec.size() > pair->vec.capacity()) {
                return "len exceeds capacity";
            }
            if constexpr (lives<T>) {
                if (std::any_of(pair->vec.begin(), pair->vec.end(),
                                [](const T& item) { return item.moved_from(); })) {
                    pair->vec.clear();
                }
            }
            pair->want.clear();
            for (const T& item : pair->vec) {
                pair->want.push_back(value_of(item));
            }
            pair->adopt_capacity();
        }
        return std::nullopt;
    }

    static std::optional<std::string> check(const Pair<T>& pair, const char* which) {
        std::vector<int> values;
        for (const T& item : pair.vec) {
            values.push_back(value_of(item));
        }
        std::ostringstream out;
        if (values != pair.want) {
            out << which << " holds";
            for (const int value : values) {
                out << ' ' << value;
            }
            out << ", should hold";
            for (const int value : pair.want) {
                out << ' ' << value;
            }
            return out.str();
        }
        if (pair.vec.capacity() != pair.cap) {
            out << which << " has capacity " << pair.vec.capacity() << ", should have " << pair.cap;
            return out.str();
        }
        return std::nullopt;
    }

    void apply(const Step& step);

    Pair<T> x_, y_;
    bool strong_ = false; // the operation under way leaves x_ as it was if an element throws
};

template <class T>
void Case<T>::apply(const Step& step) {
    Vector<T>& v = x_.vec;
    std::vector<int>& w = x_.want;
    const std::size_t len = w.size();
    const std::size_t own = len == 0 ? 0 : step.b % len;
    const std::size_t at = step.a % (len + 1);
    const std::size_t end = at + step.b % (len - at + 1);
    const std::size_t n = step.b % 6;
    const auto pos = v.begin() + static_cast<std::ptrdiff_t>(at);
    const auto wpos = w.begin() + static_cast<std::ptrdiff_t>(at);
    const auto wend = w.begin() + static_cast<std::ptrdiff_t>(end);
    const int item = step.item;
    T made = make<T>(item);
    constexpr bool quiet =
        std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>;
    const bool needs_own = step.op == Op::push_own || step.op == Op::insert_own ||
                           step.op == Op::insert_own_moved || step.op == Op::insert_n_own ||
                           step.op == Op::resize_own || step.op == Op::assign_own;
    if (needs_own && len == 0) {
        return;
    }
    std::vector<T> items;
    std::vector<int> numbers;
    for (std::size_t i = 0; i < n; ++i) {
        numbers.push_back(item + static_cast<int>(i));
        items.push_back(make<T>(numbers.back()));
    }
    const Once<T> first{item};
    const Once<T> last{item + static_cast<int>(n)};
    book.fuse = step.fuse;

    // What is expected is written after the call, so that a throw leaves the expectation alone.
    switch (step.op) {
    case Op::push:
    case Op::push_moved:
    case Op::emplace_back:
        strong_ = true;
        if (step.op == Op::push) {
            v.push(made);
        } else if (step.op == Op::push_moved) {
            v.push(std::move(made));
        } else {
            v.emplace_back(made);
        }
        x_.must_have_room(len + 1);
        w.push_back(item);
        break;
    case Op::push_own:
        strong_ = true;
        v.push_back(v[own]);
        x_.must_have_room(len + 1);
        w.push_back(int(w[own]));
        break;
    case Op::pop: {
        strong_ = quiet;
        const std::optional<T> popped = v.pop();
        book.fuse = -1;
        if (popped.has_value() != (len != 0) || (popped && value_of(*popped) != w.back())) {
            book.complain("pop answers something else");
        }
        if (len != 0) {
            w.pop_back();
        }
        break;
    }
    case Op::pop_back:
        if (len != 0) {
            v.pop_back();
            w.pop_back();
        }
        break;
    case Op::insert_at:
    case Op::insert:
    case Op::insert_moved:
        strong_ = quiet || at == len;
        if (step.op == Op::insert_at) {
            v.insert_at(at, made);
        } else if (step.op == Op::insert) {
            v.insert(pos, made);
        } else {
            v.insert(pos, std::move(made));
        }
        w.insert(wpos, item);
        x_.must_have_room(len + 1);
        break;
    case Op::insert_own:
        strong_ = quiet;
        v.insert(pos, v[own]);
        w.insert(wpos, int(w[own]));
        x_.must_have_room(len + 1);
        break;
    case Op::insert_own_moved: { // the element itself is moved from, and must be taken before
        T taken = v[own];
        v.insert(pos, std::move(taken));
        w.insert(wpos, int(w[own]));
        x_.must_have_room(len + 1);
        break;
    }
    case Op::insert_n:
        strong_ = quiet;
        v.insert(pos, n, made);
        w.insert(wpos, n, item);
        x_.must_have_room(len + n);
        break;
    case Op::insert_n_own:
        strong_ = quiet;
        v.insert(pos, n, v[own]);
        w.insert(wpos, n, int(w[own]));
        x_.must_have_room(len + n);
        break;
    case Op::insert_range:
        strong_ = quiet;
        v.insert(pos, items.begin(), items.end());
        w.insert(wpos, numbers.begin(), numbers.end());
        x_.must_have_room(len + n);
        break;
    case Op::insert_input:
        v.insert(pos, first, last);
        w.insert(wpos, numbers.begin(), numbers.end());
        x_.adopt_capacity();
        break;
    case Op::remove:
    case Op::swap_remove:
        try {
            const T removed = step.op == Op::remove ? v.remove(at) : v.swap_remove(at);
            book.fuse = -1;
            if (at == len || value_of(removed) != *wpos) {
                book.complain("remove answers something else");
                break;
            }
            if (step.op == Op::remove) {
                w.erase(wpos);
            } else {
                *wpos = w.back();
                w.pop_back();
            }
        } catch (const std::out_of_range&) {
            if (at != len) {
                book.complain("remove refuses a good index");
            }
        }
        break;
    case Op::erase:
        if (at != len) {
            v.erase(pos);
            w.erase(wpos);
        }
        break;
    case Op::erase_range:
        v.erase(pos, v.begin() + static_cast<std::ptrdiff_t>(end));
        w.erase(wpos, wend);
        break;
    case Op::truncate:
        v.truncate(at);
        w.resize(at);
        break;
    case Op::clear:
        v.clear();
        w.clear();
        break;
    case Op::resize:
        strong_ = true;
        v.resize(step.a % 20, made);
        w.resize(step.a % 20, item);
        x_.must_have_room(w.size());
        break;
    case Op::resize_default:
        if constexpr (!std::is_same_v<T, std::string>) {
            strong_ = true;
            v.resize(step.a % 20);
            w.resize(step.a % 20);
            x_.must_have_room(w.size());
        }
        break;
    case Op::resize_own:
        strong_ = true;
        v.resize(len + n, v[own]);
        w.resize(len + n, int(w[own]));
        x_.must_have_room(w.size());
        break;
    case Op::extend:
        strong_ = true;
        v.extend_from_slice(items);
        w.insert(w.end(), numbers.begin(), numbers.end());
        x_.must_have_room(w.size());
        break;
    case Op::extend_own: {
        strong_ = true;
        v.extend_from_slice(std::span<const T>(v.data() + at, end - at));
        const std::vector<int> copied(wpos, wend);
        w.insert(w.end(), copied.begin(), copied.end());
        x_.must_have_room(w.size());
        break;
    }
    case Op::append:
        v.append(y_.vec);
        w.insert(w.end(), y_.want.begin(), y_.want.end());
        y_.want.clear();
        x_.must_have_room(w.size());
        break;
    case Op::split_off:
        y_.vec = v.split_off(at);
        y_.want.assign(wpos, w.end());
        w.resize(at);
        y_.cap = y_.want.size();
        break;
    case Op::drain:
        y_.vec = v.drain(at, end);
        y_.want.assign(wpos, wend);
        w.erase(wpos, wend);
        y_.cap = y_.want.size();
        break;
    case Op::retain:
    case Op::erase_if: {
        const int divisor = 1 + item % 4;
        const auto doomed = [=](int value) { return value % divisor == 0; };
        if (step.op == Op::retain) {
            v.retain([&](const T& x) {
                book.burn();
                return !doomed(value_of(x));
            });
        } else {
            using diptych::cpp::erase_if;
            erase_if(v, [&](const T& x) { return doomed(value_of(x)); });
        }
        std::erase_if(w, doomed);
        break;
    }
    case Op::dedup_by: {
        const int divisor = 1 + item % 20;
        v.dedup_by([&](const T& x, const T& kept) {
            book.burn();
            return value_of(x) / divisor == value_of(kept) / divisor;
        });
        const auto same = [=](int kept, int x) { return x / divisor == kept / divisor; };
        w.erase(std::unique(w.begin(), w.end(), same), w.end());
        break;
    }
    case Op::assign_n:
        v.assign(n, made);
        w.assign(n, item);
        x_.adopt_capacity();
        break;
    case Op::assign_own:
        v.assign(n, v[own]);
        w.assign(n, int(w[own]));
        x_.adopt_capacity();
        break;
    case Op::assign_range:
        v.assign(items.begin(), items.end());
        w = numbers;
        x_.adopt_capacity();
        break;
    case Op::assign_input:
        v.assign(first, last);
        w = numbers;
        x_.adopt_capacity();
        break;
    case Op::copy: {
        Vector<T> copy(v);
        book.fuse = -1;
        if (copy.capacity() != len) {
            book.complain("a copy has more room than it needs");
        }
        y_.vec = std::move(copy);
        y_.want = w;
        y_.cap = len;
        break;
    }
    case Op::copy_assign:
        v = y_.vec;
        w = y_.want;
        x_.adopt_capacity();
        break;
    case Op::move: {
        Vector<T> moved(std::move(v));
        v = std::move(moved);
        break;
    }
    case Op::move_assign:
        y_.vec = std::move(v);
        v.clear();
        y_.want = std::exchange(w, {});
        y_.cap = std::exchange(x_.cap, 0);
        break;
    case Op::swap:
        swap(x_.vec, y_.vec);
        std::swap(x_.want, y_.want);
        std::swap(x_.cap, y_.cap);
        break;
    case Op::reserve:
        strong_ = true;
        v.reserve(step.a % 40);
        x_.cap = std::max<std::size_t>(x_.cap, step.a % 40);
        break;
    case Op::reserve_more:
        strong_ = true;
        v.reserve_more(step.a % 20);
        x_.must_have_room(len + step.a % 20);
        break;
    case Op::reserve_exact:
        strong_ = true;
        v.reserve_exact(step.a % 20);
        x_.cap = std::max<std::size_t>(x_.cap, len + step.a % 20);
        break;
    case Op::reserve_too_much:
        try {
            step.a % 2 == 0 ? v.reserve_more(v.max_size() - len + 1) : v.reserve(SIZE_MAX);
            book.complain("reserves more than there can be");
        } catch (const std::length_error&) {
        }
        break;
    case Op::shrink_to_fit:
        strong_ = true;
        v.shrink_to_fit();
        x_.cap = book.blown ? x_.cap : len; // it may fail, silently
        book.blown = false;
        break;
    case Op::compare:
        if constexpr (!lives<T>) {
            if ((x_.vec == y_.vec) != (x_.want == y_.want)) {
                book.complain("compares otherwise than its elements");
            }
        }
        break;
    case Op::count:
        break;
    }
}

// ---- The search for a failing case, and for a smaller one

template <class T>
std::vector<Step> shrunk(std::vector<Step> steps) {
    for (std::size_t chunk = steps.size(); chunk != 0; chunk /= 2) {
        for (std::size_t at = 0; at < steps.size();) {
            std::vector<Step> fewer = steps;
            const auto from = fewer.begin() + static_cast<std::ptrdiff_t>(at);
            const auto left = static_cast<std::ptrdiff_t>(std::min(chunk, steps.size() - at));
            fewer.erase(from, from + left);
            if (Case<T>().run(fewer)) {
                steps = std::move(fewer);
            } else {
                at += chunk;
            }
        }
    }
    for (Step& step : steps) {
        for (unsigned* number : {&step.a, &step.b}) {
            for (unsigned smaller = 0; smaller < *number && smaller < 40; ++smaller) {
                const unsigned old = std::exchange(*number, smaller);
                if (Case<T>().run(steps)) {
                    break;
                }
                *number = old;
            }
        }
    }
    return steps;
}

template <class T>
bool holds(const char* type, std::uint64_t seed, std::uint64_t cases) {
    for (std::uint64_t i = 0; i < cases; ++i) {
        std::vector<Step> steps = steps_from(seed + i);
        if (!Case<T>().run(steps)) {
            continue;
        }
        steps = shrunk<T>(std::move(steps));
        const std::string complaint = Case<T>().run(steps).value_or("nothing any more");
        std::fprintf(stderr, "Vector<%s>, seed %llu: %s\n", type,
                     static_cast<unsigned long long>(seed + i), complaint.c_str());
        for (const Step& step : steps) {
            std::fprintf(stderr, "    %s a=%u b=%u item=%d fuse=%d\n", name_of(step.op), step.a,
                         step.b, step.item, step.fuse);
        }
        return false;
    }
    return true;
}

} // namespace

int main(int argc, char** argv) {
    const std::uint64_t seed = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
    const std::uint64_t cases = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 3000;
    bool good = holds<std::uint64_t>("std::uint64_t", seed, cases);
    good &= holds<std::string>("std::string", seed, cases);
    good &= holds<Life<Moves::Quietly>>("Life<Quietly>", seed, cases);
    good &= holds<Life<Moves::MayThrow>>("Life<MayThrow>", seed, cases);
    good &= holds<Life<Moves::AsBytes>>("Life<AsBytes>", seed, cases);
    return good ? 0 : 1;
}
