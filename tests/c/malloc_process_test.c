/*
 * Blocks over the life of a process: before main and after it, where memory ends, and whether what
 * is freed is used again.
 */
#include "malloc_support.h"

#include <pthread.h>
#include <sys/mman.h>

/* ---- Before main and after it --------------------------------------------------------------- */

enum { EARLY = 40 };
static void *early_blocks[EARLY];

static size_t early_size(size_t i) { return (size_t)1 << (i * 24 / EARLY); }

/* The loader calls it with main's arguments. */
__attribute__((constructor(101))) static void allocates_before_main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--hungry") == 0) {
        return;
    }
    for (size_t i = 0; i < EARLY; i++) {
        early_blocks[i] = i % 2 == 0 ? malloc(early_size(i)) : calloc(1, early_size(i));
        NEED(early_blocks[i] != NULL);
        fill(early_blocks[i], early_size(i), i);
    }
    for (size_t i = 0; i < EARLY; i += 4) {
        free(early_blocks[i]);
        early_blocks[i] = NULL;
    }
}

static void blocks_from_before_main_are_like_others(void) {
    for (size_t i = 0; i < EARLY; i++) {
        if (early_blocks[i] != NULL) {
            EXPECT(is_filled(early_blocks[i], early_size(i), i));
            early_blocks[i] = realloc(early_blocks[i], 2 * early_size(i));
            NEED(early_blocks[i] != NULL);
            EXPECT(is_filled(early_blocks[i], early_size(i) / 8 * 8, i));
            free(early_blocks[i]);
        }
    }
}

/* In `malloc_early.c`, where that is preloaded too: how many of its blocks are wrong. */
extern int malloc_early_wrong(void) __attribute__((weak));

static void blocks_of_a_preloaded_librarys_constructor_are_like_others(void) {
    if (getenv("MALLOC_EARLY") != NULL) {
        NEED(malloc_early_wrong != NULL);
    }
    if (malloc_early_wrong != NULL) {
        EXPECT(malloc_early_wrong() == 0);
    }
}

static void *kept_until_the_end;

static void allocates_at_exit(void) {
    if (!is_filled(kept_until_the_end, 5000, 9)) {
        _exit(70);
    }
    free(kept_until_the_end);
    for (size_t bytes = 1; bytes <= 64 * MIB; bytes *= 4) {
        void *block = calloc(bytes, 1);
        if (block == NULL) {
            _exit(71);
        }
        free(block);
    }
}

static void *never_stops(void *argument) {
    for (uint64_t random = (uintptr_t)argument;;) {
        free(malloc(next_random(&random) % (128 * KIB)));
    }
    return NULL;
}

static void exits_while_threads_allocate(void) {
    pthread_t thread;
    atexit(allocates_at_exit);
    kept_until_the_end = malloc(5000);
    NEED(kept_until_the_end != NULL);
    fill(kept_until_the_end, 5000, 9);
    for (size_t i = 1; i <= 3; i++) {
        NEED(pthread_create(&thread, NULL, never_stops, (void *)i) == 0);
        pthread_detach(thread);
    }
    free(calloc(1000, 1000));
    exit(failures != 0);
}

static void functions_called_at_exit_may_allocate_beside_threads(void) {
    for (int i = 0; i < 20; i++) {
        EXPECT(in_child(exits_while_threads_allocate));
    }
}

static void *goes_on_alone(void *argument) {
    (void)argument;
    for (int i = 0; i < 1000; i++) {
        free(malloc((size_t)i * 100));
    }
    exit(failures != 0);
}

static void main_leaves_first(void) {
    pthread_t thread;
    free(malloc(100));
    NEED(pthread_create(&thread, NULL, goes_on_alone, NULL) == 0);
    pthread_exit(NULL);
}

static void the_main_thread_may_end_before_others(void) { EXPECT(in_child(main_leaves_first)); }

/* ---- Where memory ends ---------------------------------------------------------------------- */

/* A list through the blocks themselves: nothing else could hold them without allocating. */
typedef struct piece {
    struct piece *next;
    size_t bytes;
} piece;

