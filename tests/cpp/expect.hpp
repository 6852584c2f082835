// expect.hpp - what the tests of a C++ program that links the library share.
#pragma once

#include <cstdio>

inline int failures = 0;
inline const char* test_name = "";

/// Says what is not so, and goes on.
#define EXPECT(...)                                                                                \
    do {                                                                                           \
        if (!(__VA_ARGS__)) {                                                                      \
            std::fprintf(stderr, "%s:%d: %s: not so: %s\n", __FILE__, __LINE__, test_name,         \
                         #__VA_ARGS__);                                                            \
            ++failures;                                                                            \
        }                                                                                          \
    } while (false)
