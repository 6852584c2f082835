/* A worker of the laboratory in C99, around work.h. It speaks spec/lab-protocol.md; what it leaves
 * out (memory, instructions) it answers with an error.   cc -std=c99 -O3 worker.c -o worker-c */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "work.h"

static const char *list = "contestant\tc\tc\tcc " __VERSION__ "\t-O3\t" BASELINE "\n"
                          "workload\t" WORKLOAD "\t0\t0\nok\n";
static const char *workload = "open\tc\t" WORKLOAD "\n";

static uint64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int main(void) {
    char line[256];
    FILE *out = fdopen(dup(1), "w"); /* the coordinator's; what the work prints goes elsewhere */
    for (dup2(2, 1); fgets(line, sizeof line, stdin) && strcmp(line, "quit\n"); fflush(out)) {
        struct rusage before, after;
        uint64_t seed, calls, time = 0, batches = 0, digest = 0, wall = 0, cpu = 0;
        const char *numbers = "%*[a-z] %" SCNu64 " %" SCNu64 " %" SCNu64;
        const uint64_t start = now(CLOCK_MONOTONIC);
        /* Batches: one, or as many as `warm` has time for. */
        int more = sscanf(line, numbers, &seed, &calls, &time) >= 2 && calls <= MOST;
        for (; more; more = now(CLOCK_MONOTONIC) - start < time) {
            prepare(seed + batches++, calls);
            getrusage(RUSAGE_SELF, &before);
            cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
            digest = run(calls);
            wall = now(CLOCK_MONOTONIC) - wall, cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
            getrusage(RUSAGE_SELF, &after);
        }
        if (batches > 0 && strncmp(line, "check", 5) == 0)
            fprintf(out, "ok\t%016" PRIx64 "\n", digest);
        else if (batches > 0 && strncmp(line, "sample", 6) == 0)
            fprintf(out, "ok\t%" PRIu64 "\t%" PRIu64 "\t%ld\t%016" PRIx64 "\n", wall, cpu,
                    after.ru_minflt - before.ru_minflt, digest);
        else if (batches > 0 && strncmp(line, "warm", 4) == 0)
            fprintf(out, "ok\t%" PRIu64 "\n", batches);
        else
            fputs(strcmp(line, "hello\t1\n") == 0 ? "ok\tdiptych-worker\t1\n"
                  : strcmp(line, "list\n") == 0   ? list
                  : strcmp(line, workload) == 0   ? "ok\n"
                                                  : "error\tnot a command of this worker\n",
                  out);
    }
}
