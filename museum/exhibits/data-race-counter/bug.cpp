// Four threads look through a log and count its errors together. The bug: they count in a plain
// int, and `++errors` is a load, an addition and a store.
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <span>
#include <thread>
#include <vector>

constexpr std::size_t PART = 10'000;

#ifdef FIXED
using Counter = std::atomic<int>;
#else
using Counter = int;
#endif

void count_errors(std::span<const int> statuses, Counter& errors) {
    for (const int status : statuses) {
        if (status >= 500) {
            ++errors;
        }
    }
}

int main() {
    std::vector<int> statuses(4 * PART, 200);
    for (std::size_t i = 0; i < statuses.size(); i += 4) {
        statuses[i] = 503;
    }

    Counter errors = 0;
    {
        std::vector<std::jthread> threads;
        for (std::size_t at = 0; at < statuses.size(); at += PART) {
            const auto part = std::span(statuses).subspan(at, PART);
            threads.emplace_back([part, &errors] { count_errors(part, errors); });
        }
    }
    std::printf("%d errors\n", static_cast<int>(errors));
}
