// A sum is started in the background and fetched later. The bug: the thread borrows a local vector
// of the function that starts it, and that function returns first.
#include <cstdio>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

class Report {
public:
    void start() {
        std::vector<long> samples(200'000, 2);
#ifdef FIXED
        thread_ = std::jthread([samples = std::move(samples), this] {
#else
        thread_ = std::jthread([&samples, this] {
#endif
            sum_ = std::accumulate(samples.begin(), samples.end(), 0L);
        });
    }

    long sum() {
        thread_.join();
        return sum_;
    }

private:
    long sum_ = 0;
    std::jthread thread_;
};

int main() {
    Report report;
    report.start();
    std::printf("sum %ld\n", report.sum());
}
