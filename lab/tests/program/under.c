// under.c - a program that behaves otherwise under a library: under WHAT LIBRARY.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "burn.h"

static char filled[8 << 20];

int main(int count, char** words) {
    const char* what = count > 1 ? words[1] : "";
    const char* preloaded = getenv("LD_PRELOAD");
    const int under = preloaded != NULL && count > 2 && strstr(preloaded, words[2]) != NULL;
    if (strcmp(what, "fails") == 0 && under) {
        fputs("a block was given back twice\n", stderr);
        abort();
    } else if (strcmp(what, "hangs") == 0 && under) {
        // With a process of its own, which has to go too.
        if (fork() == 0) {
            execlp("sleep", "sleep", "0391.7261", (char*)NULL);
        }
        pause();
    } else if (strcmp(what, "differs") == 0) {
        puts(under ? "odd" : "even");
    } else if (strcmp(what, "changes") == 0) {
        printf("%ld\n", (long)getpid());
    } else if (strcmp(what, "tells") == 0) {
        printf("it did %d steps a second\n", under ? 200 : 100);
    } else if (strcmp(what, "sees") == 0) {
        // Whether something is open that is none of its business.
        return fcntl(9, F_GETFD) >= 0;
    } else if (strcmp(what, "fills") == 0) {
        // More than any process between fork and exec has.
        memset(filled, 1, sizeof filled);
    } else if (strcmp(what, "burns") == 0) {
        // Each block with three times the work that the library has with it.
        for (int i = 0; i < 200; ++i) {
            free(malloc(100));
            burn(3 * STEPS);
        }
    }
    return 0;
}
