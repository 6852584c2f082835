/*
 * The entries of malloc against a table of what should be there: random sizes, alignments and
 * entries, by many threads, which free and resize each other's blocks and end in between.
 *
 *     malloc_model_test [--seconds N | --operations N] [--threads N] [--seed N] [--megabytes N]
 *
 * Every block is filled with a pattern made of its address and a number of its own, and looked at
 * before it is freed or resized: whatever wrote into it shows. Beside it, a bit for every eight
 * bytes of the address space tells what is allocated: two blocks that overlap are seen when the
 * second is made. One thread and one seed always do the same.
 */
#include "malloc_support.h"

#include <inttypes.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

enum { SLOTS = 1 << 15, OPERATIONS_OF_A_LIFE = 100000 };

static uint64_t seed = 1;
static unsigned threads = 4;
static unsigned seconds = 0;
static uint64_t operations = 2000000;
static size_t most_alive = 512 * MIB;

/* ---- The model ------------------------------------------------------------------------------ */

typedef struct {
    atomic_flag taken; /* whoever sets it may touch the rest */
    unsigned char *block;
    size_t bytes;
    size_t align;
    uint64_t stamp;
} slot;

static slot slots[SLOTS];
static atomic_size_t alive;
static atomic_uint_fast64_t done;

static _Noreturn void fails(const slot *at, const char *what, size_t where) {
    fprintf(stderr,
            "%s: block %p, %zu bytes, alignment %zu, slot %td, at byte %zu\n"
            "seed %" PRIu64 ", threads %u, after %" PRIu64 " operations\n",
            what, (void *)at->block, at->bytes, at->align, at - slots, where, seed, threads,
            (uint64_t)atomic_load(&done));
    _exit(1);
}

/* ---- What is allocated, bit by bit ---------------------------------------------------------- */

enum { ADDRESS_BITS = 47, WORD_BYTES = 8 * 64 };

/* One bit for eight bytes; only what is touched takes memory. Null: it could not be had. */
static atomic_uint_least64_t *bits;

static void map_bits(void) {
    void *mapped = mmap(NULL, ((size_t)1 << ADDRESS_BITS) / 64, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) {
        fprintf(stderr, "overlaps are seen by contents only: %s\n", strerror(errno));
    } else {
        bits = mapped;
    }
}

/* Sets or clears the bits of a block, all of them being the other way before. */
static void mark(const slot *at, size_t usable, int allocated) {
    const uintptr_t begin = (uintptr_t)at->block;
    uintptr_t from = begin / 8;
    const uintptr_t to = (begin + (usable == 0 ? 1 : usable) + 7) / 8;
    if (bits == NULL) {
        return;
    }
    if (to > ((uintptr_t)1 << ADDRESS_BITS) / 8) {
        fails(at, "beyond the address space", 0);
    }
    while (from < to) {
        const uintptr_t word = from / 64, end = to < 64 * (word + 1) ? to : 64 * (word + 1);
        const uint64_t mask = (~UINT64_C(0) >> (64 - (end - from))) << from % 64;
        const uint64_t before =
            allocated ? atomic_fetch_or(&bits[word], mask) : atomic_fetch_and(&bits[word], ~mask);
        if ((allocated ? before : ~before) & mask) {
            fails(at, allocated ? "overlaps another block" : "was not marked", from * 8 - begin);
        }
        from = end;
    }
}

/* ---- Operations ----------------------------------------------------------------------------- */

/* Log-uniform: up to 1 KiB mostly, up to 32 MiB rarely. */
static size_t draw_size(uint64_t *random) {
    const uint64_t drawn = next_random(random);
    const unsigned kind = (unsigned)(drawn % 1000);
    const unsigned most = kind < 800 ? 10 : kind < 960 ? 16 : kind < 998 ? 20 : 24;
    const unsigned log = (unsigned)(drawn >> 20) % (most + 1);
    return (size_t)((drawn >> 32) & (((uint64_t)2 << log) - 1));
}

static void check_block(const slot *at) {
    const size_t wrong = first_wrong(at->block, at->bytes, at->stamp);
    if (wrong != at->bytes) {
        fails(at, "something else was written", wrong);
    }
}

