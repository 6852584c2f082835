/*
 * A vector of numbers and a vector of names, in C99, on either twin.
 *
 * Compiled with DPT_USE_RUST or DPT_USE_CPP; the CMake targets diptych::rust and diptych::cpp
 * define it. Prints what it does, and fails if a result is not what the header promises.
 */
#include <diptych.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- An element that owns memory ------------------------------------------------------------ */

typedef struct name {
    char *text;
} name;

/* A copy needs a text of its own. It may fail; the vector then undoes its step. */
static dpt_status name_copy(void *dst, const void *src, void *context) {
    const name *from = src;
    name *to = dst;
    size_t bytes = strlen(from->text) + 1;
    (void)context;
    to->text = malloc(bytes);
    if (to->text == NULL) {
        return DPT_ERR_ALLOC;
    }
    memcpy(to->text, from->text, bytes);
    return DPT_OK;
}

static void name_destroy(void *item, void *context) {
    name *it = item;
    (void)context;
    free(it->text);
}

/* Moving a pointer does not change what it points to: relocate is null, bytes are enough. */
static const dpt_elem names = {sizeof(name), DPT_ALIGN_OF(name), name_copy,
                               NULL,         name_destroy,       NULL};
static const dpt_elem numbers = DPT_ELEM_PLAIN(uint64_t);

/* ---- Support -------------------------------------------------------------------------------- */

/* Ends the program when something was not done, with the library's own sentence. */
static void must(dpt_status status) {
    if (status != DPT_OK) {
        fprintf(stderr, "%s: %s\n", dpt_status_name(status), dpt_last_error());
        exit(1);
    }
}

static void expect(int condition, const char *what) {
    if (!condition) {
        fprintf(stderr, "not as promised: %s\n", what);
        exit(1);
    }
}

static int is_even(const void *item, void *context) {
    (void)context;
    return *(const uint64_t *)item % 2 == 0;
}

/* ---- The example ---------------------------------------------------------------------------- */

static void count_numbers(void) {
    dpt_vec v;
    const uint64_t *third;
    uint64_t sum = 0, last = 0;
    uint64_t i;
    size_t at;

    must(dpt_vec_new(&v, &numbers));
    for (i = 0; i < 1000; i++) {
        must(dpt_vec_push(&v, &i));
    }
    printf("%zu numbers in a block of %zu\n", dpt_vec_len(&v), dpt_vec_capacity(&v));
    expect(dpt_vec_len(&v) == 1000, "a thousand pushes, a thousand elements");

    third = dpt_vec_get(&v, 2);
    expect(third != NULL && *third == 2, "the third number is 2");
    expect(dpt_vec_get(&v, 1000) == NULL, "behind the end there is nothing");

    must(dpt_vec_retain(&v, is_even, NULL));
    must(dpt_vec_erase(&v, 0, 10));
    must(dpt_vec_pop(&v, &last));
    printf("%zu are even and at least 20; the last was %llu\n", dpt_vec_len(&v),
           (unsigned long long)last);
    expect(dpt_vec_len(&v) == 489 && last == 998, "489 stay, 998 came out");

    /* The block is an array: `data` may be read as one. */
    for (at = 0; at < dpt_vec_len(&v); at++) {
        sum += ((const uint64_t *)(const void *)v.data)[at];
    }
    printf("their sum is %llu\n", (unsigned long long)sum);
    expect(sum == 248412, "the sum of 20, 22 .. 996");

    /* A mistake is a status and a sentence, and nothing has changed. */
    expect(dpt_vec_insert(&v, 490, &last) == DPT_ERR_RANGE, "490 is past the end");
    printf("%s\n", dpt_last_error());
    expect(strcmp(dpt_last_error(), "index 490 is past the end of 489 elements") == 0, "the words");
    expect(dpt_vec_len(&v) == 489, "a failure changes nothing");

    must(dpt_vec_free(&v));
}

static void sort_names(void) {
    static const char *const words[] = {"hinge", "panel", "gold", "hinge"};
    dpt_vec v, copy;
    name word;
    size_t i;

    must(dpt_vec_with_capacity(&v, &names, 4));
    for (i = 0; i < 4; i++) {
        name own;
        word.text = (char *)(uintptr_t)words[i]; /* only read: push copies */
        if (i % 2 == 0) {
            must(dpt_vec_push(&v, &word));
        } else {
            must(name_copy(&own, &word, NULL));
            must(dpt_vec_push_take(&v, &own)); /* own.text belongs to the vector now */
        }
    }
    must(dpt_vec_clone(&copy, &v));
    must(dpt_vec_insert(&copy, 0, dpt_vec_get(&copy, 2))); /* an element of the vector itself */
    must(dpt_vec_remove(&copy, 1, &word));                 /* moved out: ours to free */
    printf("took \"%s\" out; left:", word.text);
    name_destroy(&word, NULL);
    for (i = 0; i < dpt_vec_len(&copy); i++) {
        printf(" %s", ((const name *)dpt_vec_get(&copy, i))->text);
    }
    printf("\n");
    expect(dpt_vec_len(&copy) == 4, "one came, one went");
    expect(strcmp(((const name *)dpt_vec_get(&copy, 0))->text, "gold") == 0, "gold is first");

    must(dpt_vec_free(&copy));
    must(dpt_vec_free(&v));
}

int main(void) {
    count_numbers();
    sort_names();
    return 0;
}
