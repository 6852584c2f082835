//! Where pages come from: 32 MiB at a time, 16 KiB slices, under one lock.
//!
//! ```text
//!  SEGMENT_MAP[p >> 25]      segment, aligned to 32 MiB
//!  +---+---+---+---+        +-----------+-----------+----------------+-------+- - -
//!  | 0 | 0 | * | 0 |------->| map[2048] | records   | free and dirty | guard | slices
//!  +---+---+---+---+        +-----------+-----------+----------------+-------+- - -
//!                             page of each slice
//! ```

use core::cell::Cell;
use core::ops::Deref;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use super::config::{
    ADDRESS_BITS, GUARD_BYTES, HEADER_SLICES, HUGE_PAGES_BEHIND, OS_PAGE_BYTES, PURGE_DELAY_MS,
    SECURE, SEGMENT_BYTES, SEGMENT_SHIFT, SLICE_BYTES, SLICE_SHIFT, SLICES_OF_SEGMENT,
};
use super::huge::huge_purge;
use super::os::{self, Lock};
use super::page::{Kind, Page};
use super::slice_set::SliceSet;
use super::thread::thread_number;

/// The entries for 16 KiB pieces of one 32 MiB piece of address space.
type SliceMap = [Cell<&'static Page>; SLICES_OF_SEGMENT];

/// A segment of zeros is one, but for its map.
#[repr(C)]
pub(super) struct Segment {
    map: SliceMap,
    records: [Page; SLICES_OF_SEGMENT],
    free: SliceSet,
    dirty: SliceSet,
    /// When the dirty ones are to go.
    purge_at: Cell<u64>,
    next: Cell<Option<&'static Segment>>,
    /// How many were made before.
    number: Cell<usize>,
}

/// Behind the header: a page that faults, and one that can be read, as somebody may look for the
/// word before the first slice.
const GUARD_OFFSET: usize = HEADER_SLICES * SLICE_BYTES - 2 * OS_PAGE_BYTES;

const _: () = assert!(size_of::<Segment>() <= GUARD_OFFSET);

/// What the region lock is for.
pub(super) struct Segments {
    first: Cell<Option<&'static Segment>>,
    last: Cell<Option<&'static Segment>>,
    /// Those before it are full: nobody has to look there.
    open: Cell<Option<&'static Segment>>,
    /// Dirty slices of all.
    dirty_count: Cell<usize>,
    /// The earliest of all `purge_at`.
    purge_at: Cell<u64>,
}

/// What all threads share.
pub(super) struct Region {
    pub(super) lock: Lock,
    /// The thread that is forking, and holds the lock while it does: others' fork handlers allocate.
    pub(super) forking: AtomicUsize,
    segments: Segments, // reached through `Locked` alone
    /// Bytes taken and not known to be clean, and the most there ever were.
    pub(super) committed: AtomicUsize,
    pub(super) committed_peak: AtomicUsize,
    pub(super) reserved: AtomicUsize,
}

// SAFETY: A7 - the cells are reached through `Locked` alone.
unsafe impl Sync for Region {}

pub(super) static REGION: Region = Region {
    lock: Lock::new(),
    forking: AtomicUsize::new(0),
    segments: Segments {
        first: Cell::new(None),
        last: Cell::new(None),
        open: Cell::new(None),
        dirty_count: Cell::new(0),
        purge_at: Cell::new(u64::MAX),
    },
    committed: AtomicUsize::new(0),
    committed_peak: AtomicUsize::new(0),
    reserved: AtomicUsize::new(0),
};

/// The region lock, as long as it lives. A function that is given one needs the lock.
pub(super) struct Locked {
    locks: bool,
}

impl Locked {
    pub(super) fn new() -> Self {
        let locks = REGION.forking.load(Ordering::Relaxed) != thread_number();
        if locks {
            REGION.lock.lock();
        }
        Self { locks }
    }
}

impl Deref for Locked {
    type Target = Segments;

    fn deref(&self) -> &Segments {
        &REGION.segments
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        if self.locks {
            REGION.lock.unlock();
        }
    }
}

/// Something else that is seen under the region lock alone.
pub(super) struct Guarded<T>(T);

// SAFETY: A7 - seen under the lock alone.
unsafe impl<T> Sync for Guarded<T> {}

impl<T> Guarded<T> {
    pub(super) const fn new(value: T) -> Self {
        Self(value)
    }

    pub(super) fn under<'a>(&'a self, _: &'a Locked) -> &'a T {
        &self.0
    }
}

/// What slices of no page lead to: nobody's, and of no kind.
pub(super) static NO_PAGE: Page = Page::new(&raw const NO_PAGE);

impl Page {
    pub(super) fn is_none(&self) -> bool {
        ptr::eq(self, &NO_PAGE)
    }
}

/// Pieces of 32 MiB that the address space has.
const PIECES: usize = 1 << (ADDRESS_BITS - SEGMENT_SHIFT);

/// For each 32 MiB of address space, where the entry for address 0 would lie if its slice map
/// reached down to it; null where there is nothing of ours.
static SEGMENT_MAP: [AtomicPtr<Cell<&'static Page>>; PIECES] =
    [const { AtomicPtr::new(ptr::null_mut()) }; PIECES];

/// The same for blocks that begin there and have no segment; apart, so that the fast path, which
/// reads the word before a block, never meets a block without one.
static HUGE_MAP: [AtomicPtr<Page>; PIECES] = [const { AtomicPtr::new(ptr::null_mut()) }; PIECES];

// ---- Segments -----------------------------------------------------------------------------------

impl Segment {
    /// Address of a slice.
    fn slice(&self, index: usize) -> *mut u8 {
        let address = ptr::from_ref(self).addr() + index * SLICE_BYTES;
        ptr::with_exposed_provenance_mut(address)
    }

    /// The slices are not free any more, and lead to the page; how many were dirty.
    fn use_slices(
        &self,
        locked: &Locked,
        begin: usize,
        count: usize,
        page: &'static Page,
    ) -> usize {
        self.free.change(begin, count, false);
        let were_dirty = self.dirty.change(begin, count, false);
        locked.dirty_count.set(locked.dirty_count.get() - were_dirty);
        commit((count - were_dirty) * SLICE_BYTES);
        self.lead_to(begin, count, page);
        self.guard(begin + count);
        were_dirty
    }

    /// The slices belong to a page from now on; whether they are clean.
    fn take(
        &'static self,
        locked: &Locked,
        begin: usize,
        count: usize,
    ) -> Option<(&'static Page, bool)> {
        let page = self.records.get(begin)?;
        page.start.set(self.slice(begin).addr());
        let were_dirty = self.use_slices(locked, begin, count, page);
        Some((page, were_dirty == 0))
    }

    /// The slices belong to no page any more, and are dirty.
    fn give(&'static self, locked: &Locked, begin: usize, count: usize) {
        self.unguard(begin + count);
        self.lead_to(begin, count, &NO_PAGE);
        self.free.change(begin, count, true);
        if locked.open.get().is_some_and(|open| self.number.get() < open.number.get()) {
            locked.open.set(Some(self));
        }
        if self.dirty.count() == 0 {
            self.purge_at.set(os::now() + PURGE_DELAY_MS);
            locked.purge_by(self.purge_at.get());
        }
        let were_clean = self.dirty.change(begin, count, true);
        locked.dirty_count.set(locked.dirty_count.get() + were_clean);
    }

    /// The last bytes of slices that end there fault from now on.
    fn guard(&self, end: usize) {
        if SECURE {
            // SAFETY: A7 - the slices belong to a page that counts without these bytes.
            unsafe { os::guard(self.slice(end).wrapping_sub(GUARD_BYTES), GUARD_BYTES) };
        }
    }

    fn unguard(&self, end: usize) {
        if SECURE {
            // SAFETY: A7 - in this segment.
            unsafe { os::unguard(self.slice(end).wrapping_sub(GUARD_BYTES), GUARD_BYTES) };
        }
    }

    /// The pages of this segment: a run of slices has the record of its first.
    fn pages(&self) -> impl Iterator<Item = &Page> {
        let records = self.map.iter().zip(&self.records);
        records.filter(|(entry, page)| ptr::eq(entry.get(), *page)).map(|(_, page)| page)
    }

    /// What `page_in_segment` finds for these slices from now on.
    fn lead_to(&self, begin: usize, count: usize, page: &'static Page) {
        for entry in self.map.iter().skip(begin).take(count) {
            entry.set(page);
        }
    }
}

/// The segment that a page's slices lie in.
fn segment_of(page: &Page) -> &'static Segment {
    let segment = page.start.get() & !(SEGMENT_BYTES - 1);
    // SAFETY: A1 - runs of slices lie in segments, which stay.
    unsafe { &*ptr::with_exposed_provenance(segment) }
}

/// The record that a slice of this address had or would have; none where no segment is.
pub(super) fn record_of(p: usize) -> Option<&'static Page> {
    if SEGMENT_MAP.get(p >> SEGMENT_SHIFT)?.load(Ordering::Relaxed).is_null() {
        return None;
    }
    let segment = p & !(SEGMENT_BYTES - 1);
    // SAFETY: A1 - there is one, and it stays.
    let segment: &'static Segment = unsafe { &*ptr::with_exposed_provenance(segment) };
    segment.records.get(index_in_segment(p))
}

