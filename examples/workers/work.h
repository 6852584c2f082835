/* What worker.c measures: the work and its name. Put yours here: an input for every call, made from
 * a seed, and one run over all of them. */
#include <stdint.h>

enum { N = 1000, MOST = 1 << 14 };                   /* numbers in an input, inputs in a batch */
#define WORKLOAD "example\tsum_of_squares/u64\t1000" /* component, workload, size of an input */
#define BASELINE "rust"                              /* whom it is compared with */
static uint64_t inputs[MOST * N];

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
    uint64_t digest = 0xcbf29ce484222325u;
    for (uint64_t call = 0, i = 0; call < calls; call++) {
        uint64_t sum = 0;
        for (uint64_t end = i + N; i < end; i++)
            sum += inputs[i] * inputs[i];
        digest = (digest ^ sum) * 0x100000001b3u;
    }
    return digest;
}
