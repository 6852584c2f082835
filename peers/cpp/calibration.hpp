// calibration.hpp - the laboratory's kernels of known size, compiled with the C++ twin's flags.
#pragma once

#include <cstddef>

#include "workloads/contestant.hpp"

namespace diptych::peers {

/// How many contestants there are.
std::size_t calibrations();

const lab::Contestant& calibration(std::size_t index);

} // namespace diptych::peers
