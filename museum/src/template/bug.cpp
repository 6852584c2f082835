// A cache hands out a plain pointer to its entry and then drops the entry: the pointer dangles.
#include <cstdio>
#include <memory>

int main() {
    auto entry = std::make_unique<int>(42);
    const int* seen = entry.get();
#ifndef FIXED
    entry.reset();
#endif
    std::printf("%d\n", *seen);
}
