/*
 * One vector of u64, grown by doubling `realloc` until it holds so many MiB, with every element
 * pushed: what a malloc makes of a block that keeps growing. For `diptych programs`:
 *
 *     growth 256
 *
 * Without a number, 64.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct vector {
    uint64_t *data;
    size_t size;
    size_t capacity;
} vector;

static void grow(vector *v) {
    const size_t capacity = v->capacity == 0 ? 4 : 2 * v->capacity;
    uint64_t *data = realloc(v->data, capacity * sizeof *data);
    if (data == NULL) {
        fprintf(stderr, "growth: no memory for %zu bytes\n", capacity * sizeof *data);
        exit(1);
    }
    v->data = data;
    v->capacity = capacity;
}

int main(int count, char **arguments) {
    const unsigned long mib = count == 1 ? 64 : strtoul(arguments[1], NULL, 10);
    if (count > 2 || mib == 0 || mib > SIZE_MAX >> 21) {
        fprintf(stderr, "usage: growth [MIB]\n");
        return 2;
    }
    const size_t elements = ((size_t)mib << 20) / sizeof(uint64_t);
    vector v = {NULL, 0, 0};
    for (uint64_t i = 0; i < elements; ++i) {
        if (v.size == v.capacity) {
            grow(&v);
        }
        v.data[v.size++] = i;
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < elements; i += 509) {
        sum += v.data[i];
    }
    printf("%llu\n", (unsigned long long)sum);
    free(v.data);
    return 0;
}
