#include "diptych/thread_pool/sync.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace diptych::cpp::thread_pool {

namespace {

// CONTRACT: T9 - the kernel's call takes three numbers.
long membarrier(int command) noexcept { return ::syscall(SYS_membarrier, command, 0, 0); }

/// What was allowed when the pool was made is so no longer, and the others have no fence.
[[noreturn, gnu::cold]] void forbidden() noexcept {
    std::fputs("diptych: membarrier was forbidden after a thread pool had been made\n", stderr);
    std::abort();
}

} // namespace

// ---- Fences -------------------------------------------------------------------------------------

#if DIPTYCH_THREAD_SANITIZER
constinit std::atomic<std::uint32_t> meeting{0};
#endif

Fences best_fences() noexcept {
    const bool can = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0 &&
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
        forbidden();
    }
}

// ---- Waiting ------------------------------------------------------------------------------------

void back_off(std::uint32_t times) noexcept {
    if (times < 8) {
        pause(std::uint32_t{1} << times);
    } else {
        ::sched_yield();
    }
}

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

// ---- Threads ------------------------------------------------------------------------------------

namespace {

void expect(int error, const char* what) {
    if (error != 0) {
        throw std::system_error(error, std::generic_category(), what);
    }
}

} // namespace

Thread::Thread(void* (*body)(void*), void* context, std::size_t stack_bytes) {
    pthread_attr_t attributes;
    expect(::pthread_attr_init(&attributes), "a thread's attributes");
    int error = 0;
    if (stack_bytes != 0) {
        const std::size_t least =
            std::max(stack_bytes, static_cast<std::size_t>(PTHREAD_STACK_MIN));
        constexpr std::size_t page = 4096;
        error = ::pthread_attr_setstacksize(&attributes, (least + page - 1) / page * page);
    }
    if (error == 0) {
        error = ::pthread_create(&thread_, &attributes, body, context);
    }
    ::pthread_attr_destroy(&attributes);
    expect(error, "a thread cannot be had");
}

void Thread::set_name(const std::string& name) noexcept {
    std::array<char, 16> kept{};
    name.copy(kept.data(), kept.size() - 1);
    ::pthread_setname_np(::pthread_self(), kept.data());
}

bool Thread::is_current() const noexcept { return ::pthread_equal(thread_, ::pthread_self()) != 0; }

void Thread::join() const noexcept { ::pthread_join(thread_, nullptr); }

void Thread::detach() const noexcept { ::pthread_detach(thread_); }

void Thread::pin(std::size_t processor) const {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (processor >= CPU_SETSIZE) {
        expect(EINVAL, "a thread cannot be bound to a processor");
    }
    CPU_SET(processor, &set); // CONTRACT: T9 - within the set
    expect(::pthread_setaffinity_np(thread_, sizeof set, &set),
           "a thread cannot be bound to a processor");
}

} // namespace diptych::cpp::thread_pool
