//! The pages of one thread, or of a heap that a program made for itself.
//!
//! ```text
//!  Heap
//!  +-----------------------+      +------+   +------+   +------+
//!  | direct[0..64]         |----->| page |<->| page |<->| page |   each has room, or had some
//!  | queues[66] first last |--+-->+------+   +------+   +------+
//!  +-----------------------+
//! ```
//!
//! A full page goes behind the others once, as it is likely to get blocks back; if it has none when
//! its turn comes again it leaves the queue. A thread's has no owner then: whoever frees one of its
//! blocks takes it over (A4, A5).

use core::cell::Cell;
use core::mem;
use core::ptr;

use super::config::{
    DIRECT_MAX, GROWN_MAX, LARGE_MAX, OS_PAGE_BYTES, RUN_ALIGN_MAX, SECURE, SIZE_MAX, SLICE_BYTES,
};
use super::fault::{Fault, fail};
use super::huge::{huge_allocate, huge_free};
use super::os;
use super::page::{Kind, Page};
use super::page_list::PageList;
use super::segment::{
    Guarded, Locked, NO_PAGE, commit, extend_slices, give_slices, take_slices, tick, trim_slices,
};
use super::size_class::{CLASSES, bytes_of, slices_of};
use super::thread::left_page;

#[repr(C)]
pub(super) struct Queue {
    pub(super) first: Cell<&'static Page>,
    last: Cell<&'static Page>,
}

const DIRECT: usize = DIRECT_MAX / 16 + 1;

#[repr(C)]
pub(super) struct Heap {
    /// The first page for requests of `(w - 1) * 16 < size <= w * 16`.
    direct: [Cell<&'static Page>; DIRECT],
    queues: [Queue; CLASSES],
    /// Of its pages: the thread's number, or `Page::NOBODY` for a heap that is no thread's.
    pub(super) tid: Cell<usize>,
    chance: Cell<u64>,
    /// Full pages and single blocks of a heap that is no thread's.
    pub(super) aside: PageList,
    /// Among spare heaps.
    next: Cell<Option<&'static Heap>>,
}

// SAFETY: A3 - a heap is used by one thread at a time; `NO_HEAP` is never written to.
unsafe impl Sync for Heap {}

impl Heap {
    pub(super) const fn new() -> Self {
        Self {
            direct: [const { Cell::new(&NO_PAGE) }; DIRECT],
            queues: [const { Queue::new() }; CLASSES],
            tid: Cell::new(Page::NOBODY),
            chance: Cell::new(0),
            aside: PageList::new(),
            next: Cell::new(None),
        }
    }

    pub(super) fn is_apart(&self) -> bool {
        self.tid.get() == Page::NOBODY
    }
}

impl Heap {
    /// The first page for blocks of `16 * word` bytes, `word <= 64`.
    #[inline(always)]
    pub(super) fn direct(&self, word: usize) -> &'static Page {
        debug_assert!(word < DIRECT);
        // SAFETY: A6 - the caller's promise.
        unsafe { self.direct.get_unchecked(word) }.get()
    }

    /// The pages for blocks of a class.
    #[inline(always)]
    pub(super) fn queue(&self, class: usize) -> &Queue {
        debug_assert!(class < CLASSES);
        // SAFETY: A6 - there is no other class.
        unsafe { self.queues.get_unchecked(class) }
    }

    pub(super) fn queues(&self) -> &[Queue; CLASSES] {
        &self.queues
    }
}

impl Queue {
    const fn new() -> Self {
        Self { first: Cell::new(&NO_PAGE), last: Cell::new(&NO_PAGE) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.get().is_none()
    }
}

static SPARE_HEAPS: Guarded<Cell<Option<&'static Heap>>> = Guarded::new(Cell::new(None));

// ---- Construction -------------------------------------------------------------------------------

/// For a thread, or a program's own use; none: no memory.
pub(super) fn make_heap() -> Option<&'static Heap> {
    {
        let locked = Locked::new();
        let spare = SPARE_HEAPS.under(&locked);
        if let Some(heap) = spare.get() {
            spare.set(heap.next.get());
            return Some(heap);
        }
    }
    const BYTES: usize = (size_of::<Heap>() + OS_PAGE_BYTES - 1) & !(OS_PAGE_BYTES - 1);
    let memory: *mut Heap = os::map(BYTES, OS_PAGE_BYTES).cast();
    if memory.is_null() {
        return None;
    }
    commit(BYTES);
    // SAFETY: A3 - new memory, large enough.
    unsafe { memory.write(Heap::new()) };
    // SAFETY: A3 - a heap, and never unmapped.
    let heap = unsafe { &*memory };
    heap.chance.set(os::random() | 1);
    Some(heap)
}

