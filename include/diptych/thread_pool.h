/*
 * diptych/thread_pool.h - threads that share work: two things at a time, many, or some for later.
 *
 * Included once per twin by diptych.h; see there how a name gets its prefix. The meaning, the
 * invariants T1 to T11 and what threads rely on are in spec/thread_pool.md; both twins obey the same
 * text.
 *
 * Example (examples/c/sum.c is the whole program):
 *
 *     static void part(void *sums, size_t begin, size_t end) { ... }
 *
 *     dpt_pool *pool = dpt_pool_new(NULL);               // as many threads as processors
 *     if (pool == NULL) { puts(dpt_last_error()); return 1; }
 *     dpt_pool_for(pool, 1000000, 0, NULL, part, sums);  // part(sums, begin, end), here and there
 *     dpt_pool_delete(pool);
 *
 * Work:      a dpt_work of diptych/work.h and a pointer that it is called with, once, in a thread of
 *            the pool. It must return: no exception and no longjmp may leave it, or the program ends
 *            (SIGABRT).
 * Ownership: what `context` points at is the caller's, and must live until the work has ended: for
 *            functions that wait, that is when they return.
 * Threads:   any thread may call any function, at the same time, but for what ends an object. A
 *            thread of a pool that waits does other work of its pool meanwhile, in the same stack: a
 *            lock that is held while waiting may be wanted by that work, which then waits for ever.
 * Failure:   a status, or null; dpt_last_error() then holds a sentence.
 */

/* ---- Types ------------------------------------------------------------------------------- */

/* Threads that share work; opaque. */
typedef struct dpt_pool dpt_pool;

/* Where work is spawned that has ended when dpt_pool_scope returns; opaque. */
typedef struct dpt_scope dpt_scope;

/* The handle of submitted work; opaque. */
typedef struct dpt_task dpt_task;

/* Tells work that has not begun that it need not; opaque. */
typedef struct dpt_cancel dpt_cancel;

/* How a pool is to be. All zero is as good as none: what is 0 or null is as usual. */
typedef struct dpt_pool_options {
    size_t threads;           /* 0: as many as the process has processors */
    const char *name;         /* of the threads, before "-" and their number; UTF-8. Null: "worker" */
    size_t stack_bytes;       /* of each thread. 0: the system's choice */
    const size_t *processors; /* to which threads are bound, one after the other and again. Null: none */
    size_t processor_count;
    int symmetric_fences;     /* not 0: real fences on both sides, as where membarrier is missing */
    void (*on_start)(void *context, size_t index); /* in each thread, before its first work */
    void (*on_stop)(void *context, size_t index);  /* after its last */
    void *context;                                 /* of both */
} dpt_pool_options;

/* What a pool has done so far. Read word by word while it goes on: of no single moment. */
typedef struct dpt_pool_metrics {
    uint64_t executed; /* jobs taken from a deque or from outside; not what dpt_pool_join takes back */
    uint64_t stolen;   /* of these, from another worker */
    uint64_t sleeps;   /* times that a worker went to sleep */
    uint64_t calls;    /* times that one was woken because there was work */
    uint64_t dropped;  /* jobs that were dropped instead of executed */
    uint64_t waiting;  /* jobs in the workers' deques at present */
} dpt_pool_metrics;

/* ---- Pools ------------------------------------------------------------------------------- */

/*
 * A pool, whose threads have been started. `options` may be null. Null is answered if the system has
 * no more threads or memory, or a processor is none; then no thread is left. The caller ends it by
 * dpt_pool_delete or dpt_pool_shutdown_now.
 */
dpt_pool *dpt_pool_new(const dpt_pool_options *options);

/* How many threads it has. 0 for null. */
size_t dpt_pool_threads(const dpt_pool *pool);

/* The number of the calling thread in the pool, below dpt_pool_threads; SIZE_MAX if it is none of its
 * threads. Null: in the pool that it is a thread of, whichever that is. */
size_t dpt_pool_index(const dpt_pool *pool);

/* Writes what it has done to *out. DPT_ERR_NULL. */
dpt_status dpt_pool_get_metrics(const dpt_pool *pool, dpt_pool_metrics *out);

/* Waits until all that was spawned and submitted has ended. DPT_ERR_NULL; DPT_ERR_ARGUMENT in a
 * thread of the pool, which could not end before itself. */
dpt_status dpt_pool_wait_idle(dpt_pool *pool);

/* Ends the pool: all that was submitted is done first. Null is accepted. Nobody may be in a call with
 * it, but for work of its own. */
