//! What a pool offers to the loops. `cpp/workloads/thread_pool/pool.hpp` is the same thing.

use std::ops::Range;

/// A pool, known by its type: its functions find it themselves.
pub trait Pool: 'static {
    /// What work inside the pool has in hand, for pools that hand something to it.
    type Inside<'pool>;

    /// Does the work inside the pool, and comes back with what it answers.
    fn with<R: Send>(work: impl FnOnce(&mut Self::Inside<'_>) -> R + Send) -> R;
}

/// A pool that forks and joins.
pub trait Join: Pool {
    /// Does both, at once where another thread has nothing else to do.
    fn join<A: Send, B: Send>(
        inside: &mut Self::Inside<'_>,
        a: impl FnOnce(&mut Self::Inside<'_>) -> A + Send,
        b: impl FnOnce(&mut Self::Inside<'_>) -> B + Send,
    ) -> (A, B);
}

/// A pool to whose tasks work inside can give others that it waits for.
pub trait Scope: Pool {
    /// Spawns as many tasks, each of which calls `task` once with its number, and waits for all.
    fn spawn_each(inside: &mut Self::Inside<'_>, tasks: usize, task: &(impl Fn(usize) + Sync));
}

/// A pool that takes tasks from threads that are not its own.
pub trait Outside: 'static {
    /// As [`Scope::spawn_each`], from any thread.
    fn submit_each(tasks: Range<usize>, task: &'static (impl Fn(usize) + Sync));
}

/// A pool that goes over ranges in parts of its own choice. Called inside.
pub trait Loops: Pool {
    /// Calls `body` once with each number below `items`.
    fn for_each(items: usize, body: &(impl Fn(usize) + Sync));

    /// The sum of all words.
    fn sum(words: &[u64]) -> u64;
}

/// A pool that sorts. Called inside.
pub trait Sort: Pool {
    /// Sorts words; in what order equal ones stay cannot be seen.
    fn sort(words: &mut [u64]);
}
