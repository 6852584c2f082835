/*
 * diptych/vector.h - a growable array of elements whose type is known only at run time.
 *
 * Included once per twin by diptych.h; see there how a name gets its prefix. The meaning, the
 * invariants V1 to V7 and the growth rule are in spec/vector.md; both twins obey the same text.
 *
 *          dpt_vec                     one block, elem->size * cap bytes, aligned to elem->align
 *     +------+-----+-----+------+      +------+------+------+- - - -+- - - -+
 *     | data | len | cap | elem |----->| [0]  | [1]  | [2]  |  raw  |  raw  |
 *     +------+-----+-----+------+      +------+------+------+- - - -+- - - -+
 *                                       <------- len ------> <- cap - len ->
 *
 * Example (examples/c/vector.c is the whole program):
 *
 *     static const dpt_elem u64 = DPT_ELEM_PLAIN(uint64_t);
 *     dpt_vec v;
 *     if (dpt_vec_new(&v, &u64) != DPT_OK) { fputs(dpt_last_error(), stderr); return 1; }
 *     for (uint64_t i = 0; i < 1000; i++) {
 *         if (dpt_vec_push(&v, &i) != DPT_OK) break;
 *     }
 *     const uint64_t *third = dpt_vec_get(&v, 2);
 *     dpt_vec_free(&v);
 *
 * Ownership: a vector owns its block and the elements in it. Functions that take a `const void
 *            *item` copy it (elem->copy, or its bytes); those whose name ends in _take move it: on
 *            DPT_OK the element belongs to the vector and the caller's bytes are to be forgotten.
 * Pointers:  into the block stay valid until a call that may grow, shrink or shift it (V7).
 * Failure:   DPT_ERR_NULL for a null or zeroed vector, a null elem, item, function or result, is
 *            not repeated below. After a failure the elements and len are as before; room that was
 *            made for them may stay. A function that makes a vector leaves *out all zero.
 * Threads:   one vector, one thread at a time; vectors share nothing.
 * Aliasing:  an item that is copied may be an element of the vector itself, a range of items may be
 *            a range of them. An item that is taken, and *out, may not lie in the vector.
 * Callbacks: an element function or predicate must return, and must not touch the vector it is
 *            called for.
 */

/* ---- Types ------------------------------------------------------------------------------- */

/*
 * The header of one vector. Read the fields freely; write them only through the functions below
 * (dpt_vec_set_len says the one exception). It may be moved by plain assignment: the old copy is
 * then to be forgotten.
 */
typedef struct dpt_vec {
    unsigned char *data;  /* first element; aligned and not null, but no block, while cap == 0 */
    size_t len;           /* elements alive */
    size_t cap;           /* elements the block has room for */
    const dpt_elem *elem; /* what an element is; the caller's, outlives the vector */
} dpt_vec;

/* ---- Construction ------------------------------------------------------------------------ */

/*
 * Makes *out an empty vector; allocates nothing. *out is written over, not freed.
 * DPT_ERR_ARGUMENT if elem->size is 0 or no multiple of align, or align is no power of two. *out is
 * then all zero, on which every function below answers DPT_ERR_NULL, and dpt_vec_free DPT_OK.
 */
dpt_status dpt_vec_new(dpt_vec *out, const dpt_elem *elem);

/* As dpt_vec_new, with room for exactly `capacity` elements. Also DPT_ERR_CAPACITY,
 * DPT_ERR_ALLOC. */
dpt_status dpt_vec_with_capacity(dpt_vec *out, const dpt_elem *elem, size_t capacity);

/*
 * Makes *out a vector with copies of `count` elements that start at `items` (may be null if count
 * is 0). Capacity is exactly count. Also DPT_ERR_ELEMENT: the copies made so far are destroyed.
 */
dpt_status dpt_vec_from(dpt_vec *out, const dpt_elem *elem, const void *items, size_t count);

/* Makes *out a copy of `source`: dpt_vec_from over its elements. DPT_ERR_ARGUMENT, and nothing is
 * written, if out == source. */
dpt_status dpt_vec_clone(dpt_vec *out, const dpt_vec *source);

/* ---- Capacity ---------------------------------------------------------------------------- */

/*
 * Makes room for `additional` elements after the last one; grows by the growth rule, so that a
 * sequence of reserves costs amortised constant time per element. DPT_ERR_CAPACITY, DPT_ERR_ALLOC.
 */
dpt_status dpt_vec_reserve(dpt_vec *vec, size_t additional);

/* As dpt_vec_reserve, but a block that must grow grows to exactly len + additional. */
dpt_status dpt_vec_reserve_exact(dpt_vec *vec, size_t additional);

/* Gives unused room back: cap becomes len. DPT_ERR_ALLOC leaves the vector as it was. */
dpt_status dpt_vec_shrink_to_fit(dpt_vec *vec);

/* ---- Mutation at the end ----------------------------------------------------------------- */

/* Appends a copy of *item. Amortised O(1). DPT_ERR_CAPACITY, DPT_ERR_ALLOC, DPT_ERR_ELEMENT. */
dpt_status dpt_vec_push(dpt_vec *vec, const void *item);

/* Appends *item itself. On failure the caller still owns it. Amortised O(1). DPT_ERR_CAPACITY,
 * DPT_ERR_ALLOC. */
dpt_status dpt_vec_push_take(dpt_vec *vec, void *item);

/* Appends copies of `count` elements; all or nothing. `items` may be null if count is 0.
 * DPT_ERR_RANGE if `items` is in the vector and the range reaches past its end; DPT_ERR_CAPACITY,
 * DPT_ERR_ALLOC, DPT_ERR_ELEMENT. */
