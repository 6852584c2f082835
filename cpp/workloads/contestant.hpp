// contestant.hpp - who runs workloads, as the laboratory gets to know it.
#pragma once

#include <string>
#include <vector>

#include "diptych/lab.hpp"

#ifndef DIPTYCH_CXX_FLAGS
#define DIPTYCH_CXX_FLAGS "unknown"
#endif

namespace diptych::workloads {

/// One implementation with its workloads. Its fields mean what they mean in the laboratory's crate.
struct Contestant {
    std::string name;
    std::string compiler;
    std::string flags;
    std::vector<std::string> baselines;
    std::vector<lab::Workload> workloads;
};

/// The compiler of whoever asks, with its version.
inline std::string compiler() {
#if defined(__clang__)
    return "clang++ " + std::to_string(__clang_major__) + '.' + std::to_string(__clang_minor__) +
           '.' + std::to_string(__clang_patchlevel__);
#elif defined(__GNUC__)
    return "g++ " + std::to_string(__GNUC__) + '.' + std::to_string(__GNUC_MINOR__) + '.' +
           std::to_string(__GNUC_PATCHLEVEL__);
#else
    return "unknown";
#endif
}

/// The C++ twins.
const Contestant& twin();

/// The Rust twins, called from C++ through C for each element.
const Contestant& rust_through_c();

} // namespace diptych::workloads
