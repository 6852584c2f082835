/*
 * Faults that an allocator is to find, one a run: `malloc_faults_test NAME`. `--list` prints the
 * names, each with the faults that may be reported, a tab between. Before it commits the fault a
 * case prints the address that is to be named; one that comes through ends with status 3.
 */
#include "malloc_support.h"

#include <pthread.h>
#include <sys/mman.h>

enum { SURVIVED = 3 };

/* What a case is about: a block of so many bytes, and a place so far from where it begins. */
typedef struct {
    size_t bytes;
    ptrdiff_t at;
} subject;

#define SMALL 48
#define MEDIUM 20000
#define LARGE (300 * KIB)
#define HUGE_BLOCK (64 * MIB)

/* Says, without allocating, which address the report is to name. */
static void *doomed(void *address) {
    char line[64];
    const int length = snprintf(line, sizeof line, "address %#zx\n", (size_t)(uintptr_t)address);
    (void)!write(STDOUT_FILENO, line, (size_t)length);
    return hidden(address);
}

static void *block_of(size_t bytes) {
    void *block = malloc(bytes);
    NEED(block != NULL);
    return hidden(block);
}

static void *frees(void *block) {
    free(block);
    return NULL;
}

static void *makes(void *bytes) { return block_of((uintptr_t)bytes); }

static void *in_thread(void *(*body)(void *), void *argument) {
    pthread_t thread;
    void *result = NULL;
    NEED(pthread_create(&thread, NULL, body, argument) == 0);
    NEED(pthread_join(thread, &result) == 0);
    return result;
}

/* ---- Freed twice ---------------------------------------------------------------------------- */

static void at_once(subject of) {
    void *block = block_of(of.bytes);
    free(block);
    free(doomed(block));
}

static void after_others(subject of) {
    void *blocks[16];
    for (size_t i = 0; i < COUNT(blocks); i++) {
        blocks[i] = block_of(of.bytes);
    }
    for (size_t i = 4; i < 12; i++) {
        free(blocks[i]);
    }
    free(doomed(blocks[5]));
}

/* Everything that lay beside it was freed too: the memory may have another use, or none. */
static void after_all_others(subject of) {
    static void *blocks[8192];
    const size_t count = of.bytes < KIB ? COUNT(blocks) : 64;
    for (size_t i = 0; i < count; i++) {
        blocks[i] = block_of(of.bytes);
    }
    for (size_t i = 0; i < count; i++) {
        free(blocks[i]);
    }
    free(doomed(blocks[count / 2]));
}

static void by_another_thread(subject of) {
    void *block = block_of(of.bytes);
    free(block);
    in_thread(frees, doomed(block));
}

static void by_another_thread_before(subject of) {
    void *block = block_of(of.bytes);
    in_thread(frees, block);
    free(doomed(block));
}

static void by_two_other_threads(subject of) {
    void *block = block_of(of.bytes);
    in_thread(frees, block);
    in_thread(frees, doomed(block));
}

static void after_its_thread_ended(subject of) {
    void *block = in_thread(makes, (void *)of.bytes);
    free(block);
    free(doomed(block));
}

static void aligned_twice(subject of) {
    void *block = memalign((size_t)of.at, of.bytes);
    NEED(block != NULL);
    free(block);
    free(doomed(block));
}

static void after_realloc_moved_it(subject of) {
    void *block = block_of(of.bytes), *behind = block_of(of.bytes);
    void *moved = realloc(block, 64 * of.bytes);
    NEED(moved != NULL && moved != block && behind != NULL);
    free(doomed(block));
}

static void after_realloc_to_nothing(subject of) {
    void *block = block_of(of.bytes);
    NEED(realloc(block, hidden_size(0)) == NULL);
    free(doomed(block));
}

static void by_free_sized(subject of) {
    void *block = block_of(of.bytes);
    free(block);
    if (free_sized != NULL) {
        free_sized(doomed(block), of.bytes);
    } else {
        free(doomed(block));
    }
}

/* ---- Pointers to no block ------------------------------------------------------------------- */

static int initialised = 1;
static uint64_t zeroed[64];
static const uint64_t constant[8] = {1, 2, 3};

static size_t realloc_bytes;

