/*
 * malloc_patterns PATTERN N: N operations of one pattern of allocation. What one operation costs in
 * instructions is the difference between two N, over their difference: beginning and ending fall
 * out.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 8192

static void *slots[SLOTS];
static uint64_t state = 0x9e3779b97f4a7c15U;

/* Marsaglia's xorshift. */
static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void touch(void *p) { *(volatile char *)p = 1; }

static void pairs(long n) {
    for (long i = 0; i < n; i++) {
        void *p = malloc(48);
        touch(p);
        free(p);
    }
}

static void batches(long n) {
    for (long i = 0; i < n; i += 100) {
        for (int j = 0; j < 100; j++) {
            slots[j] = malloc(64);
        }
        for (int j = 0; j < 100; j++) {
            free(slots[j]);
        }
    }
}

/* Of `live` blocks a random one is replaced by one of `least` bytes and up to `span` more. */
static void replace(long n, unsigned live, unsigned least, unsigned span) {
    for (unsigned i = 0; i < live; i++) {
        slots[i] = malloc(least + next() % span);
    }
    for (long i = 0; i < n; i++) {
        const uint64_t random = next();
        const unsigned at = (unsigned)random & (live - 1);
        free(slots[at]);
        slots[at] = malloc(least + (random >> 32) % span);
    }
}

static void steps(long n) {
    char *p = NULL;
    size_t bytes = 0;
    for (long i = 0; i < n; i++) {
        bytes += 16;
        p = realloc(p, bytes);
        if (bytes == 1024) {
            free(p);
            p = NULL;
            bytes = 0;
        }
    }
    free(p);
}

static void zeroed(long n) {
    for (long i = 0; i < n; i++) {
        void *p = calloc(1, 200);
        touch(p);
        free(p);
    }
}

int main(int argc, char **argv) {
    const char *pattern = argc == 3 ? argv[1] : "";
    const long n = argc == 3 ? atol(argv[2]) : 0;
    if (strcmp(pattern, "pair") == 0) {
        pairs(n);
    } else if (strcmp(pattern, "batch") == 0) {
        batches(n);
    } else if (strcmp(pattern, "small") == 0) {
        replace(n, SLOTS, 8, 512);
    } else if (strcmp(pattern, "medium") == 0) {
        replace(n, 1024, 512, 16896);
    } else if (strcmp(pattern, "steps") == 0) {
        steps(n);
    } else if (strcmp(pattern, "zeroed") == 0) {
        zeroed(n);
    } else {
        fprintf(stderr, "usage: malloc_patterns pair|batch|small|medium|steps|zeroed N\n");
        return 2;
    }
    return 0;
}
