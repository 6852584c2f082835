// A queue of jobs with a lock. The bug: `size` only reads, so whoever wrote it took no lock; yet
// it reads two pointers of a vector that may just be moving.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

constexpr int JOBS = 2'000;

class Queue {
public:
    void push(int job) {
        const std::scoped_lock lock(mutex_);
        jobs_.push_back(job);
    }

    std::size_t size() const {
#ifdef FIXED
        const std::scoped_lock lock(mutex_);
#endif
        return jobs_.size();
    }

private:
    mutable std::mutex mutex_;
    std::vector<int> jobs_;
};

int main() {
    Queue queue;
    std::size_t peak = 0;
    {
        const std::jthread producer([&queue] {
            for (int job = 0; job < JOBS; ++job) {
                queue.push(job);
            }
        });
        for (int i = 0; i < JOBS; ++i) {
            peak = std::max(peak, queue.size());
        }
    }
    std::printf("%zu jobs, %s\n", queue.size(), peak <= JOBS ? "never more" : "once more");
}
