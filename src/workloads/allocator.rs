//! The table of all timed loops over allocators, for any allocator.
//!
//! Every loop writes into the blocks it gets, reads them again before it gives them back, and
//! answers what it has read: never an address. The proof that all contestants do the same writes
//! and reads every byte, so that blocks which overlap are found there.
//!
//! Every allocator is called: one call from a loop to it, as programs in C and most others have it.
//! None is inlined into a loop, or made for a loop's sizes, which only one in the loops' own language
//! could be (with --xlto both twins may be). What a policy does besides its call, for the rivals that
//! ask for it, is theirs.
//!
//! `cpp/workloads/allocator.hpp` is the same table.

mod blocks;
mod large;
mod layouts;
mod malloc;
mod server;
mod single;
mod threads;

use diptych_lab::Workload;

use super::operation::{allocator_workload, large, threaded};
use blocks::Timed;
use large::*;
pub use layouts::layouts;
pub use malloc::{Cpp, Malloc, Twin};
use server::Server;
pub use server::{Moment, OPERATIONS, curve};
use single::*;
use threads::*;

/// All workloads of an allocator, in the order in which they are reported.
pub fn workloads<M: Malloc>() -> Vec<Workload> {
    vec![
        allocator_workload::<Timed<Pairs<M>>>("pairs/48", 10_000),
        allocator_workload::<Timed<Batches<M, false>>>("batch_fifo/64", 10_000),
        allocator_workload::<Timed<Batches<M, true>>>("batch_lifo/64", 10_000),
        allocator_workload::<Timed<Random<M, Small>>>("random/small", 65_536),
        allocator_workload::<Timed<Random<M, Medium>>>("random/medium", 16_384),
        allocator_workload::<Timed<Zeroed<M>>>("zeroed/200", 10_000),
        allocator_workload::<Timed<Steps<M>>>("resize_steps/1024", 10_048),
        allocator_workload::<Timed<Doubling<M>>>("resize_doubling/16MiB", 16_777_216),
        allocator_workload::<Timed<LargeBlocks<M>>>("large_blocks/pages", 65_536),
        threaded(
            2,
            allocator_workload::<Timed<ProducerConsumer<M>>>("producer_consumer/64", 65_536),
        ),
        allocator_workload::<Timed<ThreadChurn<M>>>("thread_churn/1000", 16_000),
        allocator_workload::<Timed<Server<M>>>("server/mix", OPERATIONS),
        large(allocator_workload::<Timed<Doubling<M>>>("resize_doubling/256MiB", 268_435_456)),
    ]
}

/// What shows the price of a border that is crossed for every block.
pub fn border<M: Malloc>() -> Vec<Workload> {
    vec![
        allocator_workload::<Timed<Pairs<M>>>("pairs/48", 10_000),
        allocator_workload::<Timed<Batches<M, false>>>("batch_fifo/64", 10_000),
    ]
}
