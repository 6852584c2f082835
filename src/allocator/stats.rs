//! What is in use, counted by walking over pages: nothing is counted while allocating.

use core::sync::atomic::Ordering;

use super::config::{ADDRESS_BITS, SLICE_BYTES};
use super::heap::Heap;
use super::huge::{HugeCount, huge_count};
use super::page::{Kind, Page, pointer_to};
use super::segment::{Locked, REGION};
use super::size_class::{CLASSES, bytes_of};
use super::thread::thread_count;

/// What one size class holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct ClassStats {
    /// Of one block, with the word before it.
    pub block_bytes: usize,
    /// Blocks in use.
    pub live_blocks: usize,
    /// Pages that hold them.
    pub pages: usize,
}

/// The number of size classes.
pub const CLASS_COUNT: usize = CLASSES;

/// What the whole process holds at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Stats {
    /// Of blocks in use, as large as their classes.
    pub live_bytes: usize,
    /// Blocks in use.
    pub live_blocks: usize,
    /// That the kernel may be holding memory for.
    pub committed_bytes: usize,
    /// The most there ever were.
    pub peak_committed_bytes: usize,
    /// Of address space.
    pub reserved_bytes: usize,
    /// In use.
    pub pages: usize,
    /// That have a heap.
    pub threads: usize,
    /// Of each size class.
    pub classes: [ClassStats; CLASS_COUNT],
}

/// What one thread holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct ThreadStats {
    /// That it owns.
    pub pages: usize,
    /// Blocks in use in them, whoever allocated them.
    pub live_blocks: usize,
    /// Of these, as large as their classes.
    pub live_bytes: usize,
}

/// The pages in use; one that is being made is not yet.
fn pages(locked: &Locked) -> impl Iterator<Item = &'static Page> {
    locked.pages().filter(|page| page.kind.get() != Kind::None)
}

/// The number of the thread that has the page, or `Page::NOBODY`, as for all runs. Its owner may be
/// changing it: what is no thread's number is taken for nobody's.
fn thread_of(page: &Page) -> usize {
    let owner = if page.kind.get() == Kind::Many { page.owner() } else { Page::NOBODY };
    if owner == Page::LOST || owner >> ADDRESS_BITS != 0 { Page::NOBODY } else { owner }
}

/// Where a block in use was handed out: at its beginning, or, if it had to be aligned, inside.
///
/// # Safety
/// A block of this page.
unsafe fn handed_out(page: &Page, block: usize) -> usize {
    let mut align = 32;
    while align <= SLICE_BYTES {
        let p = block.next_multiple_of(align);
        // SAFETY: A2 - inside the block, not at its beginning, so that the word is in it.
        let is_inside = |p| unsafe { page.block_of(pointer_to(p)) } == Some(pointer_to(block));
        if p != block && p - block < page.usable() && is_inside(p) {
            return p;
        }
        align *= 2;
    }
    block
}

/// Calls `visitor` for a page's blocks in use.
fn visit_page(page: &Page, visitor: &mut dyn FnMut(*mut u8, usize)) {
    if page.kind.get() != Kind::Many {
        return visitor(pointer_to(page.start.get()), page.bytes.get());
    }
    for p in page.each_block() {
        // SAFETY: A2 - a block of this page.
        if unsafe { page.is_in_use(pointer_to(p)) } {
            // SAFETY: A2 - as above.
            let begin = unsafe { handed_out(page, p) };
            visitor(pointer_to(begin), page.usable() - (begin - p));
        }
    }
}

// ---- Queries ------------------------------------------------------------------------------------

pub(super) fn stats() -> Stats {
    count().0
}

/// The same, and what of it is huge blocks.
pub(super) fn count() -> (Stats, HugeCount) {
    let mut stats = Stats {
        live_bytes: 0,
        live_blocks: 0,
        committed_bytes: REGION.committed.load(Ordering::Relaxed),
        peak_committed_bytes: REGION.committed_peak.load(Ordering::Relaxed),
        reserved_bytes: REGION.reserved.load(Ordering::Relaxed),
        pages: 0,
        threads: thread_count(),
        classes: [ClassStats { block_bytes: 0, live_blocks: 0, pages: 0 }; CLASS_COUNT],
    };
    for (class, of_class) in stats.classes.iter_mut().enumerate() {
        of_class.block_bytes = bytes_of(class);
    }
    let locked = Locked::new(); // no page comes or goes
    for page in pages(&locked) {
        stats.pages += 1;
        let blocks = page.blocks();
        stats.live_blocks += blocks;
        stats.live_bytes += blocks * page.usable();
        if page.kind.get() == Kind::Many
            && let Some(of_class) = stats.classes.get_mut(page.class())
        {
            of_class.live_blocks += blocks;
            of_class.pages += 1;
        }
    }
    let huge = huge_count(&locked);
    stats.live_blocks += huge.blocks;
    stats.live_bytes += huge.bytes;
    stats.pages += huge.blocks;
    (stats, huge)
}

/// What a thread holds, `Page::NOBODY` for what no thread does, and which one has the next number.
fn count_thread(thread: usize) -> (ThreadStats, Option<usize>) {
    let (mut of_thread, mut next) = (ThreadStats::default(), None);
    let locked = Locked::new();
    for page in pages(&locked) {
        let owner = thread_of(page);
        if owner == thread {
            let blocks = page.blocks();
            of_thread.pages += 1;
            of_thread.live_blocks += blocks;
            of_thread.live_bytes += blocks * page.usable();
        } else if owner > thread {
            next = Some(next.map_or(owner, |least: usize| least.min(owner)));
        }
    }
    if thread == Page::NOBODY {
        let huge = huge_count(&locked);
        of_thread.pages += huge.blocks;
        of_thread.live_blocks += huge.blocks;
        of_thread.live_bytes += huge.bytes;
    }
    (of_thread, next)
}

// ---- Iteration ----------------------------------------------------------------------------------

/// Calls `visitor(block, bytes)` for each block in use of a heap that is no thread's.
pub(super) fn visit(heap: &Heap, visitor: &mut dyn FnMut(*mut u8, usize)) {
    for queue in heap.queues() {
        let first = queue.first.get();
        let mut next = (!first.is_none()).then_some(first);
        while let Some(page) = next {
            visit_page(page, visitor);
            next = page.next.get();
        }
    }
    let mut next = heap.aside.first();
    while let Some(page) = next {
        visit_page(page, visitor);
        next = page.next.get();
    }
}

/// Calls `visitor(number, stats)` for each thread that has pages, the first time with 0 for what
/// belongs to none. Not under the lock: it may allocate.
pub(super) fn visit_threads(visitor: &mut dyn FnMut(usize, ThreadStats)) {
    let mut next = Some(Page::NOBODY);
    while let Some(thread) = next {
        let (of_thread, following) = count_thread(thread);
        if thread == Page::NOBODY || of_thread.pages != 0 {
            visitor(thread, of_thread);
        }
        next = following;
    }
}