fn index_in_segment(p: usize) -> usize {
    (p & (SEGMENT_BYTES - 1)) >> SLICE_SHIFT
}

fn new_segment(locked: &Locked) -> Option<&'static Segment> {
    let memory = os::map(SEGMENT_BYTES, SEGMENT_BYTES);
    if memory.is_null() {
        return None;
    }
    // The guard first: what follows only touches what it has to. Records come from the kernel as
    // zero, and are made when their slice is taken.
    // SAFETY: A1 - behind the header, which ends before.
    unsafe { os::guard(memory.wrapping_add(GUARD_OFFSET), OS_PAGE_BYTES) };
    if !SECURE && locked.first.get().is_some() {
        // Guards would leave no room for any.
        let slices = memory.wrapping_add(HUGE_PAGES_BEHIND);
        os::prefer_huge_pages(slices, SEGMENT_BYTES - HUGE_PAGES_BEHIND);
    }
    memory.expose_provenance();
    for index in 0..SLICES_OF_SEGMENT {
        // SAFETY: A1 - a segment begins with its map; one by one, as a stack may be small.
        unsafe { memory.cast::<&Page>().wrapping_add(index).write(&NO_PAGE) };
    }
    // SAFETY: A1 - zeros are the rest of it, and this one is never unmapped.
    let segment: &'static Segment = unsafe { &*memory.cast() };
    segment.free.change(HEADER_SLICES, SLICES_OF_SEGMENT - HEADER_SLICES, true);
    segment.purge_at.set(u64::MAX);
    if let Some(last) = locked.last.get() {
        segment.number.set(last.number.get() + 1);
        last.next.set(Some(segment));
    } else {
        locked.first.set(Some(segment));
        locked.open.set(Some(segment));
    }
    locked.last.set(Some(segment));
    REGION.reserved.fetch_add(SEGMENT_BYTES, Ordering::Relaxed);
    commit(size_of::<SliceMap>() + OS_PAGE_BYTES);
    // Moved down, so that `page_in_segment` needs no mask. Release is for nobody: who has an address
    // of ours got it from somebody who came after this (A1).
    let piece = memory.addr() >> SEGMENT_SHIFT;
    let map = segment.map.as_ptr().cast_mut().wrapping_sub(piece * SLICES_OF_SEGMENT);
    SEGMENT_MAP.get(piece)?.store(map, Ordering::Relaxed);
    Some(segment)
}

