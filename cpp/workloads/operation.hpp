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
            const typename Operation::Output output = Operation::work(inputs_[call]);
            Operation::digest(output, digest);
        }
        return digest.value();
    }

private:
    std::vector<typename Operation::Input> inputs_;
    std::vector<std::optional<typename Operation::Output>> outputs_;
};

/// The workload of an operation of the component `vector`.
template <class Operation>
lab::Workload vector_workload(const char* name, std::uint64_t n) {
    lab::Workload workload;
    workload.component = "vector";
    workload.name = name;
    workload.n = n;
    workload.prepare = [](std::uint64_t size, std::uint64_t seed, std::uint64_t calls) {
        return std::unique_ptr<lab::Batch>(std::make_unique<Prepared<Operation>>(size, seed, calls));
    };
    return workload;
}

/// As vector_workload, for elements that count their copies and moves.
template <class Operation>
lab::Workload tracked(const char* name, std::uint64_t n) {
    lab::Workload workload = vector_workload<Operation>(name, n);
    workload.tracked = true;
    return workload;
}

/// As vector_workload, for gigabytes.
template <class Operation>
lab::Workload large(const char* name, std::uint64_t n) {
    lab::Workload workload = vector_workload<Operation>(name, n);
    workload.large = true;
    return workload;
}

} // namespace diptych::workloads
