/*
 * What the C interface of the vector answers to bad input, to failing memory and to failing
 * elements, on either twin: the same statuses, the same words, nothing leaked, nothing changed.
 */
#include "support.h"

#if defined(__GLIBC__)
#include <pthread.h>
#endif

/* ---- Null, zeroed, nonsense ----------------------------------------------------------------- */

/* Every function that takes a vector, on one that is none. */
static void refuses(dpt_vec *none, const char *words) {
    dpt_vec other;
    uint64_t x = 1;
    void *slots = &x;
    OK(dpt_vec_new(&other, &u64));
    FAILS(dpt_vec_reserve(none, 1), DPT_ERR_NULL, words);
    FAILS(dpt_vec_reserve_exact(none, 1), DPT_ERR_NULL, words);
    FAILS(dpt_vec_shrink_to_fit(none), DPT_ERR_NULL, words);
    FAILS(dpt_vec_push(none, &x), DPT_ERR_NULL, words);
    FAILS(dpt_vec_push_take(none, &x), DPT_ERR_NULL, words);
    FAILS(dpt_vec_extend(none, &x, 1), DPT_ERR_NULL, words);
    FAILS(dpt_vec_append(none, &other), DPT_ERR_NULL, words);
    FAILS(dpt_vec_pop(none, &x), DPT_ERR_NULL, words);
    FAILS(dpt_vec_truncate(none, 0), DPT_ERR_NULL, words);
    FAILS(dpt_vec_clear(none), DPT_ERR_NULL, words);
    FAILS(dpt_vec_resize(none, 1, &x), DPT_ERR_NULL, words);
    FAILS(dpt_vec_insert(none, 0, &x), DPT_ERR_NULL, words);
    FAILS(dpt_vec_insert_take(none, 0, &x), DPT_ERR_NULL, words);
    FAILS(dpt_vec_remove(none, 0, &x), DPT_ERR_NULL, words);
    FAILS(dpt_vec_swap_remove(none, 0, &x), DPT_ERR_NULL, words);
    FAILS(dpt_vec_erase(none, 0, 0), DPT_ERR_NULL, words);
    FAILS(dpt_vec_split_off(none, 0, &other), DPT_ERR_NULL, words);
    EXPECT(other.data == NULL && other.len == 0 && other.cap == 0 && other.elem == NULL);
    FAILS(dpt_vec_retain(none, keep_odd, NULL), DPT_ERR_NULL, words);
    FAILS(dpt_vec_dedup(none, same_tens, NULL), DPT_ERR_NULL, words);
    FAILS(dpt_vec_open_gap(none, 0, 1, &slots), DPT_ERR_NULL, words);
    FAILS(dpt_vec_close_gap(none, 0, 0, 0, 0), DPT_ERR_NULL, words);
    FAILS(dpt_vec_set_len(none, 0), DPT_ERR_NULL, words);
}

static void a_null_vector_is_refused_by_every_function(void) {
    dpt_vec v;
    refuses(NULL, "vec is null");
    FAILS(dpt_vec_free(NULL), DPT_ERR_NULL, "vec is null");
    FAILS(dpt_vec_clone(&v, NULL), DPT_ERR_NULL, "source is null");
    EXPECT(v.data == NULL && v.len == 0 && v.cap == 0 && v.elem == NULL);
    FAILS(dpt_vec_clone(NULL, NULL), DPT_ERR_NULL, "out is null");
}

static void a_zeroed_or_freed_vector_is_refused_by_every_function_but_free(void) {
    dpt_vec v, copy, good;
    uint64_t x = 1;
    memset(&v, 0, sizeof v);
    refuses(&v, "vec is zeroed: freed, or never made");
    FAILS(dpt_vec_clone(&copy, &v), DPT_ERR_NULL, "source is zeroed: freed, or never made");
    OK(dpt_vec_new(&good, &u64));
    FAILS(dpt_vec_append(&good, &v), DPT_ERR_NULL, "source is zeroed: freed, or never made");
    FAILS(dpt_vec_append(&good, NULL), DPT_ERR_NULL, "source is null");
    OK(dpt_vec_free(&v));
    OK(dpt_vec_push(&good, &x));
    OK(dpt_vec_free(&good));
    EXPECT(good.data == NULL && good.len == 0 && good.cap == 0 && good.elem == NULL);
    refuses(&good, "vec is zeroed: freed, or never made");
    OK(dpt_vec_free(&good));
    EXPECT(dpt_vec_len(&good) == 0 && dpt_vec_capacity(&good) == 0 && dpt_vec_is_empty(&good));
    EXPECT(dpt_vec_get(&good, 0) == NULL);
}

