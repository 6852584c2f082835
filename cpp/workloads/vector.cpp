// vector.cpp - the C++ twin's timed loops.
#include "vector.hpp"

#include "contestant.hpp"
#include "diptych/vector.hpp"

namespace diptych::workloads {

namespace {

/// The vectors of the C++ twin.
struct Twin {
    template <class T>
    using Of = cpp::Vector<T>;
};

} // namespace

const Contestant& twin() {
    static const Contestant contestant{.name = "cpp",
                                       .compiler = compiler(),
                                       .flags = DIPTYCH_CXX_FLAGS,
                                       .baselines = {"std::vector"},
                                       .workloads = vector<Twin>()};
    return contestant;
}

} // namespace diptych::workloads
