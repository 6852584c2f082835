/*
 * A program that holds blocks when it ends, always the same, and ends in the way that its argument
 * says. It prints nothing itself, and uses no stdio, which would allocate.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 300, THREADS = 3 };

static void *kept[MANY];
static pthread_barrier_t all_hold;

/* Blocks of 2000 bytes, every third of which is given back; two runs, and a huge block. */
static void hold(void) {
    size_t i;
    for (i = 0; i < MANY; i++) {
        kept[i] = malloc(2000);
        if (kept[i] == NULL) {
            _exit(2);
        }
        memset(kept[i], 1, 2000);
    }
    for (i = 0; i < MANY; i += 3) {
        free(kept[i]);
        kept[i] = NULL;
    }
    kept[0] = malloc(100000);
    kept[3] = malloc(200000);
    kept[6] = malloc((size_t)5 << 20);
    kept[9] = aligned_alloc(1024, 3000);
}

static void *hold_in_thread(void *unused) {
    (void)unused;
    for (size_t i = 0; i < 10; i++) {
        kept[MANY - 1 - i] = malloc(40);
    }
    pthread_barrier_wait(&all_hold);
    pause(); /* The process ends meanwhile. */
    return NULL;
}

static void replace_standard_error(int file) {
    if (file < 0 || dup2(file, STDERR_FILENO) != STDERR_FILENO) {
        _exit(3);
    }
    close(file);
}

int main(int argc, char **argv) {
    const char *end = argc > 1 ? argv[1] : "return";
    hold();
    if (strcmp(end, "_exit") == 0) {
        _exit(0);
    } else if (strcmp(end, "fork") == 0) {
        const pid_t child = fork();
        int status = 0;
        if (child == 0) {
            kept[12] = malloc((size_t)7 << 20);
            exit(0);
        }
        return waitpid(child, &status, 0) == child && status == 0 ? 0 : 4;
    } else if (strcmp(end, "threads") == 0) {
        pthread_barrier_init(&all_hold, NULL, THREADS + 1);
        for (int i = 0; i < THREADS; i++) {
            pthread_t thread;
            if (pthread_create(&thread, NULL, hold_in_thread, NULL) != 0) {
                return 5;
            }
        }
        pthread_barrier_wait(&all_hold);
        exit(0);
    } else if (strcmp(end, "closed") == 0) {
        close(STDERR_FILENO);
    } else if (strcmp(end, "broken") == 0) {
        int pipe_ends[2] = {-1, -1};
        if (pipe(pipe_ends) == 0) {
            close(pipe_ends[0]);
            replace_standard_error(pipe_ends[1]);
        }
    } else if (strcmp(end, "full") == 0) {
        replace_standard_error(open("/dev/full", O_WRONLY | O_CLOEXEC));
    } else if (strcmp(end, "file") == 0 && argc > 2) {
        /* Where standard error was closed from the beginning. */
        return open(argv[2], O_WRONLY | O_CREAT | O_EXCL, 0600) == STDERR_FILENO ? 0 : 6;
    } else if (strcmp(end, "environment") == 0) {
        /* As servers do that show their state in place of their arguments. */
        memset(getenv("DIPTYCH_MALLOC_STATS"), 'x', strlen(getenv("DIPTYCH_MALLOC_STATS")));
        clearenv();
    }
    return 0;
}