static piece *link_piece(void *block, size_t bytes, piece *list) {
    piece *made = block;
    made->next = list;
    made->bytes = bytes;
    fill(made + 1, bytes - sizeof *made, (uintptr_t)made);
    return made;
}

static void free_pieces(piece *list) {
    while (list != NULL) {
        piece *next = list->next;
        EXPECT(is_filled(list + 1, list->bytes - sizeof *list, (uintptr_t)list));
        free(list);
        list = next;
    }
}

static void *one_block(unsigned entry, size_t bytes) {
    void *block = NULL;
    int error = 0;
    switch (entry % 5) {
    case 0:
        return malloc(bytes);
    case 1:
        return calloc(bytes, 1);
    case 2:
        return realloc(hidden(NULL), bytes);
    case 3:
        return memalign(4096, bytes);
    default:
        error = posix_memalign(&block, 64, bytes);
        errno = error;
        return block;
    }
}

/* Takes blocks of a size until there are no more, or `most` bytes; answers how many bytes. */
static size_t take_all(unsigned entry, size_t bytes, size_t most, piece **list) {
    size_t taken = 0;
    *list = NULL;
    while (taken < most) {
        errno = 0;
        void *block = one_block(entry, bytes);
        if (block == NULL) {
            EXPECT(errno == ENOMEM);
            break;
        }
        *list = link_piece(block, bytes, *list);
        taken += bytes;
    }
    return taken;
}

static size_t to_take;

/* All there is, twice: what was freed the first time must be there the second. */
static void eats_all(void) {
    static const size_t sizes[] = {16, 100, 3000, 20000, 200000, MIB, 5 * MIB, 40 * MIB};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        for (unsigned entry = (unsigned)i % 2; entry < 5; entry += 2) {
            piece *list;
            const size_t first = take_all(entry, sizes[i], to_take, &list);
            /* With nothing left every entry says so, and blocks that are there stay as they are. */
            if (list != NULL && first < to_take) {
                piece *last = list;
                errno = 0;
                void *grown = realloc(last, GIB);
                EXPECT(grown == NULL && errno == ENOMEM);
                if (grown != NULL) {
                    _exit(1);
                }
            }
            free_pieces(list);
            const size_t second = take_all(entry, sizes[i], to_take, &list);
            free_pieces(list);
            /* Aligned blocks leave holes in which no others fit. */
            EXPECT(2 * second + 4 * MIB >= first);
        }
    }
}

static void grows_until_refused(void) {
    size_t bytes = 1000;
    errno = 0;
    unsigned char *block = malloc(bytes);
    if (block == NULL) {
        EXPECT(errno == ENOMEM);
        return;
    }
    fill(block, bytes, 5);
    for (;;) {
        errno = 0;
        unsigned char *grown = realloc(block, bytes + bytes / 2);
        if (grown == NULL) {
            break;
        }
        EXPECT(is_filled(grown, bytes / 8 * 8, 5));
        block = grown;
        bytes += bytes / 2;
        fill(block, bytes, 5);
    }
    EXPECT(errno == ENOMEM && is_filled(block, bytes, 5));
    free(block);
}

/* A macro, since the type of a resource differs between languages and libraries. */
#define LIMIT(resource, bytes)                                                                     \
    do {                                                                                           \
        const struct rlimit wanted = {(bytes), (bytes)};                                           \
        NEED(setrlimit((resource), &wanted) == 0);                                                 \
    } while (0)

static void eats_all_of_a_limited_address_space(void) {
    const size_t allowed = 80 * MIB;
    to_take = 2 * allowed;
    LIMIT(RLIMIT_AS, memory_in_use(0) + allowed);
    eats_all();
    grows_until_refused();
}

static void eats_all_of_limited_data(void) {
    to_take = 160 * MIB;
    LIMIT(RLIMIT_DATA, memory_in_use(0) + 80 * MIB);
    eats_all();
    grows_until_refused();
}

