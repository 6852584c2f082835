/*
 * What the tests of malloc share: expectations, patterns that tell one block from another, random
 * numbers, and the entries that C23 added. Included first, once per program.
 */
#ifndef DIPTYCH_TESTS_MALLOC_SUPPORT_H
#define DIPTYCH_TESTS_MALLOC_SUPPORT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memalign, reallocarray, dladdr */
#endif
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* C libraries older than C23 lack these; the allocator under test does not. */
extern void free_sized(void *block, size_t bytes) __attribute__((weak));
extern void free_aligned_sized(void *block, size_t align, size_t bytes) __attribute__((weak));

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Expectations --------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    void (*body)(void);
} test;

#define TEST(function) {#function, function}

static atomic_int failures;
static const char *test_name = "";
/* The file that has to serve every entry, where one was named. */
static const char *library = NULL;

static inline void expect_at(const char *file, int line, int condition, const char *what) {
    if (!condition) {
        fprintf(stderr, "%s:%d: %s: not so: %s\n", file, line, test_name, what);
        failures++;
    }
}

#define EXPECT(condition) expect_at(__FILE__, __LINE__, (condition) != 0, #condition)

/* Where going on would only crash. */
#define NEED(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            expect_at(__FILE__, __LINE__, 0, #condition);                                          \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

/* Runs all tests, or those that `--only` names a part of. */
static inline int run_tests(const test *tests, size_t count, int argc, char **argv) {
    const char *only = "";
    size_t ran = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--library") == 0) {
            library = argv[i + 1];
        } else if (strcmp(argv[i], "--only") == 0) {
            only = argv[i + 1];
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (strstr(tests[i].name, only) != NULL) {
            test_name = tests[i].name;
            tests[i].body();
            ran++;
        }
    }
    if (failures != 0 || ran == 0) {
        fprintf(stderr, "%d failures in %zu tests\n", atomic_load(&failures), ran);
        return 1;
    }
    return 0;
}

/* ---- What the compiler is not to see through ------------------------------------------------ */

static inline void *hidden(void *pointer) {
    void *volatile seen = pointer;
    return seen;
}

static inline size_t hidden_size(size_t bytes) {
    volatile size_t seen = bytes;
    return seen;
}

/* A pointer into, before or behind a block. */
static inline void *offset(void *pointer, ptrdiff_t bytes) {
    return hidden((void *)((uintptr_t)pointer + (uintptr_t)bytes));
}

static inline int is_aligned(const void *pointer, size_t align) {
    return ((uintptr_t)pointer & (align - 1)) == 0;
}

/* ---- Random numbers ------------------------------------------------------------------------- */

static inline uint64_t mixed(uint64_t x) {
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static inline uint64_t next_random(uint64_t *state) {
    return mixed(*state += UINT64_C(0x9e3779b97f4a7c15));
}

/* ---- Patterns ------------------------------------------------------------------------------- */

static inline uint64_t pattern_word(uint64_t stamp, size_t index) {
    return (stamp ^ (uint64_t)index) * UINT64_C(0x9e3779b97f4a7c15) + stamp;
}

/* Fills a block so that every word tells whose it is and where it belongs. These programs are compiled
   without builtin functions: what is copied for each word is not to be a call. */
static inline void fill(void *block, size_t bytes, uint64_t stamp) {
    unsigned char *to = block;
    size_t i;
    for (i = 0; i < bytes / 8; i++) {
        const uint64_t word = pattern_word(stamp, i);
        __builtin_memcpy(to + 8 * i, &word, 8);
    }
    if (bytes % 8 != 0) {
        const uint64_t word = pattern_word(stamp, i);
        memcpy(to + 8 * i, &word, bytes % 8);
    }
}

/* The first word that is not as `fill` left it, in bytes from the start; `bytes` if all are. */
static inline size_t first_wrong(const void *block, size_t bytes, uint64_t stamp) {
    const unsigned char *from = block;
    size_t i;
    for (i = 0; i < bytes / 8; i++) {
        uint64_t word;
        __builtin_memcpy(&word, from + 8 * i, 8);
        if (word != pattern_word(stamp, i)) {
            return 8 * i;
        }
    }
    if (bytes % 8 != 0) {
        const uint64_t word = pattern_word(stamp, i);
        if (memcmp(from + 8 * i, &word, bytes % 8) != 0) {
            return 8 * i;
        }
    }
    return bytes;
}

static inline int is_filled(const void *block, size_t bytes, uint64_t stamp) {
    return first_wrong(block, bytes, stamp) == bytes;
}

static inline int is_zero(const void *block, size_t bytes) {
    const unsigned char *from = block;
    return bytes == 0 || (from[0] == 0 && memcmp(from, from + 1, bytes - 1) == 0);
}

/* ---- Child processes ------------------------------------------------------------------------ */

/* Waits for a child; whether it ended as it should, that is, by itself and with 0. */
static inline int ended_well(pid_t child) {
    int status = -1;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return 0;
        }
    }
    if (WIFSIGNALED(status)) {
        fprintf(stderr, "%s: child ended by signal %d\n", test_name, WTERMSIG(status));
    } else if (WEXITSTATUS(status) != 0) {
        fprintf(stderr, "%s: child ended with %d\n", test_name, WEXITSTATUS(status));
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Does something in a process of its own, which is ended should it hang. */
static inline int in_child(void (*body)(void)) {
    const pid_t child = fork();
    if (child == 0) {
        alarm(120);
        failures = 0;
        body();
        _exit(failures != 0);
    }
    return child > 0 && ended_well(child);
}

/* Address space or resident memory of this process in bytes, as the kernel counts it. */
static inline size_t memory_in_use(int resident) {
    unsigned long pages[2] = {0, 0};
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL) {
        if (fscanf(file, "%lu %lu", &pages[0], &pages[1]) != 2) {
            pages[0] = pages[1] = 0;
        }
        fclose(file);
    }
    return pages[resident ? 1 : 0] * (size_t)sysconf(_SC_PAGESIZE);
}

#endif
