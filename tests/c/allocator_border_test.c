/*
 * What the C interface of the allocator answers to null, to nonsense and to sizes that cannot be
 * had, on either twin; and that blocks are what the header promises.
 */
#include "support.h"

#define MUST(block) expect_at(__LINE__, (block) != NULL, #block)

static int holds(const unsigned char *block, unsigned char value, size_t bytes) {
    size_t i;
    for (i = 0; i < bytes; i++) {
        if (block[i] != value) {
            return 0;
        }
    }
    return 1;
}

/* ---- Null and nonsense ---------------------------------------------------------------------- */

static void null_is_accepted_where_the_header_says_so(void) {
    void *block;
    dpt_free(NULL);
    EXPECT(dpt_usable_size(NULL) == 0);
    block = dpt_realloc(NULL, 10);
    MUST(block);
    dpt_free(block);

    EXPECT(dpt_heap_malloc(NULL, 1) == NULL);
    EXPECT(dpt_heap_calloc(NULL, 1, 1) == NULL);
    EXPECT(dpt_heap_memalign(NULL, 16, 1) == NULL);
    EXPECT(dpt_heap_realloc(NULL, NULL, 1) == NULL);
    dpt_heap_free(NULL, NULL);
    dpt_heap_visit(NULL, NULL, NULL);
    dpt_heap_delete(NULL);
    FAILS(dpt_alloc_get_stats(NULL), DPT_ERR_NULL, "out is null");
}

static void a_heap_takes_null_for_what_it_means(void) {
    dpt_heap *heap = dpt_heap_new();
    void *block;
    MUST(heap);
    dpt_heap_free(heap, NULL);
    dpt_heap_visit(heap, NULL, NULL);
    block = dpt_heap_realloc(heap, NULL, 100);
    MUST(block);
    EXPECT(dpt_heap_realloc(heap, block, 0) == NULL);
    dpt_heap_delete(heap);
}

static void what_is_no_alignment_is_refused(void) {
    static const size_t none[] = {0, 3, 24, 100, SIZE_MAX};
    dpt_heap *heap = dpt_heap_new();
    size_t i;
    MUST(heap);
    for (i = 0; i < sizeof none / sizeof none[0]; i++) {
        EXPECT(dpt_memalign(none[i], 100) == NULL);
        EXPECT(dpt_heap_memalign(heap, none[i], 100) == NULL);
    }
    dpt_heap_delete(heap);
}

static void sizes_that_cannot_be_had_are_refused_and_change_nothing(void) {
    static const size_t large[] = {SIZE_MAX, SIZE_MAX - 4096, (size_t)PTRDIFF_MAX + 1,
                                   (size_t)PTRDIFF_MAX};
    dpt_heap *heap = dpt_heap_new();
    unsigned char *block = dpt_malloc(100);
    size_t i;
    MUST(heap);
    MUST(block);
    memset(block, 7, 100);
    for (i = 0; i < sizeof large / sizeof large[0]; i++) {
        EXPECT(dpt_malloc(large[i]) == NULL);
        EXPECT(dpt_calloc(large[i], 1) == NULL);
        EXPECT(dpt_memalign(64, large[i]) == NULL);
        EXPECT(dpt_memalign(1 << 20, large[i]) == NULL);
        EXPECT(dpt_realloc(block, large[i]) == NULL);
        EXPECT(dpt_heap_malloc(heap, large[i]) == NULL);
    }
    EXPECT(holds(block, 7, 100));
    dpt_free(block);
    dpt_heap_delete(heap);
}

static void a_product_that_overflows_is_refused(void) {
    dpt_heap *heap = dpt_heap_new();
    MUST(heap);
    EXPECT(dpt_calloc(SIZE_MAX / 2, 3) == NULL);
    EXPECT(dpt_calloc(3, SIZE_MAX / 2) == NULL);
    EXPECT(dpt_calloc((size_t)1 << 33, (size_t)1 << 33) == NULL);
    EXPECT(dpt_heap_calloc(heap, SIZE_MAX / 2, 3) == NULL);
    dpt_heap_delete(heap);
}

/* ---- What is promised ----------------------------------------------------------------------- */

static void a_block_of_nothing_is_a_block_of_its_own(void) {
    void *a = dpt_malloc(0), *b = dpt_malloc(0), *c = dpt_calloc(0, 8);
    MUST(a);
    MUST(b);
    MUST(c);
    EXPECT(a != b && b != c && a != c);
    dpt_free(a);
    dpt_free(b);
    dpt_free(c);
}

