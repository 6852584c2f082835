// serial_pool.hpp - no pool at all as a contestant.
#pragma once

#include "workloads/contestant.hpp"

namespace diptych::peers {

const lab::Contestant& serial_pool();

} // namespace diptych::peers
