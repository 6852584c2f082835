// The C functions of the thread pool: `include/diptych/thread_pool.h` is their manual.
//
// What C's work throws ends the program; what else is thrown is memory or threads that cannot be
// had.
#include <diptych.h>

#include "diptych/thread_pool.hpp"
#include "error.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace pool = diptych::cpp::thread_pool;

using diptych::cpp::capi::cancelled;
using diptych::cpp::capi::inside;
using diptych::cpp::capi::no_priority;
using diptych::cpp::capi::no_threads;
using diptych::cpp::capi::null;
using pool::Builder;
using pool::CancelToken;
using pool::Fences;
using pool::LoopOptions;
using pool::Options;
using pool::Priority;
using pool::Range;
using pool::Scope;
using pool::Task;
using pool::ThreadPool;

// ---- Pointers -----------------------------------------------------------------------------------

namespace {

// CONTRACT: T2 - what C gave as work is a function for its context, and both live until it ended.

/// What C calls.
struct Given {
    dpt_work work;
    void* context;

    void operator()() const noexcept { work(context); }
};

/// The same, and what C calls if nobody does it.
class Submitted {
public:
    Submitted(dpt_work work, dpt_work dropped, void* context) noexcept
        : work_(work), dropped_(dropped), context_(context) {}
    Submitted(Submitted&& other) noexcept
        : work_(std::exchange(other.work_, nullptr)), dropped_(other.dropped_),
          context_(other.context_) {}
    Submitted& operator=(Submitted&&) = delete;
    ~Submitted() {
        if (work_ != nullptr && dropped_ != nullptr) {
            dropped_(context_);
        }
    }

    void operator()() noexcept { std::exchange(work_, nullptr)(context_); }

    /// It was not put in.
    void forget() noexcept { work_ = nullptr; }

private:
    dpt_work work_;
    dpt_work dropped_;
    void* context_;
};

// CONTRACT: T6 - what C holds is null, or one of our objects that has not been ended.

ThreadPool* given(dpt_cpp_pool* object) noexcept { return reinterpret_cast<ThreadPool*>(object); }
const ThreadPool* given(const dpt_cpp_pool* object) noexcept {
    return reinterpret_cast<const ThreadPool*>(object);
}
Task<void>* given(dpt_cpp_task* object) noexcept { return reinterpret_cast<Task<void>*>(object); }
const Task<void>* given(const dpt_cpp_task* object) noexcept {
    return reinterpret_cast<const Task<void>*>(object);
}
CancelToken* given(dpt_cpp_cancel* object) noexcept {
    return reinterpret_cast<CancelToken*>(object);
}
const CancelToken* given(const dpt_cpp_cancel* object) noexcept {
    return reinterpret_cast<const CancelToken*>(object);
}

/// Calls it; what it throws becomes a status.
template <class Body>
dpt_status at_border(const Body& body) noexcept {
    try {
        return body();
    } catch (const std::exception& failure) {
        return no_threads(failure.what());
    }
}

// ---- Pools --------------------------------------------------------------------------------------

Builder builder(const dpt_cpp_pool_options& options) {
    Builder builder;
    builder.threads(options.threads).stack_bytes(options.stack_bytes);
    if (options.name != nullptr) {
        builder.name(options.name);
    }
    if (options.processors != nullptr) {
        builder.pin({options.processors, options.processors + options.processor_count});
    }
    if (options.symmetric_fences != 0) {
        builder.fences(Fences::symmetric);
    }
    void* context = options.context;
    if (options.on_start != nullptr) {
        builder.on_start([hook = options.on_start, context](std::size_t at) { hook(context, at); });
    }
    if (options.on_stop != nullptr) {
        builder.on_stop([hook = options.on_stop, context](std::size_t at) { hook(context, at); });
    }
    return builder;
}

} // namespace

dpt_cpp_pool* dpt_cpp_pool_new(const dpt_cpp_pool_options* options) {
    ThreadPool* made = nullptr;
    at_border([&] {
        made = new ThreadPool((options != nullptr ? builder(*options) : Builder()).build());
        return DPT_OK;
    });
    return reinterpret_cast<dpt_cpp_pool*>(made);
}

size_t dpt_cpp_pool_threads(const dpt_cpp_pool* pool) {
    return pool == nullptr ? 0 : given(pool)->threads();
}

