// operators.cpp - operator new and delete for the C++ twin.
//
// The C++ library's own would call malloc and free; these save the step. A program in C has no C++
// library: what is needed of it, when memory runs out, is looked for and may be absent.
#include "../src/allocator/api.hpp"

#include <cstdlib>
#include <dlfcn.h>
#include <new>

#define DPT_EXPORT [[gnu::visibility("default")]]

namespace std {
[[gnu::weak]] new_handler get_new_handler() noexcept;
[[gnu::weak, noreturn]] void __throw_bad_alloc(); // NOLINT(bugprone-reserved-identifier)
} // namespace std

namespace {

namespace twin = diptych::cpp::allocator;

constexpr std::size_t natural = 16;

void* allocate(std::size_t size, std::size_t align) {
    return align <= natural ? twin::allocate_from(twin::thread_heap, size)
                            : twin::allocate_aligned_from(twin::thread_heap, size, align);
}

/// As the standard asks: the handler, as long as there is one, then what it threw, or null.
[[gnu::cold, gnu::noinline]] void* again(std::size_t size, std::size_t align) {
    for (;;) {
        const std::new_handler handler =
            std::get_new_handler != nullptr ? std::get_new_handler() : nullptr;
        if (handler == nullptr) {
            return nullptr;
        }
        handler();
        if (void* p = allocate(size, align); p != nullptr) {
            return p;
        }
    }
}

[[gnu::cold, gnu::noinline]] void* again_or_throw(std::size_t size, std::size_t align) {
    void* p = again(size, align);
    if (p == nullptr) {
        if (std::__throw_bad_alloc != nullptr) {
            std::__throw_bad_alloc();
        }
        std::abort();
    }
    return p;
}

/// The handler may throw, and catching needs the C++ library: its own operator does that, around
/// the one here that throws.
[[gnu::cold, gnu::noinline]] void* again_or_null(std::size_t size, std::size_t align) noexcept {
    if (align <= natural) {
        using Operator = void* (*)(std::size_t, const std::nothrow_t&);
        const auto next = reinterpret_cast<Operator>(::dlsym(RTLD_NEXT, "_ZnwmRKSt9nothrow_t"));
        return next != nullptr ? next(size, std::nothrow_t()) : nullptr;
    }
    using Operator = void* (*)(std::size_t, std::align_val_t, const std::nothrow_t&);
    const auto next =
        reinterpret_cast<Operator>(::dlsym(RTLD_NEXT, "_ZnwmSt11align_val_tRKSt9nothrow_t"));
    return next != nullptr ? next(size, std::align_val_t{align}, std::nothrow_t()) : nullptr;
}

inline void* make(std::size_t size, std::size_t align = natural) {
    void* p = allocate(size, align);
    return p != nullptr ? p : again_or_throw(size, align);
}

inline void* try_make(std::size_t size, std::size_t align = natural) noexcept {
    void* p = allocate(size, align);
    return p != nullptr ? p : again_or_null(size, align);
}

inline void* make(std::size_t size, std::align_val_t align) {
    return make(size, static_cast<std::size_t>(align));
}

inline void* try_make(std::size_t size, std::align_val_t align) noexcept {
    return try_make(size, static_cast<std::size_t>(align));
}

} // namespace

using std::align_val_t;
using std::nothrow_t;
using std::size_t;

// ---- new ----------------------------------------------------------------------------------------
// clang-format off
DPT_EXPORT void* operator new(size_t n) { return make(n); }
DPT_EXPORT void* operator new[](size_t n) { return make(n); }
DPT_EXPORT void* operator new(size_t n, align_val_t a) { return make(n, a); }
DPT_EXPORT void* operator new[](size_t n, align_val_t a) { return make(n, a); }
DPT_EXPORT void* operator new(size_t n, const nothrow_t&) noexcept { return try_make(n); }
DPT_EXPORT void* operator new[](size_t n, const nothrow_t&) noexcept { return try_make(n); }
DPT_EXPORT void* operator new(size_t n, align_val_t a, const nothrow_t&) noexcept { return try_make(n, a); }
DPT_EXPORT void* operator new[](size_t n, align_val_t a, const nothrow_t&) noexcept { return try_make(n, a); }

// ---- delete -------------------------------------------------------------------------------------
DPT_EXPORT void operator delete(void* p) noexcept { twin::deallocate_here(p); }
DPT_EXPORT void operator delete[](void* p) noexcept { twin::deallocate_here(p); }
DPT_EXPORT void operator delete(void* p, size_t) noexcept { twin::deallocate_here(p); }
DPT_EXPORT void operator delete[](void* p, size_t) noexcept { twin::deallocate_here(p); }
DPT_EXPORT void operator delete(void* p, align_val_t) noexcept { twin::deallocate_here(p); }
DPT_EXPORT void operator delete[](void* p, align_val_t) noexcept { twin::deallocate_here(p); }
DPT_EXPORT void operator delete(void* p, size_t, align_val_t) noexcept { twin::deallocate_here(p); }
DPT_EXPORT void operator delete[](void* p, size_t, align_val_t) noexcept { twin::deallocate_here(p); }
DPT_EXPORT void operator delete(void* p, const nothrow_t&) noexcept { twin::deallocate_here(p); }
DPT_EXPORT void operator delete[](void* p, const nothrow_t&) noexcept { twin::deallocate_here(p); }
DPT_EXPORT void operator delete(void* p, align_val_t, const nothrow_t&) noexcept { twin::deallocate_here(p); }
DPT_EXPORT void operator delete[](void* p, align_val_t, const nothrow_t&) noexcept { twin::deallocate_here(p); }
// clang-format on
