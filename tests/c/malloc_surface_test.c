/*
 * What the C library's manual promises of each entry of malloc: sizes, alignments, errors, what a
 * block holds. Needs nothing but the entries, so that any allocator can be preloaded.
 */
#include "malloc_support.h"

#include <dirent.h>

/* ---- Every way to get a block --------------------------------------------------------------- */

static void *by_malloc(size_t bytes) { return malloc(bytes); }
static void *by_calloc(size_t bytes) { return calloc(1, bytes); }
static void *by_calloc_of_bytes(size_t bytes) { return calloc(bytes, 1); }
static void *by_realloc(size_t bytes) { return realloc(hidden(NULL), bytes); }
static void *by_reallocarray(size_t bytes) { return reallocarray(hidden(NULL), bytes, 1); }
static void *by_aligned_alloc(size_t bytes) { return aligned_alloc(hidden_size(16), bytes); }
static void *by_memalign(size_t bytes) { return memalign(hidden_size(256), bytes); }
static void *by_valloc(size_t bytes) { return valloc(bytes); }
static void *by_pvalloc(size_t bytes) { return pvalloc(bytes); }

static void *by_posix_memalign(size_t bytes) {
    void *block = NULL;
    const int error = posix_memalign(&block, hidden_size(64), bytes);
    if (error != 0) {
        EXPECT(error == ENOMEM);
        errno = error; /* it is returned, not set */
        return NULL;
    }
    return block;
}

typedef struct {
    const char *name;
    void *(*make)(size_t bytes);
    size_t align;
} way;

#define PAGE ((size_t)4096)

static const way ways[] = {
    {"malloc", by_malloc, 16},
    {"calloc", by_calloc, 16},
    {"calloc", by_calloc_of_bytes, 16},
    {"realloc", by_realloc, 16},
    {"reallocarray", by_reallocarray, 16},
    {"aligned_alloc", by_aligned_alloc, 16},
    {"memalign", by_memalign, 256},
    {"valloc", by_valloc, PAGE},
    {"pvalloc", by_pvalloc, PAGE},
    {"posix_memalign", by_posix_memalign, 64},
};

/* Sizes around every power of two and every eighth between, up to `limit`. */
static size_t next_size(size_t bytes, size_t limit) {
    size_t step = 1;
    while (step * 64 <= bytes) {
        step *= 2;
    }
    if (bytes >= limit) {
        return 0;
    }
    return bytes < 1024 ? bytes + 1 : bytes + (bytes % step == 0 ? 1 : step - bytes % step);
}

static void expect_block(const way *by, void *block, size_t bytes) {
    /* What is smaller than the strictest type only needs the alignment of types of its size. */
    const size_t align = bytes >= 16 || by->align > 16 ? by->align : bytes >= 8 ? 8 : 1;
    if (block == NULL || !is_aligned(block, align) || malloc_usable_size(block) < bytes) {
        fprintf(stderr, "%s: %s(%zu) gave %p\n", test_name, by->name, bytes, block);
        failures++;
    }
}

/* ---- The entries themselves ----------------------------------------------------------------- */

static void every_entry_is_served_by_the_library(void) {
    static const char *const names[] = {
        "malloc",
        "free",
        "calloc",
        "realloc",
        "reallocarray",
        "posix_memalign",
        "memalign",
        "aligned_alloc",
        "valloc",
        "pvalloc",
        "malloc_trim",
        "free_sized",
        "free_aligned_sized",
        "malloc_usable_size",
    };
    char wanted[PATH_MAX];
    if (library == NULL) {
        return;
    }
    NEED(realpath(library, wanted) != NULL);
    for (size_t i = 0; i < COUNT(names); i++) {
        Dl_info info = {0};
        char found[PATH_MAX] = "nowhere";
        void *entry = dlsym(RTLD_DEFAULT, names[i]);
        if (entry != NULL && dladdr(entry, &info) != 0) {
            (void)!realpath(info.dli_fname, found);
        }
        if (strcmp(found, wanted) != 0) {
            fprintf(stderr, "%s comes from %s\n", names[i], found);
            failures++;
        }
    }
}

