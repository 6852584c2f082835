// layouts.hpp - how the types around thread pools are laid out.
// src/workloads/thread_pool/layouts.rs tells the same of Rust's.
#pragma once

#include <diptych.h>

#include <cstdint>
#include <vector>

#include "diptych/lab.hpp"
#include "diptych/thread_pool.hpp"

namespace diptych::workloads::thread_pool {

namespace of_twin = cpp::thread_pool;

/// The types of the C++ twin, and what C has of it.
inline std::vector<lab::Layout> layouts() {
    using of_twin::LoopOptions;
    using of_twin::Metrics;
    using of_twin::Options;
    return {
        lab::layout<cpp::ThreadPool>("diptych::cpp::ThreadPool"),
        lab::layout<of_twin::Scope>("diptych::cpp::thread_pool::Scope"),
        lab::layout<of_twin::Task<std::uint64_t>>("diptych::cpp::thread_pool::Task<std::uint64_t>"),
        lab::layout<of_twin::CancelToken>("diptych::cpp::thread_pool::CancelToken"),
        lab::layout<Options>(
            "diptych::cpp::thread_pool::Options",
            {DIPTYCH_LAB_FIELD(Options, priority), DIPTYCH_LAB_FIELD(Options, token)}),
        lab::layout<LoopOptions>("diptych::cpp::LoopOptions",
                                 {DIPTYCH_LAB_FIELD(LoopOptions, grain),
                                  DIPTYCH_LAB_FIELD(LoopOptions, token),
                                  DIPTYCH_LAB_FIELD(LoopOptions, deterministic)}),
        lab::layout<of_twin::Priority>("diptych::cpp::thread_pool::Priority"),
        lab::layout<of_twin::Fences>("diptych::cpp::thread_pool::Fences"),
        lab::layout<Metrics>(
            "diptych::cpp::thread_pool::Metrics",
            {DIPTYCH_LAB_FIELD(Metrics, executed), DIPTYCH_LAB_FIELD(Metrics, stolen),
             DIPTYCH_LAB_FIELD(Metrics, sleeps), DIPTYCH_LAB_FIELD(Metrics, calls),
             DIPTYCH_LAB_FIELD(Metrics, dropped), DIPTYCH_LAB_FIELD(Metrics, waiting)}),
        lab::layout<dpt_cpp_pool_metrics>("dpt_cpp_pool_metrics",
                                          {DIPTYCH_LAB_FIELD(dpt_cpp_pool_metrics, executed),
                                           DIPTYCH_LAB_FIELD(dpt_cpp_pool_metrics, stolen),
                                           DIPTYCH_LAB_FIELD(dpt_cpp_pool_metrics, sleeps),
                                           DIPTYCH_LAB_FIELD(dpt_cpp_pool_metrics, calls),
                                           DIPTYCH_LAB_FIELD(dpt_cpp_pool_metrics, dropped),
                                           DIPTYCH_LAB_FIELD(dpt_cpp_pool_metrics, waiting)}),
        lab::layout<dpt_cpp_pool_options>(
            "dpt_cpp_pool_options", {DIPTYCH_LAB_FIELD(dpt_cpp_pool_options, threads),
                                     DIPTYCH_LAB_FIELD(dpt_cpp_pool_options, name),
                                     DIPTYCH_LAB_FIELD(dpt_cpp_pool_options, stack_bytes),
                                     DIPTYCH_LAB_FIELD(dpt_cpp_pool_options, processors),
                                     DIPTYCH_LAB_FIELD(dpt_cpp_pool_options, processor_count),
                                     DIPTYCH_LAB_FIELD(dpt_cpp_pool_options, symmetric_fences),
                                     DIPTYCH_LAB_FIELD(dpt_cpp_pool_options, on_start),
                                     DIPTYCH_LAB_FIELD(dpt_cpp_pool_options, on_stop),
                                     DIPTYCH_LAB_FIELD(dpt_cpp_pool_options, context)}),
    };
}

} // namespace diptych::workloads::thread_pool
