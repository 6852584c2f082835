// thread_pool/sync.hpp - what threads meet through: two fences, and waiting.
//
// A worker publishes a job and then looks whether somebody sleeps; takes one back and then looks
// whether somebody steals. Each is a store, and a load that must not come before it, which on all
// processors costs a fence. A worker does it for every job, a thief rarely: so the worker's fence
// is nothing but an order to the compiler, and the thief's makes all threads of the process go
// through a real one, wherever they are (membarrier). Where the kernel has no such call, both are
// real. Under the thread sanitizer, which follows atomic operations and no fences, both are
// operations on one word.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <pthread.h>
#include <string>

#if defined(__SANITIZE_THREAD__)
#define DIPTYCH_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define DIPTYCH_THREAD_SANITIZER 1
#endif
#endif
#ifndef DIPTYCH_THREAD_SANITIZER
#define DIPTYCH_THREAD_SANITIZER 0
#endif

namespace diptych::cpp::thread_pool {

// ---- Fences -------------------------------------------------------------------------------------

/// Whose fence costs.
enum class Fences : std::uint8_t {
    /// The thief's alone.
    asymmetric,
    /// Everybody's, the same.
    symmetric,
};

/// What this process can do. Asked for each pool: the next one may be forbidden it.
Fences best_fences() noexcept;

#if DIPTYCH_THREAD_SANITIZER
/// Where all threads meet, one after the other.
extern constinit std::atomic<std::uint32_t> meeting;
#endif

/// Between a store and a load of who does it often.
[[gnu::always_inline]] inline void light([[maybe_unused]] Fences fences) noexcept {
#if DIPTYCH_THREAD_SANITIZER
    meeting.fetch_add(1, std::memory_order_seq_cst);
#else
    if (fences == Fences::asymmetric) {
        std::atomic_signal_fence(std::memory_order_seq_cst);
    } else {
        std::atomic_thread_fence(std::memory_order_seq_cst);
    }
#endif
}

/// Between a store and a load of who does it rarely: one of both loads sees the other's store.
void heavy(Fences fences) noexcept;

// ---- Waiting ------------------------------------------------------------------------------------

/// Waits for somebody who is about to go on: a moment, or, if he seems not to be running, for as
/// long as the system gives others.
void back_off(std::uint32_t times) noexcept;

/// A moment of doing nothing, longer each time.
void pause(std::uint32_t times) noexcept;

/// Sleeps until somebody wakes who waits at the word, unless it is not `value` any more. May end
/// without a reason.
void wait(const std::atomic<std::uint32_t>& word, std::uint32_t value) noexcept;

/// Wakes one who waits at the word, if it is still there: nothing is read from it.
void wake(const std::atomic<std::uint32_t>* word) noexcept;

/// The memory is about to be read. It need not exist.
// CONTRACT: T9 - a hint, which never faults.
inline void prefetch(const void* place) noexcept { __builtin_prefetch(place); }

// ---- Threads ------------------------------------------------------------------------------------

/// A thread that somebody has to `join` or to `detach`.
class Thread {
public:
    /// Runs body(context) in a thread with a stack of so many bytes; 0: as many as are usual. What
    /// the system says if it has no more is thrown, as std::system_error.
    Thread(void* (*body)(void*), void* context, std::size_t stack_bytes);

    /// What this thread is called; the kernel keeps 15 bytes of it.
    static void set_name(const std::string& name) noexcept;

    /// The calling thread is this one.
    [[nodiscard]] bool is_current() const noexcept;
    void join() const noexcept;
    void detach() const noexcept;

    /// Binds it to a processor; else std::system_error.
    void pin(std::size_t processor) const;

private:
    pthread_t thread_{};
};

} // namespace diptych::cpp::thread_pool