static void a_null_argument_is_named_and_nothing_changes(void) {
    const kind *k = &kinds[0];
    dpt_vec v, out;
    model m;
    uint64_t x = 1;
    FAILS(dpt_vec_new(NULL, &u64), DPT_ERR_NULL, "out is null");
    FAILS(dpt_vec_with_capacity(NULL, &u64, 1), DPT_ERR_NULL, "out is null");
    FAILS(dpt_vec_from(NULL, &u64, &x, 1), DPT_ERR_NULL, "out is null");
    memset(&out, 0x5a, sizeof out);
    FAILS(dpt_vec_new(&out, NULL), DPT_ERR_NULL, "elem is null");
    EXPECT(out.data == NULL && out.elem == NULL);
    FAILS(dpt_vec_with_capacity(&out, NULL, 1), DPT_ERR_NULL, "elem is null");
    FAILS(dpt_vec_from(&out, NULL, &x, 1), DPT_ERR_NULL, "elem is null");
    FAILS(dpt_vec_from(&out, &u64, NULL, 1), DPT_ERR_NULL, "items is null");
    OK(dpt_vec_from(&out, &u64, NULL, 0));
    EXPECT(out.len == 0 && out.cap == 0 && out.data != NULL);
    filled(k, &v, &m, 5, 0);
    FAILS(dpt_vec_clone(NULL, &v), DPT_ERR_NULL, "out is null");
    FAILS(dpt_vec_push(&v, NULL), DPT_ERR_NULL, "item is null");
    FAILS(dpt_vec_push_take(&v, NULL), DPT_ERR_NULL, "item is null");
    FAILS(dpt_vec_extend(&v, NULL, 1), DPT_ERR_NULL, "items is null");
    OK(dpt_vec_extend(&v, NULL, 0));
    FAILS(dpt_vec_insert(&v, 0, NULL), DPT_ERR_NULL, "item is null");
    FAILS(dpt_vec_insert_take(&v, 0, NULL), DPT_ERR_NULL, "item is null");
    FAILS(dpt_vec_resize(&v, 6, NULL), DPT_ERR_NULL, "fill is null");
    OK(dpt_vec_resize(&v, 5, NULL));
    FAILS(dpt_vec_split_off(&v, 0, NULL), DPT_ERR_NULL, "out is null");
    FAILS(dpt_vec_retain(&v, NULL, NULL), DPT_ERR_NULL, "keep is null");
    FAILS(dpt_vec_dedup(&v, NULL, NULL), DPT_ERR_NULL, "same is null");
    FAILS(dpt_vec_open_gap(&v, 0, 1, NULL), DPT_ERR_NULL, "slots is null");
    EXPECT(agrees(k, &v, &m));
    OK(dpt_vec_free(&v));
}

