/*
 * Both twins in one program: the same calls under two prefixes, and the same answers.
 *
 * With both libraries linked the plain names are not defined; dpt_rust_vec and dpt_cpp_vec are two
 * types, so that the compiler refuses to hand the one's vector to the other.
 */
#include <diptych.h>

#include <stdio.h>
#include <string.h>

static const dpt_elem numbers = DPT_ELEM_PLAIN(uint32_t);

static int fail(const char *what) {
    fprintf(stderr, "not as promised: %s\n", what);
    return 1;
}

int main(void) {
    dpt_rust_vec r;
    dpt_cpp_vec c;
    uint32_t i;

    if (dpt_rust_vec_new(&r, &numbers) != DPT_OK || dpt_cpp_vec_new(&c, &numbers) != DPT_OK) {
        return fail("an empty vector needs no memory");
    }
    for (i = 0; i < 100; i++) {
        if (dpt_rust_vec_push(&r, &i) != DPT_OK || dpt_cpp_vec_push(&c, &i) != DPT_OK) {
            return fail("there is memory for a hundred numbers");
        }
        if (r.cap != c.cap) {
            return fail("one growth rule for both");
        }
    }
    /* Elements may pass from one twin to the other as plain memory. */
    if (dpt_rust_vec_extend(&r, c.data, c.len) != DPT_OK) {
        return fail("there is memory for another hundred");
    }
    printf("rust %zu, c++ %zu elements\n", dpt_rust_vec_len(&r), dpt_cpp_vec_len(&c));
    if (r.len != 200 || memcmp(r.data, r.data + 100 * sizeof i, 100 * sizeof i) != 0) {
        return fail("the second half repeats the first");
    }

    /* Each twin has its own latest failure, in the same words. */
    if (dpt_rust_vec_erase(&r, 150, 51) != DPT_ERR_RANGE ||
        dpt_cpp_vec_erase(&c, 50, 51) != DPT_ERR_RANGE) {
        return fail("there are not so many elements");
    }
    printf("rust: %s\nc++:  %s\n", dpt_rust_last_error(), dpt_cpp_last_error());
    if (strcmp(dpt_rust_last_error(),
               "51 elements from index 150 reach past the end of 200 elements") != 0 ||
        strcmp(dpt_cpp_last_error(),
               "51 elements from index 50 reach past the end of 100 elements") != 0) {
        return fail("the words");
    }

    if (dpt_rust_vec_free(&r) != DPT_OK || dpt_cpp_vec_free(&c) != DPT_OK) {
        return fail("freeing cannot fail");
    }
    return 0;
}
