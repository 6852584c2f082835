/*
 * diptych/elem.h - the element table: what a container must know about a type it cannot see.
 */
#ifndef DIPTYCH_ELEM_H
#define DIPTYCH_ELEM_H

#include <stddef.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Describes one element type. A null function means that bytes are enough: copy and relocate become
 * memcpy, destroy becomes nothing. `context` is handed to each function as it is.
 *
 * Lifetime:  the table must outlive every container made with it and must not change meanwhile; a
 *            `static const` is the usual home.
 * Callbacks: must return to their caller: no exception, no panic, no longjmp. They must not touch
 *            the container they are called for. They may use other containers.
 */
typedef struct dpt_elem {
    size_t size;  /* bytes of one element, > 0, a multiple of align: sizeof(T) */
    size_t align; /* a power of two: the alignment of T */

    /* Makes a new element in the raw bytes at dst, equal to *src. Answers DPT_OK, or another status
     * after leaving dst raw; the container then undoes its step and answers DPT_ERR_ELEMENT. */
    dpt_status (*copy)(void *dst, const void *src, void *context);

    /* Moves the element at src to the raw bytes at dst; src is raw afterwards and is not destroyed.
     * Must not fail. The two never overlap. */
    void (*relocate)(void *dst, void *src, void *context);

    /* Ends the life of the element; its bytes are raw afterwards. Must not fail. */
    void (*destroy)(void *item, void *context);

    void *context;
} dpt_elem;

/* The table of a type whose bytes are its value, as an initializer:
 * static const dpt_elem u64 = DPT_ELEM_PLAIN(uint64_t); */
#define DPT_ELEM_PLAIN(type) {sizeof(type), DPT_ALIGN_OF(type), NULL, NULL, NULL, NULL}

/* The alignment of a type, a constant in every language that reads this file. */
#if defined(__cplusplus)
#define DPT_ALIGN_OF(type) alignof(type)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define DPT_ALIGN_OF(type) _Alignof(type)
#elif defined(__GNUC__)
#define DPT_ALIGN_OF(type) (__extension__ _Alignof(type)) /* no warning in C99 */
#else
#define DPT_ALIGN_OF(type) offsetof(struct { char before; type it; }, it)
#endif

#ifdef __cplusplus
}
#endif

#endif /* DIPTYCH_ELEM_H */
