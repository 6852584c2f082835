#include "wild.h"

#include <snappy.h>

namespace {

const char* chars(const uint8_t* in) { return reinterpret_cast<const char*>(in); }
char* chars(uint8_t* out) { return reinterpret_cast<char*>(out); }

} // namespace

size_t wild_snappy_compress(int /*level*/, const uint8_t* in, size_t in_len, uint8_t* out,
                            size_t out_len) noexcept {
    if (out_len < snappy::MaxCompressedLength(in_len))
        return WILD_FAILED;
    size_t written = 0;
    snappy::RawCompress(chars(in), in_len, chars(out), &written);
    return written;
}

size_t wild_snappy_decompress(const uint8_t* in, size_t in_len, uint8_t* out,
                              size_t out_len) noexcept {
    size_t length = 0;
    if (!snappy::GetUncompressedLength(chars(in), in_len, &length) || length > out_len) {
        return WILD_FAILED;
    }
    return snappy::RawUncompress(chars(in), in_len, chars(out)) ? length : WILD_FAILED;
}
