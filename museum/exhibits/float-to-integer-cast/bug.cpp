// Sends a speed to an instrument as a number of 16 bits. The cast says that the loss is meant,
// and nobody looks whether the value fits.
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>

std::optional<std::int16_t> encode(double speed) {
#ifdef FIXED
    using Limits = std::numeric_limits<std::int16_t>;
    if (!(speed >= Limits::min() && speed <= Limits::max())) {
        return std::nullopt;
    }
#endif
    return static_cast<std::int16_t>(speed);
}

int main() {
    for (const double speed : {250.75, 40'000.5}) {
        if (const auto word = encode(speed)) {
            std::printf("send %d\n", int{*word});
        } else {
            std::printf("out of range\n");
        }
    }
}