static void blocks_of_every_size_are_aligned_and_as_large_as_they_say(void) {
    for (size_t bytes = 1; bytes != 0; bytes = next_size(bytes, 64 * MIB)) {
        /* The larger ones by two entries only, since every byte is written. */
        for (size_t i = 0; i < (bytes <= MIB ? COUNT(ways) : 2); i++) {
            void *block = ways[i].make(bytes);
            expect_block(&ways[i], block, bytes);
            if (bytes <= MIB || bytes % MIB < 2) {
                const size_t usable = malloc_usable_size(block);
                memset(block, 0xa5, usable);
                EXPECT(malloc_usable_size(block) == usable);
            }
            free(block);
        }
    }
}

static void neighbours_do_not_share_what_is_usable(void) {
    enum { EACH = 8 };
    for (size_t bytes = 1; bytes != 0; bytes = next_size(bytes, 128 * KIB)) {
        void *blocks[COUNT(ways) * EACH];
        for (size_t i = 0; i < COUNT(blocks); i++) {
            blocks[i] = ways[i % COUNT(ways)].make(bytes);
            NEED(blocks[i] != NULL);
            fill(blocks[i], malloc_usable_size(blocks[i]), bytes * 1000 + i);
        }
        for (size_t i = 0; i < COUNT(blocks); i++) {
            EXPECT(is_filled(blocks[i], malloc_usable_size(blocks[i]), bytes * 1000 + i));
            free(blocks[i]);
        }
        bytes += bytes / 16;
    }
}

static void blocks_of_no_bytes_are_unique_and_can_be_freed(void) {
    void *blocks[COUNT(ways) * 64];
    for (size_t i = 0; i < COUNT(blocks); i++) {
        blocks[i] = ways[i % COUNT(ways)].make(hidden_size(0));
        EXPECT(blocks[i] != NULL);
        for (size_t j = 0; j < i; j++) {
            EXPECT(blocks[i] != blocks[j]);
        }
    }
    for (size_t i = 0; i < COUNT(blocks); i++) {
        free(blocks[i]);
    }
    void *block = calloc(hidden_size(0), 8);
    EXPECT(block != NULL);
    free(block);
    block = calloc(8, hidden_size(0));
    EXPECT(block != NULL);
    free(block);
}

static void null_can_be_freed_and_is_no_block(void) {
    free(hidden(NULL));
    EXPECT(malloc_usable_size(hidden(NULL)) == 0);
    if (free_sized != NULL) {
        free_sized(hidden(NULL), 8);
        free_aligned_sized(hidden(NULL), 64, 64);
    }
}

static void calloc_gives_zeros_where_others_wrote_before(void) {
    for (size_t bytes = 1; bytes != 0; bytes = next_size(bytes, 48 * MIB)) {
        void *blocks[16];
        const size_t count = bytes <= 64 * KIB ? COUNT(blocks) : 2;
        for (int round = 0; round < 2; round++) {
            for (size_t i = 0; i < count; i++) {
                blocks[i] = round == 0 ? malloc(bytes) : calloc(1, bytes);
                NEED(blocks[i] != NULL);
                EXPECT(round == 0 || is_zero(blocks[i], bytes));
                memset(blocks[i], 0xff, malloc_usable_size(blocks[i]));
            }
            for (size_t i = 0; i < count; i++) {
                free(blocks[i]);
            }
        }
        bytes += bytes / 4;
    }
    uint64_t *words = calloc(hidden_size(1000), sizeof *words);
    NEED(words != NULL);
    EXPECT(malloc_usable_size(words) >= 8000 && is_zero(words, 8000));
    free(words);
}

/* ---- Too much ------------------------------------------------------------------------------- */

#define REFUSES(call)                                                                              \
    do {                                                                                           \
        errno = 0;                                                                                 \
        EXPECT((call) == NULL);                                                                    \
        EXPECT(errno == ENOMEM);                                                                   \
    } while (0)

