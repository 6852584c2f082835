#include "wild.h"

#include <lz4.h>

size_t wild_lz4_compress(int level, const uint8_t* in, size_t in_len, uint8_t* out,
                         size_t out_len) {
    (void)level;
    int written = LZ4_compress_default((const char*)in, (char*)out, (int)in_len, (int)out_len);
    return written > 0 ? (size_t)written : WILD_FAILED;
}

size_t wild_lz4_decompress(const uint8_t* in, size_t in_len, uint8_t* out, size_t out_len) {
    int written = LZ4_decompress_safe((const char*)in, (char*)out, (int)in_len, (int)out_len);
    return written >= 0 ? (size_t)written : WILD_FAILED;
}
