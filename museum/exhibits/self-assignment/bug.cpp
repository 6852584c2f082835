// Throws the empty lines out of a text by moving the others up. As long as no line was thrown out,
// a line is assigned to itself, and its operator= makes room for the new text before it copies it.
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

class Line {
public:
    explicit Line(const char* text) : size_(std::strlen(text) + 1), text_(new char[size_]) {
        std::memcpy(text_.get(), text, size_);
    }
    Line(const Line& other) : Line(other.text()) {}
    Line(Line&& other) noexcept
        : size_(std::exchange(other.size_, 0)), text_(std::move(other.text_)) {}
    ~Line() = default;

    Line& operator=(const Line& other) {
#ifdef FIXED
        return *this = Line(other);
#else
        size_ = other.size_;
        text_ = std::make_unique<char[]>(size_);
        std::memcpy(text_.get(), other.text(), size_);
        return *this;
#endif
    }
    Line& operator=(Line&& other) noexcept {
        std::swap(size_, other.size_);
        std::swap(text_, other.text_);
        return *this;
    }

    const char* text() const { return text_.get(); }
    bool empty() const { return size_ <= 1; }

private:
    std::size_t size_;
    std::unique_ptr<char[]> text_;
};

int main() {
    std::array text = {Line("one"), Line(""), Line("three")};
    std::size_t kept = 0;
    for (const Line& line : text) {
        if (!line.empty()) {
            text[kept++] = line;
        }
    }
    for (const Line& line : std::span(text).first(kept)) {
        std::printf("[%s]\n", line.text());
    }
}
