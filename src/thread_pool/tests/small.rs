//! `config.rs` for models: so small that all that can happen happens soon.

pub(super) const RING_SLOTS: usize = 4;
pub(super) const SPAWN_LIMIT: isize = 1024;
pub(super) const SEGMENT_SLOTS: usize = 2;
pub(super) const BATCH: usize = 1;
pub(super) const FAIRNESS: u32 = 64;
/// Who finds nothing is about to sleep at once.
pub(super) const SPINS: u32 = 0;
pub(super) const YIELDS: u32 = 0;
pub(super) const PAUSES: u32 = 0;
pub(super) const BLOCK_BYTES: usize = 64;
pub(super) const MAGAZINE_BLOCKS: usize = 32;
pub(super) const SHARED_MAGAZINES: usize = 64;
pub(super) const TALLIES: usize = 1;
pub(super) const GRAINS: usize = 512;
pub(super) const GRAIN_PART: usize = 16;
pub(super) const GRAIN_ITEMS: usize = 1024;
pub(super) const CHUNK_ITEMS: usize = 1024;
pub(super) const SORT_FEW: usize = 20;
pub(super) const SORT_SAMPLE: usize = 128;
pub(super) const SORT_SHARE: usize = 1024;
