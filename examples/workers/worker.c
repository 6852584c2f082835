/* A worker of the laboratory in C99: sums squares. It speaks spec/lab-protocol.md; what it leaves
 * out (memory, instructions) it answers with an error.   cc -std=c99 -O3 worker.c -o worker-c */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { N = 1000, MOST = 1 << 14 }; /* numbers in an input, inputs in a batch */
static uint64_t inputs[MOST * N];
static volatile uint64_t sink;

/* Makes an input for every call, not timed: SplitMix64, the same in every worker. */
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
    uint64_t digest = 0xcbf29ce484222325u, sum = 0;
    for (uint64_t i = 0; i < calls * N; i++) {
        sum += inputs[i] * inputs[i];
        if (i % N == N - 1) {
            digest = (digest ^ sum) * 0x100000001b3u, sum = 0;
        }
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

int main(void) {
    char line[256], name[16];
    FILE *out = fdopen(dup(1), "w"); /* the coordinator's; what the work prints goes elsewhere */
    for (dup2(2, 1); fgets(line, sizeof line, stdin) && strcmp(line, "quit\n"); fflush(out)) {
        uint64_t seed, calls = 0, time, batches = 0;
        int fields = sscanf(line, "%15[a-z]\t%" SCNu64 "\t%" SCNu64 "\t%" SCNu64, name, &seed,
                            &calls, &time);
        if (strcmp(line, "hello\t1\n") == 0) {
            fputs("ok\tdiptych-worker\t1\n", out);
        } else if (strcmp(line, "list\n") == 0) {
            fputs("contestant\tc\tc\tcc " __VERSION__ "\t-O3\trust\n"
                  "workload\texample\tsum_of_squares/u64\t1000\t0\t0\nok\n",
                  out);
        } else if (strcmp(line, "open\tc\texample\tsum_of_squares/u64\t1000\n") == 0) {
            fputs("ok\n", out);
        } else if (fields == 3 && calls <= MOST && strcmp(name, "check") == 0) {
            prepare(seed, calls);
            fprintf(out, "ok\t%016" PRIx64 "\n", run(calls));
        } else if (fields == 3 && calls <= MOST && strcmp(name, "sample") == 0) {
            prepare(seed, calls);
            sample(out, calls);
        } else if (fields == 4 && calls <= MOST && strcmp(name, "warm") == 0) {
            const uint64_t begin = now(CLOCK_MONOTONIC);
            for (; batches == 0 || now(CLOCK_MONOTONIC) - begin < time; batches++) {
                prepare(seed + batches, calls);
                sink = run(calls);
            }
            fprintf(out, "ok\t%" PRIu64 "\n", batches);
        } else {
            fputs("error\tnot a command of this worker\n", out);
        }
    }
    return 0;
}
