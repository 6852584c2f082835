// Saves a document to a disk that is full. The write only fills a buffer, and succeeds; what fails
// is the write when the file is closed, in a destructor, which has nobody to tell.
#include <cstdio>
#include <memory>

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

bool save(const char* path, const char* text) {
    std::unique_ptr<std::FILE, Close> file(std::fopen(path, "w"));
    if (!file || std::fputs(text, file.get()) < 0) {
        return false;
    }
#ifdef FIXED
    return std::fclose(file.release()) == 0;
#else
    return true;
#endif
}

int main() { std::puts(save("/dev/full", "chapter one\n") ? "saved" : "not saved"); }
