// operation.hpp - a timed loop and what turns it into a workload of the laboratory.
//
// src/workloads/operation.rs is the same thing; a loop written here and there reads alike, line
// by line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "diptych/lab.hpp"

namespace diptych::workloads {

/// What is timed, on one input. A struct of static members:
///
///     using Input, Output;
///     static constexpr bool keeps;     // outputs live until the clock has stopped
///     static Input prepare(n, rng);    // not timed
///     static Output work(input);       // timed
///     static Output prove(input);      // not timed, if there is one: the same work, and as much
///                                      // more as proves that it was done
///     static std::uint64_t mark(output);     // timed: a word or two of it
///     static void digest(output, digest);    // not timed: every byte of it
///
/// An operation `keeps` when its elements were made outside the clock: they die there as well.
/// Otherwise the output dies inside, as its user would have it.
///
/// `work` is always inlined, in both languages, so that its vector is as local to the loop as it
/// is in a user's function.
template <class Operation>
class Prepared final : public lab::Batch {
public:
    Prepared(std::uint64_t n, std::uint64_t seed, std::uint64_t calls)
        : outputs_(static_cast<std::size_t>(calls)) {
        lab::Rng rng(seed);
        inputs_.reserve(outputs_.size());
        for (std::uint64_t call = 0; call < calls; ++call) {
            inputs_.push_back(Operation::prepare(n, rng));
        }
    }

    std::uint64_t run() override {
        lab::Digest digest;
        for (std::size_t call = 0; call < inputs_.size(); ++call) {
            typename Operation::Output output = Operation::work(inputs_[call]);
            digest.add(Operation::mark(output));
            if constexpr (Operation::keeps) {
                outputs_[call].emplace(std::move(output));
            }
        }
        return digest.value();
    }

    std::uint64_t check() override {
        lab::Digest digest;
        for (std::size_t call = 0; call < inputs_.size(); ++call) {
            const typename Operation::Output output = prove(inputs_[call]);
            Operation::digest(output, digest);
        }
        return digest.value();
    }

private:
    static typename Operation::Output prove(typename Operation::Input& input) {
        if constexpr (requires { Operation::prove(input); }) {
            return Operation::prove(input);
        } else {
            return Operation::work(input);
        }
    }

    std::vector<typename Operation::Input> inputs_;
    std::vector<std::optional<typename Operation::Output>> outputs_;
};

/// The workload of an operation.
template <class Operation>
lab::Workload workload(const char* component, const char* name, std::uint64_t n) {
    lab::Workload workload;
    workload.component = component;
    workload.name = name;
    workload.n = n;
    workload.prepare = [](std::uint64_t size, std::uint64_t seed, std::uint64_t calls) {
        return std::unique_ptr<lab::Batch>(
            std::make_unique<Prepared<Operation>>(size, seed, calls));
    };
    return workload;
}

/// The workload of an operation of the component `vector`.
template <class Operation>
lab::Workload vector_workload(const char* name, std::uint64_t n) {
    return workload<Operation>("vector", name, n);
}

/// The workload of an operation of the component `allocator`.
template <class Operation>
lab::Workload allocator_workload(const char* name, std::uint64_t n) {
    return workload<Operation>("allocator", name, n);
}

/// The workload of an operation of the component `thread_pool`.
template <class Operation>
lab::Workload thread_pool_workload(const char* name, std::uint64_t n) {
    return workload<Operation>("thread_pool", name, n);
}

/// As `workload`, for elements that count their copies and moves.
inline lab::Workload tracked(lab::Workload workload) {
    workload.tracked = true;
    return workload;
}

/// As `workload`, for gigabytes.
inline lab::Workload large(lab::Workload workload) {
    workload.large = true;
    return workload;
}

/// As `workload`, for work that keeps several threads busy at once.
inline lab::Workload threaded(std::uint32_t threads, lab::Workload workload) {
    workload.threads = threads;
    return workload;
}

} // namespace diptych::workloads
