/*
 * Blocks and threads: freed by others than who allocated them, by threads that are ending, beside
 * signals, and around fork.
 */
#include "malloc_support.h"

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

enum { THREADS = 4 };

static pthread_t started(void *(*body)(void *), void *argument) {
    pthread_t thread;
    NEED(pthread_create(&thread, NULL, body, argument) == 0);
    return thread;
}

/* Mostly small, sometimes large. */
static size_t some_size(uint64_t *random) {
    const uint64_t drawn = next_random(random);
    const unsigned most = drawn % 256 == 0 ? 21 : drawn % 16 == 0 ? 15 : 9;
    return (size_t)((drawn >> 32) & (((uint64_t)1 << most) - 1)) + 1;
}

/* A block that begins with its own size; the rest tells whose it is. */
static void *labelled(size_t bytes) {
    bytes += 16;
    size_t *block = malloc(bytes);
    NEED(block != NULL);
    block[0] = bytes;
    fill(block + 1, bytes - sizeof *block, (uintptr_t)block);
    return block;
}

static void free_labelled(void *labelled_block) {
    size_t *block = labelled_block;
    EXPECT(is_filled(block + 1, block[0] - sizeof *block, (uintptr_t)block));
    free(block);
}

/* Allocates and frees at random for a while, keeping some blocks. */
static void churn(uint64_t seed, int operations) {
    void *kept[64] = {NULL};
    uint64_t random = seed;
    for (int i = 0; i < operations; i++) {
        void **slot = &kept[next_random(&random) % COUNT(kept)];
        if (*slot != NULL) {
            free_labelled(*slot);
            *slot = NULL;
        } else {
            *slot = labelled(some_size(&random));
        }
    }
    for (size_t i = 0; i < COUNT(kept); i++) {
        if (kept[i] != NULL) {
            free_labelled(kept[i]);
        }
    }
}

/* ---- Blocks that change hands --------------------------------------------------------------- */

#define PLACES 512
static _Atomic(void *) places[PLACES];

/* Puts new blocks where others find them, and frees what others put there. */
static void *hands_blocks_over(void *argument) {
    uint64_t random = (uintptr_t)argument;
    for (int i = 0; i < 40000; i++) {
        void *mine = next_random(&random) % 8 == 0 ? NULL : labelled(some_size(&random));
        void *found = atomic_exchange(&places[next_random(&random) % PLACES], mine);
        if (found != NULL) {
            free_labelled(found);
        }
    }
    return NULL;
}

static void free_what_was_left(void) {
    for (size_t i = 0; i < PLACES; i++) {
        void *found = atomic_exchange(&places[i], NULL);
        if (found != NULL) {
            free_labelled(found);
        }
    }
}

static void blocks_may_be_freed_by_any_thread(void) {
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        threads[i] = started(hands_blocks_over, (void *)(i + 1));
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    free_what_was_left();
}

/* All that a producer makes is freed by a consumer: nothing ever comes back by itself. */
static void *produces(void *argument) {
    uint64_t random = (uintptr_t)argument;
    for (int i = 0; i < 100000; i++) {
        void *expected = NULL, *block = labelled(some_size(&random) % 1024);
        while (!atomic_compare_exchange_weak(&places[next_random(&random) % PLACES], &expected,
                                             block)) {
            expected = NULL;
        }
    }
    return NULL;
}

static atomic_int producing;

static void *consumes(void *argument) {
    (void)argument;
    int last = 0;
    do {
        last = atomic_load(&producing) == 0;
        free_what_was_left();
    } while (!last);
    return NULL;
}

static void what_one_thread_makes_and_another_frees_is_used_again(void) {
    pthread_t threads[2], consumer;
    const size_t before = memory_in_use(1);
    atomic_store(&producing, 1);
    consumer = started(consumes, NULL);
    for (size_t i = 0; i < COUNT(threads); i++) {
        threads[i] = started(produces, (void *)(i + 1));
    }
    for (size_t i = 0; i < COUNT(threads); i++) {
        pthread_join(threads[i], NULL);
    }
    atomic_store(&producing, 0);
    pthread_join(consumer, NULL);
    /* Some 50 MB passed through; the places hold a quarter of one. */
    const size_t after = memory_in_use(1);
    EXPECT(after < before + 32 * MIB);
}

/* ---- Threads that end ----------------------------------------------------------------------- */

static void *leaves_blocks_behind(void *argument) {
    uint64_t random = (uintptr_t)argument;
    for (size_t i = 0; i < PLACES; i++) {
        void *found =
            atomic_exchange(&places[next_random(&random) % PLACES], labelled(some_size(&random)));
        if (found != NULL) {
            free_labelled(found);
        }
    }
    return NULL;
}

