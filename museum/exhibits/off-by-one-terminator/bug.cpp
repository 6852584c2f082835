// Keeps an argument of a child process as the C string that exec wants. It is copied with its
// terminator, into a buffer of the length of the string, which does not count the terminator.
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory>

#ifndef FIXED
constexpr std::size_t terminator = 0;
#else
constexpr std::size_t terminator = 1;
#endif

class Argument {
public:
    explicit Argument(const char* text)
        : length_(std::strlen(text)), text_(new char[length_ + terminator]) {
        std::memcpy(text_.get(), text, length_ + 1);
    }

    void show() const { std::printf("%s (%zu)\n", text_.get(), length_); }

private:
    std::size_t length_;
    std::unique_ptr<char[]> text_;
};

int main() {
    for (const char* text : {"tar", "-xf", "backup.tar"})
        Argument(text).show();
}
