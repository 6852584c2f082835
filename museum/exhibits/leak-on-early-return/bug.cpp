// Takes a line "key = value" apart, in a copy that the C library's functions may write to. The
// copy is freed at the end of the function; a line without a value leaves earlier.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

bool print_setting(const char* line) {
#ifndef FIXED
    char* copy = ::strdup(line);
#else
    std::string owner(line);
    char* copy = owner.data();
#endif
    char* value = std::strchr(copy, '=');
    if (value == nullptr)
        return false;
    *value++ = '\0';
    std::printf("%s is %s\n", copy, value);
#ifndef FIXED
    std::free(copy);
#endif
    return true;
}

int main() {
    for (const char* line : {"colour=blue", "# the size in points", "size=12"}) {
        if (!print_setting(line))
            std::printf("ignored: %s\n", line);
    }
}
