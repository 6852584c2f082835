// calibration.cpp - the laboratory's kernels of known size, compiled with the C++ twin's flags.
#include "calibration.hpp"

#include <vector>

#include "diptych/lab/kernels.hpp"

namespace diptych::peers {

namespace {

const std::vector<lab::Contestant>& all() {
    static const std::vector<lab::Contestant> contestants =
        lab::kernels::contestants(DIPTYCH_CXX_FLAGS);
    return contestants;
}

} // namespace

std::size_t calibrations() { return all().size(); }

const lab::Contestant& calibration(std::size_t index) { return all().at(index); }

} // namespace diptych::peers
