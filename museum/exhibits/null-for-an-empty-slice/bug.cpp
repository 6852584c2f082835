// Words are counted in Rust. An empty vector has no storage to point to, so its pointer is null and
// its length zero, which C++ calls a valid range.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

extern "C" std::size_t count_words(const std::uint8_t* text, std::size_t length);

static void show(const std::vector<std::uint8_t>& text) {
    std::printf("%zu words\n", count_words(text.data(), text.size()));
}

int main() {
    show({'t', 'w', 'o', ' ', 'o', 'f', ' ', 'u', 's'});
    show({});
}
