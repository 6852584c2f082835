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

DIPTYCH_LAB_REVEAL(VectorData, cpp::Vector<std::uint64_t>, data_);
DIPTYCH_LAB_REVEAL(VectorLen, cpp::Vector<std::uint64_t>, len_);
DIPTYCH_LAB_REVEAL(VectorCap, cpp::Vector<std::uint64_t>, cap_);
DIPTYCH_LAB_REVEAL(ErasedRaw, cpp::ErasedVector, raw_);

} // namespace

std::vector<lab::Workload> vector_workloads() { return vector<Twin>(); }

std::vector<lab::Layout> vector_layouts() {
    using lab::private_field;
    std::vector<lab::Layout> all = {
        lab::layout<cpp::Vector<std::uint64_t>>("diptych::cpp::Vector<std::uint64_t>",
                                                {private_field<VectorData>("data"),
                                                 private_field<VectorLen>("len"),
                                                 private_field<VectorCap>("cap")}),
        lab::layout<cpp::ErasedVector>("diptych::cpp::ErasedVector",
                                       {private_field<ErasedRaw>("raw (dpt_cpp_vec)")}),
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

} // namespace diptych::workloads