static void a_nonsense_element_table_is_refused_and_out_is_zeroed(void) {
    static const dpt_elem no_size = {0, 8, NULL, NULL, NULL, NULL};
    static const dpt_elem no_align = {8, 0, NULL, NULL, NULL, NULL};
    static const dpt_elem odd_align = {9, 3, NULL, NULL, NULL, NULL};
    static const dpt_elem no_multiple = {12, 8, NULL, NULL, NULL, NULL};
    static const dpt_elem too_aligned = {8, 16, NULL, NULL, NULL, NULL};
    dpt_vec v;
    uint64_t x = 1;
    memset(&v, 0x5a, sizeof v);
    FAILS(dpt_vec_new(&v, &no_size), DPT_ERR_ARGUMENT, "the element size is 0");
    EXPECT(v.data == NULL && v.len == 0 && v.cap == 0 && v.elem == NULL);
    FAILS(dpt_vec_new(&v, &no_align), DPT_ERR_ARGUMENT,
          "the element alignment 0 is no power of two");
    FAILS(dpt_vec_with_capacity(&v, &odd_align, 1), DPT_ERR_ARGUMENT,
          "the element alignment 3 is no power of two");
    FAILS(dpt_vec_from(&v, &no_multiple, &x, 1), DPT_ERR_ARGUMENT,
          "the element size 12 is no multiple of the alignment 8");
    FAILS(dpt_vec_new(&v, &too_aligned), DPT_ERR_ARGUMENT,
          "the element size 8 is no multiple of the alignment 16");
    EXPECT(v.data == NULL && v.len == 0 && v.cap == 0 && v.elem == NULL);
    OK(dpt_vec_free(&v));
}

/* ---- Indices and ranges --------------------------------------------------------------------- */

static void an_index_past_the_end_is_refused_and_nothing_changes(const kind *k) {
    dpt_vec v, out;
    model m;
    item it;
    void *slots = &v;
    void *x;
    filled(k, &v, &m, 5, 10);
    x = make(k, &it, 99);
    FAILS(dpt_vec_insert(&v, 6, x), DPT_ERR_RANGE, "index 6 is past the end of 5 elements");
    FAILS(dpt_vec_insert_take(&v, 7, x), DPT_ERR_RANGE, "index 7 is past the end of 5 elements");
    FAILS(dpt_vec_insert(&v, SIZE_MAX, x), DPT_ERR_RANGE,
          SIZE_MAX == UINT64_MAX ? "index 18446744073709551615 is past the end of 5 elements"
                                 : "index 4294967295 is past the end of 5 elements");
    FAILS(dpt_vec_remove(&v, 5, NULL), DPT_ERR_RANGE, "index 5 is past the end of 5 elements");
    FAILS(dpt_vec_swap_remove(&v, 5, NULL), DPT_ERR_RANGE, "index 5 is past the end of 5 elements");
    FAILS(dpt_vec_erase(&v, 3, 3), DPT_ERR_RANGE,
          "3 elements from index 3 reach past the end of 5 elements");
    FAILS(dpt_vec_erase(&v, 6, 0), DPT_ERR_RANGE,
          "0 elements from index 6 reach past the end of 5 elements");
    EXPECT(dpt_vec_erase(&v, 3, SIZE_MAX) == DPT_ERR_RANGE);
    EXPECT(dpt_vec_erase(&v, SIZE_MAX, SIZE_MAX) == DPT_ERR_RANGE);
    OK(dpt_vec_erase(&v, 5, 0));
    FAILS(dpt_vec_split_off(&v, 6, &out), DPT_ERR_RANGE, "index 6 is past the end of 5 elements");
    EXPECT(out.data == NULL && out.elem == NULL);
    FAILS(dpt_vec_open_gap(&v, 6, 1, &slots), DPT_ERR_RANGE,
          "index 6 is past the end of 5 elements");
    EXPECT(slots == &v);
    EXPECT(agrees(k, &v, &m));
    EXPECT(dpt_vec_get(&v, 5) == NULL && dpt_vec_get(&v, SIZE_MAX) == NULL);
    end(k, &it);
    OK(dpt_vec_free(&v));
}

static void taking_from_an_empty_vector_is_refused(const kind *k) {
    dpt_vec v;
    item it;
    OK(dpt_vec_new(&v, k->elem));
    FAILS(dpt_vec_pop(&v, room_of(&it)), DPT_ERR_EMPTY, "the vector is empty");
    FAILS(dpt_vec_pop(&v, NULL), DPT_ERR_EMPTY, "the vector is empty");
    FAILS(dpt_vec_remove(&v, 0, NULL), DPT_ERR_RANGE, "index 0 is past the end of 0 elements");
    OK(dpt_vec_truncate(&v, 5));
    OK(dpt_vec_clear(&v));
    OK(dpt_vec_shrink_to_fit(&v));
    OK(dpt_vec_retain(&v, keep_odd, NULL));
    OK(dpt_vec_dedup(&v, same_tens, NULL));
    EXPECT(v.len == 0 && v.cap == 0);
    OK(dpt_vec_free(&v));
}