dpt_status dpt_vec_extend(dpt_vec *vec, const void *items, size_t count);

/* Moves all elements of `source` to the end of `vec`; source keeps its block and is empty.
 * DPT_ERR_ARGUMENT if vec == source, or if their element tables differ in any field;
 * DPT_ERR_CAPACITY, DPT_ERR_ALLOC. */
dpt_status dpt_vec_append(dpt_vec *vec, dpt_vec *source);

/* Moves the last element to *out, or destroys it if out is null. DPT_ERR_EMPTY. */
dpt_status dpt_vec_pop(dpt_vec *vec, void *out);

/* Destroys the elements from `len` on. Nothing happens if there are fewer. Keeps the block. */
dpt_status dpt_vec_truncate(dpt_vec *vec, size_t len);

/* Destroys all elements. Keeps the block. */
dpt_status dpt_vec_clear(dpt_vec *vec);

/* Truncates to `len`, or appends copies of *fill until there are `len`; all or nothing. `fill` may
 * be null if nothing is appended. DPT_ERR_CAPACITY, DPT_ERR_ALLOC, DPT_ERR_ELEMENT. */
dpt_status dpt_vec_resize(dpt_vec *vec, size_t len, const void *fill);

/* ---- Mutation in the middle -------------------------------------------------------------- */

/* Puts a copy of *item before the element at `index`; index == len appends. O(len - index).
 * DPT_ERR_RANGE, DPT_ERR_CAPACITY, DPT_ERR_ALLOC, DPT_ERR_ELEMENT. */
dpt_status dpt_vec_insert(dpt_vec *vec, size_t index, const void *item);

/* As dpt_vec_insert, with *item itself. On failure the caller still owns it. DPT_ERR_RANGE,
 * DPT_ERR_CAPACITY, DPT_ERR_ALLOC. */
dpt_status dpt_vec_insert_take(dpt_vec *vec, size_t index, void *item);

/* Moves the element at `index` to *out, or destroys it if out is null; the rest closes up.
 * O(len - index). DPT_ERR_RANGE. */
dpt_status dpt_vec_remove(dpt_vec *vec, size_t index, void *out);

/* As dpt_vec_remove, but the last element takes the place: O(1), order not kept. DPT_ERR_RANGE. */
dpt_status dpt_vec_swap_remove(dpt_vec *vec, size_t index, void *out);

/* Destroys `count` elements from `first` on; the rest closes up. DPT_ERR_RANGE. */
dpt_status dpt_vec_erase(dpt_vec *vec, size_t first, size_t count);

/* Makes *out a vector of the elements from `at` on, which leave `vec`. Its capacity is exactly what
 * it holds. DPT_ERR_ARGUMENT, and nothing is written, if out == vec; DPT_ERR_RANGE,
 * DPT_ERR_ALLOC. */
dpt_status dpt_vec_split_off(dpt_vec *vec, size_t at, dpt_vec *out);

/* Keeps the elements for which keep(item, context) is not 0, in order; destroys the others. O(n):
 * keep is asked once per element, in order. */
dpt_status dpt_vec_retain(dpt_vec *vec, int (*keep)(const void *item, void *context),
                          void *context);

/* Of each run of neighbours for which same(item, kept, context) is not 0, keeps the first; `kept`
 * is the last element kept before `item`. O(n). */
dpt_status dpt_vec_dedup(dpt_vec *vec,
                         int (*same)(const void *item, const void *kept, void *context),
                         void *context);

/* ---- Raw room ---------------------------------------------------------------------------- */

/*
 * For wrappers that build elements in place. Opens `count` raw slots before `index`: the elements
 * behind move up, and len becomes `index` until dpt_vec_close_gap is called, so that a wrapper
 * which never comes back leaks those elements but harms nothing (V5). *slots is the first raw slot.
 * DPT_ERR_RANGE, DPT_ERR_CAPACITY, DPT_ERR_ALLOC.
 */
dpt_status dpt_vec_open_gap(dpt_vec *vec, size_t index, size_t count, void **slots);

/*
 * Ends dpt_vec_open_gap(vec, index, count): the first `filled` slots hold elements now, the tail of
 * `tail` elements closes up behind them, len becomes index + filled + tail.
 * DPT_ERR_ARGUMENT if filled > count or len is not `index`; DPT_ERR_RANGE if the sum exceeds cap.
 */
dpt_status dpt_vec_close_gap(dpt_vec *vec, size_t index, size_t count, size_t filled, size_t tail);

/* Declares the first `len` slots alive, after the caller made or took away elements itself. Such a
 * caller may as well write vec->len, if len <= cap. DPT_ERR_RANGE if len > cap. */
dpt_status dpt_vec_set_len(dpt_vec *vec, size_t len);

/* ---- Destruction ------------------------------------------------------------------------- */

/* Destroys all elements, frees the block and zeroes *vec. A zeroed vector is accepted: DPT_OK. */
dpt_status dpt_vec_free(dpt_vec *vec);

/* ---- Queries, inline --------------------------------------------------------------------- */

/* Elements alive. */
static inline size_t dpt_vec_len(const dpt_vec *vec) { return vec->len; }

/* Elements the block has room for. */
static inline size_t dpt_vec_capacity(const dpt_vec *vec) { return vec->cap; }

/* Not 0 if there is no element. */
static inline int dpt_vec_is_empty(const dpt_vec *vec) { return vec->len == 0; }

/* The element at `index`, or null if there is none. */
static inline void *dpt_vec_get(const dpt_vec *vec, size_t index) {
    return index < vec->len ? vec->data + index * vec->elem->size : NULL;
}
