/*
 * A program in C that loads a library in C++, whose path it is given, for itself alone; or, without
 * one, asks for operator new, which in C nobody can throw for.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

int main(int argc, char **argv) {
    int (*check)(void) = NULL;
    void *(*new_block)(size_t) = NULL;
    void *found;
    if (argc < 2) {
        found = dlsym(RTLD_DEFAULT, "_Znwm");
        memcpy(&new_block, &found, sizeof found);
        return new_block == NULL || new_block((size_t)1 << 50) == NULL;
    }
    found = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (found == NULL) {
        return 3;
    }
    found = dlsym(found, "what_cannot_be_had_is_refused");
    memcpy(&check, &found, sizeof found);
    return check == NULL ? 4 : check();
}
