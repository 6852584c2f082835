// Checks that a range of bytes lies inside a file. Whether the end of the range overflows is asked
// of the end itself, which a compiler may take never to overflow.
#include <cstdio>
#include <limits>

struct Range {
    int offset;
    int length;
};

bool inside(const Range& range, int size) {
    if (range.offset < 0 || range.length < 0) {
        return false;
    }
#ifdef FIXED
    return range.length <= size && range.offset <= size - range.length;
#else
    const int end = range.offset + range.length;
    return end >= range.offset && end <= size;
#endif
}

int main() {
    constexpr Range requests[] = {{100, 50}, {4000, 100}, {100, std::numeric_limits<int>::max()}};
    for (const Range& range : requests) {
        std::puts(inside(range, 4096) ? "serve" : "refuse");
    }
}
