/*
 * Threads that share work, in C99, on either twin: a loop with a sum for each thread, two halves
 * that are summed at the same time, and work for later that may be cancelled.
 *
 * Compiled with DPT_USE_RUST or DPT_USE_CPP; the CMake targets diptych::rust and diptych::cpp
 * define it. Prints what it does, and fails if a result is not what the header promises.
 */
#include <diptych.h>

#include <stdio.h>
#include <stdlib.h>

/* ---- Support -------------------------------------------------------------------------------- */

static void expect(int condition, const char *what) {
    if (!condition) {
        fprintf(stderr, "not as promised: %s (%s)\n", what, dpt_last_error());
        exit(1);
    }
}

static void *must(void *block) {
    expect(block != NULL, "there is memory");
    return block;
}

/* ---- A loop: each part is added to the sum of the thread that does it ----------------------- */

typedef struct sums {
    dpt_pool *pool;
    uint64_t
        *of_thread; /* a thread does one part at a time, so that nobody else writes to its own */
} sums;

static void part(void *context, size_t begin, size_t end) {
    sums *all = context;
    uint64_t *sum = &all->of_thread[dpt_pool_index(all->pool)];
    for (; begin < end; begin++) {
        *sum += begin;
    }
}

static uint64_t sum_in_parts(dpt_pool *pool, size_t count) {
    size_t threads = dpt_pool_threads(pool);
    sums all = {pool, must(calloc(threads, sizeof *all.of_thread))};
    uint64_t total = 0;

    expect(dpt_pool_for(pool, count, 0, NULL, part, &all) == DPT_OK, "a loop");
    while (threads > 0) {
        total += all.of_thread[--threads];
    }
    free(all.of_thread);
    return total;
}

/* ---- Two halves, and halves of these -------------------------------------------------------- */

typedef struct piece {
    const uint64_t *numbers;
    size_t count;
    uint64_t sum;
} piece;

static void sum(void *context) {
    piece *whole = context;
    if (whole->count > 1000) {
        size_t half = whole->count / 2;
        piece left = {whole->numbers, half, 0};
        piece right = {whole->numbers + half, whole->count - half, 0};

        /* In a thread of a pool that needs not be named. */
        expect(dpt_pool_join(NULL, sum, &left, sum, &right) == DPT_OK, "two things at a time");
        whole->sum = left.sum + right.sum;
    } else {
        size_t i;
        for (i = 0; i < whole->count; i++) {
            whole->sum += whole->numbers[i];
        }
    }
}

static uint64_t sum_by_halves(dpt_pool *pool, size_t count) {
    uint64_t *numbers = must(calloc(count, sizeof *numbers));
    piece whole = {numbers, count, 0};
    size_t i;

    for (i = 0; i < count; i++) {
        numbers[i] = i;
    }
    expect(dpt_pool_install(pool, sum, &whole) == DPT_OK, "work in a thread of the pool");
    free(numbers);
    return whole.sum;
}

/* ---- Work for later, which owns what it is given -------------------------------------------- */

typedef struct letter {
    int number;
    int *was_sent; /* of the caller, who waits */
} letter;

static void send(void *context) {
    letter *mine = context;
    *mine->was_sent = mine->number;
    free(mine);
}

static void burn(void *context) { free(context); }

/* Writes letters, and takes the second half back; how many were sent. */
static size_t letters(dpt_pool *pool) {
    enum { COUNT = 100 };
    int was_sent[COUNT] = {0};
    dpt_task *tasks[COUNT];
    dpt_cancel *token = must(dpt_cancel_new());
    size_t i, sent = 0, burnt = 0;

    for (i = 0; i < COUNT; i++) {
        letter *one = must(malloc(sizeof *one));
        one->number = (int)i + 1;
        one->was_sent = &was_sent[i];
        if (i == COUNT / 2) {
            dpt_cancel_now(token);
        }
        expect(dpt_pool_submit(pool, DPT_PRIORITY_NORMAL, i < COUNT / 2 ? NULL : token, send, burn,
                               one, &tasks[i]) == DPT_OK,
               "work is taken");
    }
    for (i = 0; i < COUNT; i++) {
        dpt_status status = dpt_task_wait(tasks[i]); /* which ends the handle */
        expect(status == DPT_OK || status == DPT_ERR_CANCELLED, "it was done, or dropped");
        expect((status == DPT_OK) == (was_sent[i] == (int)i + 1), "and that is what is told");
        sent += status == DPT_OK;
        burnt += status == DPT_ERR_CANCELLED;
    }
    expect(burnt == COUNT / 2 && dpt_cancel_dropped(token) == burnt, "what was dropped is counted");
    dpt_cancel_delete(token);
    return sent;
}

int main(void) {
    static const size_t count = 1000000;
    const uint64_t total = (uint64_t)count * (count - 1) / 2;
    dpt_pool_options options = {0};
    dpt_pool_metrics metrics;
    dpt_pool *pool;

    options.threads = 4; /* null options: as many as there are processors */
    options.name = "sum";
    pool = dpt_pool_new(&options);
    expect(pool != NULL, "there are threads");
    expect(dpt_pool_threads(pool) == 4, "as many as were wanted");
    expect(dpt_pool_index(pool) == SIZE_MAX, "this one is none of them");

    expect(sum_in_parts(pool, count) == total, "the sum of all parts");
    expect(sum_by_halves(pool, count) == total, "the sum of both halves");
    printf("%llu, twice; %zu letters were sent\n", (unsigned long long)total, letters(pool));

    expect(dpt_pool_wait_idle(pool) == DPT_OK, "nothing is under way");
    expect(dpt_pool_get_metrics(pool, &metrics) == DPT_OK, "the numbers can be read");
    expect(metrics.dropped == 50 && metrics.waiting == 0, "all is accounted for");
    dpt_pool_delete(pool);
    return 0;
}