static void blocks_outlive_their_thread_while_others_free_them(void) {
    atomic_store(&producing, 1);
    pthread_t consumer = started(consumes, NULL);
    for (size_t generation = 0; generation < 150; generation++) {
        pthread_t threads[THREADS];
        for (size_t i = 0; i < THREADS; i++) {
            threads[i] = started(leaves_blocks_behind, (void *)(generation * THREADS + i + 1));
        }
        for (size_t i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
        }
    }
    atomic_store(&producing, 0);
    pthread_join(consumer, NULL);
}

static void *churns(void *argument) {
    churn((uintptr_t)argument, 2000);
    return NULL;
}

static void threads_come_and_go_and_memory_does_not_grow(void) {
    size_t early = 0;
    for (size_t i = 0; i < 300; i++) {
        void *argument = (void *)(i + 1);
        pthread_t one = started(churns, argument), other = started(leaves_blocks_behind, argument);
        pthread_join(one, NULL);
        pthread_join(other, NULL);
        free_what_was_left();
        if (i == 100) {
            early = memory_in_use(1);
        }
    }
    EXPECT(memory_in_use(1) < early + 32 * MIB);
}

static pthread_key_t keys[16];
static atomic_int destroyed;

/* Frees what the thread kept, allocates anew, and asks to be called again. */
static void destroys(void *kept) {
    const size_t round = *(size_t *)kept;
    const size_t key = ((size_t *)kept)[1];
    free(kept);
    churn(round * 16 + key, 50);
    atomic_fetch_add(&destroyed, 1);
    if (round < 3) { /* POSIX promises four rounds */
        size_t *again = malloc(8 * KIB * (key + 1));
        NEED(again != NULL);
        again[0] = round + 1;
        again[1] = key;
        pthread_setspecific(keys[key], again);
    }
}

static void *keeps_blocks_in_keys(void *argument) {
    (void)argument;
    for (size_t i = 0; i < COUNT(keys); i++) {
        size_t *kept = calloc(2 + i * i * 8, sizeof *kept);
        NEED(kept != NULL);
        kept[1] = i;
        pthread_setspecific(keys[i], kept);
    }
    return NULL;
}

