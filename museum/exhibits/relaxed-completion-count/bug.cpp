// Workers add to a sum and then report that they are done; whoever sees that all are done reads the
// sum. The bug: everything is atomic and everything is relaxed, so the report may be seen before
// what it reports.
#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

constexpr int WORKERS = 4;

#ifdef FIXED
constexpr auto REPORT = std::memory_order_release;
constexpr auto SEE = std::memory_order_acquire;
#else
constexpr auto REPORT = std::memory_order_relaxed;
constexpr auto SEE = std::memory_order_relaxed;
#endif

class Job {
public:
    void work(int part) {
        sum_.fetch_add(part, std::memory_order_relaxed);
        done_.fetch_add(1, REPORT);
    }

    int result() const {
        while (done_.load(SEE) < WORKERS) {
            std::this_thread::yield();
        }
        return sum_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<int> sum_ = 0;
    std::atomic<int> done_ = 0;
};

int main() {
    Job job;
    std::vector<std::jthread> workers;
    for (int part = 1; part <= WORKERS; ++part) {
        workers.emplace_back([&job, part] { job.work(part); });
    }
    std::printf("sum %d\n", job.result());
}
