// Reports the mean latency of a minute. In a minute without requests there is none.
#include <cstdio>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

std::optional<int> mean(std::span<const int> latencies) {
#ifdef FIXED
    if (latencies.empty()) {
        return std::nullopt;
    }
#endif
    const int sum = std::accumulate(latencies.begin(), latencies.end(), 0);
    return sum / static_cast<int>(latencies.size());
}

int main() {
    const std::vector<std::vector<int>> minutes = {{12, 18, 30}, {}, {40}};
    for (const auto& minute : minutes) {
        if (const auto latency = mean(minute)) {
            std::printf("%d ms\n", *latency);
        } else {
            std::printf("no requests\n");
        }
    }
}