static void blocks_have_the_room_and_the_alignment_that_was_asked_for(void) {
    size_t size, align;
    for (size = 1; size < (size_t)40 << 20; size += size / 3 + 1) {
        for (align = 1; align <= (size_t)4 << 20; align *= 4) {
            unsigned char *block = dpt_memalign(align, size);
            MUST(block);
            EXPECT((uintptr_t)block % align == 0);
            EXPECT(dpt_usable_size(block) >= size);
            block[0] = 1;
            block[size - 1] = 2;
            dpt_free(block);
        }
    }
}

static void a_block_keeps_its_bytes_when_it_is_resized(void) {
    size_t size = 1, next;
    unsigned char *block = dpt_calloc(1, 1);
    MUST(block);
    for (; size < (size_t)40 << 20; size = next) {
        next = size * 2 + 1;
        memset(block, (int)(size % 251), size);
        block = dpt_realloc(block, next);
        MUST(block);
        EXPECT(holds(block, (unsigned char)(size % 251), size));
    }
    for (; size > 1; size = next) {
        next = size / 3 + 1;
        memset(block, (int)(size % 251), size);
        block = dpt_realloc(block, next);
        MUST(block);
        EXPECT(holds(block, (unsigned char)(size % 251), next));
        if (next == 2) {
            break;
        }
    }
    EXPECT(dpt_realloc(block, 0) == NULL);
}

/* ---- Counting ------------------------------------------------------------------------------- */

static void the_numbers_follow_blocks_as_they_come_and_go(void) {
    static void *blocks[1000];
    dpt_alloc_stats before, during, after;
    size_t i, in_classes = 0;
    blocks[0] = dpt_malloc(1); /* the thread has a heap from here on */
    dpt_free(blocks[0]);
    OK(dpt_alloc_get_stats(&before));
    for (i = 0; i < 1000; i++) {
        blocks[i] = dpt_malloc(1 + i * 97);
        MUST(blocks[i]);
    }
    OK(dpt_alloc_get_stats(&during));
    EXPECT(during.live_blocks == before.live_blocks + 1000);
    EXPECT(during.live_bytes >= before.live_bytes + 999 * 1000 / 2 * 97);
    EXPECT(during.committed_bytes >= during.live_bytes);
    EXPECT(during.peak_committed_bytes >= during.committed_bytes);
    EXPECT(during.reserved_bytes >= during.committed_bytes);
    EXPECT(during.threads >= 1 && during.pages > 0);
    for (i = 0; i < sizeof during.classes / sizeof during.classes[0]; i++) {
        in_classes += during.classes[i].live_blocks;
        EXPECT(i == 0 || during.classes[i].block_bytes > during.classes[i - 1].block_bytes);
    }
    EXPECT(in_classes <= during.live_blocks && in_classes > 200);
    for (i = 0; i < 1000; i++) {
        dpt_free(blocks[i]);
    }
    OK(dpt_alloc_get_stats(&after));
    EXPECT(after.live_blocks == before.live_blocks);
    EXPECT(after.live_bytes == before.live_bytes);
    (void)dpt_alloc_trim();
    OK(dpt_alloc_get_stats(&after));
    EXPECT(after.committed_bytes < during.committed_bytes);
    EXPECT(after.peak_committed_bytes >= during.committed_bytes);
}

/* Some thousand blocks of all kinds, resized and given back in any order; all of them go. */
static void work_at_random(uint64_t seed) {
    static void *blocks[500];
    size_t step, at, size;
    for (step = 0; step < 20000; step++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        at = (size_t)(seed % 500);
        /* Mostly small, now and then a run or a huge block. */
        size = (size_t)(seed >> 20) & (((size_t)1 << (4 + (seed >> 50) % 9)) - 1);
        size <<= (seed >> 40) % 100 == 0 ? 9 + (seed >> 47) % 6 : 0;
        if (seed >> 63 != 0) {
            dpt_free(blocks[at]);
            blocks[at] = (seed >> 60) % 4 != 0 ? dpt_malloc(size)
                                               : dpt_memalign((size_t)16 << seed % 12, size);
            MUST(blocks[at]);
        } else {
            void *moved = dpt_realloc(blocks[at], size + 1);
            MUST(moved);
            blocks[at] = moved;
        }
    }
    for (at = 0; at < 500; at++) {
        dpt_free(blocks[at]);
        blocks[at] = NULL;
    }
}

