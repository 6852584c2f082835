// The C functions of the vector: `include/diptych/vector.h` is their manual.
//
// Nothing here throws: the erased vector does not, and catches what an element's function throws.
#include <diptych.h>

#include "diptych/vector/erased.hpp"
#include "error.hpp"

using diptych::cpp::ErasedError;
using diptych::cpp::ErasedVector;
using diptych::cpp::capi::answer;
using diptych::cpp::capi::null;
using diptych::cpp::capi::same_object;
using diptych::cpp::capi::zeroed;

// ---- Pointers -----------------------------------------------------------------------------------

namespace {

/// The vector behind a pointer that a caller gave, after `refused` said that it is one.
/// CONTRACT: V8 - it holds nothing but such a header, and is one in memory.
ErasedVector& vector(dpt_cpp_vec* vec) noexcept { return *reinterpret_cast<ErasedVector*>(vec); }

const ErasedVector& vector(const dpt_cpp_vec* vec) noexcept {
    return *reinterpret_cast<const ErasedVector*>(vec);
}

/// Whether a pointer to a vector is null or its target zeroed, which `status` then says.
bool refused(const dpt_cpp_vec* vec, const char* name, dpt_status& status) noexcept {
    if (vec != nullptr && vec->elem != nullptr) [[likely]] {
        return false;
    }
    status = vec == nullptr ? null(name) : zeroed(name);
    return true;
}

/// Writes what was made, unless it failed; `out` is zeroed before.
dpt_status made(const ErasedError& error, ErasedVector& vector, dpt_cpp_vec* out) noexcept {
    if (!error) {
        *out = std::move(vector).into_raw();
    }
    return answer(error);
}

} // namespace

// ---- Construction -------------------------------------------------------------------------------

dpt_status dpt_cpp_vec_new(dpt_cpp_vec* out, const dpt_elem* elem) {
    if (out == nullptr) {
        return null("out");
    }
    *out = {};
    if (elem == nullptr) {
        return null("elem");
    }
    ErasedVector vector;
    const ErasedError error = ErasedVector::create(*elem, vector);
    return made(error, vector, out);
}

dpt_status dpt_cpp_vec_with_capacity(dpt_cpp_vec* out, const dpt_elem* elem, size_t capacity) {
    if (out == nullptr) {
        return null("out");
    }
    *out = {};
    if (elem == nullptr) {
        return null("elem");
    }
    ErasedVector vector;
    const ErasedError error = ErasedVector::with_capacity(*elem, capacity, vector);
    return made(error, vector, out);
}

dpt_status dpt_cpp_vec_from(dpt_cpp_vec* out, const dpt_elem* elem, const void* items,
                            size_t count) {
    if (out == nullptr) {
        return null("out");
    }
    *out = {};
    if (elem == nullptr) {
        return null("elem");
    }
    if (count > 0 && items == nullptr) {
        return null("items");
    }
    ErasedVector vector;
    const ErasedError error = ErasedVector::from_items(*elem, items, count, vector);
    return made(error, vector, out);
}

dpt_status dpt_cpp_vec_clone(dpt_cpp_vec* out, const dpt_cpp_vec* source) {
    if (out == source && out != nullptr) {
        return same_object("out");
    }
    if (out == nullptr) {
        return null("out");
    }
    *out = {};
    dpt_status status{};
    if (refused(source, "source", status)) {
        return status;
    }
    ErasedVector copy;
    const ErasedError error = vector(source).try_clone(copy);
    return made(error, copy, out);
}

// ---- Growth -------------------------------------------------------------------------------------

dpt_status dpt_cpp_vec_reserve(dpt_cpp_vec* vec, size_t additional) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    return answer(vector(vec).reserve(additional));
}

dpt_status dpt_cpp_vec_reserve_exact(dpt_cpp_vec* vec, size_t additional) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    return answer(vector(vec).reserve_exact(additional));
}

dpt_status dpt_cpp_vec_shrink_to_fit(dpt_cpp_vec* vec) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    return answer(vector(vec).shrink_to_fit());
}

// ---- Mutation -----------------------------------------------------------------------------------

dpt_status dpt_cpp_vec_push(dpt_cpp_vec* vec, const void* item) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    if (item == nullptr) {
        return null("item");
    }
    return answer(vector(vec).push(item));
}

dpt_status dpt_cpp_vec_push_take(dpt_cpp_vec* vec, void* item) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    if (item == nullptr) {
        return null("item");
    }
    return answer(vector(vec).push_take(item));
}

