// Sums a pseudo header in words of 16 bits, as the internet checksum does. The header was written
// as words of 32 bits, and is read through a pointer to words of 16.
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>

struct PseudoHeader {
    std::uint32_t source;
    std::uint32_t destination;
    std::uint32_t length;
};

constexpr std::size_t kWords = sizeof(PseudoHeader) / sizeof(std::uint16_t);

std::uint32_t checksum(const PseudoHeader& header) {
#ifdef FIXED
    const auto words = std::bit_cast<std::array<std::uint16_t, kWords>>(header);
#else
    const auto* words = reinterpret_cast<const std::uint16_t*>(&header);
#endif
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < kWords; ++i) {
        sum += words[i];
    }
    return (sum & 0xffffU) + (sum >> 16U);
}

int main() {
    const PseudoHeader header{.source = 0x0a000001, .destination = 0x0a000002, .length = 20};
    std::printf("%04x\n", static_cast<unsigned>(checksum(header)));
}
