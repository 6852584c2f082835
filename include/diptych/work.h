/*
 * diptych/work.h - what a pool of threads is given to do.
 */
#ifndef DIPTYCH_WORK_H
#define DIPTYCH_WORK_H

#ifdef __cplusplus
extern "C" {
#endif

/* Work: called with the pointer that it was given with. */
typedef void (*dpt_work)(void *context);

/* Which of the jobs that wait outside are taken first. */
typedef enum dpt_priority {
    DPT_PRIORITY_HIGH = 0,   /* before all else that waits */
    DPT_PRIORITY_NORMAL = 1, /* in the order in which they came, more or less */
    DPT_PRIORITY_LOW = 2     /* when there is nothing else to do */
} dpt_priority;

#ifdef __cplusplus
}
#endif

#endif /* DIPTYCH_WORK_H */
