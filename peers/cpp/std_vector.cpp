// std_vector.cpp - the vector of C++'s standard library runs the C++ twin's loops.
#include "std_vector.hpp"

#include <vector>

#include "workloads/vector.hpp"

namespace diptych::peers {

namespace {

/// The vectors of the standard library.
struct Std {
    template <class T>
    using Of = std::vector<T>;
};

} // namespace

const lab::Contestant& std_vector() {
    static const lab::Contestant contestant{
        .name = "std::vector",
        .compiler = lab::compiler(),
        .flags = DIPTYCH_CXX_FLAGS,
        .baselines = {},
        .workloads = workloads::vector<Std>(),
        .layouts = {lab::layout<std::vector<std::uint64_t>>("std::vector<std::uint64_t>")}};
    return contestant;
}

} // namespace diptych::peers