/* Enters a new block into the model. */
static void adopt(slot *at, uint64_t *random) {
    if (at->block == NULL) {
        fails(at, strerror(errno), 0);
    }
    if (!is_aligned(at->block, at->align)) {
        fails(at, "is misaligned", 0);
    }
    const size_t usable = malloc_usable_size(at->block);
    if (usable < at->bytes) {
        fails(at, "says it is smaller", usable);
    }
    mark(at, usable, 1);
    at->stamp = mixed((uintptr_t)at->block ^ seed) ^ next_random(random);
    fill(at->block, at->bytes, at->stamp);
    atomic_fetch_add(&alive, at->bytes);
}

/* Takes it out again; it is whole until here. */
static void let_go(const slot *at) {
    check_block(at);
    mark(at, malloc_usable_size(at->block), 0);
    atomic_fetch_sub(&alive, at->bytes);
}

static size_t natural_align(size_t bytes) { return bytes >= 16 ? 16 : bytes >= 8 ? 8 : 1; }

static void allocate(slot *at, uint64_t *random) {
    const uint64_t drawn = next_random(random);
    void *block = NULL;
    at->bytes = draw_size(random);
    at->align = natural_align(at->bytes);
    switch (drawn % 16) {
    case 0:
        at->block = realloc(NULL, at->bytes);
        break;
    case 1:
        at->align = (size_t)8 << (drawn >> 8) % 14; /* 8 B to 64 KiB */
        errno = posix_memalign(&block, at->align, at->bytes);
        at->block = block;
        break;
    case 2:
        at->align = (size_t)8 << (drawn >> 8) % 8;
        at->block = aligned_alloc(at->align, at->bytes);
        break;
    case 3: /* the rare ones: up to 4 MiB aligned, or pages */
        at->align = (drawn >> 8) % 64 == 0 ? (size_t)1 << (drawn >> 16) % 23 : 4096;
        at->block = (drawn >> 32) % 2 == 0 ? memalign(at->align, at->bytes) : NULL;
        if (at->block == NULL) {
            at->align = 4096;
            at->block = valloc(at->bytes);
        }
        break;
    case 4:
    case 5:
    case 6:
    case 7: {
        const size_t each = (drawn >> 8) % 9 + 1;
        at->bytes = at->bytes / each * each;
        at->align = natural_align(at->bytes);
        at->block = calloc(at->bytes / each, each);
        if (at->block != NULL && !is_zero(at->block, at->bytes)) {
            fails(at, "calloc gave what is not zero", 0);
        }
        break;
    }
    default:
        at->block = malloc(at->bytes);
    }
    adopt(at, random);
}

static void release(slot *at, uint64_t drawn) {
    let_go(at);
    errno = (int)(drawn % 100);
    if (drawn % 64 == 0) {
        if (realloc(at->block, hidden_size(0)) != NULL) {
            fails(at, "realloc to nothing answered a block", 0);
        }
    } else if (drawn % 8 == 1 && free_sized != NULL && at->align <= 16) {
        free_sized(at->block, at->bytes);
    } else if (drawn % 8 == 2 && free_aligned_sized != NULL && at->align > 16) {
        free_aligned_sized(at->block, at->align, at->bytes);
    } else {
        free(at->block);
    }
    if (errno != (int)(drawn % 100)) {
        fails(at, "free changed errno", 0);
    }
    at->block = NULL;
}

/* A little, or to something else altogether. */
static void resize(slot *at, uint64_t *random) {
    const uint64_t drawn = next_random(random);
    size_t bytes = drawn % 4 == 0   ? draw_size(random)
                   : drawn % 4 == 1 ? at->bytes + (drawn >> 8) % (at->bytes + 32)
                   : drawn % 4 == 2 ? at->bytes - (drawn >> 8) % (at->bytes + 1)
                                    : at->bytes + (drawn >> 8) % 32;
    bytes = bytes == 0 ? 1 : bytes > 32 * MIB ? 32 * MIB : bytes;
    const size_t kept = bytes < at->bytes ? bytes : at->bytes;
    let_go(at);
    unsigned char *moved =
        (drawn >> 4) % 2 == 0 ? realloc(at->block, bytes) : reallocarray(at->block, 1, bytes);
    if (moved == NULL) {
        fails(at, strerror(errno), 0);
    }
    /* The last word of the pattern is only whole if all of it was kept. */
    const size_t comparable = kept == at->bytes ? kept : kept / 8 * 8;
    const size_t wrong = first_wrong(moved, comparable, at->stamp);
    at->block = moved;
    at->bytes = bytes;
    at->align = natural_align(bytes);
    if (wrong != comparable) {
        fails(at, "realloc lost the contents", wrong);
    }
    adopt(at, random);
}

