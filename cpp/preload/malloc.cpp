// malloc.cpp - the C library's names for the C++ twin: what LD_PRELOAD puts before all others.
#include "../src/allocator/api.hpp"
#include "diptych/allocator.hpp"

#include <cerrno>
#include <cstddef>

// What the linker sees is what <stdlib.h>, <malloc.h> and C23 declare; including them would bring
// attributes that let the compiler take malloc and free for the ones it knows.
#define DPT_EXPORT extern "C" [[gnu::visibility("default")]]

namespace {

namespace twin = diptych::cpp::allocator;

bool is_power_of_two(std::size_t n) { return n != 0 && (n & (n - 1)) == 0; }

void* invalid() {
    errno = EINVAL;
    return nullptr;
}

void* no_memory() {
    errno = ENOMEM;
    return nullptr;
}

} // namespace

// ---- Allocation ---------------------------------------------------------------------------------

DPT_EXPORT void* malloc(std::size_t size) { return twin::allocate_from(twin::thread_heap, size); }

DPT_EXPORT void free(void* p) { twin::deallocate_here(p); }

DPT_EXPORT void* calloc(std::size_t count, std::size_t size) {
    std::size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes)) [[unlikely]] {
        return no_memory();
    }
    return twin::allocate_zeroed_from(twin::thread_heap, bytes);
}

DPT_EXPORT void* realloc(void* p, std::size_t size) {
    return twin::reallocate_in(twin::thread_heap, p, size);
}

DPT_EXPORT void* reallocarray(void* p, std::size_t count, std::size_t size) {
    std::size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        return no_memory();
    }
    return twin::reallocate_in(twin::thread_heap, p, bytes);
}

// ---- Alignment ----------------------------------------------------------------------------------

DPT_EXPORT void* memalign(std::size_t align, std::size_t size) {
    if (!is_power_of_two(align)) {
        // As glibc: the next one that is.
        std::size_t next = 16;
        while (next < align && next != 0) {
            next *= 2;
        }
        if (next == 0) {
            return invalid();
        }
        align = next;
    }
    return twin::allocate_aligned_from(twin::thread_heap, size, align);
}

DPT_EXPORT void* aligned_alloc(std::size_t align, std::size_t size) {
    return is_power_of_two(align) ? memalign(align, size) : invalid();
}

DPT_EXPORT int posix_memalign(void** p, std::size_t align, std::size_t size) {
    if (!is_power_of_two(align) || align % sizeof(void*) != 0) {
        return EINVAL;
    }
    const int before = errno;
    void* block = memalign(align, size);
    errno = before;
    if (block == nullptr) {
        return ENOMEM;
    }
    *p = block;
    return 0;
}

DPT_EXPORT void* valloc(std::size_t size) { return memalign(twin::os_page_bytes, size); }

DPT_EXPORT void* pvalloc(std::size_t size) {
    if (size > twin::size_max) {
        return no_memory();
    }
    return memalign(twin::os_page_bytes,
                    (size + twin::os_page_bytes - 1) & ~(twin::os_page_bytes - 1));
}

// ---- Queries and the rest -----------------------------------------------------------------------

DPT_EXPORT std::size_t malloc_usable_size(void* p) { return twin::usable_size(p); }

DPT_EXPORT int malloc_trim(std::size_t) { return twin::trim() ? 1 : 0; }

DPT_EXPORT void free_sized(void* p, std::size_t) { twin::deallocate_here(p); }

DPT_EXPORT void free_aligned_sized(void* p, std::size_t, std::size_t) { twin::deallocate_here(p); }

DPT_EXPORT void cfree(void* p) { twin::deallocate_here(p); }
