/* A worker of the laboratory in C99: sums squares. It speaks spec/lab-protocol.md.
 * cc -std=c99 -O3 worker.c -o worker-c -ldl */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { N = 1000 }; /* numbers in one input */
static uint64_t inputs[N << 14];
static volatile uint64_t sink;

/* Makes an input for every call of a batch, not timed: SplitMix64, the same in every worker. */
static void prepare(uint64_t seed, uint64_t calls) {
    for (uint64_t i = 0; i < calls * N; i++) {
        uint64_t z = (seed += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        inputs[i] = z ^ (z >> 31);
    }
}

/* Does the work once on each and answers the digest of the results, FNV-1a over words. Timed. */
static uint64_t run(uint64_t calls) {
    uint64_t digest = 0xcbf29ce484222325u;
    for (uint64_t call = 0; call < calls; call++) {
        uint64_t sum = 0;
        for (uint64_t i = call * N; i < (call + 1) * N; i++) {
            sum += inputs[i] * inputs[i];
        }
        digest = (digest ^ sum) * 0x100000001b3u;
    }
    return digest;
}

static uint64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void sample(FILE *out, uint64_t calls) {
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    const uint64_t cpu = now(CLOCK_PROCESS_CPUTIME_ID), begin = now(CLOCK_MONOTONIC);
    const uint64_t digest = run(calls);
    const uint64_t wall = now(CLOCK_MONOTONIC) - begin, used = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    getrusage(RUSAGE_SELF, &after);
    fprintf(out, "ok\t%" PRIu64 "\t%" PRIu64 "\t%ld\t%016" PRIx64 "\n", wall, used,
            after.ru_minflt - before.ru_minflt, digest);
}

/* Counts with the library that the coordinator preloads into a worker for this command. */
static void memory(FILE *out) {
    uint64_t heap[6]; /* allocs, reallocs, frees, bytes, peak bytes, live at the end */
    void (*start)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "diptych_lab_heap_start");
    int (*stop)(void *) = (int (*)(void *))dlsym(RTLD_DEFAULT, "diptych_lab_heap_stop");
    if (start != NULL && stop != NULL) {
        start();
        const uint64_t digest = run(1);
        if (stop(heap) != 0) {
            fprintf(out, "ok\t%016" PRIx64, digest);
            for (int i = 0; i < 6; i++) {
                fprintf(out, "\t%" PRId64, (int64_t)heap[i]);
            }
            fputs("\t0\t0\t0\n", out); /* no element counts its copies, moves and destructions */
            return;
        }
    }
    fputs("error\tthere is no heap counter\n", out);
}

int main(void) {
    char line[1024], name[32];
    uint64_t a, b, c, batches = 0;
    FILE *out = fdopen(dup(1), "w"); /* the coordinator's; what the work prints goes elsewhere */
    if (out == NULL || dup2(2, 1) < 0) {
        return 1;
    }
    for (; fgets(line, sizeof line, stdin) != NULL && strcmp(line, "quit\n") != 0; fflush(out)) {
        const char *form = "%31[a-z]\t%" SCNu64 "\t%" SCNu64 "\t%" SCNu64;
        const int fields = sscanf(line, form, name, &a, &b, &c);
        const int batch = fields >= 2 && (fields == 2 || b <= sizeof inputs / sizeof *inputs / N);
        if (strcmp(line, "hello\t1\n") == 0) {
            fputs("ok\tdiptych-worker\t1\n", out);
        } else if (strcmp(line, "list\n") == 0) {
            fputs("contestant\tc\tc\tcc " __VERSION__ "\t-O3\trust\n", out);
            fputs("workload\texample\tsum_of_squares/u64\t1000\t0\t0\nok\n", out);
        } else if (strcmp(line, "open\tc\texample\tsum_of_squares/u64\t1000\n") == 0) {
            fputs("ok\n", out);
        } else if (batch && fields == 3 && strcmp(name, "check") == 0) {
            prepare(a, b);
            fprintf(out, "ok\t%016" PRIx64 "\n", run(b));
        } else if (batch && fields == 4 && strcmp(name, "warm") == 0) {
            const uint64_t begin = now(CLOCK_MONOTONIC);
            for (batches = 0; batches == 0 || now(CLOCK_MONOTONIC) - begin < c; batches++) {
                prepare(a + batches, b);
                sink = run(b);
            }
            fprintf(out, "ok\t%" PRIu64 "\n", batches);
        } else if (batch && fields == 3 && strcmp(name, "sample") == 0) {
            prepare(a, b);
            sample(out, b);
        } else if (fields == 2 && strcmp(name, "memory") == 0) {
            prepare(a + 1, 1);
            sink = run(1); /* pays what is paid once per process */
            prepare(a, 1);
            memory(out);
        } else {
            fputs("error\tnot a command of this worker\n", out);
        }
    }
    return 0;
}
