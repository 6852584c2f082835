// A title is copied from begin to end. The function returns it by value, so the two iterators
// belong to two strings.
#include <cstdio>
#include <string>

static std::string title(unsigned exhibit) { return "exhibit number " + std::to_string(exhibit); }

int main() {
#ifdef FIXED
    const std::string whole = title(1000);
    const std::string copy(whole.begin(), whole.end());
#else
    const std::string copy(title(1000).begin(), title(1000).end());
#endif
    std::printf("%s\n", copy.c_str());
}
