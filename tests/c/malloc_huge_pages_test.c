/* Which blocks lie where the kernel was asked for huge pages: none while a program is small, most
 * of what comes when it is large. `small` and `large` say so, `none` that there is none at any
 * size. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 1000
#define MIB ((size_t)1 << 20)
/* What a program has then, in such blocks, but for what its pages keep for themselves. */
#define SMALL (28 * MIB)
#define LARGE (100 * MIB)

typedef struct {
    uintptr_t begin, end;
} range;

static range ranges[4096];
static size_t range_count;

/* The mappings with that advice. */
static int read_ranges(void) {
    static char line[4096];
    range at = {0, 0};
    FILE *file = fopen("/proc/self/smaps", "r");
    if (file == NULL) {
        return 0;
    }
    range_count = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        uintptr_t begin = 0, end = 0;
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) == 2) {
            at.begin = begin;
            at.end = end;
        } else if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " hg") != NULL &&
                   range_count < sizeof ranges / sizeof *ranges) {
            ranges[range_count++] = at;
        }
    }
    fclose(file);
    return 1;
}

static int is_within(const void *block) {
    for (size_t i = 0; i < range_count; i++) {
        if ((uintptr_t)block >= ranges[i].begin && (uintptr_t)block < ranges[i].end) {
            return 1;
        }
    }
    return 0;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    const size_t count = (strcmp(what, "small") == 0 ? SMALL : LARGE) / BLOCK;
    static void *blocks[LARGE / BLOCK];
    size_t within = 0;
    for (size_t i = 0; i < count; i++) {
        blocks[i] = malloc(BLOCK);
        if (blocks[i] == NULL) {
            return 1;
        }
        memset(blocks[i], 1, BLOCK);
    }
    if (!read_ranges()) {
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        within += (size_t)is_within(blocks[i]);
    }
    printf("%zu of %zu\n", within, count);
    if (strcmp(what, "large") == 0) {
        return within >= count / 2 && !is_within(blocks[0]) && is_within(blocks[count - 1]) ? 0 : 1;
    }
    return within == 0 ? 0 : 1;
}
