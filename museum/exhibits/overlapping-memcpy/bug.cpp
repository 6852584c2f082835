// Reads lines out of an input buffer. When a line was read, what is left moves to the front, over
// itself.
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string_view>

class LineBuffer {
public:
    void feed(std::string_view text) {
        text.copy(data_.data() + size_, data_.size() - size_);
        size_ += text.size();
    }

    std::string_view line() const {
        const std::string_view text(data_.data(), size_);
        return text.substr(0, text.find('\n'));
    }

    void consume(std::size_t count) {
        size_ -= count;
#ifdef FIXED
        std::memmove(data_.data(), data_.data() + count, size_);
#else
        std::memcpy(data_.data(), data_.data() + count, size_);
#endif
    }

private:
    std::array<char, 1024> data_{};
    std::size_t size_ = 0;
};

int main() {
    LineBuffer buffer;
    buffer.feed("GET /\nHost: localhost\nAccept: text/html\n");
    for (int i = 0; i < 3; ++i) {
        const std::string_view line = buffer.line();
        std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
        buffer.consume(line.size() + 1);
    }
}