/* Already so much that not one page more can be had. */
static void asks_with_nothing_left(void) {
    LIMIT(RLIMIT_AS, 4096);
    for (unsigned entry = 0; entry < 5; entry++) {
        for (size_t bytes = 1; bytes <= 256 * MIB; bytes *= 2) {
            errno = 0;
            void *block = one_block(entry, bytes);
            EXPECT(block != NULL || errno == ENOMEM);
            EXPECT(block == NULL || malloc_usable_size(block) >= bytes);
            free(block);
        }
    }
}

static void under_a_limit_there_is_a_block_or_enomem(void) {
    EXPECT(in_child(eats_all_of_a_limited_address_space));
    EXPECT(in_child(eats_all_of_limited_data));
    EXPECT(in_child(asks_with_nothing_left));
}

static void *eats_in_a_thread(void *argument) {
    for (int i = 0; i < 10; i++) {
        piece *list;
        take_all((unsigned)(uintptr_t)argument, 1000, to_take, &list);
        free_pieces(list);
    }
    return NULL;
}

static void threads_eat_all_of_a_limited_address_space(void) {
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT(threads); i++) {
        NEED(pthread_create(&threads[i], NULL, eats_in_a_thread, (void *)i) == 0);
    }
    to_take = 64 * MIB;
    LIMIT(RLIMIT_AS, memory_in_use(0) + 64 * MIB);
    for (size_t i = 0; i < COUNT(threads); i++) {
        pthread_join(threads[i], NULL);
    }
}

static void threads_that_share_a_limit_get_blocks_or_enomem(void) {
    EXPECT(in_child(threads_eat_all_of_a_limited_address_space));
}

/* What a process does that was started with little memory. */
static int hungry(size_t allowed) {
    piece *list;
    to_take = allowed <= 128 * MIB ? 2 * allowed : allowed / 4;
    for (unsigned entry = 0; entry < 5; entry += 2) {
        const size_t taken = take_all(entry, 100 + 5000 * entry, to_take, &list);
        /* A quarter of what the kernel would give: the rest may go to reserves and headers. */
        EXPECT(allowed < 256 * MIB || taken >= allowed / 4);
        free_pieces(list);
    }
    grows_until_refused();
    return failures != 0;
}

static void a_process_started_under_a_limit_runs_or_is_told(void) {
    for (size_t allowed = 2 * MIB; allowed <= GIB; allowed *= 2) {
        char number[32];
        char *const arguments[] = {"hungry", "--hungry", number, NULL};
        snprintf(number, sizeof number, "%zu", allowed);
        const pid_t child = fork();
        NEED(child >= 0);
        if (child == 0) {
            alarm(120);
            /* The loader complains of each library for which there is no room. */
            if (allowed < 128 * MIB && freopen("/dev/null", "w", stderr) == NULL) {
                _exit(1);
            }
            LIMIT(RLIMIT_AS, allowed);
            execv("/proc/self/exe", arguments);
            _exit(127);
        }
        int status = 0;
        NEED(waitpid(child, &status, 0) == child);
        /* With too little for the program itself the kernel or the loader gives up: no affair of
           ours. The loader says so and exits with 127. */
        const int gave_up = WIFEXITED(status) ? allowed <= 128 * MIB && WEXITSTATUS(status) == 127
                                              : allowed <= 8 * MIB;
        if (!gave_up && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
            fprintf(stderr, "%s: under %zu bytes: status %#x\n", test_name, allowed,
                    (unsigned)status);
            failures++;
        }
    }
}

/* Every second page of a reservation readable: each is a mapping, until the kernel has no more. */
static void uses_up_all_mappings(void) {
    enum { BLOCKS = 600 };
    static void *blocks[BLOCKS];
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = 400000;
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc((size_t)1 << (i % 25));
        NEED(blocks[i] != NULL);
        fill(blocks[i], (size_t)1 << (i % 25), i);
        if (i % 3 == 0) {
            free(blocks[i]);
            blocks[i] = NULL;
        }
    }
    char *reserved =
        mmap(NULL, pages * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    NEED(reserved != MAP_FAILED);
    size_t i = 0;
    while (i < pages && mprotect(reserved + i * page, page, PROT_READ) == 0) {
        i += 2;
    }
    if (i >= pages) {
        return; /* this kernel allows more mappings than are worth trying */
    }
    for (i = 0; i < BLOCKS; i++) {
        EXPECT(blocks[i] == NULL || is_filled(blocks[i], (size_t)1 << (i % 25), i));
        errno = 4711;
        free(blocks[i]);
        EXPECT(errno == 4711);
    }
    for (unsigned entry = 0; entry < 5; entry++) {
        for (size_t bytes = 1; bytes <= 256 * MIB; bytes *= 2) {
            errno = 0;
            void *block = one_block(entry, bytes);
            EXPECT(block != NULL || errno == ENOMEM);
            void *grown = block == NULL ? NULL : realloc(block, 3 * bytes);
            EXPECT(block == NULL || grown != NULL || errno == ENOMEM);
            errno = 4711;
            free(grown == NULL ? block : grown);
            EXPECT(errno == 4711);
        }
    }
}

