// Saves a document to a disk that is full. Both calls that write say that it failed; nobody
// listens.
#include <cstdio>

bool save(const char* path, const char* text) {
    std::FILE* file = std::fopen(path, "w");
    if (file == nullptr) {
        return false;
    }
#ifdef FIXED
    const bool written = std::fputs(text, file) >= 0;
    return std::fclose(file) == 0 && written;
#else
    std::fputs(text, file);
    std::fclose(file);
    return true;
#endif
}

int main() { std::puts(save("/dev/full", "chapter one\n") ? "saved" : "not saved"); }
