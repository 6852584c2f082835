/*
 * What the operations of the vector do, through C, on either twin: any sequence of them agrees with
 * a model; items may be the vector's own; capacity follows the growth rule.
 */
#include "support.h"

/* ---- Aliasing ------------------------------------------------------------------------------- */

static void an_item_may_be_an_element_of_the_vector_itself(const kind *k) {
    size_t spare, index, of;
    for (spare = 0; spare <= 1; spare++) { /* with growth and without */
        for (index = 0; index <= 6; index++) {
            for (of = 0; of < 6; of++) {
                dpt_vec v;
                model m;
                long value;
                filled(k, &v, &m, 6, 20);
                OK(dpt_vec_shrink_to_fit(&v));
                OK(dpt_vec_reserve_exact(&v, 3 * spare));
                value = m.values[of];
                OK(dpt_vec_insert(&v, index, dpt_vec_get(&v, of)));
                model_insert(&m, index, 1, &value);
                EXPECT(agrees(k, &v, &m));
                value = m.values[of];
                OK(dpt_vec_push(&v, dpt_vec_get(&v, of)));
                model_insert(&m, m.len, 1, &value);
                EXPECT(agrees(k, &v, &m));
                OK(dpt_vec_free(&v));
            }
        }
    }
}

static void a_range_of_the_vector_may_be_appended_to_it(const kind *k) {
    size_t first, count;
    for (first = 0; first <= 6; first++) {
        for (count = 0; count <= 7 - first; count++) {
            dpt_vec v;
            model m;
            filled(k, &v, &m, 6, 20);
            OK(dpt_vec_shrink_to_fit(&v));
            if (first < 6 && count > 6 - first) {
                char words[80];
                sprintf(words, "%u elements from index %u reach past the end of 6 elements",
                        (unsigned)count, (unsigned)first);
                FAILS(dpt_vec_extend(&v, dpt_vec_get(&v, first), count), DPT_ERR_RANGE, words);
            } else if (first + count <= 6) {
                OK(dpt_vec_extend(&v, v.data + first * k->elem->size, count));
                memcpy(m.values + 6, m.values + first, count * sizeof(long));
                m.len += count;
            }
            EXPECT(agrees(k, &v, &m));
            OK(dpt_vec_free(&v));
        }
    }
}

static void an_own_element_may_fill_a_resize(const kind *k) {
    dpt_vec v;
    model m;
    filled(k, &v, &m, 6, 20);
    OK(dpt_vec_resize(&v, 2000, dpt_vec_get(&v, 4)));
    while (m.len < 2000) {
        m.values[m.len++] = 24;
    }
    EXPECT(agrees(k, &v, &m));
    OK(dpt_vec_free(&v));
}

/* ---- Any sequence of operations ------------------------------------------------------------- */

static uint64_t random_state;
static unsigned any(unsigned end_of) {
    uint64_t z = (random_state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)((z ^ (z >> 31)) % end_of);
}

static void a_range_step(const kind *k, dpt_vec *v, model *m) {
    item it;
    dpt_vec other;
    model mo;
    void *slots = NULL;
    size_t at = any((unsigned)m->len + 1), count = any((unsigned)(m->len - at) + 1), i, kept = 0;
    switch (any(8)) {
    case 0:
        OK(dpt_vec_erase(v, at, count));
        model_erase(m, at, count);
        break;
    case 1:
        OK(dpt_vec_split_off(v, at, &other));
        mo.len = m->len - at;
        memcpy(mo.values, m->values + at, mo.len * sizeof(long));
        m->len = at;
        EXPECT(agrees(k, &other, &mo) && other.cap == mo.len);
        if (any(2)) {
            OK(dpt_vec_append(v, &other));
            model_insert(m, m->len, mo.len, mo.values);
        }
        OK(dpt_vec_free(&other));
        break;
    case 2:
        OK(dpt_vec_retain(v, keep_odd, (void *)(uintptr_t)k));
        for (i = 0; i < m->len; i++) {
            if (m->values[i] % 2 == 1) {
                m->values[kept++] = m->values[i];
            }
        }
        m->len = kept;
        break;
    case 3:
        OK(dpt_vec_dedup(v, same_tens, (void *)(uintptr_t)k));
        for (i = 0; i < m->len; i++) {
            if (i == 0 || m->values[i] / 10 != m->values[kept - 1] / 10) {
                m->values[kept++] = m->values[i];
            }
        }
        m->len = kept;
        break;
    case 4: /* a gap of three, of which two are filled */
        OK(dpt_vec_open_gap(v, at, 3, &slots));
        for (i = 0; i < 2; i++) {
            long value = (long)i + 50;
            void *x = make(k, &it, (unsigned)value);
            unsigned char *slot = (unsigned char *)slots + i * k->elem->size;
            if (k->elem->relocate != NULL) {
                k->elem->relocate(slot, x, k->elem->context);
            } else {
                memcpy(slot, x, k->elem->size);
            }
        }
        OK(dpt_vec_close_gap(v, at, 3, 2, m->len - at));
        mo.values[0] = 50;
        mo.values[1] = 51;
        model_insert(m, at, 2, mo.values);
        break;
    case 5:
        OK(dpt_vec_clone(&other, v));
        EXPECT(agrees(k, &other, m) && other.cap == m->len);
        OK(dpt_vec_extend(v, other.data, count));
        memcpy(mo.values, m->values, count * sizeof(long));
        model_insert(m, m->len, count, mo.values);
        OK(dpt_vec_free(&other));
        break;
    case 6:
        OK(dpt_vec_truncate(v, at + 10));
        m->len = m->len < at + 10 ? m->len : at + 10;
        break;
    default:
        if (any(2)) {
            OK(dpt_vec_shrink_to_fit(v));
            EXPECT(v->cap == v->len);
        } else {
            OK(dpt_vec_reserve(v, count));
            EXPECT(v->cap >= v->len + count);
        }
    }
}