static void products_that_overflow_are_refused(void) {
    static const size_t factors[][2] = {
        {SIZE_MAX, 2},
        {SIZE_MAX / 2 + 1, 2},
        {SIZE_MAX / 3 + 1, 3},
        {SIZE_MAX, SIZE_MAX},
        {(size_t)1 << 32, (size_t)1 << 32},
        {((size_t)1 << 32) + 1, (size_t)1 << 32},
        {SIZE_MAX / 8 + 2, 8}, /* the product wraps to 8 */
    };
    for (size_t i = 0; i < COUNT(factors); i++) {
        const size_t a = hidden_size(factors[i][0]), b = hidden_size(factors[i][1]);
        REFUSES(calloc(a, b));
        REFUSES(calloc(b, a));
        REFUSES(reallocarray(hidden(NULL), a, b));
        void *old = malloc(100);
        NEED(old != NULL);
        fill(old, 100, i);
        REFUSES(reallocarray(hidden(old), a, b));
        REFUSES(reallocarray(hidden(old), b, a));
        EXPECT(is_filled(old, 100, i));
        free(old);
    }
}

static void no_entry_gives_more_than_ptrdiff_max(void) {
    static const size_t nearly_all[] = {
        0,     1,     7,     8,   15,      16,       17,       4095, 4096,    4097,      8192,
        65535, 65536, 65537, MIB, 2 * MIB, 32 * MIB, 64 * MIB, GIB,  2 * GIB, 1024 * GIB};
    void *const old = malloc(200);
    NEED(old != NULL);
    fill(old, 200, 77);
    for (size_t i = 0; i < COUNT(nearly_all); i++) {
        const size_t sizes[] = {SIZE_MAX - nearly_all[i], (size_t)PTRDIFF_MAX + 1 + nearly_all[i]};
        for (size_t j = 0; j < COUNT(sizes); j++) {
            const size_t bytes = hidden_size(sizes[j]);
            for (size_t k = 0; k < COUNT(ways); k++) {
                REFUSES(ways[k].make(bytes));
            }
            REFUSES(realloc(hidden(old), bytes));
            for (size_t align = 8; align <= 64 * MIB; align *= 2) {
                void *out = &out;
                EXPECT(posix_memalign(&out, align, bytes) == ENOMEM);
                EXPECT(out == &out);
                REFUSES(aligned_alloc(align, bytes));
                REFUSES(memalign(align, bytes));
            }
        }
    }
    EXPECT(is_filled(old, 200, 77));
    free(old);
}

/* No machine has so much, yet no addition overflows: the kernel is to say no. */
static void what_no_machine_has_is_refused(void) {
    for (size_t bytes = (size_t)1 << 50; bytes <= (size_t)PTRDIFF_MAX; bytes *= 2) {
        for (size_t k = 0; k < COUNT(ways); k++) {
            REFUSES(ways[k].make(hidden_size(bytes - 1)));
        }
    }
    REFUSES(malloc(hidden_size(PTRDIFF_MAX)));
    void *block = malloc(64);
    EXPECT(block != NULL);
    free(block);
}

/* ---- realloc -------------------------------------------------------------------------------- */

static void realloc_keeps_what_fits_on_the_way_up_and_down(void) {
    for (size_t seed = 0; seed < 12; seed++) {
        /* Blocks from each entry, since aligned ones lie differently. */
        const way *by = &ways[seed % COUNT(ways)];
        size_t bytes = 1;
        unsigned char *block = by->make(bytes);
        NEED(block != NULL);
        fill(block, bytes, seed);
        for (int up = 1; up >= 0; up--) {
            while (up ? bytes < 40 * MIB : bytes > 1) {
                const size_t then =
                    up ? bytes + bytes / (2 + seed % 5) + 1 : bytes - bytes / (2 + seed % 5) - 1;
                const size_t kept = then < bytes ? then : bytes;
                unsigned char *moved = realloc(block, then);
                NEED(moved != NULL || then == 0);
                EXPECT(is_filled(moved, kept / 8 * 8, seed));
                EXPECT(malloc_usable_size(moved) >= then && is_aligned(moved, then < 16 ? 8 : 16));
                block = moved;
                bytes = then;
                fill(block, bytes, seed);
                if (bytes == 0) {
                    break;
                }
            }
        }
        free(block);
    }
}

