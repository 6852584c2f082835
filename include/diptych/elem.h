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
 * The table must outlive every container made with it; a `static const` is the usual home.
 */
typedef struct dpt_elem {
    size_t size;  /* bytes of one element, > 0, a multiple of align: sizeof(T) */
    size_t align; /* a power of two: _Alignof(T) */

    /* Makes a new element in the raw bytes at dst, equal to *src. Answers DPT_OK, or anything else
     * after leaving dst raw; the container then undoes its step and answers DPT_ERR_ELEMENT. */
    dpt_status (*copy)(void *dst, const void *src, void *context);

    /* Moves the element at src to the raw bytes at dst; src is raw afterwards and is not destroyed.
     * Must not fail. The two may not overlap. */
    void (*relocate)(void *dst, void *src, void *context);

    /* Ends the life of the element; its bytes are raw afterwards. Must not fail. */
    void (*destroy)(void *item, void *context);

    void *context;
} dpt_elem;

/* The table of a type whose bytes are its value: DPT_ELEM_PLAIN(uint64_t). */
#ifdef __cplusplus
#define DPT_ELEM_PLAIN(type) {sizeof(type), alignof(type), nullptr, nullptr, nullptr, nullptr}
#else
#define DPT_ELEM_PLAIN(type) {sizeof(type), _Alignof(type), NULL, NULL, NULL, NULL}
#endif

#ifdef __cplusplus
}
#endif

#endif /* DIPTYCH_ELEM_H */
