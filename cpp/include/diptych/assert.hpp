// diptych/assert.hpp - DPT_ASSERT: preconditions and invariants, checked in builds that want it.
//
// On when DPT_CHECKS is defined to 1, or when it is not defined and NDEBUG is absent. A failed
// check prints the condition and its place, and aborts. Off, the condition is compiled but never
// evaluated, so that it cannot rot. Every use mirrors a `debug_assert!` of the Rust twin.
#pragma once

#include <cstdio>
#include <cstdlib>

#if !defined(DPT_CHECKS)
#if defined(NDEBUG)
#define DPT_CHECKS 0
#else
#define DPT_CHECKS 1
#endif
#endif

namespace diptych::detail {

/// Reports a broken condition and ends the program.
[[noreturn, gnu::noinline, gnu::cold]] inline void
assertion_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr, "%s:%d: broken: %s\n", file, line, condition);
    std::abort();
}

} // namespace diptych::detail

#if DPT_CHECKS
#define DPT_ASSERT(condition)                                                                      \
    ((condition) ? static_cast<void>(0)                                                            \
                 : ::diptych::detail::assertion_failed(#condition, __FILE__, __LINE__))
#else
#define DPT_ASSERT(condition) static_cast<void>(sizeof((condition) ? 1 : 0))
#endif

// DPT_ASSUME: an invariant that the compiler may build on where it is not checked. Only for what
// the optimiser needs; it evaluates the condition.
#if DPT_CHECKS
#define DPT_ASSUME(condition) DPT_ASSERT(condition)
#else
#define DPT_ASSUME(condition) ((condition) ? static_cast<void>(0) : __builtin_unreachable())
#endif
