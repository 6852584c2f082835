// config.hpp - the constants of spec/allocator.md, and a switch for each check.
#pragma once

#include <cstddef>
#include <cstdint>

namespace diptych::cpp::allocator {

// ---- Sizes --------------------------------------------------------------------------------------
inline constexpr unsigned segment_shift = 25;
inline constexpr unsigned slice_shift = 14;
inline constexpr std::size_t segment_bytes = std::size_t{1} << segment_shift;
inline constexpr std::size_t slice_bytes = std::size_t{1} << slice_shift;
inline constexpr std::size_t slices_of_segment = segment_bytes / slice_bytes;
/// Slices of a segment that hold its header.
inline constexpr std::size_t header_slices = 18;
/// What the kernel maps and protects at a time.
inline constexpr std::size_t os_page_bytes = 4096;
/// User addresses have so many bits; what lies above is nobody's.
inline constexpr unsigned address_bits = 47;

/// Blocks of up to so many bytes lie side by side in pages, or have a run of slices each; above it
/// they have a mapping each.
inline constexpr std::size_t medium_max = 20 * 1024;
inline constexpr std::size_t large_max = 4 * 1024 * 1024;
/// One that was reallocated to be larger has a mapping from here on: its pages move instead of its
/// bytes when it grows again.
inline constexpr std::size_t grown_max = 256 * 1024;
/// A page has room for so many blocks at least, but for the word before the first.
inline constexpr std::size_t page_blocks_min = 16;
/// Blocks of up to so many bytes are found without computing a class.
inline constexpr std::size_t direct_max = 1024;
/// No object may be larger, or pointer differences overflow.
inline constexpr std::size_t size_max = PTRDIFF_MAX;

// ---- Builds -------------------------------------------------------------------------------------
// -DDIPTYCH_ALLOCATOR_SECURE=1 makes the build that also has these.
#ifndef DIPTYCH_ALLOCATOR_SECURE
#define DIPTYCH_ALLOCATOR_SECURE 0
#endif

/// Blocks of a page are handed out in an order that nobody can guess.
inline constexpr bool secure = DIPTYCH_ALLOCATOR_SECURE != 0;
/// Behind each page, run and huge block so many bytes fault when touched.
inline constexpr std::size_t guard_bytes = secure ? os_page_bytes : 0;
/// A page has so many bytes at least: more, where each has a guard.
inline constexpr std::size_t page_bytes_min = secure ? 64 * 1024 : 32 * 1024;
/// A run that begins where its slices do has no word before it, and none can be read there.
inline constexpr std::size_t run_align_max = secure ? slice_bytes / 2 : large_max;
/// A page makes so many bytes of blocks usable at a time: the more, the more orders.
inline constexpr std::size_t carve_bytes = secure ? 64 * 1024 : 4096;

// ---- Habits -------------------------------------------------------------------------------------
/// Dirty memory that nobody took for so long goes back to the kernel.
inline constexpr std::uint64_t purge_delay_ms = 100;
/// Freed huge blocks kept for the next request.
inline constexpr std::size_t huge_kept_blocks = 8;
inline constexpr std::size_t huge_kept_bytes = 64 * 1024 * 1024;
/// They may be so many times as large as what is asked for; if that is likely to grow, so many. A
/// guard is wanted right behind it.
inline constexpr std::size_t huge_times = secure ? 1 : 4;
inline constexpr std::size_t huge_times_grown = secure ? 1 : 32;
/// One that grew to so many bytes, and so is full up to its old size, asks the kernel for huge
/// pages.
inline constexpr std::size_t huge_page_min = 32 * 1024 * 1024;
/// Slices that lie so far inside any segment but the first are in huge pages, if the kernel has
/// some: a program that takes them has a whole segment in use.
inline constexpr std::size_t huge_pages_behind = 2 * 1024 * 1024;

// ---- Checks -------------------------------------------------------------------------------------
// -DDIPTYCH_ALLOCATOR_CHECK_X=0 takes one out, to measure its price.
#ifndef DIPTYCH_ALLOCATOR_CHECK_LINKS
#define DIPTYCH_ALLOCATOR_CHECK_LINKS 1
#endif
#ifndef DIPTYCH_ALLOCATOR_CHECK_RUNS
#define DIPTYCH_ALLOCATOR_CHECK_RUNS 1
#endif

/// The words of a block that is handed out lead to a place in its segment.
inline constexpr bool check_links = DIPTYCH_ALLOCATOR_CHECK_LINKS != 0;
/// The words around a run that is freed or resized are as they were left.
inline constexpr bool check_runs = DIPTYCH_ALLOCATOR_CHECK_RUNS != 0;

} // namespace diptych::cpp::allocator
