// Thread pools of a process that is forbidden membarrier: before it makes one, or behind its back.
// The same cases as in tests/it/fences.rs, each in a process of its own.
#include "check.hpp"
#include "diptych/thread_pool.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using diptych::cpp::join;
using diptych::cpp::ThreadPool;
using diptych::cpp::thread_pool::Builder;
using diptych::cpp::thread_pool::Fences;
using diptych::cpp::thread_pool::Task;

/// From now on membarrier fails with this error, in all threads of the process.
void forbid(int error) {
    // Looks at the call's number and at nothing else.
    std::array<sock_filter, 4> lines{{
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, 0},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_membarrier},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error)},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    }};
    const sock_fprog program{lines.size(), lines.data()};
    CHECK(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    // CONTRACT: T9 - the program and its lines are alive, and the kernel only reads them.
    CHECK(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) ==
          0);
    CHECK(::syscall(SYS_membarrier, 0, 0, 0) == -1 && errno == error);
}

std::uint64_t fib(unsigned n) {
    if (n < 2) {
        return n;
    }
    const auto [a, b] = join([n] { return fib(n - 1); }, [n] { return fib(n - 2); });
    return a + b;
}

void works(Builder builder) {
    for (const std::size_t threads : {1U, 2U, 4U}) {
        ThreadPool pool = builder.threads(threads).build();
        CHECK(pool.fences() == Fences::symmetric);
        for (int times = 0; times < 20; ++times) {
            CHECK(pool.install([] { return fib(15); }) == 610);
            std::vector<Task<std::uint64_t>> tasks;
            for (std::uint64_t n = 0; n < 100; ++n) {
                tasks.push_back(pool.submit([n] { return n * n; }));
            }
            std::uint64_t sum = 0;
            for (Task<std::uint64_t>& task : tasks) {
                sum += task.join();
            }
            CHECK(sum == 328'350);
            pool.wait_idle();
        }
    }
}

void works() {
    works(Builder());
    works(Builder().fences(Fences::asymmetric));
    works(Builder().fences(Fences::symmetric));
}

bool has_asymmetric() { return ThreadPool(1).fences() == Fences::asymmetric; }

/// How body() ends in a process of its own, and what it says on its way.
struct End {
    int status = 0;
    std::string said;
};

End in_a_process(void (*body)()) {
    std::array<int, 2> ends{};
    CHECK(::pipe(ends.data()) == 0);
    const pid_t child = ::fork(); // no other thread is left
    CHECK(child >= 0);
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        body();
        ::_exit(0);
    }
    ::close(ends[1]);
    End end;
    std::array<char, 256> some{};
    for (ssize_t count = 0; (count = ::read(ends[0], some.data(), some.size())) > 0;) {
        end.said.append(some.data(), static_cast<std::size_t>(count));
    }
    ::close(ends[0]);
    CHECK(::waitpid(child, &end.status, 0) == child);
    return end;
}

TEST(where_membarrier_fails_pools_have_real_fences_and_work) {
    const std::array<void (*)(), 3> cases{
        [] {
            forbid(ENOSYS);
            works();
        },
        [] {
            forbid(EPERM);
            works();
        },
        [] {
            static_cast<void>(has_asymmetric()); // and is gone again
            forbid(ENOSYS);
            works();
        },
    };
    for (void (*body)() : cases) {
        const End end = in_a_process(body);
        std::fputs(end.said.c_str(), stderr);
        CHECK(WIFEXITED(end.status) && WEXITSTATUS(end.status) == 0);
    }
}

TEST(a_pool_that_loses_membarrier_ends_the_process_and_says_why) {
    if (WEXITSTATUS(in_a_process([] { ::_exit(has_asymmetric() ? 0 : 1); }).status) != 0) {
        std::puts("not run: this kernel has no membarrier");
        return;
    }
    const End end = in_a_process([] {
        ThreadPool pool(2);
        CHECK(pool.install([] { return fib(10); }) == 55);
        forbid(ENOSYS);
        // Before one of them sleeps it wants a heavy fence.
        for (;;) {
            static_cast<void>(pool.install([] { return fib(10); }));
        }
    });
    CHECK(WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGABRT);
    CHECK(end.said.find("membarrier was forbidden after a thread pool had been made") !=
          std::string::npos);
}

} // namespace

int main() {
    for (const check::Test& test : check::tests()) {
        test.body();
        std::printf("ok %s\n", test.name);
    }
}