/// This one and those made later.
fn from(segment: Option<&'static Segment>) -> impl Iterator<Item = &'static Segment> {
    core::iter::successors(segment, |segment| segment.next.get())
}

impl Segments {
    /// All pages of all segments.
    pub(super) fn pages(&self) -> impl Iterator<Item = &'static Page> + use<> {
        from(self.first.get()).flat_map(Segment::pages)
    }

    pub(super) fn purge_by(&self, time: u64) {
        self.purge_at.set(self.purge_at.get().min(time));
    }

    /// A run of that many free slices, the first there is; dirty ones first: they are in memory
    /// already.
    fn find(&self, count: usize, align: usize) -> Option<(&'static Segment, usize)> {
        let find = |set: fn(&Segment) -> &SliceSet| {
            from(self.open.get())
                .find_map(|segment| Some((segment, set(segment).find(count, align)?)))
        };
        let enough_dirty = self.dirty_count.get() >= count;
        let dirty = enough_dirty.then(|| find(|segment| &segment.dirty)).flatten();
        dirty.or_else(|| find(|segment| &segment.free))
    }
}

// ---- Mutation -----------------------------------------------------------------------------------

/// What `page_of` finds from now on where a huge block begins.
pub(super) fn set_huge_map(p: usize, page: Option<&'static Page>) {
    let page = page.map_or(ptr::null(), ptr::from_ref);
    if let Some(place) = HUGE_MAP.get(p >> SEGMENT_SHIFT) {
        place.store(page.cast_mut(), Ordering::Relaxed);
    }
}