pub(super) fn delete_heap(heap: &'static Heap) {
    heap.destroy();
    spare_heap(heap);
}

/// One without pages is kept for whoever makes the next.
pub(super) fn spare_heap(heap: &'static Heap) {
    let locked = Locked::new();
    let spare = SPARE_HEAPS.under(&locked);
    heap.next.set(spare.get());
    spare.set(Some(heap));
}

// ---- Mutation -----------------------------------------------------------------------------------

impl Heap {
    /// A block of the class; null: no memory.
    pub(super) fn take(&'static self, class: usize) -> *mut u8 {
        let queue = self.queue(class);
        // Whether the first page gave a block since it became the first.
        let mut gave = true;
        loop {
            let page = queue.first.get();
            if page.has_free() {
                let p = page.pop();
                if p.is_null() {
                    fail(Fault::CorruptedBlock, page.free());
                }
                return p;
            }
            if !page.is_none() {
                page.collect();
                if page.has_free() {
                    continue;
                }
                if page.has_raw() {
                    page.carve(if SECURE { self.random() } else { 0 });
                    continue;
                }
                if mem::take(&mut gave) && !ptr::eq(queue.last.get(), page) {
                    self.unlink(page);
                    self.append(page);
                    continue;
                }
                if !self.retire(page) || !queue.is_empty() {
                    continue;
                }
            }
            let left = if self.is_apart() { None } else { left_page(self, class) };
            let Some(page) = left.or_else(|| self.new_page(class)) else { return ptr::null_mut() };
            self.prepend(page);
        }
    }

    /// A block of whole slices, or a huge one, and whether it reads as zero. None: no memory.
    /// `grows`: it was reallocated to be larger, and is likely to be so again.
    pub(super) fn take_single(
        &'static self,
        size: usize,
        align: usize,
        grows: bool,
    ) -> Option<(&'static Page, bool)> {
        let largest = if grows { GROWN_MAX } else { LARGE_MAX };
        let taken = if size > largest || align > RUN_ALIGN_MAX {
            if size > SIZE_MAX {
                return None;
            }
            huge_allocate(size.max(1), align, grows)?
        } else {
            let bytes = run_bytes(size);
            let before = run_begin(align);
            let slices = Page::slices_for(before, bytes);
            let locked = Locked::new();
            tick(&locked);
            let taken = take_slices(&locked, slices, align)?;
            let page = taken.0;
            page.set_key(self.random());
            page.init_single(page.start.get() + before, bytes, Kind::Run);
            drop(locked); // who counts under it never meets half a record
            page.close_run();
            taken
        };
        if self.is_apart() {
            self.set_aside(taken.0);
        }
        Some(taken)
    }

    /// A page of this heap has lost its last block.
    #[cold]
    #[inline(never)]
    pub(super) fn emptied(&'static self, page: &'static Page) {
        self.unlink(page); // not the first: that one counts itself
        release(page);
    }

    /// A page that was full has a free block again.
    pub(super) fn welcome(&'static self, page: &'static Page) {
        page.heap.set(self);
        page.set_owner(self.tid.get());
        self.append(page);
    }

    /// Pages without blocks in use go back.
    pub(super) fn shrink(&'static self) {
        for queue in &self.queues {
            let mut page = queue.first.get();
            while !page.is_none() {
                let next = page.next.get().unwrap_or(&NO_PAGE);
                page.collect();
                if (if page.is_first() { page.count() } else { page.used() }) == 0 {
                    self.unlink(page);
                    release(page);
                }
                page = next;
            }
        }
    }

