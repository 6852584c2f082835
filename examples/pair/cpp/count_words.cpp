// What is to be ported: counts the words of a text, parted by spaces.
#include <cstddef>
#include <string_view>

extern "C" std::size_t count_words(const char* data, std::size_t size) {
    const std::string_view text(data, size);
    std::size_t words = 0;
    bool inside = false;
    for (const char c : text) {
        words += c != ' ' && !inside ? 1U : 0U;
        inside = c != ' ';
    }
    return words;
}
