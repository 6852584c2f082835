// A text goes to Rust as pointer and length in one struct, declared there as a `&str`. The two look
// alike on this machine and nobody promises that they are.
#include <cstddef>
#include <cstdio>
#include <string_view>

struct Text {
    const char* data;
    std::size_t length;
};

extern "C" std::size_t count_vowels(Text text);

int main() {
    constexpr std::string_view text = "what nothing catches";
    std::printf("%zu vowels\n", count_vowels({text.data(), text.size()}));
}
