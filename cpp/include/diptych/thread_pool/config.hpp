// thread_pool/config.hpp - the constants of spec/thread_pool.md.
#pragma once

#include <cstddef>
#include <cstdint>

namespace diptych::cpp::thread_pool {

// ---- Jobs ---------------------------------------------------------------------------------------

/// Slots of a worker's first ring; it doubles when it is full.
inline constexpr std::size_t ring_slots = 256;

/// A worker that has so many jobs waiting runs what it spawns at once instead.
inline constexpr std::ptrdiff_t spawn_limit = 1024;

/// Jobs from outside in one piece of memory.
inline constexpr std::size_t segment_slots = 255;

/// Jobs from outside that a worker takes at a time.
inline constexpr std::size_t batch = 32;

/// Every so many jobs a worker looks at those from outside before its own.
inline constexpr std::uint32_t fairness = 64;

// ---- Waiting ------------------------------------------------------------------------------------

/// Rounds over all workers that a searcher makes with pauses between them, and then with the
/// processor left to others, before it sleeps.
inline constexpr std::uint32_t spins = 32;
inline constexpr std::uint32_t yields = 4;

/// Pauses of a spin, at most.
inline constexpr std::uint32_t pauses = 64;

// ---- Memory -------------------------------------------------------------------------------------

/// Of a job on the heap, if it is no larger.
inline constexpr std::size_t block_bytes = 64;

/// Blocks that go from one thread to another at a time.
inline constexpr std::size_t magazine_blocks = 32;

/// Magazines that wait for a thread, at most: 8 MiB.
inline constexpr std::size_t shared_magazines = 4096;

/// Counters that threads outside share.
inline constexpr std::size_t tallies = 8;

/// Words that different threads write are so far apart: two cache lines, which come in pairs.
inline constexpr std::size_t line_bytes = 128;

// ---- Loops --------------------------------------------------------------------------------------

/// Grains that a worker's share of a loop has, if they do not grow.
inline constexpr std::size_t grains = 512;

/// A grain grows to such a part of the items that are worked at, and to so many items.
inline constexpr std::size_t grain_part = 16;
inline constexpr std::size_t grain_items = 1024;

/// Items of a piece that does not depend on the number of workers. A multiple of 64.
inline constexpr std::size_t chunk_items = 1024;

// ---- Sorting ------------------------------------------------------------------------------------

/// Items that are sorted by insertion, at most.
inline constexpr std::size_t sort_few = 20;

/// Items whose pivot is the median of three, at most; of more it is that of three such.
inline constexpr std::size_t sort_sample = 128;

/// Both parts are sorted at the same time if they have so many items, at least.
inline constexpr std::size_t sort_share = 1024;

} // namespace diptych::cpp::thread_pool
