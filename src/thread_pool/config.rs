//! The constants of `spec/thread_pool.md`.

// ---- Jobs ---------------------------------------------------------------------------------------

/// Slots of a worker's first ring; it doubles when it is full.
pub(super) const RING_SLOTS: usize = 256;

/// A worker that has so many jobs waiting runs what it spawns at once instead.
pub(super) const SPAWN_LIMIT: isize = 1024;

/// Jobs from outside in one piece of memory.
pub(super) const SEGMENT_SLOTS: usize = 63;

/// Jobs from outside that a worker takes at a time.
pub(super) const BATCH: usize = 32;

/// Every so many jobs a worker looks at those from outside before its own.
pub(super) const FAIRNESS: u32 = 64;

// ---- Waiting ------------------------------------------------------------------------------------

/// Rounds over all workers that a searcher makes with pauses between them, and then with the
/// processor left to others, before it sleeps.
pub(super) const SPINS: u32 = 32;
pub(super) const YIELDS: u32 = 4;

/// Pauses of a spin, at most.
pub(super) const PAUSES: u32 = 64;

// ---- Memory -------------------------------------------------------------------------------------

/// Of a job on the heap, if it is no larger.
pub(super) const BLOCK_BYTES: usize = 64;

/// Blocks that go from one thread to another at a time.
pub(super) const MAGAZINE_BLOCKS: usize = 32;

/// Magazines that wait for a thread, at most: 8 MiB.
pub(super) const SHARED_MAGAZINES: usize = 4096;

/// Counters that threads outside share.
pub(super) const TALLIES: usize = 8;
