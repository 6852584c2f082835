/*
 * What the C interface of the thread pool answers to null and to nonsense, on either twin; and that
 * work is called as often as the header promises: once, or it is told that it was dropped.
 */
#include "support.h"

enum { COUNT = 1000 };

static void once(void *context) { *(int *)context += 1; }

static void dropped(void *context) { *(int *)context += 100; }

static void nothing(void *context) { (void)context; }

static void with_scope(void *context, dpt_scope *scope) { *(dpt_scope **)context = scope; }

static void with_index(void *context, size_t index) { ((int *)context)[index] += 1; }

static void for_part(void *context, size_t begin, size_t end) {
    for (; begin < end; begin++) {
        ((int *)context)[begin] += 1;
    }
}

static dpt_pool *pool_of(size_t threads) {
    dpt_pool_options options = {0};
    dpt_pool *pool;
    options.threads = threads;
    pool = dpt_pool_new(&options);
    if (pool == NULL) {
        fputs(dpt_last_error(), stderr);
        abort();
    }
    return pool;
}

/* ---- Null and nonsense ---------------------------------------------------------------------- */

static void null_is_refused_or_accepted_as_the_header_says(void) {
    dpt_pool *pool = pool_of(1);
    dpt_task *task = NULL;
    dpt_scope *scope = NULL;
    int calls = 0;

    EXPECT(dpt_pool_threads(NULL) == 0);
    FAILS(dpt_pool_get_metrics(pool, NULL), DPT_ERR_NULL, "out is null");
    FAILS(dpt_pool_wait_idle(NULL), DPT_ERR_NULL, "pool is null");
    FAILS(dpt_pool_shutdown_now(NULL, NULL), DPT_ERR_NULL, "pool is null");
    FAILS(dpt_pool_install(NULL, once, &calls), DPT_ERR_NULL, "pool is null");
    FAILS(dpt_pool_install(pool, NULL, &calls), DPT_ERR_NULL, "work is null");
    FAILS(dpt_pool_join(pool, NULL, &calls, once, &calls), DPT_ERR_NULL, "a is null");
    FAILS(dpt_pool_join(pool, once, &calls, NULL, &calls), DPT_ERR_NULL, "b is null");
    FAILS(dpt_pool_scope(pool, NULL, &calls), DPT_ERR_NULL, "body is null");
    FAILS(dpt_scope_spawn(NULL, once, &calls), DPT_ERR_NULL, "scope is null");
    FAILS(dpt_pool_broadcast(NULL, with_index, &calls), DPT_ERR_NULL, "pool is null");
    FAILS(dpt_pool_broadcast(pool, NULL, &calls), DPT_ERR_NULL, "work is null");
    FAILS(dpt_pool_for(pool, 1, 0, NULL, NULL, &calls), DPT_ERR_NULL, "body is null");
    FAILS(dpt_pool_spawn(pool, NULL, &calls), DPT_ERR_NULL, "work is null");
    FAILS(dpt_pool_submit(pool, DPT_PRIORITY_LOW, NULL, NULL, dropped, &calls, &task), DPT_ERR_NULL,
          "work is null");
    FAILS(dpt_pool_submit(pool, (dpt_priority)3, NULL, once, dropped, &calls, &task),
          DPT_ERR_ARGUMENT, "there is no such priority");
    FAILS(dpt_task_wait(NULL), DPT_ERR_NULL, "task is null");
    EXPECT(task == NULL && calls == 0);

    EXPECT(dpt_task_is_done(NULL) == 0);
    dpt_task_delete(NULL);
    dpt_cancel_now(NULL);
    EXPECT(dpt_cancel_is_cancelled(NULL) == 0 && dpt_cancel_dropped(NULL) == 0);
    dpt_cancel_delete(NULL);
    dpt_pool_delete(NULL);

    /* The global pool. */
    OK(dpt_pool_join(NULL, once, &calls, nothing, NULL));
    EXPECT(calls == 1);
    OK(dpt_pool_scope(NULL, with_scope, &scope));
    EXPECT(scope != NULL);
    OK(dpt_pool_for(NULL, 1, 0, NULL, for_part, &calls));
    EXPECT(calls == 2);
    OK(dpt_pool_submit(NULL, DPT_PRIORITY_HIGH, NULL, once, dropped, &calls, &task));
    OK(dpt_task_wait(task));
    EXPECT(calls == 3);
    dpt_pool_delete(pool);
}

static void a_pool_that_cannot_be_had_is_null(void) {
    static const size_t none = 100000;
    dpt_pool_options options = {0};
    options.threads = 2;
    options.processors = &none;
    options.processor_count = 1;
    EXPECT(dpt_pool_new(&options) == NULL);
    EXPECT(strncmp(dpt_last_error(), "no threads: ", 12) == 0);
}

/* ---- Where work is -------------------------------------------------------------------------- */

typedef struct place {
    dpt_pool *pool, *other;
    size_t index, of_none, of_other;
    dpt_status waiting;
} place;

static void look(void *context) {
    place *here = context;
    here->index = dpt_pool_index(here->pool);
    here->of_none = dpt_pool_index(NULL);
    here->of_other = dpt_pool_index(here->other);
    here->waiting = dpt_pool_wait_idle(here->pool);
}

