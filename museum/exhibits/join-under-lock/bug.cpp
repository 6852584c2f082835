// The words of several texts are counted, each text in a thread of its own. The bug: `count` takes
// the lock of the sum and then waits for the threads, which need it to add what they have.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

class WordCount {
public:
    std::ptrdiff_t count(std::span<const std::string_view> texts) {
#ifndef FIXED
        const std::scoped_lock lock(mutex_);
#endif
        {
            std::vector<std::jthread> threads;
            for (const std::string_view text : texts) {
                threads.emplace_back([this, text] { add(text); });
            }
        }
#ifdef FIXED
        const std::scoped_lock lock(mutex_);
#endif
        return sum_;
    }

private:
    void add(std::string_view text) {
        const std::ptrdiff_t words = std::ranges::count(text, ' ') + 1;
        const std::scoped_lock lock(mutex_);
        sum_ += words;
    }

    std::mutex mutex_;
    std::ptrdiff_t sum_ = 0;
};

int main() {
    constexpr std::array<std::string_view, 2> TEXTS{"to be or not to be", "that is the question"};
    WordCount words;
    std::printf("%td words\n", words.count(TEXTS));
}
