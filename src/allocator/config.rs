//! The constants of `spec/allocator.md`, and a switch for each check.

// ---- Sizes --------------------------------------------------------------------------------------

pub(super) const SEGMENT_SHIFT: u32 = 25;
pub(super) const SLICE_SHIFT: u32 = 14;
pub(super) const SEGMENT_BYTES: usize = 1 << SEGMENT_SHIFT;
pub(super) const SLICE_BYTES: usize = 1 << SLICE_SHIFT;
pub(super) const SLICES_OF_SEGMENT: usize = SEGMENT_BYTES / SLICE_BYTES;
/// Slices of a segment that hold its header.
pub(super) const HEADER_SLICES: usize = 18;
/// What the kernel maps and protects at a time.
pub(super) const OS_PAGE_BYTES: usize = 4096;
/// User addresses have so many bits; what lies above is nobody's.
pub(super) const ADDRESS_BITS: u32 = 47;

/// Blocks of up to so many bytes lie side by side in pages, or have a run of slices each; above it
/// they have a mapping each.
pub(super) const MEDIUM_MAX: usize = 20 * 1024;
pub(super) const LARGE_MAX: usize = 4 * 1024 * 1024;
/// One that was reallocated to be larger has a mapping from here on: its pages move instead of its
/// bytes when it grows again.
pub(super) const GROWN_MAX: usize = 256 * 1024;
/// A page has room for so many blocks at least, but for the word before the first.
pub(super) const PAGE_BLOCKS_MIN: usize = 16;
/// Blocks of up to so many bytes are found without computing a class.
pub(super) const DIRECT_MAX: usize = 1024;
/// No object may be larger, or pointer differences overflow.
pub(super) const SIZE_MAX: usize = isize::MAX as usize;

// ---- Builds -------------------------------------------------------------------------------------

/// The feature `secure` makes the build that also has these: blocks of a page are handed out in an
/// order that nobody can guess.
pub(super) const SECURE: bool = cfg!(feature = "secure");
/// Behind each page, run and huge block so many bytes fault when touched.
pub(super) const GUARD_BYTES: usize = if SECURE { OS_PAGE_BYTES } else { 0 };
/// A page has so many bytes at least: more, where each has a guard.
pub(super) const PAGE_BYTES_MIN: usize = if SECURE { 64 * 1024 } else { 32 * 1024 };
/// A run that begins where its slices do has no word before it, and none can be read there.
pub(super) const RUN_ALIGN_MAX: usize = if SECURE { SLICE_BYTES / 2 } else { LARGE_MAX };
/// A page makes so many bytes of blocks usable at a time: the more, the more orders.
pub(super) const CARVE_BYTES: usize = if SECURE { 64 * 1024 } else { 4096 };

// ---- Habits -------------------------------------------------------------------------------------

/// Dirty memory that nobody took for so long goes back to the kernel.
pub(super) const PURGE_DELAY_MS: u64 = 100;
/// Freed huge blocks kept for the next request.
pub(super) const HUGE_KEPT_BLOCKS: usize = 8;
pub(super) const HUGE_KEPT_BYTES: usize = 64 * 1024 * 1024;
/// They may be so many times as large as what is asked for; if that is likely to grow, so many. A
/// guard is wanted right behind it.
pub(super) const HUGE_TIMES: usize = if SECURE { 1 } else { 4 };
pub(super) const HUGE_TIMES_GROWN: usize = if SECURE { 1 } else { 32 };
/// One that grew to so many bytes, and so is full up to its old size, asks the kernel for huge
/// pages.
pub(super) const HUGE_PAGE_MIN: usize = 32 * 1024 * 1024;
/// Slices that lie so far inside any segment but the first are in huge pages, if the kernel has
/// some: a program that takes them has a whole segment in use.
pub(super) const HUGE_PAGES_BEHIND: usize = 2 * 1024 * 1024;

// ---- Checks -------------------------------------------------------------------------------------

/// `DIPTYCH_ALLOCATOR_CHECK_X=0` in the environment of the compiler takes one out, to measure its
/// price.
const fn switched_on(value: Option<&str>) -> bool {
    match value {
        Some(text) => !matches!(text.as_bytes(), b"0"),
        None => true,
    }
}

/// The words of a block that is handed out lead to a place in its segment.
pub(super) const CHECK_LINKS: bool = switched_on(option_env!("DIPTYCH_ALLOCATOR_CHECK_LINKS"));
/// The words around a run that is freed or resized are as they were left.
pub(super) const CHECK_RUNS: bool = switched_on(option_env!("DIPTYCH_ALLOCATOR_CHECK_RUNS"));
