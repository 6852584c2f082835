/* What the secure build adds. `order` prints where blocks lie in the order they come; the others
 * run over the end of a page, a run or a huge block, and are to be ended by that. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blocks of the size from which nothing else of the program is. */
#define SIZE 3000
#define COUNT 64

static int order(void) {
    uintptr_t at[COUNT];
    int falls = 0;
    for (int i = 0; i < COUNT; i++) {
        void *p = malloc(SIZE);
        if (p == NULL) {
            return 1;
        }
        at[i] = (uintptr_t)p;
        falls += i > 0 && at[i] < at[i - 1];
        /* Whatever the kernel chose for the first. */
        printf("%ld ", (long)((intptr_t)at[i] - (intptr_t)at[0]));
    }
    return falls > COUNT / 10 ? 0 : 1;
}

/* Writes over the end of a block until it faults, or so many bytes were written. */
static int run_over(char *block, size_t size, size_t most) {
    volatile char *end = block + size;
    for (size_t i = 0; i < most; i++) {
        end[i] = 1;
    }
    printf("wrote %zu bytes behind the block\n", most);
    return 1;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "order") == 0) {
        return order();
    }
    /* A page of these has less than 512 KiB; behind it is the next page's. */
    if (strcmp(what, "page") == 0) {
        return run_over(malloc(20000), 20000, 1 << 19);
    }
    size_t size = strstr(what, "run") != NULL ? 1000000 : (size_t)40 << 20;
    char *block = malloc(size);
    /* What lies behind it is in use too. */
    char *behind = malloc(size);
    if (block == NULL || behind == NULL) {
        return 1;
    }
    if (strncmp(what, "grown_", 6) == 0) {
        size *= 2;
        block = realloc(block, size);
        if (block == NULL) {
            return 1;
        }
    }
    return run_over(block, size, 1 << 17);
}
