// Rust looks up prices. The caller has heard that a panic unwinds as an exception does, and puts a
// catch around the call.
#include <cstddef>
#include <cstdint>
#include <cstdio>

#ifdef FIXED
extern "C" int price_of(std::size_t item, std::uint32_t* price);

static void show(std::size_t item) {
    std::uint32_t price = 0;
    if (price_of(item, &price) == 0)
        std::printf("item %zu costs %u\n", item, price);
    else
        std::printf("item %zu: no price\n", item);
}
#else
extern "C" std::uint32_t price_of(std::size_t item);

static void show(std::size_t item) {
    try {
        std::printf("item %zu costs %u\n", item, price_of(item));
    } catch (...) {
        std::printf("item %zu: no price\n", item);
    }
}
#endif

int main() {
    show(1);
    show(9);
}