static void a_gap_closes_only_where_and_as_wide_as_it_was_opened(void) {
    const kind *k = &kinds[0];
    dpt_vec v;
    model m;
    void *slots = NULL;
    filled(k, &v, &m, 5, 0);
    OK(dpt_vec_reserve_exact(&v, 3));
    EXPECT(v.cap == 8);
    OK(dpt_vec_open_gap(&v, 2, 3, &slots));
    EXPECT(v.len == 2 && slots == v.data + 2 * sizeof(uint64_t));
    FAILS(dpt_vec_close_gap(&v, 2, 3, 4, 3), DPT_ERR_ARGUMENT,
          "4 filled slots are more than the gap of 3");
    FAILS(dpt_vec_close_gap(&v, 1, 3, 0, 3), DPT_ERR_ARGUMENT,
          "the gap is not at 1, there are 2 elements before it");
    FAILS(dpt_vec_close_gap(&v, 2, 3, 0, 4), DPT_ERR_RANGE,
          "a gap of 3 at 2 and 4 elements behind it are more than the capacity of 8");
    EXPECT(dpt_vec_close_gap(&v, 2, SIZE_MAX, 0, 3) == DPT_ERR_RANGE);
    EXPECT(dpt_vec_close_gap(&v, 2, 3, 0, SIZE_MAX) == DPT_ERR_RANGE);
    OK(dpt_vec_close_gap(&v, 2, 3, 0, 3));
    EXPECT(agrees(k, &v, &m));
    FAILS(dpt_vec_set_len(&v, 9), DPT_ERR_RANGE, "9 elements are more than the capacity of 8");
    OK(dpt_vec_set_len(&v, 4));
    m.len = 4;
    EXPECT(agrees(k, &v, &m));
    OK(dpt_vec_free(&v));
}

static void a_vector_is_no_argument_of_its_own(void) {
    const kind *k = &kinds[4];
    dpt_elem unlike = tracked_elem;
    census elsewhere = {0, -1, 0};
    dpt_vec v, w;
    model m;
    filled(k, &v, &m, 5, 0);
    FAILS(dpt_vec_append(&v, &v), DPT_ERR_ARGUMENT, "source is the vector itself");
    FAILS(dpt_vec_clone(&v, &v), DPT_ERR_ARGUMENT, "out is the vector itself");
    FAILS(dpt_vec_split_off(&v, 2, &v), DPT_ERR_ARGUMENT, "out is the vector itself");
    OK(dpt_vec_new(&w, &u64));
    FAILS(dpt_vec_append(&v, &w), DPT_ERR_ARGUMENT, "the two vectors have unlike element tables");
    OK(dpt_vec_free(&w));
    unlike.context = &elsewhere;
    OK(dpt_vec_new(&w, &unlike));
    FAILS(dpt_vec_append(&v, &w), DPT_ERR_ARGUMENT, "the two vectors have unlike element tables");
    OK(dpt_vec_free(&w));
    EXPECT(agrees(k, &v, &m));
    unlike.context = tracked_elem.context; /* another table, but like it */
    OK(dpt_vec_new(&w, &unlike));
    OK(dpt_vec_append(&w, &v));
    EXPECT(w.len == 5 && v.len == 0 && v.cap > 0);
    OK(dpt_vec_free(&w));
    OK(dpt_vec_free(&v));
}

/* ---- Capacity and memory -------------------------------------------------------------------- */

