// std_vector.hpp - the vector of C++'s standard library as a contestant.
#pragma once

#include "workloads/contestant.hpp"

namespace diptych::peers {

const lab::Contestant& std_vector();

} // namespace diptych::peers