static void key_destructors_may_allocate_and_free(void) {
    enum { ROUNDS = 100 };
    for (size_t i = 0; i < COUNT(keys); i++) {
        NEED(pthread_key_create(&keys[i], destroys) == 0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        pthread_t one = started(keeps_blocks_in_keys, NULL), other = started(churns, NULL);
        pthread_join(one, NULL);
        pthread_join(other, NULL);
    }
    EXPECT(atomic_load(&destroyed) == ROUNDS * (int)COUNT(keys) * 4);
    for (size_t i = 0; i < COUNT(keys); i++) {
        pthread_key_delete(keys[i]);
    }
}

static void *is_cancelled_afterwards(void *argument) {
    pthread_cancel(pthread_self());
    /* Pending from here on: the first cancellation point would end the thread. */
    churn(7, 20000);
    for (size_t bytes = 1; bytes <= 64 * MIB; bytes *= 2) {
        free(realloc(calloc(bytes, 1), bytes * 2));
    }
    malloc_trim(0);
    *(int *)argument = 1;
    pthread_testcancel();
    return NULL;
}

static void no_entry_is_a_cancellation_point(void) {
    int came_through = 0;
    void *result = NULL;
    pthread_t thread = started(is_cancelled_afterwards, &came_through);
    pthread_join(thread, &result);
    EXPECT(came_through && result == PTHREAD_CANCELED);
}

static void a_thread_with_a_small_stack_may_allocate(void) {
    pthread_attr_t attributes;
    pthread_t thread;
    NEED(pthread_attr_init(&attributes) == 0);
    EXPECT(pthread_attr_setstacksize(&attributes, 32 * KIB) == 0);
    for (size_t i = 1; i < 20; i++) {
        NEED(pthread_create(&thread, &attributes, churns, (void *)i) == 0);
        pthread_join(thread, NULL);
    }
    pthread_attr_destroy(&attributes);
}

/* ---- Signals -------------------------------------------------------------------------------- */

static atomic_long signals_seen;
static atomic_int churning;

static void counts_signals(int number) {
    (void)number;
    atomic_fetch_add(&signals_seen, 1);
}

static void *churns_under_signals(void *argument) {
    /* Until there were enough signals, however slow the machine. */
    for (uint64_t i = 0; atomic_load(&signals_seen) < 3000; i++) {
        churn((uintptr_t)argument + i, 1000);
    }
    atomic_fetch_sub(&churning, 1);
    return NULL;
}

static void signals_may_interrupt_any_entry(void) {
    const struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
    struct sigaction action;
    pthread_t threads[THREADS];
    memset(&action, 0, sizeof action);
    action.sa_handler = counts_signals; /* without SA_RESTART: system calls are interrupted */
    NEED(sigaction(SIGALRM, &action, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
    atomic_store(&churning, THREADS);
    for (size_t i = 0; i < THREADS; i++) {
        threads[i] = started(churns_under_signals, (void *)(i + 1));
    }
    NEED(setitimer(ITIMER_REAL, &often, NULL) == 0);
    for (size_t i = 0; atomic_load(&churning) == THREADS; i++) {
        pthread_kill(threads[i % THREADS], SIGUSR1);
        free(malloc(i % (256 * KIB)));
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    setitimer(ITIMER_REAL, &never, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGALRM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    action.sa_handler = SIG_DFL;
    sigaction(SIGALRM, &action, NULL);
}

/* ---- fork ----------------------------------------------------------------------------------- */

static void *from_the_parent[64];
static atomic_int forking;

static void *churns_until_told(void *argument) {
    uint64_t random = (uintptr_t)argument;
    while (atomic_load(&forking)) {
        churn(next_random(&random), 200);
        void *mine = labelled(some_size(&random));
        void *found = atomic_exchange(&places[next_random(&random) % PLACES], mine);
        if (found != NULL) {
            free_labelled(found);
        }
    }
    return NULL;
}

static void in_the_child_of_a_fork(void) {
    for (size_t i = 0; i < COUNT(from_the_parent); i++) {
        free_labelled(from_the_parent[i]);
    }
    /* The threads that made these are not in this process. */
    free_what_was_left();
    churn((uint64_t)getpid(), 1000);
    for (size_t bytes = 1; bytes <= 8 * MIB; bytes *= 4) {
        free(realloc(calloc(bytes, 1), bytes * 2));
    }
    pthread_t thread = started(churns, (void *)1);
    pthread_join(thread, NULL);
    if (getpid() % 8 == 0) {
        const pid_t grandchild = fork();
        if (grandchild == 0) {
            alarm(60);
            churn(1, 1000);
            _exit(failures != 0);
        }
        EXPECT(ended_well(grandchild));
    }
}

static void *forks(void *argument) {
    uint64_t random = (uintptr_t)argument;
    for (int i = 0; i < 20; i++) {
        EXPECT(in_child(in_the_child_of_a_fork));
        churn(next_random(&random), 300);
    }
    return NULL;
}

static void fork_while_threads_allocate(void) {
    pthread_t threads[THREADS];
    for (size_t i = 0; i < COUNT(from_the_parent); i++) {
        from_the_parent[i] = labelled(i * i * 40);
    }
    atomic_store(&forking, 1);
    for (size_t i = 0; i < THREADS; i++) {
        threads[i] = started(churns_until_told, (void *)(i + 1));
    }
    forks((void *)1);
    pthread_t forker = started(forks, (void *)2);
    pthread_join(forker, NULL);
    atomic_store(&forking, 0);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (size_t i = 0; i < COUNT(from_the_parent); i++) {
        free_labelled(from_the_parent[i]);
    }
    free_what_was_left();
}

static int handlers_allocate, handled;

static void allocates_in_a_handler(void) {
    if (!handlers_allocate) {
        return;
    }
    churn((uint64_t)++handled, 100);
    for (size_t bytes = 1; bytes <= 8 * MIB; bytes *= 8) {
        free(realloc(calloc(bytes, 1), bytes * 2));
    }
}

/* Before main, so that few have registered handlers earlier. */
__attribute__((constructor)) static void registers_handlers(void) {
    pthread_atfork(allocates_in_a_handler, allocates_in_a_handler, allocates_in_a_handler);
}

static void in_a_child_whose_handlers_ran(void) { EXPECT(handled % 2 == 0); }

static void fork_handlers_may_allocate(void) {
    pthread_t threads[2];
    atomic_store(&forking, 1);
    for (size_t i = 0; i < COUNT(threads); i++) {
        threads[i] = started(churns_until_told, (void *)(i + 1));
    }
    handlers_allocate = 1;
    for (int i = 0; i < 50; i++) {
        EXPECT(in_child(in_a_child_whose_handlers_ran));
    }
    EXPECT(handled == 100);
    handlers_allocate = 0;
    atomic_store(&forking, 0);
    for (size_t i = 0; i < COUNT(threads); i++) {
        pthread_join(threads[i], NULL);
    }
    free_what_was_left();
}

int main(int argc, char **argv) {
    static const test tests[] = {
        TEST(blocks_may_be_freed_by_any_thread),
        TEST(what_one_thread_makes_and_another_frees_is_used_again),
        TEST(blocks_outlive_their_thread_while_others_free_them),
        TEST(threads_come_and_go_and_memory_does_not_grow),
        TEST(key_destructors_may_allocate_and_free),
        TEST(no_entry_is_a_cancellation_point),
        TEST(a_thread_with_a_small_stack_may_allocate),
        TEST(signals_may_interrupt_any_entry),
        TEST(fork_while_threads_allocate),
        TEST(fork_handlers_may_allocate),
    };
    return run_tests(tests, COUNT(tests), argc, argv);
}
