// vector.cpp - the C++ twin's timed loops.
#include "vector.hpp"

#include "contestant.hpp"
#include "diptych/vector.hpp"
#include "diptych/vector/erased.hpp"
#include "vector/layouts.hpp"

namespace diptych::workloads {

namespace {

/// The vectors of the C++ twin.
struct Twin {
    template <class T>
    using Of = cpp::Vector<T>;
};

/// The types of the twin. Private fields have no offset that may be asked for.
std::vector<lab::Layout> layouts() {
    std::vector<lab::Layout> all = {
        lab::layout<cpp::Vector<std::uint64_t>>("diptych::cpp::Vector<std::uint64_t>"),
        lab::layout<cpp::ErasedVector>("diptych::cpp::ErasedVector"),
        lab::layout<cpp::ErasedError>("diptych::cpp::ErasedError"),
        lab::layout<dpt_cpp_vec>("dpt_cpp_vec", {DIPTYCH_LAB_FIELD(dpt_cpp_vec, data),
                                                 DIPTYCH_LAB_FIELD(dpt_cpp_vec, len),
                                                 DIPTYCH_LAB_FIELD(dpt_cpp_vec, cap),
                                                 DIPTYCH_LAB_FIELD(dpt_cpp_vec, elem)}),
    };
    for (lab::Layout& layout : element_layouts()) {
        all.push_back(std::move(layout));
    }
    return all;
}

} // namespace

const lab::Contestant& twin() {
    static const lab::Contestant contestant{.name = "cpp",
                                            .compiler = lab::compiler(),
                                            .flags = DIPTYCH_CXX_FLAGS,
                                            .baselines = {"std::vector"},
                                            .workloads = vector<Twin>(),
                                            .layouts = layouts()};
    return contestant;
}

} // namespace diptych::workloads