#if SIZE_MAX == UINT64_MAX
static void more_than_ptrdiff_max_bytes_is_a_capacity_overflow(void) {
    static const dpt_elem huge = {(size_t)PTRDIFF_MAX + 1, 1, NULL, NULL, NULL, NULL};
    const kind *k = &kinds[0];
    const size_t eighth = SIZE_MAX / 8;
    dpt_vec v, out;
    model m;
    uint64_t x = 1;
    void *slots = NULL;
    filled(k, &v, &m, 5, 0);
    FAILS(dpt_vec_reserve(&v, eighth), DPT_ERR_CAPACITY,
          "5 + 2305843009213693951 elements of 8 bytes are more than PTRDIFF_MAX bytes");
    FAILS(dpt_vec_reserve_exact(&v, SIZE_MAX), DPT_ERR_CAPACITY,
          "5 + 18446744073709551615 elements of 8 bytes are more than PTRDIFF_MAX bytes");
    FAILS(dpt_vec_reserve(&v, SIZE_MAX - 4), DPT_ERR_CAPACITY,
          "5 + 18446744073709551611 elements of 8 bytes are more than PTRDIFF_MAX bytes");
    FAILS(dpt_vec_reserve(&v, PTRDIFF_MAX / 8 - 4), DPT_ERR_CAPACITY,
          "5 + 1152921504606846971 elements of 8 bytes are more than PTRDIFF_MAX bytes");
    EXPECT(dpt_vec_resize(&v, eighth, &x) == DPT_ERR_CAPACITY);
    EXPECT(dpt_vec_extend(&v, &x, eighth) == DPT_ERR_CAPACITY);
    EXPECT(dpt_vec_open_gap(&v, 0, eighth, &slots) == DPT_ERR_CAPACITY);
    EXPECT(agrees(k, &v, &m));
    EXPECT(dpt_vec_with_capacity(&out, &u64, eighth) == DPT_ERR_CAPACITY);
    EXPECT(out.data == NULL && out.elem == NULL);
    EXPECT(dpt_vec_from(&out, &u64, &x, eighth) == DPT_ERR_CAPACITY);
    OK(dpt_vec_new(&out, &huge));
    FAILS(dpt_vec_push(&out, &x), DPT_ERR_CAPACITY,
          "0 + 1 elements of 9223372036854775808 bytes are more than PTRDIFF_MAX bytes");
    OK(dpt_vec_free(&out));
    OK(dpt_vec_free(&v));
}

static void a_block_that_cannot_double_grows_to_what_is_needed(void) {
    /* A header without its block: growth asks for the new one first, and gets none. */
    const size_t size = sizeof(tracked), most = PTRDIFF_MAX / size;
    dpt_vec v;
    char words[64];
    OK(dpt_vec_new(&v, &tracked_elem));
    v.cap = most - 2;
    sprintf(words, "no memory for %llu bytes", (unsigned long long)((most - 1) * size));
    FAILS(dpt_vec_reserve(&v, most - 1), DPT_ERR_ALLOC, words);
    EXPECT(v.cap == most - 2 && v.len == 0);
    v.cap = 0;
    OK(dpt_vec_free(&v));
}

static void a_request_that_no_machine_can_meet_is_out_of_memory(const kind *k) {
    const size_t many = PTRDIFF_MAX / k->elem->size - 5;
    dpt_vec v, out;
    model m;
    char words[64];
    void *slots = NULL;
    filled(k, &v, &m, 5, 0);
    sprintf(words, "no memory for %llu bytes", (unsigned long long)((many + 5) * k->elem->size));
    FAILS(dpt_vec_reserve(&v, many), DPT_ERR_ALLOC, words);
    FAILS(dpt_vec_reserve_exact(&v, many), DPT_ERR_ALLOC, words);
    FAILS(dpt_vec_open_gap(&v, 1, many, &slots), DPT_ERR_ALLOC, words);
    EXPECT(slots == NULL);
    EXPECT(agrees(k, &v, &m));
    FAILS(dpt_vec_with_capacity(&out, k->elem, many + 5), DPT_ERR_ALLOC, words);
    EXPECT(out.data == NULL && out.elem == NULL);
    OK(dpt_vec_free(&v));
}
#endif