/// The record of a run of `count` slices that begins at a multiple of `align` bytes, and whether the
/// slices read as zero. None: no memory.
pub(super) fn take_slices(
    locked: &Locked,
    count: usize,
    align: usize,
) -> Option<(&'static Page, bool)> {
    let slices = if align <= SLICE_BYTES { 1 } else { align / SLICE_BYTES };
    while let Some(open) = locked.open.get()
        && open.free.count() == 0
        && open.next.get().is_some()
    {
        locked.open.set(open.next.get());
    }
    if let Some((segment, begin)) = locked.find(count, slices) {
        return segment.take(locked, begin, count);
    }
    let segment = new_segment(locked)?;
    segment.take(locked, segment.free.find(count, slices)?, count)
}

/// Gives them back.
pub(super) fn give_slices(locked: &Locked, page: &'static Page, count: usize) {
    page.kind.set(Kind::None);
    segment_of(page).give(locked, index_in_segment(page.start.get()), count);
}

/// A run that grows to `count` slices where it lies, if the next are free.
pub(super) fn extend_slices(
    locked: &Locked,
    page: &'static Page,
    old_count: usize,
    count: usize,
) -> bool {
    let segment = segment_of(page);
    let end = index_in_segment(page.start.get()) + old_count;
    let more = count - old_count;
    if end + more > SLICES_OF_SEGMENT || segment.free.next(end, false) < end + more {
        return false;
    }
    segment.unguard(end);
    segment.use_slices(locked, end, more, page);
    true
}

/// A run keeps its first `count` slices.
pub(super) fn trim_slices(locked: &Locked, page: &'static Page, old_count: usize, count: usize) {
    let segment = segment_of(page);
    let end = index_in_segment(page.start.get()) + count;
    segment.give(locked, end, old_count - count);
    segment.guard(end);
}