static void realloc_to_the_same_or_the_usable_size_keeps_all(void) {
    for (size_t bytes = 1; bytes != 0; bytes = next_size(bytes, 4 * MIB)) {
        unsigned char *block = malloc(bytes);
        NEED(block != NULL);
        const size_t usable = malloc_usable_size(block);
        fill(block, usable, bytes);
        block = realloc(block, usable);
        NEED(block != NULL);
        EXPECT(is_filled(block, usable, bytes));
        block = realloc(block, bytes);
        NEED(block != NULL);
        EXPECT(is_filled(block, bytes / 8 * 8, bytes));
        free(block);
        bytes += bytes / 32;
    }
}

/* Under a limit that would end a process in which the old block stayed. */
static void many_reallocs_to_nothing(void) {
    const struct rlimit limit = {memory_in_use(0) + GIB, RLIM_INFINITY};
    EXPECT(setrlimit(RLIMIT_AS, &limit) == 0);
    for (int i = 0; i < 20000; i++) {
        void *block = malloc(MIB);
        NEED(block != NULL);
        EXPECT(realloc(block, hidden_size(0)) == NULL);
    }
}

static void realloc_to_nothing_frees_and_answers_null(void) {
    for (size_t bytes = 1; bytes != 0; bytes = next_size(bytes, 64 * MIB)) {
        void *block = malloc(bytes);
        NEED(block != NULL);
        EXPECT(realloc(block, hidden_size(0)) == NULL);
        bytes += bytes / 4;
    }
    void *block = realloc(hidden(NULL), hidden_size(0));
    EXPECT(block != NULL);
    EXPECT(reallocarray(block, hidden_size(0), 8) == NULL);
    EXPECT(in_child(many_reallocs_to_nothing));
}

static void reallocarray_multiplies(void) {
    uint64_t *words = reallocarray(NULL, hidden_size(300), sizeof *words);
    NEED(words != NULL);
    EXPECT(malloc_usable_size(words) >= 2400);
    fill(words, 2400, 1);
    words = reallocarray(words, hidden_size(100000), sizeof *words);
    NEED(words != NULL);
    EXPECT(malloc_usable_size(words) >= 800000 && is_filled(words, 2400, 1));
    free(words);
}

/* ---- Alignment ------------------------------------------------------------------------------ */

static void every_alignment_is_kept_with_every_size(void) {
    static const size_t sizes[] = {0,         1,    7,       8,       16,       24,
                                   100,       1000, 4096,    5000,    KIB * 33, KIB * 64,
                                   KIB * 200, MIB,  3 * MIB, 20 * MIB};
    for (size_t align = 8; align <= 4 * MIB; align *= 2) {
        for (size_t i = 0; i < COUNT(sizes); i++) {
            void *blocks[3] = {NULL, NULL, NULL};
            EXPECT(posix_memalign(&blocks[0], align, sizes[i]) == 0);
            blocks[1] = aligned_alloc(align, sizes[i]); /* any size: C17 asks no multiple */
            blocks[2] = memalign(align, sizes[i]);
            for (size_t j = 0; j < COUNT(blocks); j++) {
                NEED(blocks[j] != NULL);
                EXPECT(is_aligned(blocks[j], align));
                EXPECT(malloc_usable_size(blocks[j]) >= sizes[i]);
                fill(blocks[j], sizes[i], align + j);
            }
            for (size_t j = 0; j < COUNT(blocks); j++) {
                EXPECT(is_filled(blocks[j], sizes[i], align + j));
                void *grown = realloc(blocks[j], sizes[i] * 2 + 1);
                NEED(grown != NULL);
                EXPECT(is_filled(grown, sizes[i] / 8 * 8, align + j));
                free(grown);
            }
        }
    }
}

