// vector.cpp - the C++ twin's timed loops.
#include "vector.hpp"

#include "contestant.hpp"
#include "diptych/vector.hpp"
#include "vector/border.hpp"

namespace diptych::workloads {

namespace {

/// The vectors of the C++ twin.
struct Twin {
    template <class T>
    using Of = cpp::Vector<T>;
};

} // namespace

const Contestant& twin() {
    static const Contestant contestant{
        "cpp", compiler(), DIPTYCH_CXX_FLAGS, {"std::vector"}, vector<Twin>()};
    return contestant;
}

const Contestant& rust_through_c() {
    static const Contestant contestant{
        "rust via C",
        compiler(),
        DIPTYCH_CXX_FLAGS,
        {"rust"},
        {vector_workload<PushGrowing<RustThroughC, U64>>("border_push/u64", 10'000)}};
    return contestant;
}

} // namespace diptych::workloads