/* One step of a program, on vectors of 8 elements without room to spare. */
enum { STEPS = 14 };
static dpt_status step(int which, const kind *k, dpt_vec *v, dpt_vec *w, dpt_vec *out, void *x) {
    void *slots;
    dpt_status status;
    switch (which) {
    case 0:
        return dpt_vec_push(v, x);
    case 1:
        return dpt_vec_push(v, dpt_vec_get(v, 3));
    case 2:
        return dpt_vec_extend(v, w->data, w->len);
    case 3:
        return dpt_vec_extend(v, v->data, v->len);
    case 4:
        return dpt_vec_resize(v, 30, dpt_vec_get(v, 7));
    case 5:
        return dpt_vec_insert(v, 2, x);
    case 6:
        return dpt_vec_insert(v, 2, dpt_vec_get(v, 5));
    case 7:
        return dpt_vec_append(v, w);
    case 8:
        return dpt_vec_clone(out, v);
    case 9:
        return dpt_vec_from(out, k->elem, v->data, v->len);
    case 10:
        return dpt_vec_split_off(v, 3, out);
    case 11:
        return dpt_vec_reserve(v, 3);
    case 12:
        return dpt_vec_with_capacity(out, k->elem, 3);
    default:
        status = dpt_vec_open_gap(v, 4, 2, &slots);
        return status != DPT_OK ? status : dpt_vec_close_gap(v, 4, 2, 0, 4);
    }
}

/* Runs every step with the n-th request or copy failing, for all n until it succeeds. */
static void fail_everywhere(const kind *k, int memory, dpt_status want) {
    int which;
    for (which = 0; which < STEPS; which++) {
        long nth;
        for (nth = 1; nth < 100; nth++) {
            dpt_vec v, w, out;
            model mv, mw;
            item it;
            dpt_status status;
            void *x = make(k, &it, 7);
            memset(&out, 0, sizeof out);
            filled(k, &v, &mv, 8, 100);
            filled(k, &w, &mw, 8, 200);
            OK(dpt_vec_shrink_to_fit(&v));
            fail_in = memory ? nth : -1;
            if (!memory) {
                k->count->copies_left = nth;
            }
            status = step(which, k, &v, &w, &out, x);
            fail_in = -1;
            if (k->count != NULL) {
                k->count->copies_left = -1;
            }
            if (status != DPT_OK) {
                /* An owner's own copy may run out of memory too. */
                EXPECT(status == want ||
                       (memory && k->elem == &owner_elem && status == DPT_ERR_ELEMENT));
                EXPECT(agrees(k, &v, &mv) && agrees(k, &w, &mw));
                EXPECT(out.data == NULL && out.elem == NULL);
                EXPECT(k->count == NULL || k->count->alive == 17);
            }
            end(k, &it);
            OK(dpt_vec_free(&v));
            OK(dpt_vec_free(&w));
            OK(dpt_vec_free(&out));
            EXPECT(k->count == NULL || (k->count->alive == 0 && k->count->wrong == 0));
            if (status == DPT_OK) {
                break;
            }
        }
        EXPECT(nth < 100);
    }
}

static void whichever_request_for_memory_fails_nothing_changes_or_leaks(const kind *k) {
    if (memory_can_fail()) {
        const long before = blocks_alive;
        fail_everywhere(k, 1, DPT_ERR_ALLOC);
        EXPECT(blocks_alive == before);
    }
}

static void whichever_copy_fails_nothing_changes_or_leaks(const kind *k) {
    if (k->elem->copy != NULL) {
        const long before = blocks_alive;
        fail_everywhere(k, 0, DPT_ERR_ELEMENT);
        EXPECT(blocks_alive == before);
    }
}

static void a_failed_shrink_changes_nothing(void) {
    if (memory_can_fail()) {
        const kind *k = &kinds[4];
        dpt_vec v;
        model m;
        filled(k, &v, &m, 9, 0);
        fail_in = 1;
        FAILS(dpt_vec_shrink_to_fit(&v), DPT_ERR_ALLOC, "no memory for 144 bytes");
        fail_in = -1;
        EXPECT(agrees(k, &v, &m) && v.cap > 9);
        OK(dpt_vec_free(&v));
    }
}