size_t dpt_cpp_pool_index(const dpt_cpp_pool* pool) {
    const bool is_current = pool == nullptr || given(pool)->is_current();
    return is_current ? pool::current_index().value_or(SIZE_MAX) : SIZE_MAX;
}

dpt_status dpt_cpp_pool_get_metrics(const dpt_cpp_pool* pool, dpt_cpp_pool_metrics* out) {
    if (pool == nullptr || out == nullptr) {
        return null(pool == nullptr ? "pool" : "out");
    }
    const auto metrics = given(pool)->metrics();
    *out = {.executed = metrics.executed,
            .stolen = metrics.stolen,
            .sleeps = metrics.sleeps,
            .calls = metrics.calls,
            .dropped = metrics.dropped,
            .waiting = metrics.waiting};
    return DPT_OK;
}

dpt_status dpt_cpp_pool_wait_idle(dpt_cpp_pool* pool) {
    if (pool == nullptr) {
        return null("pool");
    }
    if (given(pool)->is_current()) {
        return inside();
    }
    return at_border([&] {
        given(pool)->wait_idle();
        return DPT_OK;
    });
}

void dpt_cpp_pool_delete(dpt_cpp_pool* pool) { delete given(pool); }

dpt_status dpt_cpp_pool_shutdown_now(dpt_cpp_pool* pool, uint64_t* dropped) {
    if (pool == nullptr) {
        return null("pool");
    }
    const std::unique_ptr<ThreadPool> ended(given(pool));
    const std::uint64_t count = std::move(*ended).shutdown_now();
    if (dropped != nullptr) {
        *dropped = count;
    }
    return DPT_OK;
}

// ---- Work that is waited for --------------------------------------------------------------------

dpt_status dpt_cpp_pool_install(dpt_cpp_pool* pool, dpt_work work, void* context) {
    if (pool == nullptr || work == nullptr) {
        return null(pool == nullptr ? "pool" : "work");
    }
    given(pool)->install(Given{.work = work, .context = context});
    return DPT_OK;
}

dpt_status dpt_cpp_pool_join(dpt_cpp_pool* pool, dpt_work a, void* a_context, dpt_work b,
                             void* b_context) {
    if (a == nullptr || b == nullptr) {
        return null(a == nullptr ? "a" : "b");
    }
    if (pool != nullptr && !given(pool)->is_current()) {
        given(pool)->join(Given{.work = a, .context = a_context},
                          Given{.work = b, .context = b_context});
        return DPT_OK;
    }
    if (pool::Worker::current() != nullptr) [[likely]] {
        pool::join(Given{.work = a, .context = a_context}, Given{.work = b, .context = b_context});
        return DPT_OK;
    }
    // The global pool may have to be made.
    return at_border([&] {
        pool::join(Given{.work = a, .context = a_context}, Given{.work = b, .context = b_context});
        return DPT_OK;
    });
}

dpt_status dpt_cpp_pool_scope(dpt_cpp_pool* pool, void (*body)(void* context, dpt_cpp_scope* scope),
                              void* context) {
    if (body == nullptr) {
        return null("body");
    }
    const auto call = [=](Scope& scope) noexcept {
        body(context, reinterpret_cast<dpt_cpp_scope*>(&scope));
    };
    return at_border([&] {
        if (pool != nullptr) {
            given(pool)->scope(call);
        } else {
            pool::scope(call);
        }
        return DPT_OK;
    });
}

dpt_status dpt_cpp_scope_spawn(dpt_cpp_scope* scope, dpt_work work, void* context) {
    if (scope == nullptr || work == nullptr) {
        return null(scope == nullptr ? "scope" : "work");
    }
    // CONTRACT: T3 - the scope has not ended.
    return at_border([&] {
        reinterpret_cast<Scope*>(scope)->spawn(Given{.work = work, .context = context});
        return DPT_OK;
    });
}

dpt_status dpt_cpp_pool_broadcast(dpt_cpp_pool* pool, void (*work)(void* context, size_t index),
                                  void* context) {
    if (pool == nullptr || work == nullptr) {
        return null(pool == nullptr ? "pool" : "work");
    }
    return at_border([&] {
        given(pool)->broadcast([=](std::size_t index) noexcept { work(context, index); });
        return DPT_OK;
    });
}

