// Percent-encodes text for a URL. The buffer has room for twice the text, since "every character
// that needs it becomes two digits"; the percent sign before them was forgotten.
#include <cctype>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string_view>

#ifndef FIXED
constexpr std::size_t longest = 2;
#else
constexpr std::size_t longest = 3;
#endif

std::size_t percent_encode(std::string_view text, char* out) {
    constexpr char digits[] = "0123456789ABCDEF";
    const char* const start = out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0) {
            *out++ = c;
        } else {
            *out++ = '%';
            *out++ = digits[byte >> 4];
            *out++ = digits[byte & 15];
        }
    }
    return static_cast<std::size_t>(out - start);
}

int main() {
    for (const std::string_view text : {R"({"a":[1,2]})", "blue sky"}) {
        const std::unique_ptr<char[]> encoded(new char[longest * text.size()]);
        const std::size_t size = percent_encode(text, encoded.get());
        std::printf("%.*s\n", static_cast<int>(size), encoded.get());
    }
}