/* What is done to a pointer: freed, resized, or asked for its size. */
static void do_free(void *pointer) { free(pointer); }
static void do_realloc(void *pointer) { free(realloc(pointer, realloc_bytes)); }
static void do_usable_size(void *pointer) { NEED(malloc_usable_size(pointer) + 1 != 0); }
static void (*deed)(void *) = do_free;

static void *does(void *pointer) {
    deed(pointer);
    return NULL;
}

static void inside(subject of) {
    void *block = block_of(of.bytes);
    deed(doomed(offset(block, of.at)));
}

/* From the start of the 32 MiB that the block lies in. */
static void far_before(subject of) {
    void *block = block_of(of.bytes);
    const uintptr_t far = (uintptr_t)block & ~(uintptr_t)(32 * MIB - 1);
    deed(doomed((void *)(far + (uintptr_t)of.at)));
}

/* As many blocks away as fit into a page of them, where only one was ever asked for. */
static void never_handed_out(subject of) {
    unsigned char *block = block_of(of.bytes);
    deed(doomed(block + of.at * (ptrdiff_t)malloc_usable_size(block)));
}

static void freed_before(subject of) {
    void *block = block_of(of.bytes);
    free(block);
    deed(doomed(block));
}

static void an_integer(subject of) { deed(doomed(offset(NULL, of.at))); }

static void on_the_stack(subject of) {
    uint64_t local[16] = {of.bytes};
    deed(doomed(&local[8]));
}

static void *frees_from_its_stack(void *argument) {
    uint64_t local[16] = {0};
    deed(doomed(&local[8]));
    return argument;
}

static void on_another_stack(subject of) {
    free(block_of(of.bytes));
    in_thread(frees_from_its_stack, NULL);
}

static void initialised_data(subject of) { deed(doomed(offset(&initialised, of.at))); }
static void zeroed_data(subject of) { deed(doomed(offset(&zeroed[32], of.at))); }
static void constant_data(subject of) { deed(doomed(offset((void *)(uintptr_t)constant, of.at))); }

static void code(subject of) {
    deed(doomed(offset((void *)(uintptr_t)&malloc_usable_size, of.at)));
}

static void by_another_thread_inside(subject of) {
    void *block = block_of(of.bytes);
    in_thread(does, doomed(offset(block, of.at)));
}