dpt_status dpt_cpp_vec_extend(dpt_cpp_vec* vec, const void* items, size_t count) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    if (count > 0 && items == nullptr) {
        return null("items");
    }
    return answer(vector(vec).extend(items, count));
}

dpt_status dpt_cpp_vec_append(dpt_cpp_vec* vec, dpt_cpp_vec* source) {
    if (vec == source && vec != nullptr) {
        return same_object("source");
    }
    dpt_status status{};
    if (refused(vec, "vec", status) || refused(source, "source", status)) {
        return status;
    }
    return answer(vector(vec).append(vector(source)));
}

dpt_status dpt_cpp_vec_pop(dpt_cpp_vec* vec, void* out) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    return answer(vector(vec).pop(out));
}

dpt_status dpt_cpp_vec_truncate(dpt_cpp_vec* vec, size_t len) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    vector(vec).truncate(len);
    return DPT_OK;
}

dpt_status dpt_cpp_vec_clear(dpt_cpp_vec* vec) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    vector(vec).clear();
    return DPT_OK;
}

dpt_status dpt_cpp_vec_resize(dpt_cpp_vec* vec, size_t len, const void* fill) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    if (len > vec->len && fill == nullptr) {
        return null("fill");
    }
    return answer(vector(vec).resize(len, fill));
}

dpt_status dpt_cpp_vec_insert(dpt_cpp_vec* vec, size_t index, const void* item) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    if (item == nullptr) {
        return null("item");
    }
    return answer(vector(vec).insert(index, item));
}

dpt_status dpt_cpp_vec_insert_take(dpt_cpp_vec* vec, size_t index, void* item) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    if (item == nullptr) {
        return null("item");
    }
    return answer(vector(vec).insert_take(index, item));
}

dpt_status dpt_cpp_vec_remove(dpt_cpp_vec* vec, size_t index, void* out) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    return answer(vector(vec).remove(index, out));
}

dpt_status dpt_cpp_vec_swap_remove(dpt_cpp_vec* vec, size_t index, void* out) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    return answer(vector(vec).swap_remove(index, out));
}

// ---- Ranges -------------------------------------------------------------------------------------

dpt_status dpt_cpp_vec_erase(dpt_cpp_vec* vec, size_t first, size_t count) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    return answer(vector(vec).erase(first, count));
}

dpt_status dpt_cpp_vec_split_off(dpt_cpp_vec* vec, size_t at, dpt_cpp_vec* out) {
    if (vec == out && vec != nullptr) {
        return same_object("out");
    }
    if (out == nullptr) {
        return null("out");
    }
    *out = {};
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    ErasedVector rest;
    const ErasedError error = vector(vec).split_off(at, rest);
    return made(error, rest, out);
}

dpt_status dpt_cpp_vec_retain(dpt_cpp_vec* vec, int (*keep)(const void* item, void* context),
                              void* context) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    if (keep == nullptr) {
        return null("keep");
    }
    return answer(vector(vec).retain(keep, context));
}

dpt_status dpt_cpp_vec_dedup(dpt_cpp_vec* vec,
                             int (*same)(const void* item, const void* kept, void* context),
                             void* context) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    if (same == nullptr) {
        return null("same");
    }
    return answer(vector(vec).dedup(same, context));
}

dpt_status dpt_cpp_vec_open_gap(dpt_cpp_vec* vec, size_t index, size_t count, void** slots) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    if (slots == nullptr) {
        return null("slots");
    }
    return answer(vector(vec).open_gap(index, count, *slots));
}

dpt_status dpt_cpp_vec_close_gap(dpt_cpp_vec* vec, size_t index, size_t count, size_t filled,
                                 size_t tail) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    return answer(vector(vec).close_gap(index, count, filled, tail));
}

dpt_status dpt_cpp_vec_set_len(dpt_cpp_vec* vec, size_t len) {
    dpt_status status{};
    if (refused(vec, "vec", status)) {
        return status;
    }
    return answer(vector(vec).set_len(len));
}

// ---- Destruction --------------------------------------------------------------------------------

dpt_status dpt_cpp_vec_free(dpt_cpp_vec* vec) {
    if (vec == nullptr) {
        return null("vec");
    }
    const ErasedVector taken = ErasedVector::from_raw(*vec);
    *vec = {};
    return DPT_OK;
}