static void a_single_step(const kind *k, dpt_vec *v, model *m) {
    item it, out;
    size_t at = any((unsigned)m->len + 1);
    long value = (long)any(1000);
    void *x = make(k, &it, (unsigned)value);
    int given_away = 0;
    switch (any(7)) {
    case 0:
        OK(dpt_vec_push(v, x));
        model_insert(m, m->len, 1, &value);
        break;
    case 1:
        OK(dpt_vec_push_take(v, x));
        given_away = 1;
        model_insert(m, m->len, 1, &value);
        break;
    case 2:
        OK(dpt_vec_insert(v, at, x));
        model_insert(m, at, 1, &value);
        break;
    case 3:
        OK(dpt_vec_insert_take(v, at, x));
        given_away = 1;
        model_insert(m, at, 1, &value);
        break;
    case 4:
        if (at < m->len) {
            const int wanted = any(2) == 0;
            OK(dpt_vec_remove(v, at, wanted ? room_of(&out) : NULL));
            if (wanted) {
                EXPECT(value_of(k, room_of(&out)) == m->values[at]);
                end(k, &out);
            }
            model_erase(m, at, 1);
        }
        break;
    case 5:
        if (at < m->len) {
            OK(dpt_vec_swap_remove(v, at, room_of(&out)));
            EXPECT(value_of(k, room_of(&out)) == m->values[at]);
            end(k, &out);
            m->values[at] = m->values[m->len - 1];
            m->len--;
        }
        break;
    default:
        if (m->len > 0) {
            OK(dpt_vec_pop(v, room_of(&out)));
            EXPECT(value_of(k, room_of(&out)) == m->values[m->len - 1]);
            end(k, &out);
            m->len--;
        }
    }
    if (!given_away) {
        end(k, &it);
    }
}

static void any_sequence_of_operations_agrees_with_a_model(const kind *k) {
    unsigned seed, steps;
    for (seed = 0; seed < 40 && failures == 0; seed++) {
        const long before = blocks_alive;
        dpt_vec v;
        model m;
        m.len = 0;
        random_state = seed;
        OK(dpt_vec_new(&v, k->elem));
        for (steps = 0; steps < 300 && failures == 0; steps++) {
            if (m.len > 500 || any(12) == 0) {
                a_range_step(k, &v, &m);
            } else {
                a_single_step(k, &v, &m);
            }
            EXPECT(agrees(k, &v, &m));
            EXPECT(k->count == NULL || k->count->alive == (long)m.len);
            if (failures != 0) {
                fprintf(stderr, "kind %s, seed %u, step %u\n", k->name, seed, steps);
            }
            if (m.len > 1000) {
                OK(dpt_vec_clear(&v));
                m.len = 0;
            }
        }
        OK(dpt_vec_free(&v));
        EXPECT(k->count == NULL || k->count->alive == 0);
        EXPECT(blocks_alive == before);
    }
}

static void capacity_follows_the_growth_rule(const kind *k) {
    const size_t size = k->elem->size;
    size_t want = 0, i;
    dpt_vec v;
    item it;
    void *x = make(k, &it, 1);
    OK(dpt_vec_new(&v, k->elem));
    EXPECT(v.cap == 0);
    for (i = 0; i < 1000; i++) {
        if (i == want) {
            want = want == 0 ? (size > 64 ? 1 : 64 / size) : 2 * want;
        }
        OK(dpt_vec_push(&v, x));
        EXPECT(v.cap == want);
    }
    OK(dpt_vec_reserve(&v, 5 * want));
    EXPECT(v.cap == 1000 + 5 * want);
    OK(dpt_vec_reserve_exact(&v, 5 * want + 1));
    EXPECT(v.cap == 1000 + 5 * want + 1);
    OK(dpt_vec_shrink_to_fit(&v));
    EXPECT(v.cap == 1000);
    OK(dpt_vec_clear(&v));
    OK(dpt_vec_shrink_to_fit(&v));
    EXPECT(v.cap == 0 && v.data != NULL);
    end(k, &it);
    OK(dpt_vec_free(&v));
}

/* ---- The door ------------------------------------------------------------------------------- */

int main(void) {
    int i;
    for (i = 0; i < KINDS; i++) {
        const kind *k = &kinds[i];
        RUN_ON(an_item_may_be_an_element_of_the_vector_itself, k);
        RUN_ON(a_range_of_the_vector_may_be_appended_to_it, k);
        RUN_ON(an_own_element_may_fill_a_resize, k);
        RUN_ON(capacity_follows_the_growth_rule, k);
        RUN_ON(any_sequence_of_operations_agrees_with_a_model, k);
        EXPECT(k->count == NULL || (k->count->alive == 0 && k->count->wrong == 0));
    }
    printf("%s\n", failures == 0 ? "all as promised" : "failed");
    return failures == 0 ? 0 : 1;
}
