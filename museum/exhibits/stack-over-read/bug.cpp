// Smooths eight samples of a sensor: each becomes the mean of itself and its neighbour to the
// right. The last one has no neighbour.
#include <cstddef>
#include <cstdio>
#include <iterator>

void smooth(const int* samples, std::size_t n) {
#ifndef FIXED
    for (std::size_t i = 0; i < n; ++i)
#else
    for (std::size_t i = 0; i + 1 < n; ++i)
#endif
        std::printf("%d ", (samples[i] + samples[i + 1]) / 2);
    std::printf("\n");
}

int main() {
    const int samples[] = {10, 12, 16, 14, 10, 8, 12, 20};
    smooth(samples, std::size(samples));
}
