// check.hpp - the whole test framework: named tests that run in order, CHECK, CHECK_THROWS.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

namespace check {

struct Test {
    const char* name;
    void (*body)();
};

inline std::vector<Test>& tests() {
    static std::vector<Test> all;
    return all;
}

struct Register {
    Register(const char* name, void (*body)()) { tests().push_back({name, body}); }
};

[[noreturn]] inline void failed(const char* what, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    std::exit(1);
}

} // namespace check

#define TEST(name)                                                                                 \
    static void name();                                                                            \
    static const check::Register name##_registered{#name, name};                                   \
    static void name()
#define CHECK(...) ((__VA_ARGS__) ? void(0) : check::failed(#__VA_ARGS__, __FILE__, __LINE__))
#define CHECK_THROWS(type, ...)                                                                    \
    try {                                                                                          \
        static_cast<void>(__VA_ARGS__);                                                            \
        check::failed(#__VA_ARGS__ " throws", __FILE__, __LINE__);                                 \
    } catch (const type&) {                                                                        \
    }
