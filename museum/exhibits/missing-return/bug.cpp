// Compares two versions. For equal ones the function ends without a result.
#include <cstdio>

struct Version {
    int major;
    int minor;
};

int compare(const Version& a, const Version& b) {
    if (a.major != b.major) {
        return a.major < b.major ? -1 : 1;
    }
    if (a.minor != b.minor) {
        return a.minor < b.minor ? -1 : 1;
    }
#ifdef FIXED
    return 0;
#endif
}

int main() {
    constexpr Version installed{1, 4};
    constexpr Version released[] = {{1, 3}, {1, 4}, {2, 0}};
    for (const Version& version : released) {
        std::printf("%d\n", compare(version, installed));
    }
}
