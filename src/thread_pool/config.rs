//! The constants of `spec/thread_pool.md`.

// ---- Jobs ---------------------------------------------------------------------------------------

/// Slots of a worker's first ring; it doubles when it is full.
pub(super) const RING_SLOTS: usize = 256;

/// A worker that has so many jobs waiting runs what it spawns at once instead.
pub(super) const SPAWN_LIMIT: isize = 1024;

/// Jobs from outside in one piece of memory.
pub(super) const SEGMENT_SLOTS: usize = 255;

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

// ---- Loops --------------------------------------------------------------------------------------

/// Grains that a worker's share of a loop has, if they do not grow.
pub(super) const GRAINS: usize = 512;

/// A grain grows to such a part of the items that are worked at, and to so many items.
pub(super) const GRAIN_PART: usize = 16;
pub(super) const GRAIN_ITEMS: usize = 1024;

/// Items of a piece that does not depend on the number of workers. A multiple of 64.
pub(super) const CHUNK_ITEMS: usize = 1024;

// ---- Sorting ------------------------------------------------------------------------------------

/// Items that are sorted by insertion, at most.
pub(super) const SORT_FEW: usize = 20;

/// Items whose pivot is the median of three, at most; of more it is that of three such.
pub(super) const SORT_SAMPLE: usize = 128;

/// Both parts are sorted at the same time if they have so many items, at least.
pub(super) const SORT_SHARE: usize = 1024;
