/*
 * A library that allocates as soon as the loader calls it, to be preloaded beside an allocator:
 * before the program's constructors, perhaps before the allocator's own.
 */
#include "malloc_support.h"

#include <pthread.h>

enum { BLOCKS = 60 };
static void *blocks[BLOCKS];

/* Set by the program, which knows its own `malloc_early_wrong` only as weak. */
int malloc_early_wrong(void);

static size_t size_of(size_t i) { return (size_t)1 << (i * 25 / BLOCKS); }

static void *allocates(void *argument) {
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = i % 3 == 0   ? malloc(size_of(i))
                    : i % 3 == 1 ? calloc(1, size_of(i))
                                 : memalign(512, size_of(i));
        NEED(blocks[i] != NULL);
        fill(blocks[i], size_of(i), i);
        free(malloc(size_of(i)));
    }
    return argument;
}

/* Allocates around a fork, too. */
static void on_fork(void) { free(calloc(100, 100)); }

__attribute__((constructor)) static void begins(void) {
    pthread_t thread;
    pthread_atfork(on_fork, on_fork, on_fork);
    free(malloc(1));
    /* By a thread, which is gone when the blocks are looked at. */
    NEED(pthread_create(&thread, NULL, allocates, NULL) == 0);
    NEED(pthread_join(thread, NULL) == 0);
}

int malloc_early_wrong(void) {
    int wrong = 0;
    for (size_t i = 0; i < BLOCKS; i++) {
        wrong += !is_filled(blocks[i], size_of(i), i);
    }
    return wrong;
}

/* After everything that the program registered. */
__attribute__((destructor)) static void ends(void) {
    if (malloc_early_wrong() != 0) {
        _exit(72);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        free(blocks[i]);
        blocks[i] = NULL;
    }
    free(calloc(1000, 1000));
}
