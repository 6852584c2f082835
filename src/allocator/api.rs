//! The fast paths of malloc and free, to be inlined into whatever name they go by.

use core::hint;
use core::ptr;
use core::sync::atomic::Ordering;

use super::config::{DIRECT_MAX, GROWN_MAX, LARGE_MAX, MEDIUM_MAX, SIZE_MAX};
use super::fault::{Fault, fail};
use super::heap::{Heap, release, resize_run};
use super::huge::{huge_free, huge_resize};
use super::os;
use super::page::{Kind, Page, pointer_to};
use super::segment::{NO_PAGE, page_in_segment, page_of, record_of};
use super::size_class::class_of;
use super::thread::{adopt, make_thread_heap};

/// The largest request that gets a block among others, with a word before it.
const BLOCK_MAX: usize = MEDIUM_MAX - Page::WORD_BYTES;

/// No memory.
fn none() -> *mut u8 {
    os::set_errno(libc::ENOMEM);
    ptr::null_mut()
}

fn or_none(p: *mut u8) -> *mut u8 {
    if p.is_null() { none() } else { p }
}

/// The block of a run, or a huge one; null: there was no memory.
fn block_in(taken: Option<(&Page, bool)>) -> *mut u8 {
    taken.map_or(ptr::null_mut(), |(page, _)| pointer_to(page.start.get()))
}

