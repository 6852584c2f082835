/* The same in C, with what the linker makes of an indirect function and a copied variable. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int plain(int value) { return value + 40; }
static int (*choose(void))(int) { return plain; }
int chosen(int value) __attribute__((ifunc("choose")));

static const char* const names[] = {"zero", "one", "two"};
static _Thread_local int local = 5;

__attribute__((noinline)) int whereabouts(int value) { return value ^ 5; }

int main(void) {
    fprintf(stdout, "%d %s %d %d %zu\n", chosen(2), names[2], local, whereabouts(1),
            strlen(names[1]));
    printf("%d\n", (int)((uintptr_t)&whereabouts % 4096));
    return 0;
}
