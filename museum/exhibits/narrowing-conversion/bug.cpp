// Writes the length of a message in front of it, in two bytes. A message of 64 KiB and more has a
// length that does not fit, and says that it is short.
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

std::optional<std::uint16_t> length_field(const std::string& message) {
#ifdef FIXED
    if (!std::in_range<std::uint16_t>(message.size())) {
        return std::nullopt;
    }
    return static_cast<std::uint16_t>(message.size());
#else
    const std::uint16_t length = message.size();
    return length;
#endif
}

int main() {
    const std::string message(65'540, 'x');
    if (const auto length = length_field(message)) {
        std::printf("frame of %u bytes\n", unsigned{*length});
    } else {
        std::printf("too long: %zu bytes\n", message.size());
    }
}
