/*
 * What the tests of the C interface share: expectations, memory that fails on demand, elements that
 * are counted, and a model. Included first, once per program.
 */
#ifndef DIPTYCH_TESTS_SUPPORT_H
#define DIPTYCH_TESTS_SUPPORT_H

#if defined(__linux__)
#define _GNU_SOURCE /* RTLD_NEXT */
#endif
#include <diptych.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#endif
#if defined(__GLIBC__) && !defined(SANITIZED)
#define MALLOC_CAN_FAIL 1
#include <dlfcn.h>
#include <errno.h>
#else
#define MALLOC_CAN_FAIL 0
#endif

/* A request that is too large is to be answered, not to end the program. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "allocator_may_return_null=1"; }

/* ---- Expectations --------------------------------------------------------------------------- */

static int failures = 0;
static const char *test_name = "";

static inline void expect_at(int line, int condition, const char *what) {
    if (!condition) {
        fprintf(stderr, "%s:%d: %s: not so: %s\n", __FILE__, line, test_name, what);
        failures++;
    }
}

static inline void status_at(int line, dpt_status is, dpt_status want, const char *call) {
    if (is != want) {
        fprintf(stderr, "%s:%d: %s: %s is %d (%s), want %d\n", __FILE__, line, test_name, call,
                (int)is, dpt_last_error(), (int)want);
        failures++;
    }
}

static inline void fails_at(int line, dpt_status is, dpt_status want, const char *text,
                            const char *call) {
    status_at(line, is, want, call);
    if (is == want && strcmp(dpt_last_error(), text) != 0) {
        fprintf(stderr, "%s:%d: %s: %s says \"%s\", not \"%s\"\n", __FILE__, line, test_name, call,
                dpt_last_error(), text);
        failures++;
    }
}

#define EXPECT(condition) expect_at(__LINE__, (condition) != 0, #condition)
#define OK(call) status_at(__LINE__, (call), DPT_OK, #call)
#define FAILS(call, status, text) fails_at(__LINE__, (call), (status), (text), #call)

/* ---- Memory that fails on demand ------------------------------------------------------------ */

static long blocks_alive = 0;
static long fail_in = -1; /* requests until one fails; -1: none does */

#if MALLOC_CAN_FAIL

static inline int fails_now(void) {
    if (fail_in > 0 && --fail_in == 0) {
        fail_in = -1;
        errno = ENOMEM;
        return 1;
    }
    return 0;
}

/* The next definition of a function: the C library's, or a memory checker's. */
static inline void next(const char *name, void *function) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL) {
        abort();
    }
    memcpy(function, &found, sizeof found);
}

void *malloc(size_t bytes) {
    static void *(*real)(size_t);
    void *block;
    if (real == NULL) {
        next("malloc", &real);
    }
    block = fails_now() ? NULL : real(bytes);
    blocks_alive += block != NULL;
    return block;
}

void *realloc(void *old, size_t bytes) {
    static void *(*real)(void *, size_t);
    void *block;
    if (real == NULL) {
        next("realloc", &real);
    }
    block = fails_now() ? NULL : real(old, bytes);
    blocks_alive += old == NULL && block != NULL;
    return block;
}

void *aligned_alloc(size_t align, size_t bytes) {
    static void *(*real)(size_t, size_t);
    void *block;
    if (real == NULL) {
        next("aligned_alloc", &real);
    }
    block = fails_now() ? NULL : real(align, bytes);
    blocks_alive += block != NULL;
    return block;
}

int posix_memalign(void **out, size_t align, size_t bytes) {
    static int (*real)(void **, size_t, size_t);
    int error;
    if (real == NULL) {
        next("posix_memalign", &real);
    }
    error = fails_now() ? ENOMEM : real(out, align, bytes);
    blocks_alive += error == 0;
    return error;
}

void free(void *block) {
    static void (*real)(void *);
    if (real == NULL) {
        next("free", &real);
    }
    blocks_alive -= block != NULL;
    real(block);
}

#endif

/* Whether requests can be made to fail: a memory checker may stand in front of the above. */
static inline int memory_can_fail(void) {
    static int known = -1;
    if (known < 0) {
        void *volatile block;
        fail_in = MALLOC_CAN_FAIL ? 1 : -1;
        block = malloc(1);
        fail_in = -1;
        known = block == NULL;
        free(block);
    }
    return known;
}

/* ---- Elements that are counted -------------------------------------------------------------- */

/* Knows its own address, so that every move behind its back shows. */
typedef struct tracked {
    const struct tracked *self;
    long value;
} tracked;

typedef struct census {
    long alive;
    long copies_left; /* copies until one fails; -1: none does */
    long wrong;       /* a dead element was used, or a living one written over */
} census;

static census tracked_census = {0, -1, 0};

static inline dpt_status tracked_copy(void *dst, const void *src, void *context) {
    census *count = context;
    const tracked *from = src;
    tracked *to = dst;
    count->wrong += from->self != from;
    if (count->copies_left > 0 && --count->copies_left == 0) {
        count->copies_left = -1;
        return (dpt_status)DPT_ERR_ALLOC;
    }
    to->self = to;
    to->value = from->value;
    count->alive++;
    return DPT_OK;
}

static inline void tracked_relocate(void *dst, void *src, void *context) {
    census *count = context;
    tracked *from = src;
    tracked *to = dst;
    count->wrong += from->self != from || to == from;
    to->self = to;
    to->value = from->value;
    from->self = NULL;
}

static inline void tracked_destroy(void *item, void *context) {
    census *count = context;
    tracked *it = item;
    count->wrong += it->self != it;
    it->self = NULL;
    count->alive--;
}

