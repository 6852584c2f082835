// thread_pool/builder.hpp - how a pool is to be.
#pragma once

#include "sync.hpp"

#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace diptych::cpp::thread_pool {

class ThreadPool;

/// What a user wants to be called. What these throw ends the program.
struct Hooks {
    std::function<void(std::size_t)> on_start;
    std::function<void(std::size_t)> on_stop;
    std::function<void(std::exception_ptr)> panic_handler;
};

/// Makes a ThreadPool as one wants it.
///
///     auto pool = diptych::cpp::thread_pool::Builder().threads(2).name("render").build();
class Builder {
public:
    // ---- Construction ---------------------------------------------------------------------------

    /// As many threads as there are processors, and nothing else that is special.
    Builder() = default;

    /// So many threads; 0 for as many as the process has processors.
    Builder& threads(std::size_t threads) {
        threads_ = threads;
        return *this;
    }

    /// What threads are called, before `-` and their number. The kernel keeps 15 bytes of it.
    Builder& name(std::string name) {
        name_ = std::move(name);
        return *this;
    }

    /// The bytes of each thread's stack.
    Builder& stack_bytes(std::size_t bytes) {
        stack_bytes_ = bytes;
        return *this;
    }

    /// Binds the threads to these processors, one after the other, and again from the first.
    Builder& pin(std::vector<std::size_t> processors) {
        pin_ = std::move(processors);
        return *this;
    }

    /// Whose fences cost: the thief's alone, if nothing else is said. Fences::asymmetric where the
    /// kernel has no membarrier, or forbids it, is taken for Fences::symmetric.
    Builder& fences(Fences fences) {
        fences_ = fences;
        return *this;
    }

    /// Called in each thread before its first job, with its number.
    Builder& on_start(std::function<void(std::size_t)> hook) {
        hooks_.on_start = std::move(hook);
        return *this;
    }

    /// Called in each thread after its last job.
    Builder& on_stop(std::function<void(std::size_t)> hook) {
        hooks_.on_stop = std::move(hook);
        return *this;
    }

    /// Called with what a spawned job has thrown, in the thread that executed it. Without it
    /// nothing happens.
    Builder& panic_handler(std::function<void(std::exception_ptr)> handler) {
        hooks_.panic_handler = std::move(handler);
        return *this;
    }

    /// Starts the threads. What the system says if it has no more threads, or a processor to pin to
    /// does not exist, is thrown as std::system_error: then none is left.
    [[nodiscard]] ThreadPool build() const;

private:
    std::size_t threads_ = 0;
    std::string name_ = "worker";
    std::size_t stack_bytes_ = 0;
    std::vector<std::size_t> pin_;
    Fences fences_ = Fences::asymmetric;
    Hooks hooks_;
};

} // namespace diptych::cpp::thread_pool
