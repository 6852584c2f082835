// The last entry of a log below a level is looked for, and -1 says that there is none. Compared
// with a size, -1 becomes the largest number there is.
#include <cstdio>
#include <vector>

using Levels = std::vector<int>;

static int last_below(const Levels& levels, int limit) {
    for (int index = static_cast<int>(levels.size()) - 1; index >= 0; --index)
        if (levels[static_cast<std::size_t>(index)] < limit)
            return index;
    return -1;
}

static const char* place(const Levels& levels, int limit) {
    const int index = last_below(levels, limit);
#ifdef FIXED
    return index < static_cast<int>(levels.size()) / 2 ? "first half" : "second half";
#else
    return index < levels.size() / 2 ? "first half" : "second half";
#endif
}

int main() {
    const Levels levels{4, 2, 7, 5};
    std::printf("%s, %s\n", place(levels, 3), place(levels, 1));
}
