// The C++ thread pool with signatures that cxx can carry: src/bridge/thread_pool.rs.
//
// Work is a Rust closure that catches its own panics; nothing throws but the system when a pool is
// made. Its type is a parameter because cxx defines it after this file.
#pragma once

#include <cstddef>
#include <memory>
#include <system_error>
#include <utility>

#include <diptych/thread_pool.hpp>
#include <rust/cxx.h>

namespace diptych::bridge::thread_pool {

struct Metrics;

class Pool {
public:
    explicit Pool(cpp::ThreadPool pool) : pool_(std::move(pool)) {}

    /// Null if the system has no more threads.
    static std::unique_ptr<Pool> make(std::size_t threads, bool symmetric) noexcept {
        cpp::thread_pool::Builder builder;
        builder.threads(threads);
        if (symmetric) {
            builder.fences(cpp::thread_pool::Fences::symmetric);
        }
        try {
            return std::make_unique<Pool>(std::move(builder).build());
        } catch (const std::system_error&) {
            return nullptr;
        }
    }

    std::size_t threads() const noexcept { return pool_.threads(); }
    bool is_current() const noexcept { return pool_.is_current(); }

    template <class Told = Metrics>
    Told metrics() const noexcept {
        const auto told = pool_.metrics();
        return Told{told.executed, told.stolen,  told.sleeps,
                    told.calls,    told.dropped, told.waiting};
    }

    template <class Work>
    void install(Work& work) const noexcept {
        pool_.install([&work] { work.call(); });
    }

    template <class A, class B>
    void join_in(A& a, B& b) const noexcept {
        pool_.join([&a] { a.call(); }, [&b] { b.call(); });
    }

    template <class Job>
    void spawn(rust::Box<Job> job) const noexcept {
        pool_.spawn([job = std::move(job)]() mutable { job->run(); });
    }

    void wait_idle() const noexcept { pool_.wait_idle(); }

private:
    /// Of which all functions may be called by any thread.
    mutable cpp::ThreadPool pool_;
};

template <class A, class B>
void join(A& a, B& b) noexcept {
    cpp::join([&a] { a.call(); }, [&b] { b.call(); });
}

} // namespace diptych::bridge::thread_pool
