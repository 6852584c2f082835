// A function of the caller that throws into the library, which the C headers forbid, does what the
// table of errors in spec/vector.md says: the program ends, or the status is answered. The same
// source on either twin.
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <diptych.h>

#include "expect.hpp"

namespace {

#if defined(DPT_USE_RUST)
constexpr bool rust = true;
#else
constexpr bool rust = false;
#endif

// ---- Elements -----------------------------------------------------------------------------------

/// Which function throws, when it is called for the how-manieth time.
struct Bomb {
    int copies = 0;
    int relocations = 0;
    int destructions = 0;
    int questions = 0;
    int alive = 0;
};

Bomb bomb;

void tick(int& fuse) {
    if (fuse > 0 && --fuse == 0) {
        throw std::runtime_error("thrown through C");
    }
}

extern "C" {

dpt_status copy_int(void* dst, const void* src, void*) {
    tick(bomb.copies);
    std::memcpy(dst, src, sizeof(int));
    ++bomb.alive;
    return DPT_OK;
}

void relocate_int(void* dst, void* src, void*) {
    tick(bomb.relocations);
    std::memcpy(dst, src, sizeof(int));
}

void destroy_int(void*, void*) {
    tick(bomb.destructions);
    --bomb.alive;
}

int keep_odd(const void* item, void*) {
    tick(bomb.questions);
    return *static_cast<const int*>(item) % 2;
}

int same(const void* item, const void* kept, void*) {
    tick(bomb.questions);
    return *static_cast<const int*>(item) == *static_cast<const int*>(kept);
}
}

constexpr dpt_elem table = {sizeof(int),   alignof(int), &copy_int,
                            &relocate_int, &destroy_int, nullptr};

/// A vector of 0, 1, 2, ... that is freed at the end.
class Numbers {
public:
    explicit Numbers(int count) {
        EXPECT(dpt_vec_new(&vec, &table) == DPT_OK);
        for (int i = 0; i < count; ++i) {
            EXPECT(dpt_vec_push(&vec, &i) == DPT_OK);
        }
    }
    Numbers(const Numbers&) = delete;
    Numbers& operator=(const Numbers&) = delete;
    ~Numbers() {
        bomb = {.alive = bomb.alive};
        EXPECT(dpt_vec_free(&vec) == DPT_OK);
        EXPECT(bomb.alive == 0);
    }

    [[nodiscard]] std::size_t len() const { return dpt_vec_len(&vec); }

    dpt_vec vec{};
};

// ---- Ends ---------------------------------------------------------------------------------------

/// Whether `work` ends its process by SIGABRT, before it returns.
bool ends(const std::function<void()>& work) {
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        // What it says of its end, and a dump of it, are of no interest.
        const rlimit none{};
        setrlimit(RLIMIT_CORE, &none);
        close(STDERR_FILENO);
        try {
            work();
        } catch (...) {
            _exit(2);
        }
        _exit(1);
    }
    int status = 0;
    EXPECT(child > 0 && waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/// The C++ twin answers DPT_ERR_ELEMENT in these words; the Rust twin ends the program.
void is_caught_or_ends(const char* words, const std::function<dpt_status()>& work) {
    if (rust) {
        EXPECT(ends([&] { work(); }));
        return;
    }
    EXPECT(work() == DPT_ERR_ELEMENT);
    if (std::strcmp(dpt_last_error(), words) != 0) {
        std::fprintf(stderr, "%s: says \"%s\", not \"%s\"\n", test_name, dpt_last_error(), words);
        ++failures;
    }
}

// ---- Tests --------------------------------------------------------------------------------------

void a_copy_that_throws_is_a_status_in_cpp_and_the_end_in_rust() {
    Numbers numbers(3);
    bomb.copies = 1;
    const int item = 7;
    is_caught_or_ends("copying element 0 of 1 threw an exception",
                      [&] { return dpt_vec_push(&numbers.vec, &item); });
    EXPECT(numbers.len() == 3);

    const int items[] = {4, 5, 6};
    bomb.copies = 3;
    is_caught_or_ends("copying element 2 of 3 threw an exception",
                      [&] { return dpt_vec_extend(&numbers.vec, items, 3); });
    EXPECT(numbers.len() == 3 && bomb.alive == 3);

    bomb.copies = 2;
    dpt_vec copy{};
    is_caught_or_ends("copying element 1 of 3 threw an exception",
                      [&] { return dpt_vec_clone(&copy, &numbers.vec); });
    EXPECT(numbers.len() == 3 && bomb.alive == 3);
}

void a_predicate_that_throws_is_a_status_in_cpp_and_the_end_in_rust() {
    Numbers numbers(6);
    bomb.questions = 3;
    is_caught_or_ends("the function asked about element 2 of 6 threw an exception",
                      [&] { return dpt_vec_retain(&numbers.vec, keep_odd, nullptr); });
    // 0 was let go, 1 and those not yet seen are kept.
    EXPECT(numbers.len() == (rust ? 6U : 5U));

    const std::size_t len = numbers.len();
    bomb.questions = 1;
    is_caught_or_ends("the function asked about element 1 of 5 threw an exception",
                      [&] { return dpt_vec_dedup(&numbers.vec, same, nullptr); });
    EXPECT(numbers.len() == len);
}

void a_relocation_that_throws_is_the_end() {
    Numbers numbers(3);
    EXPECT(ends([&] {
        bomb.relocations = 2;
        static_cast<void>(dpt_vec_remove(&numbers.vec, 0, nullptr));
    }));
    EXPECT(ends([&] {
        bomb.relocations = 1;
        static_cast<void>(dpt_vec_reserve_exact(&numbers.vec, 1000));
    }));
}

void a_destruction_that_throws_is_the_end() {
    Numbers numbers(3);
    EXPECT(ends([&] {
        bomb.destructions = 2;
        static_cast<void>(dpt_vec_clear(&numbers.vec));
    }));
    EXPECT(ends([&] {
        bomb.destructions = 1;
        static_cast<void>(dpt_vec_free(&numbers.vec));
    }));
}

void an_honest_program_does_not_end() {
    EXPECT(!ends([] { Numbers numbers(3); }));
}

} // namespace

#define RUN(test) (test_name = #test, test())

int main() {
    RUN(an_honest_program_does_not_end);
    RUN(a_copy_that_throws_is_a_status_in_cpp_and_the_end_in_rust);
    RUN(a_predicate_that_throws_is_a_status_in_cpp_and_the_end_in_rust);
    RUN(a_relocation_that_throws_is_the_end);
    RUN(a_destruction_that_throws_is_the_end);
    std::puts(failures == 0 ? "all as promised" : "failed");
    return failures == 0 ? 0 : 1;
}
