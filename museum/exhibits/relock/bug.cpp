// A log that takes one line or several under its lock. The bug: `add_all` holds the lock and calls
// `add`, which takes it again.
#include <array>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

class Log {
public:
    void add(std::string_view line) {
        const std::scoped_lock lock(mutex_);
        append(line);
    }

    void add_all(std::span<const std::string_view> lines) {
        const std::scoped_lock lock(mutex_);
        for (const std::string_view line : lines) {
#ifdef FIXED
            append(line);
#else
            add(line);
#endif
        }
    }

    std::size_t size() const {
        const std::scoped_lock lock(mutex_);
        return lines_.size();
    }

private:
    void append(std::string_view line) { lines_.emplace_back(line); }

    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

int main() {
    Log log;
    log.add("start");
    log.add_all(std::array<std::string_view, 2>{"work", "end"});
    std::printf("%zu lines\n", log.size());
}
