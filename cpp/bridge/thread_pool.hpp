// The C++ thread pool with signatures that cxx can carry: src/bridge/thread_pool.rs.
//
// Work is a Rust closure that catches its own panics; nothing throws but the system when a pool is
// made. Its type is a parameter because cxx defines it after this file.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include <diptych/thread_pool.hpp>
#include <rust/cxx.h>

namespace diptych::bridge::thread_pool {

struct Metrics;

/// Of which copies are the same token.
class Token {
public:
    static std::unique_ptr<Token> make() { return std::make_unique<Token>(); }
    bool is_cancelled() const noexcept { return token_.is_cancelled(); }
    std::uint64_t dropped() const noexcept { return token_.dropped(); }
    void cancel() const noexcept { token_.cancel(); }

    static std::optional<cpp::thread_pool::CancelToken> of(const Token* token) {
        return token != nullptr ? std::optional(token->token_) : std::nullopt;
    }

private:
    cpp::thread_pool::CancelToken token_;
};

/// The handle of work whose result is Rust's.
class Task {
public:
    explicit Task(cpp::thread_pool::Task<void> task) noexcept : task_(std::move(task)) {}
    bool is_done() const noexcept { return task_.is_done(); }
    void wait() const noexcept { task_.wait(); }

private:
    cpp::thread_pool::Task<void> task_;
};

class Scope {
public:
    explicit Scope(cpp::thread_pool::Scope& scope) noexcept : scope_(scope) {}

    template <class Job>
    void spawn(rust::Box<Job> job) const noexcept {
        scope_.spawn([job = std::move(job)](cpp::thread_pool::Scope& scope) mutable {
            job->run_in(Scope(scope));
        });
    }

private:
    cpp::thread_pool::Scope& scope_;
};

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

    template <class Body>
    void scope(Body& body) const noexcept {
        pool_.scope([&body](cpp::thread_pool::Scope& scope) { body.call(Scope(scope)); });
    }

    template <class Indexed>
    void broadcast(const Indexed& work) const noexcept {
        pool_.broadcast([&work](std::size_t index) { work.call_with(index); });
    }

    template <class Parts>
    void parallel_for(std::size_t count, std::size_t grain, const Token* token,
                      const Parts& body) const noexcept {
        pool_.parallel_for_parts(
            {.grain = grain, .token = Token::of(token), .deterministic = false},
            cpp::Range{0, count},
            [&body](const auto& part) { body.call_for(part.first, part.last); });
    }

    template <class Numbers>
    std::uint64_t parallel_reduce(rust::Slice<const std::uint64_t> items, std::size_t grain,
                                  bool deterministic, std::uint64_t identity,
                                  const Numbers& numbers) const noexcept {
        return pool_.parallel_reduce_with(
            {.grain = grain, .token = std::nullopt, .deterministic = deterministic}, items,
            [identity] { return identity; },
            [&numbers](std::uint64_t number) { return numbers.map(number); },
            [&numbers](std::uint64_t a, std::uint64_t b) { return numbers.combine(a, b); });
    }

    template <class Numbers>
    rust::Vec<std::uint64_t> parallel_filter(rust::Slice<const std::uint64_t> items,
                                             const Numbers& wanted) const noexcept {
        return vec(pool_.parallel_filter(
            items, [&wanted](std::uint64_t number) { return wanted.map(number) != 0; }));
    }

    template <class Numbers>
    rust::Vec<std::uint64_t> parallel_scan(rust::Slice<const std::uint64_t> items,
                                           const Numbers& numbers) const noexcept {
        return vec(pool_.parallel_scan(
            items, [&numbers](std::uint64_t a, std::uint64_t b) { return numbers.combine(a, b); }));
    }

    void parallel_sort(rust::Slice<std::uint64_t> items) const noexcept {
        pool_.parallel_sort(std::span(items.data(), items.size()));
    }

    template <class Job>
    void spawn_with(std::uint8_t priority, const Token* token, rust::Box<Job> job) const noexcept {
        pool_.spawn_with(options(priority, token),
                         [job = std::move(job)]() mutable { job->run(); });
    }

    template <class Job>
    std::unique_ptr<Task> submit(std::uint8_t priority, const Token* token,
                                 rust::Box<Job> job) const noexcept {
        return std::make_unique<Task>(pool_.submit_with(
            options(priority, token), [job = std::move(job)]() mutable { job->run(); }));
    }

    void wait_idle() const noexcept { pool_.wait_idle(); }

    /// Ends it: nothing else is called afterwards.
    std::uint64_t shutdown_now() noexcept { return std::move(pool_).shutdown_now(); }

private:
    static cpp::thread_pool::Options options(std::uint8_t priority, const Token* token) {
        return {static_cast<cpp::thread_pool::Priority>(priority), Token::of(token)};
    }

    static rust::Vec<std::uint64_t> vec(const std::vector<std::uint64_t>& items) {
        rust::Vec<std::uint64_t> copy;
        copy.reserve(items.size());
        std::ranges::copy(items, std::back_inserter(copy));
        return copy;
    }

    /// Of which all functions may be called by any thread.
    mutable cpp::ThreadPool pool_;
};

template <class A, class B>
void join(A& a, B& b) noexcept {
    cpp::join([&a] { a.call(); }, [&b] { b.call(); });
}

} // namespace diptych::bridge::thread_pool
