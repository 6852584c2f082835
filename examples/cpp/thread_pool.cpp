// Threads that share work, in C++20, on either twin: the `using` lines below are all that changes.
//
// Compiled with DPT_USE_RUST or DPT_USE_CPP; the CMake targets diptych::rust and diptych::cpp
// define it. Prints what it does, and fails if a result is not what the spec promises.
#if defined(DPT_USE_RUST)
#include <diptych/rust/thread_pool.hpp>
namespace twin = diptych::rust;
#else
#include <diptych/thread_pool.hpp>
namespace twin = diptych::cpp;
#endif

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

void expect(bool condition, const char* what) {
    if (!condition) {
        throw std::logic_error(std::string("not as promised: ") + what);
    }
}

/// Both halves at the same time, if a thread is free.
std::uint64_t sum(std::span<const std::uint64_t> numbers) {
    if (numbers.size() <= 1000) {
        std::uint64_t total = 0;
        for (const std::uint64_t number : numbers) {
            total += number;
        }
        return total;
    }
    const std::size_t half = numbers.size() / 2;
    const auto [left, right] = twin::join([&] { return sum(numbers.first(half)); },
                                          [&] { return sum(numbers.subspan(half)); });
    return left + right;
}

/// Loops: what one would write for one thread, and the same comes of it.
void loops() {
    std::vector<std::uint64_t> squares(100'000);
    twin::parallel_for(twin::Range{0, squares.size()}, [&](std::size_t n) { squares[n] = n * n; });
    const auto even =
        twin::parallel_filter(squares, [](std::uint64_t square) { return square % 2 == 0; });
    const std::uint64_t total = twin::parallel_reduce(
        even, [] { return std::uint64_t{0}; }, std::identity(), std::plus<>());
    twin::parallel_sort(squares, std::ranges::greater());

    // A sum of floats depends on where they are divided, not on who is quicker.
    const twin::LoopOptions same{.grain = 0, .token = std::nullopt, .deterministic = true};
    const auto harmonic = [&] {
        return twin::parallel_reduce_with(
            same, twin::Range{1, 100'001}, [] { return 0.0; },
            [](std::size_t n) { return 1.0 / static_cast<double>(n); }, std::plus<>());
    };
    const double first = harmonic();
    std::cout << even.size() << " even squares, the largest " << even.back() << ", sum " << total
              << "; H(100000) = " << first << '\n';
    expect(even.size() == 50'000 && squares.front() == 9'999'800'001, "squares");
    expect(total == 166'661'666'700'000, "their sum");
    expect(first == harmonic(), "the same to the last bit");
}

/// Any number of things that use what outlives them, and what they throw.
void scopes() {
    std::atomic<int> count{0};
    const auto explore = [&count](auto& scope, int depth, const auto& self) -> void {
        count.fetch_add(1, std::memory_order_relaxed);
        for (int child = 0; child < depth; ++child) {
            scope.spawn([&scope, &self, depth] { self(scope, depth - 1, self); });
        }
    };
    twin::scope([&](auto& scope) { explore(scope, 6, explore); });
    std::cout << count << " nodes\n";
    expect(count == 1957, "all of a tree");

    std::string caught;
    try {
        twin::scope(
            [](auto& scope) { scope.spawn([] { throw std::runtime_error("a leaf is rotten"); }); });
    } catch (const std::runtime_error& error) {
        caught = error.what();
    }
    expect(caught == "a leaf is rotten", "what is thrown goes on where the scope ends");
}

/// Work for later, on a pool of one's own.
void tasks() {
    twin::ThreadPool pool = twin::thread_pool::Builder().threads(2).name("post").build();
    auto answer = pool.submit([] { return std::string("forty-two"); });
    const twin::thread_pool::CancelToken token;
    token.cancel();
    auto unwanted = pool.submit_with({twin::thread_pool::Priority::low, token}, [] { return 1; });
    expect(answer.join() == "forty-two", "a result");
    bool is_cancelled = false;
    try {
        static_cast<void>(unwanted.join());
    } catch (const twin::thread_pool::Cancelled&) {
        is_cancelled = true;
    }
    expect(is_cancelled && token.dropped() == 1, "what is not wanted is not done, and counted");
    const auto names = pool.broadcast([](std::size_t index) { return std::to_string(index); });
    expect(names == std::vector<std::string>{"0", "1"}, "once in each thread");
}

} // namespace

int main() {
    try {
        std::vector<std::uint64_t> numbers(1'000'000);
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            numbers[i] = i;
        }
        const std::uint64_t total = sum(numbers);
        std::cout << "sum " << total << '\n';
        expect(total == 499'999'500'000, "both halves");
        loops();
        scopes();
        tasks();
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
