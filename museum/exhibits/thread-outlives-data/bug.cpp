// A sum is started in the background and fetched later. The bug: the thread borrows a local vector
// of the function that starts it, and that function returns first.
#include <cstddef>
#include <cstdio>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

std::jthread start_sum(long& sum) {
    std::vector<long> samples(200'000, 2);
#ifdef FIXED
    return std::jthread([samples = std::move(samples), &sum] {
#else
    return std::jthread([&samples, &sum] {
#endif
        sum = std::accumulate(samples.begin(), samples.end(), 0L);
    });
}

int main() {
    long sum = 0;
    std::jthread thread = start_sum(sum);
    thread.join();
    std::printf("sum %ld\n", sum);
}
