#include "diptych/thread_pool/sync.hpp"

#include <cstdio>
#include <cstdlib>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace diptych::cpp::thread_pool {

namespace {

// CONTRACT: T9 - the kernel's call takes three numbers.
long membarrier(int command) noexcept { return ::syscall(SYS_membarrier, command, 0, 0); }

} // namespace

// ---- Fences -------------------------------------------------------------------------------------

#if DIPTYCH_THREAD_SANITIZER
constinit std::atomic<std::uint32_t> meeting{0};
#endif

Fences best_fences() noexcept {
    static const bool can = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0 &&
                            membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0;
    return can ? Fences::asymmetric : Fences::symmetric;
}

void heavy(Fences fences) noexcept {
#if DIPTYCH_THREAD_SANITIZER
    meeting.fetch_add(1, std::memory_order_seq_cst);
#else
    if (fences == Fences::symmetric) {
        std::atomic_thread_fence(std::memory_order_seq_cst);
    }
#endif
    if (fences == Fences::asymmetric && membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0) {
        std::fputs("diptych: the kernel no longer has membarrier\n", stderr);
        std::abort();
    }
}

// ---- Waiting ------------------------------------------------------------------------------------

void pause(std::uint32_t times) noexcept {
    for (; times != 0; --times) {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        asm volatile("isb" ::: "memory");
#endif
    }
}

void wait(const std::atomic<std::uint32_t>& word, std::uint32_t value) noexcept {
    // CONTRACT: T9 - the word is alive, and the kernel only reads it.
    ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr);
}

void wake(const std::atomic<std::uint32_t>* word) noexcept {
    // CONTRACT: T9 - the kernel takes the address for a name.
    ::syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1);
}

} // namespace diptych::cpp::thread_pool