static void alignments_beyond_any_use_are_kept_or_refused(void) {
    for (size_t align = 8 * MIB; align != 0; align *= 2) {
        void *block = &block;
        const int error = posix_memalign(&block, hidden_size(align), 100);
        EXPECT(error == 0 ? is_aligned(block, align) : error == ENOMEM && block == &block);
        if (error == 0) {
            memset(block, 1, 100);
            free(block);
        }
        errno = 0;
        block = aligned_alloc(hidden_size(align), 100);
        EXPECT(block != NULL ? is_aligned(block, align) : errno == ENOMEM || errno == EINVAL);
        free(block);
    }
}

static void posix_memalign_refuses_what_is_no_alignment_and_leaves_the_pointer(void) {
    static const size_t wrong[] = {0,
                                   1,
                                   2,
                                   4,
                                   3,
                                   7,
                                   9,
                                   12,
                                   24,
                                   48,
                                   100,
                                   4095,
                                   4097,
                                   SIZE_MAX,
                                   SIZE_MAX - 7,
                                   SIZE_MAX / 2,
                                   SIZE_MAX / 2 + 9};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        void *block = &block;
        EXPECT(posix_memalign(&block, hidden_size(wrong[i]), 64) == EINVAL);
        EXPECT(block == &block);
        EXPECT(posix_memalign(&block, hidden_size(wrong[i]), 0) == EINVAL);
        EXPECT(block == &block);
    }
}

/* C libraries differ: some round up, some refuse. None may give a block that cannot be freed. */
static void other_entries_round_or_refuse_what_is_no_alignment(void) {
    static const size_t wrong[] = {0, 1, 2, 3, 12, 48, 100, 4095, 4097, 100000};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        errno = 0;
        void *block = aligned_alloc(hidden_size(wrong[i]), 64);
        EXPECT(block != NULL || errno == EINVAL);
        free(block);
        errno = 0;
        block = memalign(hidden_size(wrong[i]), 64);
        EXPECT(block != NULL || errno == EINVAL);
        free(block);
    }
    errno = 0;
    EXPECT(memalign(hidden_size(SIZE_MAX), 64) == NULL);
    EXPECT(errno == EINVAL || errno == ENOMEM);
}

static void pvalloc_gives_whole_pages(void) {
    for (size_t bytes = 0; bytes <= 5 * PAGE; bytes += 511) {
        const size_t whole = (bytes + PAGE - 1) / PAGE * PAGE;
        void *block = pvalloc(bytes);
        NEED(block != NULL);
        EXPECT(is_aligned(block, PAGE) && malloc_usable_size(block) >= whole);
        memset(block, 1, whole);
        free(block);
    }
}

/* ---- Freeing -------------------------------------------------------------------------------- */

static void free_keeps_errno(void) {
    static const int values[] = {0, EINTR, 4711};
    for (size_t i = 0; i < COUNT(values); i++) {
        for (size_t bytes = 1; bytes <= 128 * MIB; bytes *= 4) {
            for (size_t k = 0; k < COUNT(ways); k++) {
                void *block = ways[k].make(bytes);
                NEED(block != NULL);
                errno = values[i];
                free(block);
                EXPECT(errno == values[i]);
            }
            void *block = malloc(bytes);
            errno = values[i];
            EXPECT(realloc(block, hidden_size(0)) == NULL);
            EXPECT(errno == values[i]);
        }
        errno = values[i];
        free(hidden(NULL));
        EXPECT(errno == values[i]);
    }
}

static void sized_frees_free(void) {
    if (free_sized == NULL || free_aligned_sized == NULL) {
        return;
    }
    for (size_t bytes = 1; bytes != 0; bytes = next_size(bytes, 64 * MIB)) {
        for (int i = 0; i < 4; i++) {
            void *block = malloc(bytes), *zeros = calloc(bytes, 1);
            void *aligned = aligned_alloc(128, bytes);
            NEED(block != NULL && zeros != NULL && aligned != NULL);
            errno = 4711;
            free_sized(block, bytes);
            free_sized(zeros, bytes);
            free_aligned_sized(aligned, 128, bytes);
            EXPECT(errno == 4711);
        }
        bytes += bytes / 8;
    }
}