    /// All pages go back, whatever is in use.
    fn destroy(&'static self) {
        for queue in &self.queues {
            while !queue.is_empty() {
                let page = queue.first.get();
                self.unlink(page);
                release(page);
            }
        }
        while let Some(page) = self.aside.first() {
            self.aside.remove(page);
            if page.kind.get() == Kind::Huge {
                huge_free(page);
            } else {
                release(page);
            }
        }
    }
}

/// The block of a run for a request, but for the word behind it.
const fn run_bytes(size: usize) -> usize {
    (size + 15) & !15
}

/// How far inside its slices it begins: behind its word, unless it has to begin where they do.
const fn run_begin(align: usize) -> usize {
    if align <= Page::RUN_BLOCK { Page::RUN_BLOCK } else { align % SLICE_BYTES }
}

/// A page or a run gives its slices back.
pub(super) fn release(page: &'static Page) {
    let slices = match page.kind.get() {
        Kind::Many => slices_of(page.class()),
        _ => page.slices_of_run(),
    };
    let locked = Locked::new();
    page.set_owner(Page::NOBODY);
    give_slices(&locked, page, slices);
    tick(&locked);
}

/// A run with another size that fits its place: true.
pub(super) fn resize_run(page: &'static Page, size: usize) -> bool {
    let bytes = run_bytes(size);
    let old = page.slices_of_run();
    let wanted = Page::slices_for(page.start.get() % SLICE_BYTES, bytes);
    if wanted != old {
        let locked = Locked::new();
        if wanted < old {
            trim_slices(&locked, page, old, wanted);
        } else if !extend_slices(&locked, page, old, wanted) {
            return false;
        }
    }
    page.bytes.set(bytes);
    page.close_run();
    true
}

// ---- Slow path ----------------------------------------------------------------------------------

impl Heap {
    fn set_first(&self, class: usize, page: &'static Page) {
        let queue = self.queue(class);
        if !queue.is_empty() {
            queue.first.get().end_queue();
        }
        if !page.is_none() {
            page.begin_queue();
        }
        queue.first.set(page);
        let words = bytes_of(class) / 16;
        if words < DIRECT {
            let word = if class == 0 { 0 } else { bytes_of(class - 1) / 16 + 1 };
            for place in self.direct.iter().take(words + 1).skip(word) {
                place.set(page);
            }
        }
    }

    fn append(&self, page: &'static Page) {
        let queue = self.queue(page.class());
        page.next.set(None);
        if queue.is_empty() {
            page.prev.set(None);
            self.set_first(page.class(), page);
        } else {
            page.prev.set(Some(queue.last.get()));
            queue.last.get().next.set(Some(page));
        }
        queue.last.set(page);
    }

    fn prepend(&self, page: &'static Page) {
        let queue = self.queue(page.class());
        page.prev.set(None);
        if queue.is_empty() {
            page.next.set(None);
            queue.last.set(page);
        } else {
            page.next.set(Some(queue.first.get()));
            queue.first.get().prev.set(Some(page));
        }
        self.set_first(page.class(), page);
    }

    pub(super) fn unlink(&self, page: &'static Page) {
        let queue = self.queue(page.class());
        match page.next.get() {
            None => queue.last.set(page.prev.get().unwrap_or(&NO_PAGE)),
            Some(next) => next.prev.set(page.prev.get()),
        }
        match page.prev.get() {
            None => self.set_first(page.class(), page.next.get().unwrap_or(&NO_PAGE)),
            Some(prev) => prev.next.set(page.next.get()),
        }
        page.next.set(None);
        page.prev.set(None);
    }

    fn set_aside(&'static self, page: &'static Page) {
        page.heap.set(self);
        page.apart.set(true);
        self.aside.add(page);
    }

    /// A thread that only frees does not come across its pages' remote blocks: with each page that
    /// it gets it looks at two others of the class.
    pub(super) fn tend(&'static self, class: usize) {
        for _ in 0..2 {
            // `NO_PAGE` has none behind it.
            let Some(page) = self.queue(class).first.get().next.get() else { return };
            page.collect();
            self.unlink(page);
            if page.used() == 0 {
                release(page);
            } else {
                self.append(page);
            }
        }
    }

