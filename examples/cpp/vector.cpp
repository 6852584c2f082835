// A vector in C++20, on either twin: the `using` line below is all that changes.
//
// Compiled with DPT_USE_RUST or DPT_USE_CPP; the CMake targets diptych::rust and diptych::cpp
// define it. Prints what it does, and fails if a result is not what the spec promises.
#if defined(DPT_USE_RUST)
#include <diptych/rust/vector.hpp>
using diptych::rust::Vector;
#else
#include <diptych/vector.hpp>
using diptych::cpp::Vector;
#endif

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <numeric>
#include <ranges>
#include <stdexcept>
#include <string>

namespace {

void expect(bool condition, const char* what) {
    if (!condition) {
        throw std::logic_error(std::string("not as promised: ") + what);
    }
}

void numbers() {
    auto squares = Vector<std::uint64_t>::with_capacity(100);
    for (std::uint64_t i = 0; i < 100; ++i) {
        squares.push(i * i);
    }
    squares.retain([](std::uint64_t n) { return n % 2 == 0; });
    std::ranges::reverse(squares);
    const auto sum = std::accumulate(squares.begin(), squares.end(), std::uint64_t{0});
    std::cout << squares.len() << " even squares, from " << squares.front() << " down to "
              << squares.back() << ", sum " << sum << '\n';
    expect(squares.len() == 50 && squares.front() == 9604 && sum == 161700, "squares");

    try {
        squares.remove(50);
        expect(false, "there is no element 50");
    } catch (const std::out_of_range& error) {
        std::cout << "remove(50): " << error.what() << '\n';
    }
    try {
        squares.reserve_more(squares.max_size());
        expect(false, "there is no block so large");
    } catch (const std::length_error&) {
        expect(squares.len() == 50, "a failure changes nothing");
    }
}

void words() {
    Vector<std::string> words{"panel", "hinge", "gold"};
    words.insert(words.begin() + 1, words.back()); // an element of the vector itself
    words.emplace_back(3, 'x');
    Vector<std::string> copy = words;
    std::ranges::sort(copy);
    for (const std::string& word : copy) {
        std::cout << word << ' ';
    }
    std::cout << (copy < words ? "< " : ">= ");
    for (const std::string& word : words | std::views::reverse) {
        std::cout << word << ' ';
    }
    std::cout << '\n';
    expect(words == Vector<std::string>{"panel", "gold", "hinge", "gold", "xxx"}, "words");
    expect(copy.pop() == "xxx" && copy.len() == 4 && words.len() == 5, "copies are apart");
}

void owners() {
    Vector<std::unique_ptr<int>> owners; // elements that cannot be copied
    for (int i = 0; i < 10; ++i) {
        owners.insert(owners.begin(), std::make_unique<int>(i));
    }
    const Vector<std::unique_ptr<int>> rest = owners.split_off(4);
    const std::unique_ptr<int> last = owners.swap_remove(0);
    std::cout << owners.len() << " owners and " << rest.len() << "; took " << *last << '\n';
    expect(*last == 9 && *owners[0] == 6 && *rest[0] == 5, "owners");
}

} // namespace

int main() {
    try {
        numbers();
        words();
        owners();
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
