//! The table of all timed loops over thread pools, for any pool.
//!
//! A pool takes part in what it can do: its traits say what that is. It has two threads at work, or
//! eight where the name says that it is oversubscribed; which of them is the caller is the pool's
//! affair. It is made on first use, once per process and never inside a timed loop: the run that
//! comes before every timed one sees to that.
//!
//! Work of several threads is judged by the processor time of all of them, so that a pool pays for
//! what its threads do while they find nothing to do. A call takes some milliseconds: its threads
//! have to wake for it, each time.
//!
//! `cpp/workloads/thread_pool.hpp` is the same table.

mod items;
mod joins;
mod layouts;
mod loops;
mod pool;
mod serial;
mod sorts;
mod spawns;
mod twin;

use diptych_lab::Workload;

use super::operation::{thread_pool_workload, threaded};
use items::Timed;
use joins::*;
pub use layouts::layouts;
use loops::*;
pub use pool::{Join, Loops, Outside, Pool, Scope, Sort};
pub use serial::Serial;
use sorts::*;
use spawns::*;
pub use twin::{Fenced, Twin};

/// Threads at work, usually.
pub const WORKERS: usize = 2;

/// Threads at work where there shall be more than processors.
pub const OVERSUBSCRIBED: usize = 8;

/// All workloads of a pool: `P` has [`WORKERS`], `Q` is the same one with [`OVERSUBSCRIBED`].
pub fn workloads<P, Q>() -> Vec<Workload>
where
    P: Join + Scope + Outside + Loops + Sort,
    Q: Join + Scope + Loops,
{
    let all = [joins::<P, Q>(), scopes::<P, Q>(), outside::<P>(), loops::<P, Q>(), sorts::<P>()];
    all.into_iter().flatten().collect()
}

/// What forks and joins in a pool of [`WORKERS`] with fences of the other kind.
pub fn fences<P: Join>() -> Vec<Workload> {
    vec![few(thread_pool_workload::<Timed<Fib<P>>>("join/fib/symmetric_fences", FIB_30))]
}

/// What forks and joins.
pub fn joins<P: Join, Q: Join>() -> Vec<Workload> {
    vec![
        few(thread_pool_workload::<Timed<Fib<P>>>("join/fib", FIB_30)),
        many(thread_pool_workload::<Timed<Fib<Q>>>("join/fib/oversubscribed", FIB_30)),
        few(thread_pool_workload::<Timed<Coarse<P>>>("join/coarse", 5_242_880)),
    ]
}

/// What spawns inside.
pub fn scopes<P: Scope, Q: Scope>() -> Vec<Workload> {
    vec![
        few(thread_pool_workload::<Timed<Inside<P>>>("spawn_inside/empty", 1_000_000)),
        many(thread_pool_workload::<Timed<Inside<Q>>>(
            "spawn_inside/empty/oversubscribed",
            100_000,
        )),
    ]
}

/// What spawns from outside, from one thread and from four.
pub fn outside<P: Outside>() -> Vec<Workload> {
    vec![
        few(thread_pool_workload::<Timed<Submitted<P, 1>>>("spawn_outside/empty", 100_000)),
        few(thread_pool_workload::<Timed<Submitted<P, 4>>>("spawn_outside4/empty", 100_000)),
    ]
}

/// What goes over ranges.
pub fn loops<P: Loops, Q: Loops>() -> Vec<Workload> {
    vec![
        few(thread_pool_workload::<Timed<Skewed<P>>>("loop/skewed", 400_000)),
        many(thread_pool_workload::<Timed<Skewed<Q>>>("loop/skewed/oversubscribed", 400_000)),
        few(thread_pool_workload::<Timed<Nested<P>>>("loop/nested", 262_144)),
        few(thread_pool_workload::<Timed<Sum<P>>>("reduce/sum", 10_000_000)),
        many(thread_pool_workload::<Timed<Sum<Q>>>("reduce/sum/oversubscribed", 10_000_000)),
    ]
}

/// What sorts.
pub fn sorts<P: Sort>() -> Vec<Workload> {
    vec![
        few(thread_pool_workload::<Timed<Sorted<P, Random>>>("sort/random", 1_000_000)),
        few(thread_pool_workload::<Timed<Sorted<P, Few>>>("sort/few_values", 1_000_000)),
        few(thread_pool_workload::<Timed<Sorted<P, Ascending>>>("sort/ascending", 1_000_000)),
        few(thread_pool_workload::<Timed<Sorted<P, Descending>>>("sort/descending", 1_000_000)),
    ]
}

/// Of a pool of [`WORKERS`].
fn few(workload: Workload) -> Workload {
    threaded(WORKERS as u32, workload)
}

/// Of a pool that is [`OVERSUBSCRIBED`].
fn many(workload: Workload) -> Workload {
    threaded(OVERSUBSCRIBED as u32, workload)
}
