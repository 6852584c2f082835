// worker.cpp - a worker without Rust: the C++ twin and its rivals, for any compiler.
#include <vector>

#include "diptych/lab/worker.hpp"
#include "malloc.hpp"
#include "std_vector.hpp"

int main(int argc, char** argv) {
    const std::vector<diptych::lab::Contestant> contestants = {
        diptych::workloads::twin(),
        diptych::peers::std_vector(),
        diptych::peers::c_malloc(),
    };
    return diptych::lab::worker_main(argc, argv, contestants);
}
