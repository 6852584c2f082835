// Samples go to Rust as pointer and length. C speaks of buffers in bytes, Rust of slices in
// elements, and both lengths are a size_t.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

extern "C" std::int64_t energy(const std::int32_t* samples, std::size_t length);

int main() {
    const std::vector<std::int32_t> samples{3, -4, 12};
#ifdef FIXED
    const std::size_t length = samples.size();
#else
    const std::size_t length = samples.size() * sizeof(std::int32_t);
#endif
    std::printf("energy %lld\n", static_cast<long long>(energy(samples.data(), length)));
}
