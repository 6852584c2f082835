//! Blocks of more than `LARGE_MAX` bytes: each a mapping of its own, aligned to 32 MiB.
//!
//! A freed one is kept for a while: a program that asks for one asks again. All functions take the
//! region lock themselves, unless they are given it.

use core::cell::Cell;
use core::ptr;
use core::sync::atomic::Ordering;

use super::config::{
    GUARD_BYTES, HUGE_KEPT_BLOCKS, HUGE_KEPT_BYTES, HUGE_PAGE_MIN, HUGE_TIMES, HUGE_TIMES_GROWN,
    OS_PAGE_BYTES, PURGE_DELAY_MS, SECURE, SEGMENT_BYTES,
};
use super::os;
use super::page::{Kind, Page, pointer_to};
use super::segment::{Guarded, Locked, REGION, commit, set_huge_map, tick, uncommit};

#[repr(C)]
struct Huge {
    page: Page,
    next: Cell<Option<&'static Huge>>, // among spare records or kept blocks
    align: Cell<usize>,
    /// Of the mapping, without what faults behind it: a kept one may be larger than its new block.
    room: Cell<usize>,
    purge_at: Cell<u64>,
}

/// Huge blocks in use.
#[derive(Clone, Copy)]
pub(super) struct HugeCount {
    pub(super) blocks: usize,
    pub(super) bytes: usize,
}

struct Shared {
    spare: Cell<Option<&'static Huge>>,
    kept: Cell<Option<&'static Huge>>, // the last freed first
    kept_blocks: Cell<usize>,
    kept_bytes: Cell<usize>,
    in_use: Cell<HugeCount>,
}

static SHARED: Guarded<Shared> = Guarded::new(Shared {
    spare: Cell::new(None),
    kept: Cell::new(None),
    kept_blocks: Cell::new(0),
    kept_bytes: Cell::new(0),
    in_use: Cell::new(HugeCount { blocks: 0, bytes: 0 }),
});

const fn whole_pages(size: usize) -> usize {
    (size + OS_PAGE_BYTES - 1) & !(OS_PAGE_BYTES - 1)
}

impl Huge {
    fn block(&self) -> *mut u8 {
        pointer_to(self.page.start.get())
    }

    /// With what faults behind it.
    fn mapped(&self) -> usize {
        self.room.get() + GUARD_BYTES
    }

    fn end(&self) -> *mut u8 {
        self.block().wrapping_add(self.room.get())
    }

    fn guard(&self) {
        if SECURE {
            // SAFETY: A1 - in the mapping, behind the block.
            unsafe { os::guard(self.end(), GUARD_BYTES) };
        }
    }

    fn unguard(&self) {
        if SECURE {
            // SAFETY: A1 - in the mapping.
            unsafe { os::unguard(self.end(), GUARD_BYTES) };
        }
    }

    /// The one that a page of kind `Huge` is the first member of.
    fn of(page: &Page) -> &'static Self {
        debug_assert!(page.kind.get() == Kind::Huge);
        // SAFETY: A1 - such pages are nowhere else, and stay.
        unsafe { &*ptr::with_exposed_provenance(ptr::from_ref(page).addr()) }
    }
}

impl HugeCount {
    fn plus(self, bytes: usize) -> Self {
        Self { blocks: self.blocks + 1, bytes: self.bytes + bytes }
    }

    fn minus(self, bytes: usize) -> Self {
        Self { blocks: self.blocks - 1, bytes: self.bytes - bytes }
    }
}

/// A record that never goes away, as stray addresses may be looked up in it at any time.
fn new_record(locked: &Locked) -> Option<&'static Huge> {
    let shared = SHARED.under(locked);
    if let Some(huge) = shared.spare.get() {
        shared.spare.set(huge.next.get());
        return Some(huge);
    }
    // As many as a page of memory holds.
    let memory = os::map(OS_PAGE_BYTES, OS_PAGE_BYTES);
    if memory.is_null() {
        return None;
    }
    commit(OS_PAGE_BYTES);
    memory.expose_provenance();
    // SAFETY: A1 - zeros are records, and these are never unmapped.
    let records: &'static [Huge; OS_PAGE_BYTES / size_of::<Huge>()] = unsafe { &*memory.cast() };
    let (first, others) = records.split_first()?;
    for huge in others {
        spare(locked, huge);
    }
    Some(first)
}