static void a_thread_knows_its_number_and_does_not_wait_for_itself(void) {
    place here = {pool_of(1), pool_of(2), 5, 5, 5, DPT_OK};
    OK(dpt_pool_install(here.pool, look, &here));
    EXPECT(here.index == 0 && here.of_none == 0 && here.of_other == SIZE_MAX);
    EXPECT(here.waiting == DPT_ERR_ARGUMENT);
    EXPECT(dpt_pool_index(here.pool) == SIZE_MAX && dpt_pool_index(NULL) == SIZE_MAX);
    dpt_pool_delete(here.pool);
    dpt_pool_delete(here.other);
}

/* ---- Once, or dropped ----------------------------------------------------------------------- */

static void what_is_submitted_is_called_or_told_that_it_was_dropped(void) {
    dpt_pool *pool = pool_of(2);
    dpt_cancel *token = dpt_cancel_new();
    dpt_task *tasks[COUNT] = {NULL};
    static int calls[COUNT];
    size_t i;
    EXPECT(dpt_cancel_is_cancelled(token) == 0);
    for (i = 0; i < COUNT; i++) {
        if (i == COUNT / 2) {
            dpt_cancel_now(token);
        }
        OK(dpt_pool_submit(pool, (dpt_priority)(i % 3), i % 2 == 0 ? token : NULL, once, dropped,
                           &calls[i], i % 5 == 0 ? NULL : &tasks[i]));
    }
    EXPECT(dpt_cancel_is_cancelled(token) != 0);
    OK(dpt_pool_wait_idle(pool));
    for (i = 0; i < COUNT; i++) {
        EXPECT(calls[i] == 1 || (calls[i] == 100 && i % 2 == 0));
        EXPECT(calls[i] == 100 || i % 2 != 0 || i < COUNT / 2);
        if (tasks[i] != NULL) {
            EXPECT(dpt_task_is_done(tasks[i]) != 0);
            EXPECT(dpt_task_wait(tasks[i]) == (calls[i] == 1 ? DPT_OK : DPT_ERR_CANCELLED));
        }
    }
    EXPECT(dpt_cancel_dropped(token) >= COUNT / 4);
    dpt_cancel_delete(token);
    dpt_pool_delete(pool);
}

static void what_a_shut_down_pool_drops_is_told_too(void) {
    dpt_pool *pool = pool_of(1);
    static int calls[COUNT];
    uint64_t lost = 0;
    size_t i, told = 0;
    for (i = 0; i < COUNT; i++) {
        OK(dpt_pool_submit(pool, DPT_PRIORITY_LOW, NULL, once, dropped, &calls[i], NULL));
    }
    OK(dpt_pool_shutdown_now(pool, &lost));
    for (i = 0; i < COUNT; i++) {
        EXPECT(calls[i] == 1 || calls[i] == 100);
        told += calls[i] == 100;
    }
    EXPECT(told == lost);
}

/* ---- Loops ---------------------------------------------------------------------------------- */

typedef struct stopping {
    dpt_cancel *token;
    size_t done, at; /* on a pool of one thread */
} stopping;

static void stop_at(void *context, size_t begin, size_t end) {
    stopping *loop = context;
    loop->done += end - begin;
    if (begin <= loop->at && loop->at < end) {
        dpt_cancel_now(loop->token);
    }
}

static void a_loop_is_cancelled_if_some_part_of_it_was_not_done(void) {
    dpt_pool *pool = pool_of(1);
    size_t at;
    for (at = 0; at < 100; at += 9) {
        stopping loop = {dpt_cancel_new(), 0, 0};
        dpt_status status;
        loop.at = at;
        status = dpt_pool_for(pool, 100, 10, loop.token, stop_at, &loop);
        EXPECT(loop.done + dpt_cancel_dropped(loop.token) == 100);
        EXPECT(status == (loop.done == 100 ? DPT_OK : DPT_ERR_CANCELLED));
        EXPECT(loop.done == 100 || at != 99); /* the last part is done before it is noticed */
        dpt_cancel_delete(loop.token);
    }
    dpt_pool_delete(pool);
}

static void a_loop_does_each_item_once(void) {
    dpt_pool *pool = pool_of(3);
    size_t grain, i;
    for (grain = 0; grain < 50; grain += 7) {
        int calls[COUNT] = {0};
        OK(dpt_pool_for(pool, COUNT, grain, NULL, for_part, calls));
        OK(dpt_pool_for(pool, 0, grain, NULL, for_part, calls));
        for (i = 0; i < COUNT; i++) {
            EXPECT(calls[i] == 1);
        }
    }
    dpt_pool_delete(pool);
}

int main(void) {
    RUN(null_is_refused_or_accepted_as_the_header_says);
    RUN(a_pool_that_cannot_be_had_is_null);
    RUN(a_thread_knows_its_number_and_does_not_wait_for_itself);
    RUN(what_is_submitted_is_called_or_told_that_it_was_dropped);
    RUN(what_a_shut_down_pool_drops_is_told_too);
    RUN(a_loop_is_cancelled_if_some_part_of_it_was_not_done);
    RUN(a_loop_does_each_item_once);
    return failures != 0;
}
