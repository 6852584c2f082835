// diptych/lab/clock.hpp - the processor time of this process, of all its threads together and to
// the moment.
//
// The kernel adds to a thread's account when the thread leaves its processor and at the ticks of
// that processor, a millisecond apart or four or ten. The clock of the process is the sum of the
// accounts, of which it brings the caller's alone up to date: what threads on other processors have
// used since their last tick is not in it, and is in it all at once a moment later. Asked for the
// clock of one thread, though, the kernel brings that thread's account up to date wherever it runs.
// So each thread is asked first, and then the process, which knows ended threads too.
//
// lab/src/clock.rs is the same thing. Header-only, C++20, POSIX; other systems than Linux know no
// other clock than that of the process.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <memory>
#include <system_error>

namespace diptych::lab {

/// One reading. It takes time itself, for which no work shall pay.
class Reading {
public:
    /// Of a process whose other threads run meanwhile, perhaps.
    static Reading of_all_threads() {
        const std::uint64_t begin = read(CLOCK_THREAD_CPUTIME_ID);
        bring_up_to_date();
        const std::uint64_t own = read(CLOCK_THREAD_CPUTIME_ID) - begin;
        const std::uint64_t ended = read(CLOCK_PROCESS_CPUTIME_ID);
        return {ended - own, ended};
    }

    /// Of a process whose other threads sleep, which is a system call and nothing else.
    static Reading of_one_thread() {
        const std::uint64_t now = read(CLOCK_PROCESS_CPUTIME_ID);
        return {now, now};
    }

    /// Nanoseconds that the process has used since `before`, without those of the readings.
    std::uint64_t since(const Reading& before) const {
        return begun_ > before.ended_ ? begun_ - before.ended_ : 0;
    }

private:
    Reading(std::uint64_t begun, std::uint64_t ended) : begun_(begun), ended_(ended) {}

    /// Has the kernel bring the accounts of all threads up to date. Where it does not say which
    /// there are, they stay as they are.
    static void bring_up_to_date() {
#if defined(__linux__)
        struct Close {
            void operator()(DIR* open) const { closedir(open); }
        };
        const std::unique_ptr<DIR, Close> tasks(opendir("/proc/self/task"));
        while (const dirent* task = tasks ? readdir(tasks.get()) : nullptr) {
            pid_t thread = 0;
            const char* end = task->d_name + std::strlen(task->d_name);
            // One that has ended meanwhile has no clock, and needs none.
            if (std::from_chars(task->d_name, end, thread).ec == std::errc()) {
                read(clock_of(thread));
            }
        }
#endif
    }

    /// The clock of a thread by its number, as the kernel and the C library make it: a clock that
    /// counts (2), of a thread (4), whose number is the complement of what is above these bits.
    static constexpr clockid_t clock_of(pid_t thread) { return ~thread * 8 + (4 | 2); }

    /// What a clock says, in nanoseconds; 0 if there is none.
    static std::uint64_t read(clockid_t clock) {
        timespec time{};
        if (clock_gettime(clock, &time) != 0) {
            return 0;
        }
        return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
               static_cast<std::uint64_t>(time.tv_nsec);
    }

    std::uint64_t begun_; ///< nanoseconds until the reading began
    std::uint64_t ended_; ///< the same until it was made
};

} // namespace diptych::lab
