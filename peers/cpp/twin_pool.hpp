// twin_pool.hpp - the C++ twin while there is little to do.
#pragma once

#include <cstdint>

namespace diptych::peers {

/// Measures it here, as `pools::probe` does any pool.
void probe_twin_pool(std::uint64_t samples, std::uint64_t milliseconds);

} // namespace diptych::peers