/// Gives dirty slices to the kernel whose time has come, or all.
pub(super) fn purge(locked: &Locked, now: u64, all: bool) -> bool {
    let mut any = false;
    locked.purge_at.set(u64::MAX);
    for segment in from(locked.first.get()) {
        if segment.dirty.count() == 0 {
            continue;
        }
        if !all && segment.purge_at.get() > now {
            locked.purge_by(segment.purge_at.get());
            continue;
        }
        let were_dirty = segment.dirty.count();
        let mut begin = 0;
        loop {
            begin = segment.dirty.next(begin, true);
            if begin == SLICES_OF_SEGMENT {
                break;
            }
            let end = segment.dirty.next(begin, false);
            // SAFETY: A7 - dirty slices belong to no page.
            unsafe { os::discard(segment.slice(begin), (end - begin) * SLICE_BYTES) };
            segment.dirty.change(begin, end - begin, false);
            begin = end;
        }
        uncommit(were_dirty * SLICE_BYTES);
        locked.dirty_count.set(locked.dirty_count.get() - were_dirty);
        segment.purge_at.set(u64::MAX);
        any = true;
    }
    any
}

/// What was to be purged by now is.
pub(super) fn tick(locked: &Locked) {
    if locked.purge_at.get() != u64::MAX {
        let now = os::now();
        if now >= locked.purge_at.get() {
            purge(locked, now, false);
            huge_purge(locked, now, false);
        }
    }
}

// ---- Counting -----------------------------------------------------------------------------------

/// Counts bytes that the program makes use of from now on.
pub(super) fn commit(bytes: usize) {
    let now = REGION.committed.fetch_add(bytes, Ordering::Relaxed) + bytes;
    REGION.committed_peak.fetch_max(now, Ordering::Relaxed);
}

/// The same, no longer.
pub(super) fn uncommit(bytes: usize) {
    REGION.committed.fetch_sub(bytes, Ordering::Relaxed);
}

/// The page of an address in a segment; `NO_PAGE` when there is none; none elsewhere.
///
/// # Safety
/// The address is one that a program may have.
#[inline(always)]
pub(super) unsafe fn page_in_segment(p: usize) -> Option<&'static Page> {
    // SAFETY: A1 - the caller's promise.
    let map = unsafe { SEGMENT_MAP.get_unchecked(p >> SEGMENT_SHIFT) }.load(Ordering::Relaxed);
    if map.is_null() {
        return None;
    }
    let entry = map.wrapping_add(p >> SLICE_SHIFT);
    // SAFETY: A1 - the entry of this address, in a slice map that stays.
    Some(unsafe { (*entry).get() })
}

/// Of any block, huge ones too; none when nothing of ours is there. Behind a huge block, up to the
/// next 32 MiB, it is still that one's: who asks for a block compares where it starts.
pub(super) fn page_of(p: usize) -> Option<&'static Page> {
    let huge = HUGE_MAP.get(p >> SEGMENT_SHIFT)?;
    // SAFETY: A1 - the maps have the same length.
    unsafe { page_in_segment(p) }.or_else(|| {
        // SAFETY: A1 - null, or a record, which stays.
        unsafe { huge.load(Ordering::Relaxed).as_ref() }
    })
}

// ---- Tests --------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_that_were_given_back_are_taken_again_and_are_not_clean() {
        let locked = Locked::new();
        let (page, _) = take_slices(&locked, 3, 1 << 20).unwrap();
        let start = page.start.get();
        assert!(start.is_multiple_of(1 << 20));
        for slice in 0..3 {
            assert!(ptr::eq(page_of(start + slice * SLICE_BYTES + 77).unwrap(), page));
        }
        give_slices(&locked, page, 3);
        assert!(page_of(start).unwrap().is_none());
        let (again, is_clean) = take_slices(&locked, 3, 1 << 20).unwrap();
        assert!(ptr::eq(again, page) && !is_clean);
        trim_slices(&locked, page, 3, 1);
        assert!(page_of(start + SLICE_BYTES).unwrap().is_none());
        assert!(extend_slices(&locked, page, 1, 2));
        assert!(ptr::eq(page_of(start + SLICE_BYTES).unwrap(), page));
        give_slices(&locked, page, 2);
    }

    #[test]
    fn an_address_that_nothing_of_ours_lies_at_has_no_page() {
        for p in [0, 1, 1 << ADDRESS_BITS, usize::MAX] {
            assert!(page_of(p).is_none() && record_of(p).is_none(), "{p:#x}");
        }
    }
}