/* Memory from the kernel, aligned as an allocator's own might be, full of one byte. */
static void foreign(subject of, int byte) {
    const size_t align = of.bytes, bytes = 4 * MIB;
    char *mapped =
        mmap(NULL, bytes + align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    NEED(mapped != MAP_FAILED);
    char *place = (char *)(((uintptr_t)mapped + align - 1) & ~(uintptr_t)(align - 1));
    free(block_of(100));
    memset(place, byte, bytes);
    deed(doomed(place + of.at));
}

static void foreign_zeros(subject of) { foreign(of, 0); }
static void foreign_ones(subject of) { foreign(of, 0xff); }

static void foreign_break(subject of) {
    char *mapped = sbrk(64 * 1024);
    NEED(mapped != (void *)-1);
    free(block_of(of.bytes));
    deed(doomed((void *)(((uintptr_t)mapped + 4095) & ~(uintptr_t)15)));
}

static void foreign_unmapped(subject of) {
    char *mapped = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    NEED(mapped != MAP_FAILED && munmap(mapped, MIB) == 0);
    deed(doomed(mapped + of.at));
}

/* ---- Memory that was written to without a right to it ---------------------------------------- */

/* Blocks of one size, of which `[1]` begins where `[0]` ends, and `[2]` where `[1]` does. */
static void neighbours(size_t bytes, unsigned char *found[3]) {
    static unsigned char *blocks[512];
    for (size_t i = 0; i < COUNT(blocks); i++) {
        blocks[i] = block_of(bytes);
    }
    const size_t stride = malloc_usable_size(blocks[0]);
    for (size_t i = 0; i < COUNT(blocks); i++) {
        found[0] = blocks[i];
        found[1] = found[2] = NULL;
        for (size_t j = 0; j < COUNT(blocks); j++) {
            for (size_t k = 1; k <= 2; k++) {
                if (blocks[j] >= blocks[i] + k * stride &&
                    blocks[j] <= blocks[i] + k * stride + 16) {
                    found[k] = blocks[j];
                }
            }
        }
        if (found[1] != NULL && found[2] != NULL) {
            return;
        }
    }
    NEED(found[1] != NULL && found[2] != NULL);
}

/* Changes bytes, each by another mask: whatever they were, and however words are combined. */
static void change(unsigned char *from, size_t count) {
    for (size_t i = 0; i < count; i++) {
        unsigned char *volatile place = from + i;
        *place = (unsigned char)(*place ^ (0x80 | (i * 37 % 128)));
    }
}

/* Asks for blocks of the size until all that were freed must have been handed out again. */
static void hand_out_again(size_t bytes) {
    for (size_t i = 0; i < 2000 + 64 * MIB / (bytes + KIB); i++) {
        block_of(bytes);
    }
}

/* Past the end of what may be used, `at` bytes far, into a block that is free. */
static void overflow(subject of) {
    unsigned char *block[3];
    neighbours(of.bytes, block);
    free(block[1]);
    doomed(block[1]);
    change(block[0] + malloc_usable_size(block[0]), (size_t)of.at);
    hand_out_again(of.bytes);
}

/* The same, into a block that is in use, and is freed later. */
static void overflow_into_a_used_one(subject of) {
    unsigned char *block[3];
    neighbours(of.bytes, block);
    change(block[0] + malloc_usable_size(block[0]), (size_t)of.at);
    free(doomed(block[1]));
}

/* Past the end of the last block there is, so to speak. */
static void overflow_of_its_own_end(subject of) {
    unsigned char *block = block_of(of.bytes);
    change(block + malloc_usable_size(block), (size_t)of.at);
    free(doomed(block));
}

/* What lies before a block is its own, as far as anybody's. */
static void underflow(subject of) {
    unsigned char *block[3];
    neighbours(of.bytes, block);
    change(block[2] - of.at, (size_t)of.at);
    free(doomed(block[2]));
}

/* From a block downwards over all of the free one before it. */
static void underflow_over_a_free_block(subject of) {
    unsigned char *block[3];
    neighbours(of.bytes, block);
    free(block[1]);
    doomed(block[1]);
    change(block[1], (size_t)(block[2] - block[1]));
    hand_out_again(of.bytes);
}

static void written_after_free(subject of) {
    unsigned char *block[3];
    neighbours(of.bytes, block);
    free(block[0]);
    free(block[1]);
    free(block[2]);
    change((unsigned char *)doomed(block[1]) + of.at, 8);
    hand_out_again(of.bytes);
}

static void one_bit_after_free(subject of) {
    unsigned char *block[3];
    neighbours(of.bytes, block);
    free(block[1]);
    unsigned char *volatile place = (unsigned char *)doomed(block[1]) + of.at;
    *place ^= 1;
    hand_out_again(of.bytes);
}

static void zeroed_after_free(subject of) {
    unsigned char *block[3];
    neighbours(of.bytes, block);
    free(block[0]);
    free(block[1]);
    memset(doomed(block[1]), 0, of.bytes);
    hand_out_again(of.bytes);
}

/* Bytes that are right in another free block of the same page. */
static void copied_after_free(subject of) {
    unsigned char *block[3];
    neighbours(of.bytes, block);
    free(block[0]);
    free(block[2]);
    free(block[1]);
    memcpy(doomed(block[1]), block[2], of.bytes);
    hand_out_again(of.bytes);
}

static void written_after_remote(subject of) {
    unsigned char *block[3];
    neighbours(of.bytes, block);
    in_thread(frees, block[0]);
    in_thread(frees, block[1]);
    in_thread(frees, block[2]);
    change((unsigned char *)doomed(block[1]) + of.at, 8);
    hand_out_again(of.bytes);
}

/* ---- No fault ------------------------------------------------------------------------------- */

/* What the cases above do, without what is wrong in them; blocks are freed as they came. */
static void nothing(subject of) {
    unsigned char *block[3];
    for (int round = 0; round < 3; round++) {
        for (size_t bytes = 0; bytes < HUGE_BLOCK; bytes += bytes / 3 + 1) {
            free(block_of(bytes));
            void *copy = block_of(bytes), *original = block_of(bytes);
            free(original);
            in_thread(frees, copy);
        }
    }
    neighbours(of.bytes, block);
    in_thread(frees, block[0]);
    free(block[1]);
    hand_out_again(of.bytes);
    _exit(0);
}

/* ---- The cases ------------------------------------------------------------------------------ */

#define TWICE "double free"
#define INVALID "invalid free"
#define CORRUPTED "corrupted block"
/* A block in use whose surroundings are wrong may as well be none. */
#define BROKEN "corrupted block|invalid free"
/* Where nothing may be left that remembers the block, or something else has taken its place. */
#define GONE "double free|invalid free"

static const struct {
    const char *name, *reports;
    void (*body)(subject);
    subject of;
} cases[] = {
    {"no_fault", "", nothing, {SMALL, 0}},
    {"double_free_of_no_bytes", TWICE, at_once, {0, 0}},
    {"double_free_of_a_small_block", TWICE, at_once, {SMALL, 0}},
    {"double_free_of_a_medium_block", TWICE, at_once, {MEDIUM, 0}},
    {"double_free_of_a_large_block", TWICE, at_once, {LARGE, 0}},
    {"double_free_of_a_huge_block", GONE, at_once, {HUGE_BLOCK, 0}},
    {"double_free_after_others", TWICE, after_others, {SMALL, 0}},
    {"double_free_after_others_medium", TWICE, after_others, {MEDIUM, 0}},
    {"double_free_after_others_large", TWICE, after_others, {LARGE, 0}},
    {"double_free_after_others_huge", GONE, after_others, {HUGE_BLOCK, 0}},
    {"double_free_after_all_others", GONE, after_all_others, {SMALL, 0}},
    {"double_free_after_all_others_medium", GONE, after_all_others, {MEDIUM, 0}},
    {"double_free_after_all_others_large", GONE, after_all_others, {LARGE, 0}},
    {"double_free_by_another_thread", TWICE, by_another_thread, {SMALL, 0}},
    {"double_free_by_another_thread_medium", TWICE, by_another_thread, {MEDIUM, 0}},
    {"double_free_by_another_thread_large", GONE, by_another_thread, {LARGE, 0}},
    {"double_free_by_another_thread_huge", GONE, by_another_thread, {HUGE_BLOCK, 0}},
    {"double_free_after_another_thread", TWICE, by_another_thread_before, {SMALL, 0}},
    {"double_free_after_another_thread_medium", TWICE, by_another_thread_before, {MEDIUM, 0}},
    {"double_free_after_another_thread_large", GONE, by_another_thread_before, {LARGE, 0}},
    {"double_free_after_another_thread_huge", GONE, by_another_thread_before, {HUGE_BLOCK, 0}},
    {"double_free_by_two_other_threads", TWICE, by_two_other_threads, {SMALL, 0}},
    {"double_free_by_two_other_threads_large", GONE, by_two_other_threads, {LARGE, 0}},
    {"double_free_after_its_thread_ended", GONE, after_its_thread_ended, {SMALL, 0}},
    {"double_free_after_its_thread_ended_large", GONE, after_its_thread_ended, {LARGE, 0}},
    {"double_free_of_an_aligned_block", GONE, aligned_twice, {SMALL, 256}},
    {"double_free_of_a_page", GONE, aligned_twice, {4096, 4096}},
    {"double_free_of_an_aligned_large_block", GONE, aligned_twice, {LARGE, 1 << 20}},
    {"double_free_of_an_aligned_huge_block", GONE, aligned_twice, {HUGE_BLOCK, 1 << 26}},
    {"double_free_after_realloc_moved_it", TWICE, after_realloc_moved_it, {SMALL, 0}},
    {"double_free_after_realloc_moved_it_medium", TWICE, after_realloc_moved_it, {MEDIUM, 0}},
    {"double_free_after_realloc_to_nothing", TWICE, after_realloc_to_nothing, {SMALL, 0}},
    {"double_free_by_free_sized", TWICE, by_free_sized, {SMALL, 0}},
    {"overflow_onto_a_free_block", CORRUPTED, overflow, {SMALL, 8}},
    {"overflow_by_a_byte", CORRUPTED, overflow, {SMALL, 1}},
    {"overflow_by_two_words", CORRUPTED, overflow, {SMALL, 16}},
    {"overflow_of_the_smallest", CORRUPTED, overflow, {16, 8}},
    {"overflow_of_a_kilobyte", CORRUPTED, overflow, {1000, 8}},
    {"overflow_of_a_medium_block", CORRUPTED, overflow, {MEDIUM, 8}},
    {"overflow_onto_a_used_block", BROKEN, overflow_into_a_used_one, {SMALL, 8}},
    {"overflow_onto_a_used_block_by_a_byte", BROKEN, overflow_into_a_used_one, {SMALL, 1}},
    {"overflow_onto_a_used_medium_block", BROKEN, overflow_into_a_used_one, {MEDIUM, 8}},
    {"overflow_of_a_large_block", BROKEN, overflow_of_its_own_end, {LARGE, 8}},
    {"overflow_of_a_large_block_by_a_byte", BROKEN, overflow_of_its_own_end, {LARGE, 1}},
    {"underflow_by_a_byte", BROKEN, underflow, {SMALL, 1}},
    {"underflow_by_a_word", BROKEN, underflow, {SMALL, 8}},
    {"underflow_of_a_medium_block", BROKEN, underflow, {MEDIUM, 8}},
    {"underflow_over_a_free_block", CORRUPTED, underflow_over_a_free_block, {SMALL, 0}},
    {"write_after_free", CORRUPTED, written_after_free, {SMALL, 0}},
    {"write_after_free_smallest", CORRUPTED, written_after_free, {16, 0}},
    {"write_after_free_medium", CORRUPTED, written_after_free, {MEDIUM, 0}},
    {"write_after_free_one_bit", CORRUPTED, one_bit_after_free, {SMALL, 0}},
    {"write_after_free_zeros", CORRUPTED, zeroed_after_free, {SMALL, 0}},
    {"write_after_free_copied", CORRUPTED, copied_after_free, {SMALL, 0}},
    {"write_after_another_thread_freed_it", CORRUPTED, written_after_remote, {SMALL, 0}},
};

/* Pointers that are no block's: each is freed, resized and asked for its size. */
static const struct {
    const char *name;
    void (*body)(subject);
    subject of;
    int was_a_block; /* "double free" would be right as well */
} places[] = {
    {"inside_a_small_block", inside, {SMALL, 16}, 0},
    {"inside_a_medium_block", inside, {MEDIUM, 4096}, 0},
    {"inside_a_large_block", inside, {LARGE, 65536}, 0},
    {"inside_a_huge_block", inside, {HUGE_BLOCK, 1 << 20}, 0},
    {"far_inside_a_huge_block", inside, {HUGE_BLOCK, 1 << 25}, 0},
    {"inside_by_another_thread", by_another_thread_inside, {SMALL, 16}, 0},
    {"inside_large_by_another_thread", by_another_thread_inside, {LARGE, 65536}, 0},
    {"misaligned_by_one", inside, {SMALL, 1}, 0},
    {"misaligned_by_eight", inside, {SMALL, 8}, 0},
    {"misaligned_in_a_large_block", inside, {LARGE, 8}, 0},
    {"misaligned_in_a_huge_block", inside, {HUGE_BLOCK, 8}, 0},
    {"misaligned_by_another_thread", by_another_thread_inside, {SMALL, 8}, 0},
    {"before_a_huge_block", inside, {HUGE_BLOCK, -16}, 0},
    {"behind_a_huge_block", inside, {HUGE_BLOCK, 1 << 26}, 0},
    {"first_of_32_mib", far_before, {SMALL, 0}, 0},
    {"first_of_32_mib_and_a_bit", far_before, {SMALL, 4096}, 0},
    {"last_of_32_mib", far_before, {SMALL, (1 << 25) - 16}, 0},
    {"the_next_never_handed_out", never_handed_out, {3072, 1}, 1},
    {"far_block_never_handed_out", never_handed_out, {3072, 15}, 1},
    {"never_handed_out_near_a_large_block", never_handed_out, {LARGE, 4}, 0},
    {"freed_small_block", freed_before, {SMALL, 0}, 1},
    {"freed_medium_block", freed_before, {MEDIUM, 0}, 1},
    {"freed_large_block", freed_before, {LARGE, 0}, 1},
    {"freed_huge_block", freed_before, {HUGE_BLOCK, 0}, 1},
    {"the_integer_1", an_integer, {0, 1}, 0},
    {"the_integer_16", an_integer, {0, 16}, 0},
    {"the_integer_65536", an_integer, {0, 65536}, 0},
    {"the_integer_minus_16", an_integer, {0, -16}, 0},
    {"beyond_the_address_space", an_integer, {0, (ptrdiff_t)1 << 47}, 0},
    {"an_address_that_cannot_be", an_integer, {0, (ptrdiff_t)0x4141414141414140}, 0},
    {"an_unused_address", an_integer, {0, (ptrdiff_t)0x123456789ab0}, 0},
    {"on_the_stack", on_the_stack, {SMALL, 0}, 0},
    {"on_a_threads_stack", on_another_stack, {SMALL, 0}, 0},
    {"initialised_data", initialised_data, {0, 0}, 0},
    {"zeroed_data", zeroed_data, {0, 0}, 0},
    {"constant_data", constant_data, {0, 0}, 0},
    {"code", code, {0, 0}, 0},
    {"the_break", foreign_break, {SMALL, 0}, 0},
    {"a_mapping", foreign_zeros, {4096, 0}, 0},
    {"a_mapping_at_64_kib", foreign_zeros, {1 << 16, 0}, 0},
    {"a_mapping_at_32_mib", foreign_zeros, {1 << 25, 0}, 0},
    {"a_mapping_at_1_gib", foreign_zeros, {1 << 30, 1 << 16}, 0},
    {"a_mapping_of_ones", foreign_ones, {4096, 64}, 0},
    {"a_mapping_of_ones_at_32_mib", foreign_ones, {1 << 25, 1 << 17}, 0},
    {"what_was_unmapped", foreign_unmapped, {0, 4096}, 0},
};

static const struct {
    const char *prefix;
    void (*deed)(void *);
    size_t bytes;
    const char *reports[2]; /* of what never was a block, of what was */
} deeds[] = {
    {"free_", do_free, 0, {INVALID, GONE}},
    {"realloc_", do_realloc, 100000, {"invalid realloc", "invalid realloc|double free"}},
    {"realloc_to_less_", do_realloc, 8, {"invalid realloc", "invalid realloc|double free"}},
    {"realloc_to_nothing_", do_realloc, 0, {"invalid realloc|" INVALID, "invalid realloc|" GONE}},
    {"usable_size_", do_usable_size, 0, {"invalid realloc|" INVALID, "invalid realloc|" GONE}},
};

static void list(void) {
    for (size_t i = 0; i < COUNT(cases); i++) {
        printf("%s\t%s\n", cases[i].name, cases[i].reports);
    }
    for (size_t i = 0; i < COUNT(deeds); i++) {
        for (size_t j = 0; j < COUNT(places); j++) {
            printf("%s%s\t%s\n", deeds[i].prefix, places[j].name,
                   deeds[i].reports[places[j].was_a_block]);
        }
    }
}

static int commit(const char *name) {
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (strcmp(name, cases[i].name) == 0) {
            cases[i].body(cases[i].of);
            return SURVIVED;
        }
    }
    for (size_t i = 0; i < COUNT(deeds); i++) {
        const size_t prefix = strlen(deeds[i].prefix);
        for (size_t j = 0; j < COUNT(places); j++) {
            if (strncmp(name, deeds[i].prefix, prefix) == 0 &&
                strcmp(name + prefix, places[j].name) == 0) {
                deed = deeds[i].deed;
                realloc_bytes = deeds[i].bytes;
                places[j].body(places[j].of);
                return SURVIVED;
            }
        }
    }
    fprintf(stderr, "no such fault: %s\n", name);
    return 2;
}

int main(int argc, char **argv) {
    const struct rlimit no_core = {0, 0};
    if (argc != 2) {
        fprintf(stderr, "usage: %s --list | NAME\n", argv[0]);
        return 2;
    }
    if (strcmp(argv[1], "--list") == 0) {
        list();
        return 0;
    }
    setrlimit(RLIMIT_CORE, &no_core);
    alarm(60);
    test_name = argv[1];
    _exit(commit(argv[1])); /* nothing of the C library's runs on what was broken */
}
