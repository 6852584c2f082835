// allocator.hpp - the table of all timed loops over allocators, for any allocator.
//
// An allocator is a struct with the static functions of malloc's family:
//
//     static void* allocate(std::size_t size);                                    // or null
//     static void* allocate_zeroed(std::size_t size);                             // or null
//     static void* reallocate(void* block, std::size_t old, std::size_t size);    // or null
//     static void deallocate(void* block, std::size_t size);
//
// Sizes are told again when a block comes back, for allocators that want to know.
//
// Every loop writes into the blocks it gets, reads them again before it gives them back, and
// answers what it has read: never an address. The proof that all contestants do the same writes
// and reads every byte, so that blocks which overlap are found there.
//
// Every allocator is called: one call from a loop to it, as programs in C and most others have it.
// None is inlined into a loop, or made for a loop's sizes, which only one in the loops' own
// language could be (with --xlto both twins may be). What a policy does besides its call, for the
// rivals that ask for it, is theirs.
//
// src/workloads/allocator.rs is the same table.
#pragma once

#include <vector>

#include "allocator/blocks.hpp"
#include "allocator/large.hpp"
#include "allocator/server.hpp"
#include "allocator/single.hpp"
#include "allocator/threads.hpp"
#include "operation.hpp"

namespace diptych::workloads::allocator {

/// All workloads of an allocator, in the order in which they are reported.
template <class M>
std::vector<lab::Workload> workloads() {
    return {
        allocator_workload<Timed<Pairs<M>>>("pairs/48", 10'000),
        allocator_workload<Timed<Batches<M, false>>>("batch_fifo/64", 10'000),
        allocator_workload<Timed<Batches<M, true>>>("batch_lifo/64", 10'000),
        allocator_workload<Timed<Random<M, Small>>>("random/small", 65'536),
        allocator_workload<Timed<Random<M, Medium>>>("random/medium", 16'384),
        allocator_workload<Timed<Zeroed<M>>>("zeroed/200", 10'000),
        allocator_workload<Timed<Steps<M>>>("resize_steps/1024", 10'048),
        allocator_workload<Timed<Doubling<M>>>("resize_doubling/16MiB", 16'777'216),
        allocator_workload<Timed<LargeBlocks<M>>>("large_blocks/pages", 65'536),
        threaded(2, allocator_workload<Timed<ProducerConsumer<M>>>("producer_consumer/64", 65'536)),
        allocator_workload<Timed<ThreadChurn<M>>>("thread_churn/1000", 16'000),
        allocator_workload<Timed<Server<M>>>("server/mix", operations),
        large(allocator_workload<Timed<Doubling<M>>>("resize_doubling/256MiB", 268'435'456)),
    };
}

/// What shows the price of a border that is crossed for every block.
template <class M>
std::vector<lab::Workload> border() {
    return {
        allocator_workload<Timed<Pairs<M>>>("pairs/48", 10'000),
        allocator_workload<Timed<Batches<M, false>>>("batch_fifo/64", 10'000),
    };
}

} // namespace diptych::workloads::allocator