/// To the kernel.
fn release(locked: &Locked, huge: &'static Huge) {
    let (block, bytes) = (huge.block(), huge.room.get());
    set_huge_map(block.addr(), None);
    // SAFETY: A1 - the mapping of a block that is free.
    unsafe { os::unmap(block, huge.mapped()) };
    uncommit(bytes);
    REGION.reserved.fetch_sub(bytes, Ordering::Relaxed);
    spare(locked, huge);
}

fn spare(locked: &Locked, huge: &'static Huge) {
    let shared = SHARED.under(locked);
    huge.next.set(shared.spare.get());
    shared.spare.set(Some(huge));
}

/// The mapping with another size, perhaps elsewhere. False: no room, and all is as it was.
fn resize(_: &Locked, huge: &'static Huge, bytes: usize) -> bool {
    let page = &huge.page;
    let (block, old, mapped) = (huge.block(), huge.room.get(), huge.mapped());
    huge.unguard(); // one mapping again, which the kernel can resize
    // SAFETY: A1 - the mapping of a block; its owner asked for another size, or it has none.
    if !unsafe { os::resize(block, mapped, bytes + GUARD_BYTES) } {
        // SAFETY: A1 - as above.
        let moved = unsafe { os::relocate(block, mapped, bytes + GUARD_BYTES, huge.align.get()) };
        if moved.is_null() {
            huge.guard();
            return false;
        }
        set_huge_map(block.addr(), None);
        page.start.set(moved.expose_provenance());
        set_huge_map(moved.addr(), Some(page));
    }
    huge.room.set(bytes);
    page.bytes.set(bytes);
    huge.guard();
    if bytes > old {
        commit(bytes - old);
        REGION.reserved.fetch_add(bytes - old, Ordering::Relaxed);
        if bytes >= HUGE_PAGE_MIN {
            os::prefer_huge_pages(huge.block(), bytes);
        }
    } else {
        uncommit(old - bytes);
        REGION.reserved.fetch_sub(old - bytes, Ordering::Relaxed);
    }
    true
}

impl Shared {
    /// Takes the block out that this is the link to.
    fn unlink(&self, link: &Cell<Option<&'static Huge>>) -> Option<&'static Huge> {
        let huge = link.get()?;
        link.set(huge.next.get());
        self.kept_blocks.set(self.kept_blocks.get() - 1);
        self.kept_bytes.set(self.kept_bytes.get() - huge.room.get());
        Some(huge)
    }

    /// The kept block whose size is nearest, made to fit if it is far too large: pages that are in
    /// memory already are the cheapest.
    fn take_kept(
        &self,
        locked: &Locked,
        bytes: usize,
        align: usize,
        grows: bool,
    ) -> Option<&'static Huge> {
        let mut best: Option<(&Cell<Option<&'static Huge>>, usize)> = None;
        let mut at = &self.kept;
        while let Some(huge) = at.get() {
            let distance = huge.room.get().abs_diff(bytes);
            if huge.align.get() >= align && best.is_none_or(|(_, least)| distance < least) {
                best = Some((at, distance));
            }
            at = &huge.next;
        }
        let huge = self.unlink(best?.0)?;
        let there = huge.room.get();
        let times = if grows { HUGE_TIMES_GROWN } else { HUGE_TIMES };
        if (there < bytes || there / times > bytes) && !resize(locked, huge, bytes) {
            release(locked, huge);
            return None;
        }
        Some(huge)
    }

    /// The one that was kept longest.
    fn take_oldest(&self) -> Option<&'static Huge> {
        let mut oldest = &self.kept;
        while let Some(huge) = oldest.get()
            && huge.next.get().is_some()
        {
            oldest = &huge.next;
        }
        self.unlink(oldest)
    }
}

