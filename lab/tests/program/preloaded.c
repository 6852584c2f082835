// preloaded.c - a library that can be preloaded: each malloc burns STEPS, and HOLD bytes stay.
#include <stddef.h>
#include <string.h>

#include "burn.h"

extern void* __libc_malloc(size_t size);

static char held[HOLD + 1];

__attribute__((constructor)) static void hold(void) { memset(held, 1, HOLD); }

void* malloc(size_t size) {
    burn(STEPS);
    return __libc_malloc(size);
}
