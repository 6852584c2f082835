/*
 * A heap for each request, in C99, on either twin: what a request allocates goes with it, all at
 * once, and nothing has to be freed one by one.
 *
 * Compiled with DPT_USE_RUST or DPT_USE_CPP; the CMake targets diptych::rust and diptych::cpp
 * define it. Prints what it does, and fails if a result is not what the header promises.
 */
#include <diptych.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Support -------------------------------------------------------------------------------- */

static void expect(int condition, const char *what) {
    if (!condition) {
        fprintf(stderr, "not as promised: %s\n", what);
        exit(1);
    }
}

static void *must(void *block) {
    expect(block != NULL, "there is memory");
    return block;
}

/* ---- A request ------------------------------------------------------------------------------ */

/* A list of words; the list and its words are on one heap. */
typedef struct word {
    struct word *next;
    char *text;
} word;

static char *copy(dpt_heap *heap, const char *from, size_t bytes) {
    char *text = must(dpt_heap_malloc(heap, bytes + 1));
    memcpy(text, from, bytes);
    text[bytes] = '\0';
    return text;
}

/* The words of a line, last first. */
static word *split(dpt_heap *heap, const char *line) {
    word *words = NULL;
    while (*line != '\0') {
        size_t bytes = strcspn(line, " ");
        if (bytes > 0) {
            word *one = must(dpt_heap_malloc(heap, sizeof *one));
            one->text = copy(heap, line, bytes);
            one->next = words;
            words = one;
        }
        line += bytes + strspn(line + bytes, " ");
    }
    return words;
}

/* An answer grows while it is written; all its former places are gone with the heap, too. */
static char *join(dpt_heap *heap, const word *words) {
    size_t length = 0;
    char *answer = must(dpt_heap_calloc(heap, 1, 1));
    for (; words != NULL; words = words->next) {
        size_t more = strlen(words->text);
        answer = must(dpt_heap_realloc(heap, answer, length + more + 2));
        memcpy(answer + length, words->text, more + 1);
        length += more;
        if (words->next != NULL) {
            memcpy(answer + length, " ", 2);
            length += 1;
        }
    }
    return answer;
}

/* ---- What a heap holds ---------------------------------------------------------------------- */

typedef struct held {
    size_t blocks;
    size_t bytes;
} held;

static void count(void *context, void *block, size_t size) {
    held *sum = context;
    (void)block;
    sum->blocks += 1;
    sum->bytes += size;
}

static size_t live_blocks(void) {
    dpt_alloc_stats stats;
    expect(dpt_alloc_get_stats(&stats) == DPT_OK, "the numbers can be read");
    expect(stats.live_bytes >= stats.live_blocks, "no block is without room");
    return stats.live_blocks;
}

int main(void) {
    static const char *const lines[] = {"gold panel hinge", "one", "  two   words "};
    static const char *const answers[] = {"hinge panel gold", "one", "words two"};
    size_t before, i;
    void *own;

    own = must(dpt_malloc(100)); /* of no heap: it stays until it is freed */
    expect(dpt_usable_size(own) >= 100, "a block has what was asked for");
    before = live_blocks();

    for (i = 0; i < 3; i++) {
        held sum = {0, 0};
        dpt_heap *request = must(dpt_heap_new());
        char *answer = join(request, split(request, lines[i]));
        void *page = must(dpt_heap_memalign(request, 4096, 4096));

        dpt_heap_visit(request, count, &sum);
        printf("\"%s\" -> \"%s\"; the request held %zu blocks, %zu bytes\n", lines[i], answer,
               sum.blocks, sum.bytes);
        expect(strcmp(answer, answers[i]) == 0, "the words, last first");
        expect((uintptr_t)page % 4096 == 0, "an alignment that was asked for");
        expect(sum.blocks >= 4, "word, text, answer, page");

        dpt_heap_delete(request);
    }

    expect(live_blocks() == before, "every block of a heap goes with it");
    dpt_free(own);
    expect(dpt_malloc((size_t)-1) == NULL, "no block is so large");
    return 0;
}