static void one_operation(uint64_t *random) {
    const uint64_t drawn = next_random(random);
    slot *at = &slots[(drawn >> 8) % SLOTS];
    while (atomic_flag_test_and_set(&at->taken)) {
        at = at + 1 == slots + SLOTS ? slots : at + 1;
    }
    if (at->block == NULL) {
        if (atomic_load(&alive) < most_alive) {
            allocate(at, random);
        }
    } else if (drawn % 256 < 90 && atomic_load(&alive) < most_alive) {
        resize(at, random);
    } else if (drawn % 256 < 100) {
        check_block(at);
    } else {
        release(at, drawn >> 24);
    }
    atomic_flag_clear(&at->taken);
    if (drawn >> 48 == 0) {
        malloc_trim(0);
    }
}

/* ---- Threads -------------------------------------------------------------------------------- */

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec;
}

static uint64_t deadline;

static void *lives(void *argument) {
    uint64_t random = mixed(seed) ^ mixed((uintptr_t)argument);
    for (unsigned i = 0; i < OPERATIONS_OF_A_LIFE; i++) {
        const uint64_t number = atomic_fetch_add(&done, 1);
        if (seconds == 0 ? number >= operations : number % 256 == 0 && now() >= deadline) {
            break;
        }
        one_operation(&random);
    }
    return NULL;
}

/* Threads end and others begin, while the blocks stay. */
static void *generations(void *argument) {
    for (uintptr_t number = (uintptr_t)argument;; number += threads) {
        pthread_t thread;
        if (seconds == 0 ? atomic_load(&done) >= operations : now() >= deadline) {
            return NULL;
        }
        NEED(pthread_create(&thread, NULL, lives, (void *)number) == 0);
        NEED(pthread_join(thread, NULL) == 0);
    }
}

static void free_all(void) {
    for (size_t i = 0; i < SLOTS; i++) {
        if (slots[i].block != NULL) {
            release(&slots[i], i);
        }
    }
    EXPECT(atomic_load(&alive) == 0);
}

static int read_options(int argc, char **argv) {
    for (int i = 1; i < argc; i += 2) {
        char *end = NULL;
        const uint64_t number = i + 1 < argc ? strtoull(argv[i + 1], &end, 10) : 0;
        if (end == NULL || *end != '\0') {
            return 0;
        }
        if (strcmp(argv[i], "--seconds") == 0) {
            seconds = (unsigned)number;
        } else if (strcmp(argv[i], "--operations") == 0) {
            operations = number;
        } else if (strcmp(argv[i], "--threads") == 0 && number > 0 && number <= 1024) {
            threads = (unsigned)number;
        } else if (strcmp(argv[i], "--seed") == 0) {
            seed = number;
        } else if (strcmp(argv[i], "--megabytes") == 0) {
            most_alive = number * MIB;
        } else {
            return 0;
        }
    }
    return 1;
}

int main(int argc, char **argv) {
    static pthread_t started[1024];
    test_name = "model";
    if (!read_options(argc, argv)) {
        fprintf(stderr,
                "usage: %s [--seconds N | --operations N] [--threads N] [--seed N] "
                "[--megabytes N]\n",
                argv[0]);
        return 2;
    }
    map_bits();
    deadline = now() + seconds;
    for (uintptr_t i = 0; i < threads; i++) {
        NEED(pthread_create(&started[i], NULL, generations, (void *)(i + 1)) == 0);
    }
    for (unsigned i = 0; i < threads; i++) {
        NEED(pthread_join(started[i], NULL) == 0);
    }
    free_all();
    printf("%" PRIu64 " operations, %u threads, seed %" PRIu64 "\n", (uint64_t)atomic_load(&done),
           threads, seed);
    return failures != 0;
}
