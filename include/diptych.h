/*
 * diptych.h - the C interface of both twins.
 *
 * Every component is written twice, in Rust and in C++, behind the declarations in the headers
 * below. Each of these declares every function once, under a plain name such as dpt_vec_push. This
 * file includes them twice: the first time the names begin with dpt_rust_, the second time with
 * dpt_cpp_. A program may link and use both at once:
 *
 *     dpt_rust_vec_push(&a, &x);
 *     dpt_cpp_vec_push(&b, &x);
 *
 * or choose one twin, and change its mind by one word:
 *
 *     #define DPT_USE_RUST          // or DPT_USE_CPP; the CMake targets diptych::rust and
 *     #include <diptych.h>          // diptych::cpp define it, unless both are linked
 *     dpt_vec_push(&a, &x);
 *
 * Conventions
 *  1. A function that can fail returns a dpt_status; results come through pointers. Only malloc's
 *     family answers as malloc does: a block, or null.
 *  2. After a failure the objects hold what they held, unless a function says otherwise, and
 *     dpt_last_error() tells why. Room that was made before a copy failed may stay: pointers that
 *     growth would end are then gone. No exception and no panic leaves the library.
 *  3. Who owns what is said per function. Nothing is handed over to be freed with free().
 *  4. What one twin made, only the same twin may change or free: the types differ by prefix, so
 *     that the compiler refuses a mix.
 *  5. Objects belong to one thread at a time unless a header says otherwise.
 */
#ifndef DIPTYCH_H
#define DIPTYCH_H

#include <stddef.h>
#include <stdint.h>

#include "diptych/status.h"
#include "diptych/elem.h"
#include "diptych/work.h"

#define DIPTYCH_VERSION "0.1.0"

#if defined(DPT_USE_RUST) && defined(DPT_USE_CPP)
#undef DPT_USE_RUST /* both targets are linked: only prefixed names */
#undef DPT_USE_CPP
#endif

#ifdef __cplusplus
extern "C" {
#endif

#include "diptych/names/rust.h"
#include "diptych/error.h"
#include "diptych/allocator.h"
#include "diptych/thread_pool.h"
#include "diptych/vector.h"
#include "diptych/names/none.h"

#include "diptych/names/cpp.h"
#include "diptych/error.h"
#include "diptych/allocator.h"
#include "diptych/thread_pool.h"
#include "diptych/vector.h"
#include "diptych/names/none.h"

#ifdef __cplusplus
}
#endif

#if defined(DPT_USE_RUST)
#include "diptych/names/rust.h"
#elif defined(DPT_USE_CPP)
#include "diptych/names/cpp.h"
#endif

#endif /* DIPTYCH_H */
