// serial_pool.cpp - the loops over thread pools without a pool, compiled with the C++ twin's flags.
#include "serial_pool.hpp"

#include "workloads/thread_pool.hpp"

namespace diptych::peers {

const lab::Contestant& serial_pool() {
    using workloads::thread_pool::Serial;
    static const lab::Contestant contestant{
        .name = "serial c++",
        .compiler = lab::compiler(),
        .flags = DIPTYCH_CXX_FLAGS,
        .baselines = {},
        .workloads = workloads::thread_pool::workloads<Serial, Serial>()};
    return contestant;
}

} // namespace diptych::peers
