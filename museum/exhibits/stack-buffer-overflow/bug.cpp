// Encodes a number as a varint: seven bits a byte, the top bit says that more follow. The buffer
// has nine bytes, as 64 bits are a little more than eight; ten are needed for the largest numbers.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <initializer_list>

#ifndef FIXED
constexpr std::size_t varint_bytes = 9;
#else
constexpr std::size_t varint_bytes = 10;
#endif

std::size_t encode_varint(std::uint64_t value, std::uint8_t* out) {
    std::size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        out[n++] = static_cast<std::uint8_t>(value | 0x80);
    out[n++] = static_cast<std::uint8_t>(value);
    return n;
}

void send(std::uint64_t value) {
    std::uint8_t bytes[varint_bytes];
    const std::size_t n = encode_varint(value, bytes);
    std::printf("%zu bytes:", n);
    for (std::size_t i = 0; i < n; ++i)
        std::printf(" %02x", static_cast<unsigned>(bytes[i]));
    std::printf("\n");
}

int main() {
    for (const std::uint64_t value : {std::uint64_t{300}, ~std::uint64_t{0}})
        send(value);
}
