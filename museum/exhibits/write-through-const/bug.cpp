// Splits the search path with a function of C, which writes into the text that it is given. The
// text is a constant, and the cast says otherwise.
#include <cstdio>
#include <cstring>
#include <string>

constexpr char kDefaultPath[] = "/usr/local/bin:/usr/bin:/bin";

int main() {
#ifdef FIXED
    std::string copy = kDefaultPath;
    char* path = copy.data();
#else
    char* path = const_cast<char*>(kDefaultPath);
#endif
    char* rest = nullptr;
    for (char* folder = strtok_r(path, ":", &rest); folder != nullptr;
         folder = strtok_r(nullptr, ":", &rest)) {
        std::printf("%s\n", folder);
    }
}