// ---- Queries ------------------------------------------------------------------------------------

pub(super) fn huge_count(locked: &Locked) -> HugeCount {
    SHARED.under(locked).in_use.get()
}

// ---- Mutation -----------------------------------------------------------------------------------

/// The page of a new block, and whether the block reads as zero. None: no memory. `grows`: it is
/// likely to be resized.
pub(super) fn huge_allocate(
    size: usize,
    align: usize,
    grows: bool,
) -> Option<(&'static Page, bool)> {
    let bytes = whole_pages(size);
    let align = align.max(SEGMENT_BYTES);
    let locked = Locked::new();
    tick(&locked);
    let shared = SHARED.under(&locked);
    if let Some(huge) = shared.take_kept(&locked, bytes, align, grows) {
        shared.in_use.set(shared.in_use.get().plus(bytes));
        huge.page.init_single(huge.page.start.get(), bytes, Kind::Huge);
        return Some((&huge.page, false));
    }
    let huge = new_record(&locked)?;
    let block = os::map(bytes + GUARD_BYTES, align);
    if block.is_null() {
        spare(&locked, huge);
        return None;
    }
    shared.in_use.set(shared.in_use.get().plus(bytes));
    commit(bytes);
    REGION.reserved.fetch_add(bytes, Ordering::Relaxed);
    huge.align.set(align);
    huge.room.set(bytes);
    huge.page.init_single(block.expose_provenance(), bytes, Kind::Huge);
    huge.guard();
    set_huge_map(block.addr(), Some(&huge.page));
    Some((&huge.page, true))
}

pub(super) fn huge_free(page: &'static Page) {
    let huge = Huge::of(page);
    let room = huge.room.get();
    let locked = Locked::new();
    tick(&locked);
    let shared = SHARED.under(&locked);
    shared.in_use.set(shared.in_use.get().minus(page.bytes.get()));
    page.kind.set(Kind::None);
    if room > HUGE_KEPT_BYTES {
        return release(&locked, huge);
    }
    huge.purge_at.set(os::now() + PURGE_DELAY_MS);
    locked.purge_by(huge.purge_at.get());
    huge.next.set(shared.kept.get());
    shared.kept.set(Some(huge));
    shared.kept_blocks.set(shared.kept_blocks.get() + 1);
    shared.kept_bytes.set(shared.kept_bytes.get() + room);
    while shared.kept_blocks.get() > HUGE_KEPT_BLOCKS || shared.kept_bytes.get() > HUGE_KEPT_BYTES {
        let Some(oldest) = shared.take_oldest() else { break };
        release(&locked, oldest);
    }
}

/// The block with another size, above `GROWN_MAX`, perhaps elsewhere; null: no memory, and the
/// block is as it was.
pub(super) fn huge_resize(page: &'static Page, size: usize) -> *mut u8 {
    let huge = Huge::of(page);
    let (bytes, old, room) = (whole_pages(size), page.bytes.get(), huge.room.get());
    let fits = bytes <= room && bytes >= old / 2 && room / HUGE_TIMES_GROWN <= bytes;
    let locked = Locked::new();
    if !fits && !resize(&locked, huge, bytes) {
        return ptr::null_mut();
    }
    page.bytes.set(bytes);
    let in_use = &SHARED.under(&locked).in_use;
    in_use.set(in_use.get().minus(old).plus(bytes));
    huge.block()
}

/// Kept blocks whose time has come go back to the kernel, or all.
pub(super) fn huge_purge(locked: &Locked, now: u64, all: bool) -> bool {
    let shared = SHARED.under(locked);
    let mut any = false;
    let mut at = &shared.kept;
    while let Some(huge) = at.get() {
        if all || huge.purge_at.get() <= now {
            shared.unlink(at);
            release(locked, huge);
            any = true;
        } else {
            locked.purge_by(huge.purge_at.get());
            at = &huge.next;
        }
    }
    any
}