static void trimming_leaves_every_block_as_it_is(void) {
    void *blocks[64];
    for (size_t i = 0; i < COUNT(blocks); i++) {
        blocks[i] = malloc(1000 * i);
        NEED(blocks[i] != NULL);
        fill(blocks[i], 1000 * i, i);
    }
    for (size_t i = 0; i < COUNT(blocks); i += 2) {
        free(blocks[i]);
    }
    static const size_t pads[] = {0, 1, MIB, SIZE_MAX};
    for (size_t i = 0; i < COUNT(pads); i++) {
        const int released = malloc_trim(pads[i]);
        EXPECT(released == 0 || released == 1);
    }
    for (size_t i = 1; i < COUNT(blocks); i += 2) {
        EXPECT(is_filled(blocks[i], 1000 * i, i));
        free(blocks[i]);
    }
    EXPECT(malloc_trim(0) >= 0);
}

/* ---- The C library's own blocks ------------------------------------------------------------- */

static void blocks_that_the_c_library_makes_are_freed_like_others(void) {
    char *line = NULL, *text = NULL, *made = NULL;
    size_t capacity = 0, length = 0;
    FILE *file = fopen("/proc/self/status", "r");
    NEED(file != NULL);
    while (getline(&line, &capacity, file) > 0) {
    }
    fclose(file);
    free(line);

    EXPECT(asprintf(&text, "%0*d", 5000, 7) == 5000);
    EXPECT(malloc_usable_size(text) >= 5001);
    free(text);

    file = open_memstream(&made, &length);
    NEED(file != NULL);
    for (int i = 0; i < 10000; i++) {
        fprintf(file, "%d,", i);
    }
    fclose(file);
    EXPECT(length == 48890 && malloc_usable_size(made) > length);
    free(made);

    text = strdup("twins");
    NEED(text != NULL);
    text = realloc(text, 1000);
    EXPECT(strcmp(text, "twins") == 0);
    free(text);
    free(getcwd(NULL, 0));
    free(realpath("/proc/self/exe", NULL));

    struct dirent **entries = NULL;
    const int count = scandir("/", &entries, NULL, alphasort);
    EXPECT(count > 0);
    for (int i = 0; i < count; i++) {
        free(entries[i]);
    }
    free(entries);

    /* The loader allocates for itself, before and after it knows of us. */
    void *opened = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
    EXPECT(opened != NULL && dlclose(opened) == 0);
    EXPECT(dlopen("no such library", RTLD_NOW) == NULL && dlerror() != NULL);
}

int main(int argc, char **argv) {
    static const test tests[] = {
        TEST(every_entry_is_served_by_the_library),
        TEST(blocks_of_every_size_are_aligned_and_as_large_as_they_say),
        TEST(neighbours_do_not_share_what_is_usable),
        TEST(blocks_of_no_bytes_are_unique_and_can_be_freed),
        TEST(null_can_be_freed_and_is_no_block),
        TEST(calloc_gives_zeros_where_others_wrote_before),
        TEST(products_that_overflow_are_refused),
        TEST(no_entry_gives_more_than_ptrdiff_max),
        TEST(what_no_machine_has_is_refused),
        TEST(realloc_keeps_what_fits_on_the_way_up_and_down),
        TEST(realloc_to_the_same_or_the_usable_size_keeps_all),
        TEST(realloc_to_nothing_frees_and_answers_null),
        TEST(reallocarray_multiplies),
        TEST(every_alignment_is_kept_with_every_size),
        TEST(alignments_beyond_any_use_are_kept_or_refused),
        TEST(posix_memalign_refuses_what_is_no_alignment_and_leaves_the_pointer),
        TEST(other_entries_round_or_refuse_what_is_no_alignment),
        TEST(pvalloc_gives_whole_pages),
        TEST(free_keeps_errno),
        TEST(sized_frees_free),
        TEST(trimming_leaves_every_block_as_it_is),
        TEST(blocks_that_the_c_library_makes_are_freed_like_others),
    };
    return run_tests(tests, COUNT(tests), argc, argv);
}
