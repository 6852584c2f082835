#include "wild.h"

#include <bzlib.h>

/* The library does not write to its input; its header is older than const. */
static char* input(const uint8_t* in) { return (char*)(uintptr_t)in; }

size_t wild_bzip2_compress(int level, const uint8_t* in, size_t in_len, uint8_t* out,
                           size_t out_len) {
    unsigned written = (unsigned)out_len;
    int status =
        BZ2_bzBuffToBuffCompress((char*)out, &written, input(in), (unsigned)in_len, level, 0, 0);
    return status == BZ_OK ? written : WILD_FAILED;
}

size_t wild_bzip2_decompress(const uint8_t* in, size_t in_len, uint8_t* out, size_t out_len) {
    unsigned written = (unsigned)out_len;
    int status =
        BZ2_bzBuffToBuffDecompress((char*)out, &written, input(in), (unsigned)in_len, 0, 0);
    return status == BZ_OK ? written : WILD_FAILED;
}