static void without_another_mapping_there_is_a_block_or_enomem(void) {
    EXPECT(in_child(uses_up_all_mappings));
}

/* ---- What is freed is used again ------------------------------------------------------------ */

static void one_size_again_and_again(void) {
    static const size_t sizes[] = {1, 64, 1000, 9000, 70000, MIB, 3 * MIB, 5 * MIB, 33 * MIB};
    LIMIT(RLIMIT_AS, memory_in_use(0) + 512 * MIB);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        /* One gigabyte passes through, of which little is ever there. */
        const size_t rounds = GIB / (sizes[i] + KIB);
        void *kept[4] = {NULL};
        for (size_t j = 0; j < rounds; j++) {
            free(kept[j % 4]);
            unsigned char *block = malloc(sizes[i]);
            NEED(block != NULL);
            block[0] = block[sizes[i] - 1] = (unsigned char)j;
            kept[j % 4] = block;
        }
        for (size_t j = 0; j < 4; j++) {
            free(kept[j]);
        }
    }
}

/* One size after the other in all of the memory: whole pages have to change their class. */
static void every_size_in_turn(void) {
    LIMIT(RLIMIT_AS, memory_in_use(0) + 384 * MIB);
    for (size_t bytes = 16; bytes <= 32 * MIB; bytes += bytes / 4) {
        piece *list;
        const size_t taken = take_all(0, bytes, 64 * MIB, &list);
        EXPECT(taken >= 64 * MIB);
        free_pieces(list);
    }
}

/* Long-lived blocks in between keep pages from becoming empty, not from being used. */
static void holes_are_filled(void) {
    enum { BLOCKS = 200000 };
    static void *blocks[BLOCKS];
    LIMIT(RLIMIT_AS, memory_in_use(0) + 384 * MIB);
    uint64_t random = 1;
    for (int round = 0; round < 10; round++) {
        for (size_t i = 0; i < BLOCKS; i++) {
            if (next_random(&random) % 4 != 0) {
                free(blocks[i]);
                blocks[i] = malloc(next_random(&random) % 512 + 1);
                NEED(blocks[i] != NULL);
            }
        }
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        free(blocks[i]);
    }
}

static void what_is_freed_is_used_again(void) {
    EXPECT(in_child(one_size_again_and_again));
    EXPECT(in_child(every_size_in_turn));
    EXPECT(in_child(holes_are_filled));
}

int main(int argc, char **argv) {
    static const test tests[] = {
        TEST(blocks_from_before_main_are_like_others),
        TEST(blocks_of_a_preloaded_librarys_constructor_are_like_others),
        TEST(functions_called_at_exit_may_allocate_beside_threads),
        TEST(the_main_thread_may_end_before_others),
        TEST(under_a_limit_there_is_a_block_or_enomem),
        TEST(threads_that_share_a_limit_get_blocks_or_enomem),
        TEST(a_process_started_under_a_limit_runs_or_is_told),
        TEST(without_another_mapping_there_is_a_block_or_enomem),
        TEST(what_is_freed_is_used_again),
    };
    if (argc == 3 && strcmp(argv[1], "--hungry") == 0) {
        test_name = "hungry";
        return hungry((size_t)strtoull(argv[2], NULL, 10));
    }
    return run_tests(tests, COUNT(tests), argc, argv);
}