static void random_work_that_gave_everything_back_leaves_nothing(void) {
    dpt_alloc_stats before, first, again;
    uint64_t seed;
    dpt_free(dpt_malloc(1));
    (void)dpt_alloc_trim();
    OK(dpt_alloc_get_stats(&before));
    for (seed = 1; seed <= 5; seed++) {
        work_at_random(seed);
        (void)dpt_alloc_trim();
        OK(dpt_alloc_get_stats(&first));
        EXPECT(first.live_blocks == before.live_blocks);
        EXPECT(first.live_bytes == before.live_bytes);
        EXPECT(first.pages == before.pages);
        /* What stays are the records of segments and huge blocks. */
        EXPECT(first.committed_bytes <= before.committed_bytes + ((size_t)64 << 10));
        /* The same work finds them there, and leaves not a byte more. */
        work_at_random(seed);
        (void)dpt_alloc_trim();
        OK(dpt_alloc_get_stats(&again));
        EXPECT(again.committed_bytes == first.committed_bytes);
        EXPECT(again.reserved_bytes == first.reserved_bytes);
    }
}

typedef struct threads {
    size_t calls;
    size_t of_none;
    size_t last;
    dpt_alloc_thread all;
} threads;

static void add_thread(void *context, size_t thread, const dpt_alloc_thread *holds) {
    threads *sum = context;
    EXPECT(sum->calls == 0 ? thread == 0 : thread > sum->last && holds->pages != 0);
    sum->calls++;
    sum->last = thread;
    sum->of_none += thread == 0 ? holds->live_blocks : 0;
    sum->all.pages += holds->pages;
    sum->all.live_blocks += holds->live_blocks;
    sum->all.live_bytes += holds->live_bytes;
    dpt_free(dpt_malloc(200)); /* a visitor may allocate */
}

static void what_threads_hold_is_all_there_is(void) {
    static void *blocks[100];
    dpt_heap *heap = dpt_heap_new();
    threads sum = {0, 0, 0, {0, 0, 0}};
    dpt_alloc_stats stats;
    size_t i;
    MUST(heap);
    dpt_free(dpt_malloc(200));
    for (i = 0; i < 100; i++) {
        blocks[i] = dpt_malloc(i * i * 100);
        MUST(blocks[i]);
        MUST(dpt_heap_malloc(heap, i));
    }
    dpt_alloc_visit_threads(NULL, NULL);
    dpt_alloc_visit_threads(add_thread, &sum);
    OK(dpt_alloc_get_stats(&stats));
    EXPECT(sum.calls == 2 && sum.of_none > 100 && sum.all.live_blocks >= 200);
    EXPECT(sum.all.pages == stats.pages);
    EXPECT(sum.all.live_blocks == stats.live_blocks);
    EXPECT(sum.all.live_bytes == stats.live_bytes);
    for (i = 0; i < 100; i++) {
        dpt_free(blocks[i]);
    }
    dpt_heap_delete(heap);
}

typedef struct seen {
    size_t blocks;
    size_t bytes;
    const void *last;
} seen;

static void see(void *context, void *block, size_t size) {
    seen *all = context;
    all->blocks++;
    all->bytes += size;
    all->last = block;
}

static void a_heap_shows_every_block_as_it_was_handed_out(void) {
    dpt_heap *heap = dpt_heap_new();
    seen all = {0, 0, NULL};
    unsigned char *block;
    size_t i;
    MUST(heap);
    block = dpt_heap_memalign(heap, 4096, 10);
    MUST(block);
    dpt_heap_visit(heap, see, &all);
    EXPECT(all.blocks == 1 && all.last == block && all.bytes == dpt_usable_size(block));
    dpt_heap_free(heap, block);
    for (i = 0; i < 3000; i++) {
        block = dpt_heap_calloc(heap, i, 3);
        MUST(block);
        EXPECT(holds(block, 0, 3 * i));
        memset(block, 9, 3 * i);
        if (i % 3 == 0) {
            dpt_heap_free(heap, block);
        }
    }
    all.blocks = 0;
    dpt_heap_visit(heap, see, &all);
    EXPECT(all.blocks == 2000);
    dpt_heap_delete(heap);
}

int main(void) {
    RUN(null_is_accepted_where_the_header_says_so);
    RUN(a_heap_takes_null_for_what_it_means);
    RUN(what_is_no_alignment_is_refused);
    RUN(sizes_that_cannot_be_had_are_refused_and_change_nothing);
    RUN(a_product_that_overflows_is_refused);
    RUN(a_block_of_nothing_is_a_block_of_its_own);
    RUN(blocks_have_the_room_and_the_alignment_that_was_asked_for);
    RUN(a_block_keeps_its_bytes_when_it_is_resized);
    RUN(the_numbers_follow_blocks_as_they_come_and_go);
    RUN(random_work_that_gave_everything_back_leaves_nothing);
    RUN(what_threads_hold_is_all_there_is);
    RUN(a_heap_shows_every_block_as_it_was_handed_out);
    return failures != 0;
}
