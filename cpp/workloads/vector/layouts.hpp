// layouts.hpp - how the types around vectors are laid out. src/workloads/vector/layouts.rs tells
// the same of Rust's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "diptych/lab.hpp"
#include "elements.hpp"

namespace diptych::workloads {

/// What the elements of the timed vectors are.
inline std::vector<lab::Layout> element_layouts() {
    return {
        lab::layout<U64::Item>("std::uint64_t"),
        lab::layout<Pod64::Item>("std::array<std::uint64_t, 8>"),
        lab::layout<String24::Item>("std::string"),
        lab::layout<Boxed::Item>("std::unique_ptr<std::uint64_t>"),
    };
}

} // namespace diptych::workloads
