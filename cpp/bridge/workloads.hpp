// workloads.hpp - contestants in C++ as src/bridge/workloads.rs sees them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "rust/cxx.h"
#include "workloads/contestant.hpp"

namespace diptych::workloads::bridge {

using Batch = lab::Batch;
using Contestant = diptych::lab::Contestant;
using Workload = lab::Workload;

const Contestant& twin();
const Contestant& rust_through_c();

rust::Str name(const Contestant& contestant);
rust::Str compiler(const Contestant& contestant);
rust::Str flags(const Contestant& contestant);
std::size_t baselines(const Contestant& contestant);
rust::Str baseline(const Contestant& contestant, std::size_t index);
std::size_t workloads(const Contestant& contestant);
const Workload& workload(const Contestant& contestant, std::size_t index);

rust::Str component(const Workload& workload);
rust::Str operation(const Workload& workload);
std::uint64_t n(const Workload& workload);
bool tracked(const Workload& workload);
bool large(const Workload& workload);
std::uint32_t threads(const Workload& workload);
std::unique_ptr<Batch> prepare(const Workload& workload, std::uint64_t n, std::uint64_t seed,
                               std::uint64_t calls);

struct Layout;
struct Tracked;

/// How the contestant's types are laid out.
rust::Vec<Layout> layouts(const Contestant& contestant);

/// Reads and resets what the tracked elements in C++ have counted.
Tracked take_tracked();

} // namespace diptych::workloads::bridge
