// malloc.hpp - the C library's allocator as a contestant.
#pragma once

#include "workloads/contestant.hpp"

namespace diptych::peers {

const lab::Contestant& c_malloc();

} // namespace diptych::peers
