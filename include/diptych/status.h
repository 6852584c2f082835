/*
 * diptych/status.h - what every function of the C interface answers.
 *
 * A function that can fail returns a dpt_status. DPT_OK is zero, every other value names one cause.
 * After any value but DPT_OK the arguments are as they were before the call, unless the function
 * says otherwise, and dpt_last_error() of the same twin holds a sentence about this thread's
 * latest failure.
 */
#ifndef DIPTYCH_STATUS_H
#define DIPTYCH_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum dpt_status {
    DPT_OK = 0,           /* done */
    DPT_ERR_NULL = 1,     /* a pointer that must not be null is null */
    DPT_ERR_ARGUMENT = 2, /* an argument makes no sense: an element table, one object given twice */
    DPT_ERR_RANGE = 3,    /* an index or a range reaches past the end */
    DPT_ERR_EMPTY = 4,    /* there is no element to take */
    DPT_ERR_CAPACITY = 5, /* more than PTRDIFF_MAX bytes would be needed */
    DPT_ERR_ALLOC = 6,    /* the allocator has no memory left */
    DPT_ERR_ELEMENT = 7,  /* a function of the element table failed */
    DPT_ERR_INTERNAL = 8, /* a defect of this library was caught at the border; please report it */
    DPT_ERR_CANCELLED = 9 /* the work was dropped before it began */
} dpt_status;

#ifdef __cplusplus
}
#endif

#endif /* DIPTYCH_STATUS_H */