void dpt_pool_delete(dpt_pool *pool);

/* Ends the pool; what has not begun is dropped. *dropped, unless it is null, is how many jobs that
 * were. DPT_ERR_NULL. */
dpt_status dpt_pool_shutdown_now(dpt_pool *pool, uint64_t *dropped);

/* ---- Work that is waited for ------------------------------------------------------------- */

/* Calls work(context) in a thread of the pool and waits. DPT_ERR_NULL. */
dpt_status dpt_pool_install(dpt_pool *pool, dpt_work work, void *context);

/*
 * Calls both, perhaps at the same time, and waits. In a thread of the pool this costs little more
 * than two calls. A null pool is the one of the calling thread, or a global one with as many threads
 * as there are processors. DPT_ERR_NULL for null work.
 */
dpt_status dpt_pool_join(dpt_pool *pool, dpt_work a, void *a_context, dpt_work b, void *b_context);

/*
 * Calls body(context, scope) in a thread of the pool, and waits for it and for all that was spawned in
 * the scope. A null pool: as for dpt_pool_join. DPT_ERR_NULL for a null body.
 */
dpt_status dpt_pool_scope(dpt_pool *pool, void (*body)(void *context, dpt_scope *scope),
                          void *context);

/*
 * Calls work(context) some time before the scope ends, perhaps at once. By `body`, or by what was
 * spawned in the same scope. DPT_ERR_NULL.
 */
dpt_status dpt_scope_spawn(dpt_scope *scope, dpt_work work, void *context);

/* Calls work(context, index) once in each thread, and waits. DPT_ERR_NULL. */
dpt_status dpt_pool_broadcast(dpt_pool *pool, void (*work)(void *context, size_t index),
                              void *context);

/*
 * Calls body(context, begin, end) for parts of [0, count) that together are all of it, each once, and
 * waits. No part is longer than `grain`, and few are shorter; 0 for one that suits most work. `token`
 * may be null; once it is cancelled no part is begun. A null pool: as for dpt_pool_join. DPT_ERR_NULL
 * for a null body; DPT_ERR_CANCELLED if some part was not done.
 */
dpt_status dpt_pool_for(dpt_pool *pool, size_t count, size_t grain, const dpt_cancel *token,
                        void (*body)(void *context, size_t begin, size_t end), void *context);

/* ---- Work for later ---------------------------------------------------------------------- */

/*
 * Calls work(context) some time, unless the pool is shut down before: then `context` is as it was, and
 * nobody is told. A null pool: as for dpt_pool_join. DPT_ERR_NULL for null work.
 */
dpt_status dpt_pool_spawn(dpt_pool *pool, dpt_work work, void *context);

/*
 * The same, with a priority, and a token that may be null and stays the caller's. If the work is
 * dropped, because the token was cancelled or the pool shut down before it began, dropped(context) is
 * called in its place, in a thread of the pool: one of both is, once, so that `context` may be freed
 * there. `dropped` may be null. If `task` is not null, *task is a handle, to be ended by dpt_task_wait
 * or dpt_task_delete. DPT_ERR_NULL, DPT_ERR_ARGUMENT for a priority that is none: then neither is
 * called.
 */
dpt_status dpt_pool_submit(dpt_pool *pool, dpt_priority priority, const dpt_cancel *token,
                           dpt_work work, dpt_work dropped, void *context, dpt_task **task);

/* Not 0 if the work has ended, or never will begin. 0 for null. */
int dpt_task_is_done(const dpt_task *task);

/* Waits for the work, and ends the handle. DPT_ERR_CANCELLED if it was dropped before it began;
 * DPT_ERR_NULL. */
dpt_status dpt_task_wait(dpt_task *task);

/* Ends the handle; the work goes on. Null is accepted. */
void dpt_task_delete(dpt_task *task);

/* A token that is not cancelled. Null if there is no memory. The caller ends it by dpt_cancel_delete. */
dpt_cancel *dpt_cancel_new(void);

/* What was submitted with the token and has not begun is dropped when its turn comes. Null is
 * accepted. */
void dpt_cancel_now(dpt_cancel *token);

/* Not 0 if it was: for work that runs long to look at. 0 for null. */
int dpt_cancel_is_cancelled(const dpt_cancel *token);

/* How many jobs, and items of loops, were dropped because of it, so far. 0 for null. */
uint64_t dpt_cancel_dropped(const dpt_cancel *token);

/* Ends the token; what was submitted with it keeps it. Null is accepted. */
void dpt_cancel_delete(dpt_cancel *token);
