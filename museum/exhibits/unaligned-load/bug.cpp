// A message has one byte of type and then a length of four. The length is read through a pointer of
// its type, which promises an address that is a multiple of four.
#include <cstdint>
#include <cstdio>
#include <cstring>

static std::uint32_t length_of(const std::uint8_t* message) {
#ifdef FIXED
    std::uint32_t length = 0;
    std::memcpy(&length, message + 1, sizeof length);
    return length;
#else
    return *reinterpret_cast<const std::uint32_t*>(message + 1);
#endif
}

int main() {
    alignas(4) const std::uint8_t message[]{0x50, 0x34, 0x12, 0x00, 0x00, 0x00, 0x00, 0x00};
    std::printf("length %u\n", length_of(message));
}