static void a_failed_copy_is_told_with_its_place_and_status(void) {
    const kind *k = &kinds[4];
    dpt_vec v, out;
    model m;
    filled(k, &v, &m, 5, 0);
    tracked_census.copies_left = 4;
    FAILS(dpt_vec_clone(&out, &v), DPT_ERR_ELEMENT, "copying element 3 of 5 failed with status 6");
    EXPECT(tracked_census.alive == 5);
    OK(dpt_vec_free(&v));
}

/* ---- Messages ------------------------------------------------------------------------------- */

static void every_status_has_a_name(void) {
    static const char *const names[] = {
        "ok",
        "null pointer",
        "invalid argument",
        "index out of range",
        "nothing to take",
        "capacity overflow",
        "out of memory",
        "element function failed",
        "internal error",
    };
    int status;
    for (status = 0; status <= 8; status++) {
        EXPECT(strcmp(dpt_status_name((dpt_status)status), names[status]) == 0);
    }
    EXPECT(strcmp(dpt_status_name((dpt_status)10), "unknown status") == 0);
}

#if defined(__GLIBC__)
static void *first_message(void *is_empty) {
    dpt_vec v;
    *(int *)is_empty = dpt_last_error()[0] == '\0';
    (void)dpt_vec_new(&v, NULL);
    return NULL;
}

static void each_thread_has_its_own_latest_message(void) {
    pthread_t thread;
    int is_empty = 0;
    FAILS(dpt_vec_free(NULL), DPT_ERR_NULL, "vec is null");
    EXPECT(pthread_create(&thread, NULL, first_message, &is_empty) == 0);
    EXPECT(pthread_join(thread, NULL) == 0);
    EXPECT(is_empty);
    EXPECT(strcmp(dpt_last_error(), "vec is null") == 0);
}
#endif

static void a_success_leaves_the_message(void) {
    dpt_vec v;
    FAILS(dpt_vec_free(NULL), DPT_ERR_NULL, "vec is null");
    OK(dpt_vec_new(&v, &u64));
    OK(dpt_vec_free(&v));
    EXPECT(strcmp(dpt_last_error(), "vec is null") == 0);
}

/* ---- The door ------------------------------------------------------------------------------- */

int main(void) {
    int i;
    EXPECT(dpt_last_error()[0] == '\0');
    RUN(a_null_vector_is_refused_by_every_function);
    RUN(a_zeroed_or_freed_vector_is_refused_by_every_function_but_free);
    RUN(a_null_argument_is_named_and_nothing_changes);
    RUN(a_nonsense_element_table_is_refused_and_out_is_zeroed);
    RUN(a_gap_closes_only_where_and_as_wide_as_it_was_opened);
    RUN(a_vector_is_no_argument_of_its_own);
    RUN(a_failed_shrink_changes_nothing);
    RUN(a_failed_copy_is_told_with_its_place_and_status);
    RUN(every_status_has_a_name);
    RUN(a_success_leaves_the_message);
#if defined(__GLIBC__)
    RUN(each_thread_has_its_own_latest_message);
#endif
#if SIZE_MAX == UINT64_MAX
    RUN(more_than_ptrdiff_max_bytes_is_a_capacity_overflow);
    RUN(a_block_that_cannot_double_grows_to_what_is_needed);
#endif
    for (i = 0; i < KINDS; i++) {
        const kind *k = &kinds[i];
        RUN_ON(an_index_past_the_end_is_refused_and_nothing_changes, k);
        RUN_ON(taking_from_an_empty_vector_is_refused, k);
#if SIZE_MAX == UINT64_MAX
        RUN_ON(a_request_that_no_machine_can_meet_is_out_of_memory, k);
#endif
        RUN_ON(whichever_request_for_memory_fails_nothing_changes_or_leaks, k);
        RUN_ON(whichever_copy_fails_nothing_changes_or_leaks, k);
        EXPECT(k->count == NULL || (k->count->alive == 0 && k->count->wrong == 0));
    }
    printf("%s%s\n", failures == 0 ? "all as promised" : "failed",
           memory_can_fail() ? "" : ", but memory could not be made to fail");
    return failures == 0 ? 0 : 1;
}
