// Rust keeps a series of prices; C++ reads them in place. The pointer to the first one is kept
// while more are pushed, and the vector behind it moves.
#include <cstdio>

struct Series;
extern "C" Series* series_new();
extern "C" void series_push(Series* series, double price);
extern "C" const double* series_data(const Series* series);
extern "C" void series_free(Series* series);

int main() {
    Series* const series = series_new();
    series_push(series, 100.0);
#ifdef FIXED
    const double opening = *series_data(series);
#else
    const double& opening = *series_data(series);
#endif

    double latest = 100.0;
    for (int minute = 0; minute < 99; ++minute) {
        latest += 0.5;
        series_push(series, latest);
    }
    std::printf("from %.1f to %.1f\n", opening, latest);
    series_free(series);
}
