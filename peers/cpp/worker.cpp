// worker.cpp - a worker without Rust: the C++ twin and its rivals, for any compiler.
#include <vector>

#include "diptych/lab/worker.hpp"
#include "std_vector.hpp"

namespace {

diptych::lab::Contestant enter(const diptych::workloads::Contestant& from) {
    return {.name = from.name,
            .compiler = from.compiler,
            .flags = from.flags,
            .baselines = from.baselines,
            .workloads = from.workloads};
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<diptych::lab::Contestant> contestants = {
        enter(diptych::workloads::twin()),
        enter(diptych::peers::std_vector()),
    };
    return diptych::lab::worker_main(argc, argv, contestants);
}
