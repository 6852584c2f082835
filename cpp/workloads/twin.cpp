// twin.cpp - the C++ twins as one contestant.
#include <utility>

#include "contestant.hpp"

namespace diptych::workloads {

const lab::Contestant& twin() {
    static const lab::Contestant contestant = [] {
        lab::Contestant all{.name = "cpp",
                            .compiler = lab::compiler(),
                            .flags = DIPTYCH_CXX_FLAGS,
                            .baselines = {"std::vector", "malloc"},
                            .workloads = vector_workloads(),
                            .layouts = vector_layouts()};
        for (lab::Workload& workload : allocator_workloads()) {
            all.workloads.push_back(std::move(workload));
        }
        for (lab::Workload& workload : thread_pool_workloads()) {
            all.workloads.push_back(std::move(workload));
        }
        for (lab::Layout& layout : allocator_layouts()) {
            all.layouts.push_back(std::move(layout));
        }
        for (lab::Layout& layout : thread_pool_layouts()) {
            all.layouts.push_back(std::move(layout));
        }
        return all;
    }();
    return contestant;
}

} // namespace diptych::workloads
