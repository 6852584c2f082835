#include "os.hpp"

#include <cerrno>
#include <ctime>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace diptych::cpp::allocator::os {

namespace {

// CONTRACT: A9 - the kernel is asked by calls that neither allocate nor print.

/// Whatever happens in between, errno is afterwards what it was.
class KeepErrno {
public:
    KeepErrno() noexcept : saved_(errno) {}
    ~KeepErrno() { errno = saved_; }
    KeepErrno(const KeepErrno&) = delete;
    KeepErrno& operator=(const KeepErrno&) = delete;

private:
    int saved_;
};

constexpr int protection = PROT_READ | PROT_WRITE;
constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

std::uintptr_t address(const void* p) { return reinterpret_cast<std::uintptr_t>(p); }

void* at(std::uintptr_t address) {
    return reinterpret_cast<void*>(address); // NOLINT(performance-no-int-to-ptr)
}

/// A mapping somewhere, or, where there is nothing, there; with this protection, or null.
char* map_at(void* hint, std::size_t bytes, int protect) {
    const int where = hint == nullptr ? 0 : MAP_FIXED_NOREPLACE;
    void* p = ::mmap(hint, bytes, protect, flags | where, -1, 0);
    return p == MAP_FAILED ? nullptr : static_cast<char*>(p);
}

/// Room somewhere, aligned, with this protection.
char* room(std::size_t bytes, std::size_t align, int protect) {
    char* p = map_at(nullptr, bytes, protect);
    if ((address(p) & (align - 1)) == 0) {
        return p; // the usual case: below the last one, which was aligned; or null
    }
    ::munmap(p, bytes);
    // Below it there is room as a rule, and what begins a little lower is aligned.
    if (void* lower = at(address(p) & ~(align - 1)); lower != nullptr) {
        char* there = map_at(lower, bytes, protect);
        if (there == lower) {
            return there;
        }
        if (there != nullptr) {
            ::munmap(there, bytes); // a kernel that took the address for a hint
        }
    }
    if (bytes > size_max - align) {
        return nullptr;
    }
    char* wide = map_at(nullptr, bytes + align, protect);
    if (wide == nullptr) {
        return nullptr;
    }
    const std::size_t before = (align - (address(wide) & (align - 1))) & (align - 1);
    char* begin = wide + before;
    if (before != 0) {
        ::munmap(wide, before);
    }
    ::munmap(begin + bytes, align - before);
    return begin;
}

} // namespace

// ---- Memory -------------------------------------------------------------------------------------

void* map(std::size_t bytes, std::size_t align) noexcept {
    const KeepErrno keep;
    return room(bytes, align, protection);
}

void unmap(void* p, std::size_t bytes) noexcept {
    const KeepErrno keep;
    ::munmap(p, bytes);
}

bool resize(void* p, std::size_t old_bytes, std::size_t new_bytes) noexcept {
    const KeepErrno keep;
    return ::mremap(p, old_bytes, new_bytes, 0) != MAP_FAILED;
}

void* relocate(void* p, std::size_t old_bytes, std::size_t new_bytes, std::size_t align) noexcept {
    const KeepErrno keep;
    char* target = room(new_bytes, align, PROT_NONE);
    if (target == nullptr) {
        return nullptr;
    }
    void* moved = ::mremap(p, old_bytes, new_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, target);
    if (moved == MAP_FAILED) {
        ::munmap(target, new_bytes);
        return nullptr;
    }
    return moved;
}

void discard(void* p, std::size_t bytes) noexcept {
    const KeepErrno keep;
    ::madvise(p, bytes, MADV_DONTNEED);
}

void prefer_huge_pages(void* p, std::size_t bytes) noexcept {
    const KeepErrno keep;
    ::madvise(p, bytes, MADV_HUGEPAGE);
}

void guard(void* p, std::size_t bytes) noexcept {
    const KeepErrno keep;
    ::mprotect(p, bytes, PROT_NONE);
}

void unguard(void* p, std::size_t bytes) noexcept {
    const KeepErrno keep;
    ::mprotect(p, bytes, protection);
}

// ---- Time and chance ----------------------------------------------------------------------------

std::uint64_t now() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1000 +
           static_cast<std::uint64_t>(time.tv_nsec) / 1000000;
}

std::uint64_t random() noexcept {
    const KeepErrno keep;
    std::uint64_t value = 0;
    if (::getrandom(&value, sizeof value, GRND_NONBLOCK) != sizeof value) {
        // Before the kernel has gathered chance: where it put us, and when.
        timespec time{};
        ::clock_gettime(CLOCK_MONOTONIC, &time);
        value = (address(&value) ^ static_cast<std::uint64_t>(time.tv_nsec) << 32) *
                0x9E37'79B9'7F4A'7C15U;
    }
    return value;
}

// ---- Waiting ------------------------------------------------------------------------------------

void Lock::wait() noexcept {
    const KeepErrno keep;
    // The word says 2 while anybody waits, so that whoever lets go wakes one.
    while (word_.exchange(2, std::memory_order_acquire) != 0) { // with unlock
        ::syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, 2, nullptr, nullptr, 0);
    }
}

void Lock::wake() noexcept {
    const KeepErrno keep;
    ::syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

} // namespace diptych::cpp::allocator::os