    /// A full page goes; false when somebody gave a block back meanwhile.
    fn retire(&'static self, page: &'static Page) -> bool {
        self.unlink(page);
        if self.is_apart() {
            self.set_aside(page);
            return true;
        }
        // A4, A5: full, unlinked and without a number: the word alone decides who has it.
        page.set_owner(Page::NOBODY);
        if page.remote.give_up() {
            return true;
        }
        page.set_owner(self.tid.get());
        self.prepend(page);
        page.collect();
        false
    }

    fn new_page(&'static self, class: usize) -> Option<&'static Page> {
        let slices = slices_of(class);
        let locked = Locked::new();
        tick(&locked);
        let (page, _) = take_slices(&locked, slices, SLICE_BYTES)?;
        page.init(slices, class, self.random());
        page.heap.set(self);
        page.apart.set(self.is_apart());
        page.set_owner(self.tid.get());
        Some(page)
    }

    fn random(&self) -> u64 {
        let mut chance = self.chance.get();
        chance ^= chance << 13; // Marsaglia's xorshift
        chance ^= chance >> 7;
        chance ^= chance << 17;
        self.chance.set(chance);
        chance.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}

// ---- Tests --------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use core::sync::atomic::Ordering;
    use std::thread;

    use super::super::api::deallocate_to;
    use super::super::deallocate;
    use super::super::page::pointer_to;
    use super::super::size_class::class_of;
    use super::super::thread::make_thread_heap;
    use super::*;

    /// Blocks until the first page is full.
    fn fill(heap: &'static Heap, class: usize) -> (&'static Page, Vec<*mut u8>) {
        let mut blocks = vec![heap.take(class)];
        let page = heap.queue(class).first.get();
        while !page.is_full() {
            blocks.push(heap.take(class));
        }
        (page, blocks)
    }

    #[test]
    fn a_full_page_leaves_when_it_has_none_at_its_next_turn() {
        let class = class_of(4096);
        let heap = make_heap().unwrap();
        let is_first = |page| ptr::eq(heap.queue(class).first.get(), page);
        let is_away = |page: &Page| page.listed.load(Ordering::Relaxed);
        let free = |p| {
            // SAFETY: A2 - a block of this heap.
            unsafe { deallocate_to(heap, p) };
        };
        let (one, in_one) = fill(heap, class);
        let (other, in_other) = fill(heap, class);
        assert!(
            is_away(one) && is_first(other),
            "the only page of its queue has no turn to wait for"
        );

        free(in_one[0]);
        assert_eq!(heap.take(class), in_one[0]);
        assert!(is_first(one) && !is_away(other));

        free(in_other[0]);
        assert_eq!(heap.take(class), in_other[0]);
        assert!(is_first(other) && !is_away(one));

        heap.take(class);
        assert!(is_away(one) && is_away(other) && !is_first(one) && !is_first(other));
        delete_heap(heap);
    }

    #[test]
    fn the_first_page_goes_back_when_it_is_empty_and_nobody_wants_it() {
        let class = class_of(3000);
        let heap = make_heap().unwrap();
        let blocks: Vec<_> = (0..3).map(|_| heap.take(class)).collect();
        let page = heap.queue(class).first.get();
        heap.shrink();
        assert!(page.kind.get() == Kind::Many);
        for p in blocks {
            // SAFETY: A2 - a block of this heap.
            unsafe { deallocate_to(heap, p) };
        }
        assert!(page.kind.get() == Kind::Many);
        heap.shrink();
        assert!(page.kind.get() == Kind::None && heap.queue(class).is_empty());
        delete_heap(heap);
    }

    #[test]
    fn what_others_freed_is_counted_when_it_is_taken() {
        let class = class_of(5000);
        let works = move || {
            let heap = make_thread_heap().unwrap();
            let (page, blocks) = fill(heap, class);
            fill(heap, class);
            // SAFETY: A2 - a block in use; its page becomes this thread's again, not the first.
            unsafe { deallocate(blocks[0]) };
            let used = page.used();
            let two = [blocks[1].expose_provenance(), blocks[2].expose_provenance()];
            // SAFETY: A2 - blocks in use.
            let frees = move || two.map(|p| unsafe { deallocate(pointer_to(p)) });
            thread::spawn(frees).join().unwrap();
            assert_eq!(page.used(), used);
            page.collect();
            assert_eq!(page.used(), used - 2);
        };
        thread::spawn(works).join().unwrap();
    }
}
