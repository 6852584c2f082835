// Rust measures and hands the result out as a Box; a smart pointer keeps it. Its deleter is the
// default one, which gives the memory to an allocator that never owned it.
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <memory>

struct Measurement {
    double mean;
    unsigned samples;
};

extern "C" Measurement* measure(const double* values, std::size_t count);
extern "C" void measurement_free(Measurement* measurement);

#ifdef FIXED
struct Free {
    void operator()(Measurement* measurement) const { measurement_free(measurement); }
};
using Owned = std::unique_ptr<Measurement, Free>;
#else
using Owned = std::unique_ptr<Measurement>;
#endif

int main() {
    const double values[] = {1.5, 2.5, 5.0};
    const Owned result(measure(values, std::size(values)));
    std::printf("mean %.1f of %u\n", result->mean, result->samples);
}