static const dpt_elem tracked_elem = {sizeof(tracked),  DPT_ALIGN_OF(tracked), tracked_copy,
                                      tracked_relocate, tracked_destroy,       &tracked_census};

static inline tracked *new_tracked(tracked *at, long value) {
    at->self = at;
    at->value = value;
    tracked_census.alive++;
    return at;
}

/* Owns a block; may be moved by its bytes. */
typedef struct owner {
    long *value;
} owner;

static census owner_census = {0, -1, 0};

static inline dpt_status owner_copy(void *dst, const void *src, void *context) {
    census *count = context;
    owner *to = dst;
    if (count->copies_left > 0 && --count->copies_left == 0) {
        count->copies_left = -1;
        return (dpt_status)DPT_ERR_INTERNAL;
    }
    to->value = malloc(sizeof *to->value);
    if (to->value == NULL) {
        return DPT_ERR_ALLOC;
    }
    *to->value = *((const owner *)src)->value;
    count->alive++;
    return DPT_OK;
}

static inline void owner_destroy(void *item, void *context) {
    census *count = context;
    owner *it = item;
    free(it->value);
    it->value = NULL;
    count->alive--;
}

static const dpt_elem owner_elem = {sizeof(owner), DPT_ALIGN_OF(owner), owner_copy,
                                    NULL,          owner_destroy,       &owner_census};

static const dpt_elem u64 = DPT_ELEM_PLAIN(uint64_t);
static const dpt_elem byte3 = {3, 1, NULL, NULL, NULL, NULL};
static const dpt_elem wide = {64, 64, NULL, NULL, NULL, NULL};

/* A kind of element as the tests below use it: a number goes in, the number comes out. */
typedef struct kind {
    const char *name;
    const dpt_elem *elem;
    census *count;
} kind;

static const kind kinds[] = {
    {"u64", &u64, NULL},
    {"byte3", &byte3, NULL},
    {"wide", &wide, NULL},
    {"owner", &owner_elem, &owner_census},
    {"tracked", &tracked_elem, &tracked_census},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* Room for one element of any kind, aligned for each. */
typedef struct item {
    unsigned char room[192];
} item;

static inline void *room_of(item *it) {
    uintptr_t at = (uintptr_t)it->room;
    return it->room + ((64 - at % 64) % 64);
}

static inline void *make(const kind *k, item *it, unsigned value) {
    void *at = room_of(it);
    memset(at, 0, k->elem->size);
    if (k->elem == &tracked_elem) {
        new_tracked(at, (long)value);
    } else if (k->elem == &owner_elem) {
        ((owner *)at)->value = malloc(sizeof(long));
        if (((owner *)at)->value == NULL) {
            abort();
        }
        *((owner *)at)->value = (long)value;
        owner_census.alive++;
    } else {
        unsigned char *bytes = at;
        bytes[0] = (unsigned char)(value & 0xff);
        bytes[1] = (unsigned char)(value >> 8 & 0xff);
        bytes[k->elem->size - 1] = (unsigned char)(bytes[k->elem->size - 1] ^ 0x5a);
    }
    return at;
}

static inline void end(const kind *k, item *it) {
    if (k->elem->destroy != NULL) {
        k->elem->destroy(room_of(it), k->elem->context);
    }
}

/* The number in an element, or -1 if it is broken. */
static inline long value_of(const kind *k, const void *at) {
    if (k->elem == &tracked_elem) {
        const tracked *it = at;
        return it->self == it ? it->value : -1;
    }
    if (k->elem == &owner_elem) {
        return *((const owner *)at)->value;
    } else {
        const unsigned char *bytes = at;
        unsigned char last = bytes[k->elem->size - 1];
        return last == 0x5a ? (long)bytes[0] + (long)bytes[1] * 256 : -1;
    }
}

/* ---- A model -------------------------------------------------------------------------------- */

enum { MODEL_ROOM = 4096 };
typedef struct model {
    size_t len;
    long values[MODEL_ROOM];
} model;

static inline int agrees(const kind *k, const dpt_vec *v, const model *m) {
    size_t i;
    if (v->len != m->len || v->len > v->cap || v->data == NULL ||
        (uintptr_t)v->data % k->elem->align != 0 || v->elem != k->elem) {
        return 0;
    }
    for (i = 0; i < m->len; i++) {
        if (value_of(k, dpt_vec_get(v, i)) != m->values[i]) {
            return 0;
        }
    }
    return k->count == NULL || k->count->wrong == 0;
}

static inline void model_insert(model *m, size_t index, size_t count, const long *values) {
    memmove(m->values + index + count, m->values + index, (m->len - index) * sizeof(long));
    memcpy(m->values + index, values, count * sizeof(long));
    m->len += count;
}

static inline void model_erase(model *m, size_t index, size_t count) {
    memmove(m->values + index, m->values + index + count, (m->len - index - count) * sizeof(long));
    m->len -= count;
}

/* A vector of the numbers from `first` on, and its model. */
static inline void filled(const kind *k, dpt_vec *v, model *m, size_t count, unsigned first) {
    size_t i;
    OK(dpt_vec_new(v, k->elem));
    m->len = 0;
    for (i = 0; i < count; i++) {
        item it;
        OK(dpt_vec_push_take(v, make(k, &it, first + (unsigned)i)));
        m->values[m->len++] = (long)(first + i);
    }
}

static inline int keep_odd(const void *it, void *context) { return value_of(context, it) % 2 == 1; }

static inline int same_tens(const void *it, const void *kept, void *context) {
    return value_of(context, it) / 10 == value_of(context, kept) / 10;
}

#define RUN(test) (test_name = #test, test())
#define RUN_ON(test, k) (test_name = #test, test(k))

#endif /* DIPTYCH_TESTS_SUPPORT_H */
