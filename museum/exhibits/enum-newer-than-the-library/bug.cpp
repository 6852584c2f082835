// A level of logging goes to Rust as an enum. The header has gained a level that the library was
// not built with.
#include <cstdint>
#include <cstdio>

enum class Level : std::uint8_t { error, warning, info, debug, trace };

#ifdef FIXED
extern "C" std::int32_t level_weight(std::uint8_t level);
static std::int32_t weight(Level level) { return level_weight(static_cast<std::uint8_t>(level)); }
#else
extern "C" std::int32_t level_weight(Level level);
static std::int32_t weight(Level level) { return level_weight(level); }
#endif

int main() {
    std::printf("info %d\n", weight(Level::info));
    std::printf("trace %d\n", weight(Level::trace));
}