/// The heap itself, or this thread's, made now; none: no memory.
fn real(heap: &'static Heap) -> Option<&'static Heap> {
    if heap.has_pages() { Some(heap) } else { make_thread_heap() }
}

/// A page that is gone had a block there.
fn was_used(page: &Page, p: usize) -> bool {
    if !page.is_none() {
        return page.start.get() == p; // huge, and kept
    }
    record_of(p).is_some_and(|page| page.start.get() != 0)
}

/// The end, because `p` is no block in use of this page, or of none.
#[cold]
#[inline(never)]
fn refuse(page: Option<&'static Page>, p: *mut u8, fault: Fault) -> ! {
    let twice = if fault == Fault::InvalidFree { Fault::DoubleFree } else { fault };
    let Some(page) = page else { fail(fault, p) };
    match page.kind.get() {
        Kind::Run | Kind::Huge => fail(fault, p),
        Kind::None => fail(if was_used(page, p.addr()) { twice } else { fault }, p),
        Kind::Many if !page.is_block(p.addr()) => fail(fault, p),
        Kind::Many => {
            // SAFETY: A2 - a block of this page.
            let is_free = unsafe { page.is_free(p) };
            fail(if is_free { twice } else { Fault::CorruptedBlock }, p)
        }
    }
}

/// A block in use, as its page knows it.
struct Found {
    page: &'static Page,
    block: *mut u8,
    usable: usize, // from where it was handed out
}

/// Finds it, or ends the program.
fn find(p: *mut u8, fault: Fault) -> Found {
    let page = page_of(p.addr());
    let found = page.and_then(|page| {
        let block = match page.kind.get() {
            Kind::None => None,
            // SAFETY: A2 - an address in this page.
            Kind::Many => unsafe { page.block_of(p) },
            Kind::Run | Kind::Huge => (page.start.get() == p.addr()).then_some(p),
        };
        block.map(|block| Found { page, block, usable: page.usable() - (p.addr() - block.addr()) })
    });
    match found {
        Some(found) => found,
        None => refuse(page, p, fault),
    }
}

fn free_single(page: &'static Page) {
    if !page.is_whole() {
        fail(Fault::CorruptedBlock, pointer_to(page.start.get()));
    }
    if page.apart.get() {
        // SAFETY: A3 - heaps stay, and a page apart has one.
        unsafe { &*page.heap.get() }.aside.remove(page);
        page.apart.set(false);
    }
    if page.kind.get() == Kind::Huge {
        huge_free(page);
    } else {
        release(page);
    }
}

/// A block for what was in one of `there` bytes.
fn allocate_larger(heap: &'static Heap, size: usize, there: usize) -> *mut u8 {
    if size <= there || size <= BLOCK_MAX {
        return allocate_from(heap, size);
    }
    let Some(heap) = real(heap) else { return none() };
    or_none(block_in(heap.take_single(size, Page::FIRST_BLOCK, true)))
}

/// # Safety
/// `p` is the block that was found, and nobody uses it afterwards.
unsafe fn free_found(found: &Found, p: *mut u8) {
    if found.page.apart.get() {
        // SAFETY: A3 - heaps stay, and a page apart has one.
        let heap = unsafe { &*found.page.heap.get() };
        // SAFETY: A2 - the caller's promise.
        unsafe { deallocate_to(heap, p) };
    } else {
        // SAFETY: A2 - the caller's promise.
        unsafe { deallocate_here(p) };
    }
}

// ---- Slow paths ---------------------------------------------------------------------------------

// Arguments stand in the order that lets a fast path jump to them.

#[cold]
#[inline(never)]
fn allocate_slow(size: usize, heap: &'static Heap) -> *mut u8 {
    let Some(heap) = real(heap) else { return none() };
    or_none(if size <= BLOCK_MAX {
        heap.take(class_of(size + Page::WORD_BYTES))
    } else {
        block_in(heap.take_single(size, Page::FIRST_BLOCK, false))
    })
}

#[cold]
#[inline(never)]
fn allocate_zeroed_slow(size: usize, heap: &'static Heap) -> *mut u8 {
    let (p, zeroed) = if size <= BLOCK_MAX {
        (allocate_slow(size, heap), false)
    } else {
        let Some(heap) = real(heap) else { return none() };
        let taken = heap.take_single(size, Page::FIRST_BLOCK, false);
        (or_none(block_in(taken)), taken.is_some_and(|(_, clean)| clean))
    };
    if !zeroed && !p.is_null() {
        // SAFETY: A2 - a new block of so many bytes.
        unsafe { p.write_bytes(0, size) };
    }
    p
}

/// # Safety
/// As for `deallocate_here`.
#[inline(never)]
unsafe fn deallocate_slow(p: *mut u8) {
    if p.is_null() {
        return;
    }
    let Found { page, block, .. } = find(p, Fault::InvalidFree);
    if page.apart.get() {
        fail(Fault::InvalidFree, p); // only its heap takes it
    }
    if page.kind.get() != Kind::Many {
        return free_single(page);
    }
    // SAFETY: A2 - the caller gave the block up.
    unsafe { page.unalign(block, p) };
    // SAFETY: A2 - the caller gave the block up.
    if unsafe { page.push(block, page.key_of_thread()) } {
        return count_free(page);
    }
    // SAFETY: A2 - the caller gave the block up.
    if unsafe { page.push_remote(block) } {
        adopt(page);
    }
}

/// A block was put in front of this thread's page.
#[inline(always)]
fn count_free(page: &'static Page) {
    if page.uncount() == 0 {
        // SAFETY: A3 - a page with an owner has a heap, and heaps stay.
        unsafe { &*page.heap.get() }.emptied(page);
    }
}

// ---- Mutation -----------------------------------------------------------------------------------

/// As `allocate_from`, aligned to a power of two; null for what is none.
pub(super) fn allocate_aligned_from(heap: &'static Heap, size: usize, align: usize) -> *mut u8 {
    if align <= 16 && align.is_power_of_two() {
        return allocate_from(heap, size);
    }
    let Some(heap) = real(heap) else { return none() };
    // A safe function may be asked for anything.
    if !align.is_power_of_two() || align > SIZE_MAX || size > SIZE_MAX - align {
        return none();
    }
    if size + align > BLOCK_MAX {
        return or_none(block_in(heap.take_single(size, align, false)));
    }
    let block = heap.take(class_of(size + align + Page::WORD_BYTES));
    let Some(page) = page_of(block.addr()) else { return none() };
    let distance = block.addr().wrapping_neg() & (align - 1);
    let p = block.wrapping_add(distance);
    // SAFETY: A2 - there are `size` bytes behind it in the new block.
    unsafe { page.align(block, p) };
    p
}

/// # Safety
/// As for `reallocate_in`.
#[inline(never)]
unsafe fn reallocate_slow(p: *mut u8, size: usize, heap: &'static Heap) -> *mut u8 {
    if p.is_null() {
        return allocate_from(heap, size);
    }
    let found = find(p, Fault::InvalidRealloc);
    let (page, there) = (found.page, found.usable);
    if size == 0 {
        // SAFETY: A2 - the caller's promise.
        unsafe { free_found(&found, p) };
        return ptr::null_mut();
    }
    let kind = page.kind.get();
    if size <= there && size >= there / 2 && kind != Kind::Huge {
        return p;
    }
    if size > SIZE_MAX {
        return none();
    }
    if kind == Kind::Huge && size > GROWN_MAX {
        let moved = huge_resize(page, size);
        if !moved.is_null() {
            return moved;
        }
    }
    let largest = if size > there { GROWN_MAX } else { LARGE_MAX };
    if kind == Kind::Run && size > BLOCK_MAX && size <= largest {
        if !page.is_whole() {
            fail(Fault::CorruptedBlock, p);
        }
        if resize_run(page, size) {
            return p;
        }
    }
    let moved = allocate_larger(heap, size, there);
    if moved.is_null() {
        return if size < there { p } else { moved };
    }
    // SAFETY: A2 - both have so many bytes, and are two.
    unsafe { ptr::copy_nonoverlapping(p, moved, size.min(there)) };
    // SAFETY: A2 - the caller's promise.
    unsafe { free_found(&found, p) };
    moved
}

/// From a block of a page with many, whose word was found to be right.
///
/// # Safety
/// As for `reallocate_in`.
#[inline(never)]
unsafe fn reallocate_elsewhere(
    p: *mut u8,
    size: usize,
    heap: &'static Heap,
    page: &'static Page,
) -> *mut u8 {
    let there = page.size.get() as usize - Page::WORD_BYTES;
    // What grows by little grows again: it gets an eighth more.
    let room = if size.wrapping_sub(there) < there / 2 { size + size / 8 } else { size };
    if size == 0 || room > BLOCK_MAX || page.apart.get() {
        // SAFETY: A2 - the caller's promise.
        return unsafe { reallocate_slow(p, size, heap) };
    }
    let moved = allocate_from(heap, room);
    if moved.is_null() {
        return if size < there { p } else { moved };
    }
    // SAFETY: A2 - both have so many bytes, and are two.
    unsafe { ptr::copy_nonoverlapping(p, moved, size.min(there)) };
    // SAFETY: A2 - the caller's promise.
    if unsafe { page.push(p, page.key_of_thread()) } {
        count_free(page);
    } else {
        // SAFETY: A2 - the caller's promise.
        unsafe { deallocate_slow(p) };
    }
    moved
}

/// Gives a block back to the heap that a program made.
///
/// # Safety
/// Null, or a block of this heap that nobody uses afterwards.
pub(super) unsafe fn deallocate_to(heap: &'static Heap, p: *mut u8) {
    if p.is_null() {
        return;
    }
    let Found { page, block, .. } = find(p, Fault::InvalidFree);
    if !ptr::eq(page.heap.get(), heap) || !page.apart.get() {
        fail(Fault::InvalidFree, p);
    }
    if page.kind.get() != Kind::Many {
        return free_single(page);
    }
    // SAFETY: A2 - the caller gave the block up.
    unsafe { page.unalign(block, p) };
    // SAFETY: A2 - the caller gave the block up.
    unsafe { page.push(block, page.key_of_nobody()) };
    page.uncount();
    if page.listed.load(Ordering::Relaxed) {
        heap.aside.remove(page);
        heap.welcome(page);
    }
    if page.used() == 0 {
        heap.emptied(page);
    }
}

// ---- The functions of the public header ---------------------------------------------------------

/// The bytes that may be used behind `p`; 0 for null.
///
/// # Safety
/// Null, or a block of this allocator.
pub(super) unsafe fn usable_size(p: *const u8) -> usize {
    if p.is_null() { 0 } else { find(p.cast_mut(), Fault::InvalidRealloc).usable }
}

// ---- Mutation, fast path first ------------------------------------------------------------------

/// The page that has a block for so many bytes, if it is not empty; `NO_PAGE` for more than
/// `BLOCK_MAX`.
#[inline(always)]
fn page_for(heap: &'static Heap, size: usize) -> &'static Page {
    if size <= DIRECT_MAX - Page::WORD_BYTES {
        return heap.direct((size + Page::WORD_BYTES).div_ceil(16));
    }
    hint::cold_path();
    if size <= BLOCK_MAX {
        heap.queue(class_of(size + Page::WORD_BYTES)).first.get()
    } else {
        &NO_PAGE
    }
}

/// At least `size` bytes, aligned to 16; null with `ENOMEM`.
#[inline(always)]
pub(super) fn allocate_from(heap: &'static Heap, size: usize) -> *mut u8 {
    let p = page_for(heap, size).pop();
    if p.is_null() { allocate_slow(size, heap) } else { p }
}

/// As `allocate_from`, and all bytes are zero.
#[inline(always)]
pub(super) fn allocate_zeroed_from(heap: &'static Heap, size: usize) -> *mut u8 {
    let p = page_for(heap, size).pop();
    if p.is_null() {
        return allocate_zeroed_slow(size, heap);
    }
    // SAFETY: A2 - a new block of so many bytes.
    unsafe { p.write_bytes(0, size) };
    p
}

/// Gives a block back to the thread that has its page, or to all. Null is nothing.
///
/// # Safety
/// Null, or a block of this allocator that nobody uses afterwards.
#[inline(always)]
pub(super) unsafe fn deallocate_here(p: *mut u8) {
    // SAFETY: A1 - the caller's promise.
    match unsafe { page_in_segment(p.addr()) } {
        // SAFETY: A2 - the caller's promise.
        Some(page) if unsafe { page.push(p, page.key_of_thread()) } => count_free(page),
        // SAFETY: A2 - the caller's promise.
        _ => unsafe { deallocate_slow(p) },
    }
}

/// The block with another size and the bytes of the smaller of both, perhaps elsewhere; null with
/// `ENOMEM`, and the block is as it was. Null becomes a new block; size 0 gives the block back.
///
/// # Safety
/// As for `deallocate_here`, unless the answer is null and `size` is not 0.
#[inline(always)]
pub(super) unsafe fn reallocate_in(heap: &'static Heap, p: *mut u8, size: usize) -> *mut u8 {
    // SAFETY: A1 - the caller's promise.
    if let Some(page) = unsafe { page_in_segment(p.addr()) }
        // SAFETY: A2 - the caller's promise.
        && unsafe { page.is_in_use(p) }
    {
        let of_class = page.size.get() as usize;
        let least = of_class / 2;
        if size.wrapping_sub(least) <= of_class.wrapping_sub(Page::WORD_BYTES + least) {
            return p; // no other class is so much better
        }
        // SAFETY: A2 - the caller's promise.
        return unsafe { reallocate_elsewhere(p, size, heap, page) };
    }
    // SAFETY: A2 - the caller's promise.
    unsafe { reallocate_slow(p, size, heap) }
}

// ---- Tests --------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::mpsc;
    use std::thread;

    use proptest::prelude::*;

    use super::super::{
        Heap, allocate, allocate_aligned, allocate_zeroed, deallocate, reallocate, usable_size,
    };
    use super::*;

    /// Blocks in use, by address: how many bytes were asked for, and what they hold.
    #[derive(Default)]
    struct Model(BTreeMap<usize, (usize, u8)>);

    fn fill(p: *mut u8, size: usize, byte: u8) {
        // SAFETY: A2 - a block of so many bytes.
        unsafe { p.write_bytes(byte, size) };
    }

    fn holds(p: *mut u8, size: usize, byte: u8) -> bool {
        // SAFETY: A2 - a block of so many bytes.
        let bytes = unsafe { core::slice::from_raw_parts(p, size) };
        bytes.iter().all(|&there| there == byte)
    }

    impl Model {
        /// A new block, which overlaps no other, is as large as asked for, and as aligned.
        fn add(&mut self, p: *mut u8, size: usize, align: usize, byte: u8) {
            assert!(!p.is_null() && p.addr().is_multiple_of(align));
            // SAFETY: A2 - a block in use.
            assert!(unsafe { usable_size(p) } >= size);
            if let Some((&before, &(size, _))) = self.0.range(..=p.addr()).next_back() {
                assert!(before + size <= p.addr() && before < p.addr());
            }
            if let Some((&after, _)) = self.0.range(p.addr() + 1..).next() {
                assert!(p.addr() + size <= after);
            }
            fill(p, size, byte);
            self.0.insert(p.addr(), (size, byte));
        }

        /// Some block, which holds what it should.
        fn remove(&mut self, choice: usize) -> Option<(*mut u8, usize, u8)> {
            let (&p, _) = self.0.iter().nth(choice % self.0.len().max(1))?;
            let (size, byte) = self.0.remove(&p)?;
            let p = pointer_to(p);
            assert!(holds(p, size, byte));
            Some((p, size, byte))
        }
    }

    /// Mostly small, sometimes large.
    fn sizes() -> impl Strategy<Value = usize> {
        prop_oneof![
            8 => 0..1100_usize,
            4 => 0..70_000_usize,
            1 => 60_000..6_000_000_usize,
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn blocks_are_apart_and_keep_their_bytes(
            steps in prop::collection::vec((0..6, sizes(), 0..18_u32, any::<usize>()), 1..200)
        ) {
            let mut model = Model::default();
            for (step, (what, size, shift, choice)) in steps.into_iter().enumerate() {
                let (align, byte) = (1 << shift, step as u8);
                match what {
                    0 | 1 => model.add(allocate(size), size, 16, byte),
                    2 => model.add(allocate_aligned(size, align), size, align, byte),
                    3 => {
                        let p = allocate_zeroed(size);
                        assert!(holds(p, size, 0));
                        model.add(p, size, 16, byte);
                    }
                    4 => if let Some((p, old, byte)) = model.remove(choice) && size > 0 {
                        // SAFETY: A2 - a block in use, which nobody else knows.
                        let p = unsafe { reallocate(p, size) };
                        assert!(holds(p, size.min(old), byte));
                        model.add(p, size, 16, byte);
                    },
                    _ => if let Some((p, ..)) = model.remove(choice) {
                        // SAFETY: A2 - a block in use, which nobody else knows.
                        unsafe { deallocate(p) };
                    },
                }
            }
            while let Some((p, ..)) = model.remove(0) {
                // SAFETY: A2 - a block in use, which nobody else knows.
                unsafe { deallocate(p) };
            }
        }

        #[test]
        fn a_heap_visits_what_is_in_use_and_nothing_else(
            steps in prop::collection::vec((sizes(), 0..12_u32, any::<bool>()), 1..300)
        ) {
            let heap = Heap::new();
            let mut blocks = Vec::new();
            for (size, shift, frees) in steps {
                if frees && let Some(p) = blocks.pop() {
                    // SAFETY: A2 - a block in use, which nobody else knows.
                    unsafe { heap.deallocate(p) };
                } else {
                    blocks.push(heap.allocate_aligned(size, 1 << shift));
                }
            }
            let mut visited = Vec::new();
            heap.visit(|p, _| visited.push(p));
            visited.sort_unstable();
            blocks.sort_unstable();
            prop_assert_eq!(visited, blocks);
        }
    }

    #[test]
    fn blocks_are_freed_by_others_while_their_thread_works_ends_and_is_gone() {
        let (send, receive) = mpsc::channel();
        let frees = thread::spawn(move || {
            for (p, size) in receive {
                let p = pointer_to(p);
                assert!(holds(p, size, size as u8));
                // SAFETY: A2 - whoever made it sent it away.
                unsafe { deallocate(p) };
            }
        });
        for generation in 0..20_usize {
            let send = send.clone();
            let makes = move || {
                for step in 0..2000 {
                    let size = (step * 37 + generation * 11) % 700;
                    let p = allocate(size);
                    fill(p, size, size as u8);
                    send.send((p.expose_provenance(), size)).unwrap();
                }
            };
            thread::spawn(makes).join().unwrap();
        }
        drop(send);
        frees.join().unwrap();
    }

    #[test]
    fn what_cannot_be_had_is_null_and_leaves_the_block_as_it_was() {
        let p = allocate(100);
        fill(p, 100, 7);
        for size in [isize::MAX as usize + 1, usize::MAX, usize::MAX - 4096, 1 << 60] {
            assert!(allocate(size).is_null() && allocate_zeroed(size).is_null());
            assert!(allocate_aligned(size, 1 << 20).is_null());
            // SAFETY: A2 - a block in use.
            assert!(unsafe { reallocate(p, size) }.is_null());
        }
        assert!(allocate_aligned(1, 3).is_null() && allocate_aligned(1, 0).is_null());
        assert!(holds(p, 100, 7));
        // SAFETY: A2 - a block in use.
        unsafe { deallocate(p) };
    }

    #[test]
    fn a_huge_block_moves_its_pages_and_keeps_its_bytes() {
        let mut p = allocate(5 << 20);
        fill(p, 5 << 20, 3);
        for mebibytes in [9, 40, 200, 6] {
            // SAFETY: A2 - a block in use.
            p = unsafe { reallocate(p, mebibytes << 20) };
            assert!(holds(p, 5 << 20, 3));
        }
        // SAFETY: A2 - a block in use.
        unsafe { deallocate(p) };
    }
}
