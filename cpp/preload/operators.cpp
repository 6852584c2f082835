// operators.cpp - operator new and delete for the C++ twin.
//
// The C++ library's own would call malloc and free; these save the step. A program in C has no C++
// library: what is needed of it, when memory runs out, is looked for and may be absent.
#include "../src/allocator/api.hpp"

#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>
#include <new>
#include <string_view>
#include <unistd.h>

#define DPT_EXPORT [[gnu::visibility("default")]]

namespace {

namespace twin = diptych::cpp::allocator;

constexpr std::size_t natural = 16;

void* allocate(std::size_t size, std::size_t align) {
    return align <= natural ? twin::allocate_from(twin::thread_heap, size)
                            : twin::allocate_aligned_from(twin::thread_heap, size, align);
}

/// A function of the C++ library, which may be in the program, in a library that was loaded after
/// this one, or in one that was loaded for somebody alone; null: nowhere.
template <class Function>
Function* find(const char* symbol) {
    void* next = ::dlsym(RTLD_NEXT, symbol);
    if (next == nullptr) {
        if (void* library = ::dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_NOLOAD)) {
            next = ::dlsym(library, symbol);
        }
    }
    return reinterpret_cast<Function*>(next);
}

/// The end, because there is nobody who could throw.
[[noreturn]] void abort() {
    constexpr std::string_view line = "diptych: no memory for operator new\n";
    // One call, so that lines of several processes do not mix. If it fails nobody can be told.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
    std::abort();
}

// ---- When memory runs out -----------------------------------------------------------------------

// The C++ library's own operators call the handler, as long as there is one, and malloc after it,
// which is this allocator's; then they throw, or answer null. They add the alignment to the size
// without looking at the result: a size that cannot be had stays one.

[[gnu::cold, gnu::noinline]] void* again_or_throw(std::size_t size, std::size_t align) {
    size = std::min(size, twin::size_max);
    if (align <= natural) {
        if (auto* next = find<void*(std::size_t)>("_Znwm")) {
            return next(size);
        }
    } else if (auto* next = find<void*(std::size_t, std::align_val_t)>("_ZnwmSt11align_val_t")) {
        return next(size, std::align_val_t{align});
    }
    abort();
}

[[gnu::cold, gnu::noinline]] void* again_or_null(std::size_t size, std::size_t align) noexcept {
    size = std::min(size, twin::size_max);
    if (align <= natural) {
        using Operator = void*(std::size_t, const std::nothrow_t&);
        auto* next = find<Operator>("_ZnwmRKSt9nothrow_t");
        return next != nullptr ? next(size, std::nothrow_t()) : nullptr;
    }
    using Operator = void*(std::size_t, std::align_val_t, const std::nothrow_t&);
    auto* next = find<Operator>("_ZnwmSt11align_val_tRKSt9nothrow_t");
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