dpt_status dpt_cpp_pool_for(dpt_cpp_pool* pool, size_t count, size_t grain,
                            const dpt_cpp_cancel* token,
                            void (*body)(void* context, size_t begin, size_t end), void* context) {
    if (body == nullptr) {
        return null("body");
    }
    return at_border([&] {
        LoopOptions options;
        options.grain = grain;
        if (token != nullptr) {
            options.token = *given(token);
        }
        std::atomic<std::size_t> done{0};
        const auto of_part = [&](const Range& part) noexcept {
            body(context, part.first, part.last);
            if (options.token) {
                done.fetch_add(part.len(), std::memory_order_relaxed);
            }
        };
        if (pool != nullptr) {
            given(pool)->parallel_for_parts(options, Range{.first = 0, .last = count}, of_part);
        } else {
            pool::parallel_for_parts(options, Range{.first = 0, .last = count}, of_part);
        }
        return options.token && done.load(std::memory_order_relaxed) != count ? cancelled()
                                                                              : DPT_OK;
    });
}

// ---- Work for later -----------------------------------------------------------------------------

dpt_status dpt_cpp_pool_spawn(dpt_cpp_pool* pool, dpt_work work, void* context) {
    if (work == nullptr) {
        return null("work");
    }
    return at_border([&] {
        if (pool != nullptr) {
            given(pool)->spawn(Given{.work = work, .context = context});
        } else {
            pool::spawn(Given{.work = work, .context = context});
        }
        return DPT_OK;
    });
}

dpt_status dpt_cpp_pool_submit(dpt_cpp_pool* pool, dpt_priority priority,
                               const dpt_cpp_cancel* token, dpt_work work, dpt_work dropped,
                               void* context, dpt_cpp_task** task) {
    if (work == nullptr) {
        return null("work");
    }
    Options options;
    switch (static_cast<unsigned>(priority)) {
    case DPT_PRIORITY_HIGH:
        options.priority = Priority::high;
        break;
    case DPT_PRIORITY_NORMAL:
        break;
    case DPT_PRIORITY_LOW:
        options.priority = Priority::low;
        break;
    default:
        return no_priority();
    }
    if (token != nullptr) {
        options.token = *given(token);
    }
    return at_border([&] {
        Submitted submitted(work, dropped, context);
        try {
            pool::Pool& in = pool != nullptr ? pool_of(*given(pool)) : pool::current_pool();
            if (task == nullptr) {
                pool::spawn(in, options, std::move(submitted));
            } else {
                auto handle = std::make_unique<Task<void>>(nullptr);
                *handle = pool::submit(in, options, std::move(submitted));
                *task = reinterpret_cast<dpt_cpp_task*>(handle.release());
            }
            return DPT_OK;
        } catch (...) {
            submitted.forget();
            throw;
        }
    });
}

int dpt_cpp_task_is_done(const dpt_cpp_task* task) {
    return task != nullptr && given(task)->is_done() ? 1 : 0;
}

dpt_status dpt_cpp_task_wait(dpt_cpp_task* task) {
    if (task == nullptr) {
        return null("task");
    }
    const std::unique_ptr<Task<void>> ended(given(task));
    try {
        ended->join();
        return DPT_OK;
    } catch (const pool::Cancelled&) {
        return cancelled();
    }
}

void dpt_cpp_task_delete(dpt_cpp_task* task) { delete given(task); }

dpt_cpp_cancel* dpt_cpp_cancel_new(void) {
    CancelToken* made = nullptr;
    at_border([&] {
        made = new CancelToken;
        return DPT_OK;
    });
    return reinterpret_cast<dpt_cpp_cancel*>(made);
}

void dpt_cpp_cancel_now(dpt_cpp_cancel* token) {
    if (token != nullptr) {
        given(token)->cancel();
    }
}

int dpt_cpp_cancel_is_cancelled(const dpt_cpp_cancel* token) {
    return token != nullptr && given(token)->is_cancelled() ? 1 : 0;
}

uint64_t dpt_cpp_cancel_dropped(const dpt_cpp_cancel* token) {
    return token == nullptr ? 0 : given(token)->dropped();
}

void dpt_cpp_cancel_delete(dpt_cpp_cancel* token) { delete given(token); }
