#include "diptych/thread_pool/builder.hpp"

#include "diptych/thread_pool.hpp"
#include "pool.hpp"

#include <algorithm>
#include <thread>

namespace diptych::cpp::thread_pool {

// ---- Construction -------------------------------------------------------------------------------

namespace {

/// What a thread is given.
struct Start {
    std::shared_ptr<Pool> pool;
    std::size_t index;
    std::string name;
};

void* run(void* start) noexcept {
    const std::unique_ptr<Start> own(static_cast<Start*>(start));
    Thread::set_name(own->name);
    own->pool->workers()[own->index]->run();
    return nullptr;
}

} // namespace

ThreadPool Builder::build() const {
    const std::size_t processors = std::max(std::thread::hardware_concurrency(), 1U);
    const std::size_t count = threads_ != 0 ? threads_ : processors;
    const Fences fences = fences_ == Fences::asymmetric ? best_fences() : fences_;
    ThreadPool threads(std::make_shared<Pool>(count, fences, hooks_));
    threads.threads_.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
        auto start = std::make_unique<Start>(Start{
            .pool = threads.pool_, .index = index, .name = name_ + '-' + std::to_string(index)});
        threads.threads_.emplace_back(run, start.get(), stack_bytes_);
        [[maybe_unused]] const Start* its = start.release(); // the thread's
        if (!pin_.empty()) {
            threads.threads_.back().pin(pin_[index % pin_.size()]);
        }
    }
    return threads;
}

} // namespace diptych::cpp::thread_pool
