// What a job costs in memory: its block, and nothing beside it, as long as its work has room there.
// The same figures as in tests/thread_pool_alloc.rs.
#include "check.hpp"
#include "diptych/thread_pool.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

namespace {

thread_local std::size_t allocations = 0;

void* counted(std::size_t size, std::size_t align) noexcept {
    ++allocations;
    return std::aligned_alloc(align, (size + align - 1) / align * align);
}

void* checked(void* block) { return block != nullptr ? block : throw std::bad_alloc(); }

} // namespace

void* operator new(std::size_t size) { return checked(counted(size, 16)); }
void* operator new(std::size_t size, std::align_val_t align) {
    return checked(counted(size, static_cast<std::size_t>(align)));
}
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
    return counted(size, 16);
}
void* operator new(std::size_t size, std::align_val_t align,
                   const std::nothrow_t& /*tag*/) noexcept {
    return counted(size, static_cast<std::size_t>(align));
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t /*size*/) noexcept { std::free(block); }
void operator delete(void* block, std::align_val_t /*align*/) noexcept { std::free(block); }
void operator delete(void* block, std::size_t /*size*/, std::align_val_t /*align*/) noexcept {
    std::free(block);
}

namespace {

using diptych::cpp::ThreadPool;
using diptych::cpp::thread_pool::CancelToken;
using diptych::cpp::thread_pool::Options;
using diptych::cpp::thread_pool::Priority;
using diptych::cpp::thread_pool::Scope;
using diptych::cpp::thread_pool::Task;

std::atomic<std::size_t> calls;

/// Work that has captured so many bytes.
template <std::size_t bytes>
struct Work {
    std::array<unsigned char, bytes> captured{};
    std::size_t operator()() const { return calls.fetch_add(captured[0] + 1U); }
};

constexpr std::size_t jobs = 200;

/// Allocations of a worker that spawns so many, when it has done so before.
template <class Spawn>
std::size_t allocations_of(ThreadPool& pool, const Spawn& spawn) {
    std::size_t made = 0;
    for (int times = 0; times < 3; ++times) {
        calls.store(0);
        made = pool.install([&] {
            const std::size_t before = allocations;
            spawn();
            return allocations - before;
        });
        pool.wait_idle();
        CHECK(calls.load() == jobs);
    }
    return made;
}

template <std::size_t bytes>
std::size_t spawned(ThreadPool& pool, const Options& options) {
    return allocations_of(pool, [&] {
        for (std::size_t job = 0; job < jobs; ++job) {
            pool.spawn_with(options, Work<bytes>());
        }
    });
}

} // namespace

TEST(spawned_work_of_forty_bytes_has_room_in_its_block) {
    ThreadPool pool(1);
    const Options with_token{Priority::normal, CancelToken()};
    CHECK(spawned<1>(pool, {}) == 0);
    CHECK(spawned<40>(pool, {}) == 0);
    CHECK(spawned<40>(pool, with_token) == 0);
    CHECK(spawned<41>(pool, {}) == jobs);
}

TEST(work_of_a_scope_has_room_for_forty_eight) {
    ThreadPool pool(1);
    const auto in_scope = [&]<std::size_t bytes>(Work<bytes> work) {
        return allocations_of(pool, [&] {
            diptych::cpp::scope([&](Scope& scope) {
                for (std::size_t job = 0; job < jobs; ++job) {
                    scope.spawn(work);
                }
            });
        });
    };
    CHECK(in_scope(Work<1>()) == 0);
    CHECK(in_scope(Work<48>()) == 0);
    CHECK(in_scope(Work<49>()) == jobs);
}

TEST(submitted_work_shares_one_block_with_its_handle) {
    ThreadPool pool(1);
    std::vector<Task<std::size_t>> tasks;
    tasks.reserve(jobs);
    CHECK(allocations_of(pool, [&] {
              tasks.clear();
              for (std::size_t job = 0; job < jobs; ++job) {
                  tasks.push_back(pool.submit(Work<40>()));
              }
          }) == jobs);
}

TEST(joins_and_loops_allocate_nothing) {
    ThreadPool pool(1);
    const std::size_t made = pool.install([] {
        const std::size_t before = allocations;
        for (int times = 0; times < 100; ++times) {
            diptych::cpp::join([] {}, [] {});
            diptych::cpp::parallel_for(diptych::cpp::Range{0, 100}, [](std::size_t) {});
        }
        return allocations - before;
    });
    CHECK(made == 0);
}

int main() {
    for (const check::Test& test : check::tests()) {
        test.body();
        std::printf("ok %s\n", test.name);
    }
}
