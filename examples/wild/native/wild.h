/* What the libraries of the distribution are called through: for each codec x the two functions of
   DECLARE_CODEC(x), and for RE2 four more. The wrappers do nothing but pass arguments on. */
#ifndef DIPTYCH_WILD_H
#define DIPTYCH_WILD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define WILD_NOEXCEPT noexcept
#else
#define WILD_NOEXCEPT
#endif

/* The answer of a codec that could not do it. Otherwise it answers how many bytes it has written.
 */
#define WILD_FAILED SIZE_MAX

#define WILD_DECLARE_CODEC(x)                                                                      \
    size_t wild_##x##_compress(int level, const uint8_t* in, size_t in_len, uint8_t* out,          \
                               size_t out_len) WILD_NOEXCEPT;                                      \
    size_t wild_##x##_decompress(const uint8_t* in, size_t in_len, uint8_t* out, size_t out_len)   \
        WILD_NOEXCEPT

WILD_DECLARE_CODEC(zlib);
WILD_DECLARE_CODEC(bzip2);
WILD_DECLARE_CODEC(snappy);
WILD_DECLARE_CODEC(lz4);

typedef struct wild_re2 wild_re2;

/* How many matches there are, and FNV-1a over the begin and the end of each. */
typedef struct {
    uint64_t matches;
    uint64_t digest;
} wild_found;

/* A compiled pattern, over bytes with ASCII classes; null when it cannot be compiled. */
wild_re2* wild_re2_new(const uint8_t* pattern, size_t len) WILD_NOEXCEPT;
void wild_re2_free(wild_re2* pattern) WILD_NOEXCEPT;

/* All matches that do not overlap, leftmost first. The pattern must not match nothing. */
wild_found wild_re2_find(const wild_re2* pattern, const uint8_t* text, size_t len) WILD_NOEXCEPT;

/* The first match alone. */
wild_found wild_re2_find_first(const wild_re2* pattern, const uint8_t* text,
                               size_t len) WILD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
