// contestant.hpp - who runs workloads, as the laboratory gets to know it.
#pragma once

#include <vector>

#include "diptych/lab.hpp"

#ifndef DIPTYCH_CXX_FLAGS
#define DIPTYCH_CXX_FLAGS "unknown"
#endif

namespace diptych::workloads {

/// The C++ twins.
const lab::Contestant& twin();

/// What each of them does, and how its types are laid out.
std::vector<lab::Workload> vector_workloads();
std::vector<lab::Layout> vector_layouts();
std::vector<lab::Workload> allocator_workloads();
std::vector<lab::Layout> allocator_layouts();
std::vector<lab::Workload> thread_pool_workloads();
std::vector<lab::Layout> thread_pool_layouts();

/// The Rust twins, called from C++ through C for each element.
const lab::Contestant& rust_through_c();

} // namespace diptych::workloads
