// burn.h - work of a known amount: steps that wait for each other, as fast wherever they lie.
#pragma once

#include <stdint.h>

__attribute__((unused)) static uint64_t burn(long steps) {
    uint64_t x = 1;
    for (long i = 0; i < steps; ++i) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        __asm__ volatile("" : "+r"(x));
    }
    return x;
}
