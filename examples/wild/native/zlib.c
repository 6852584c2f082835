#include "wild.h"

#include <zlib.h>

size_t wild_zlib_compress(int level, const uint8_t* in, size_t in_len, uint8_t* out,
                          size_t out_len) {
    uLongf written = (uLongf)out_len;
    return compress2(out, &written, in, (uLong)in_len, level) == Z_OK ? written : WILD_FAILED;
}

size_t wild_zlib_decompress(const uint8_t* in, size_t in_len, uint8_t* out, size_t out_len) {
    uLongf written = (uLongf)out_len;
    return uncompress(out, &written, in, (uLong)in_len) == Z_OK ? written : WILD_FAILED;
}
