//! Sorting by many threads at the same time: quicksort, whose halves are sorted at once.
//!
//! ```text
//!            left            gap  right
//!             |               |    |
//!   | < < < < | >= >= >= >= >= |   | ? ? ? ? ? |     and one item in hand
//! ```
//!
//! The item at the right goes to the left's end, and what was there into the gap, whatever the item
//! is: only by how much the left grows depends on it. So there is no branch that the processor
//! would guess wrong for every other item (Lomuto's partition, in a cycle).

use core::cmp::Ordering;
use core::hint::select_unpredictable;
use core::mem::{ManuallyDrop, needs_drop};
use core::ptr;

use super::config::{SORT_FEW, SORT_SAMPLE, SORT_SHARE};
use super::parallel::{both, in_worker};
use super::worker::Worker;
use super::{ThreadPool, join};

// ---- Sort ---------------------------------------------------------------------------------------

impl ThreadPool {
    /// [`parallel_sort`] in this pool.
    pub fn parallel_sort<T: Ord + Send>(&self, items: &mut [T]) {
        join::install(&self.pool, |worker| sort_in(worker, items, &T::lt));
    }

    /// [`parallel_sort_by`] in this pool.
    pub fn parallel_sort_by<T: Send>(
        &self,
        items: &mut [T],
        compare: impl Fn(&T, &T) -> Ordering + Sync,
    ) {
        let less = is_less(compare);
        join::install(&self.pool, |worker| sort_in(worker, items, &less));
    }
}

/// Sorts, in place. Equal items may change places with each other. If a comparison panics, or is no
/// order, the items are in some order: none is lost.
///
/// ```
/// let mut words = ["pear", "fig", "apple"];
/// diptych::thread_pool::parallel_sort(&mut words);
/// assert_eq!(words, ["apple", "fig", "pear"]);
/// ```
pub fn parallel_sort<T: Ord + Send>(items: &mut [T]) {
    in_worker(|worker| sort_in(worker, items, &T::lt));
}

/// The same, in this order.
pub fn parallel_sort_by<T: Send>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering + Sync) {
    let less = is_less(compare);
    in_worker(|worker| sort_in(worker, items, &less));
}

fn is_less<T>(compare: impl Fn(&T, &T) -> Ordering + Sync) -> impl Fn(&T, &T) -> bool + Sync {
    move |a, b| compare(a, b) == Ordering::Less
}

fn sort_in<T: Send>(worker: &Worker, items: &mut [T], less: &(impl Fn(&T, &T) -> bool + Sync)) {
    // TWIN: written out in C++, whose own branches at each item.
    if items.is_sorted_by(|a, b| !less(b, a)) {
        return;
    }
    // Equal ones may change places.
    if items.is_sorted_by(|a, b| !less(a, b)) {
        return items.reverse();
    }
    let patience = items.len().ilog2();
    sort(worker, items, None, Samples { patience, chance: 0 }, less);
}

/// Quicksort. All items are at least `before`, if there is such a one.
// It is lent as if it were to be changed: so one thread has it at a time, and an item that may be
// sent needs no more.
fn sort<'a, T: Send>(
    worker: &Worker,
    mut items: &'a mut [T],
    mut before: Option<&'a mut T>,
    mut samples: Samples,
    less: &(impl Fn(&T, &T) -> bool + Sync),
) {
    while items.len() > SORT_FEW {
        if samples.patience == 0 {
            return heapsort(items, less);
        }
        let pivot = samples.median(items, 0, items.len(), less);
        items.swap(0, pivot);
        if before.as_ref().is_some_and(|before| !less(before, &items[0])) {
            // The pivot is the least there is, and so are those that are not greater.
            let equal = partition(items, |item, pivot| !less(pivot, item));
            items = &mut items[equal + 1..];
            continue;
        }
        let at = partition(items, less);
        if at.min(items.len() - at) < items.len() / 8 {
            samples.complain(items.len());
        }
        let (left, right) = items.split_at_mut(at);
        let (pivot, right) = right.split_first_mut().expect("the pivot is between both");
        if left.len().min(right.len()) >= SORT_SHARE {
            let left = || sort(worker, left, before, samples, less);
            both(worker, left, |worker| sort(worker, right, Some(pivot), samples, less));
            return;
        }
        if left.len() < right.len() {
            sort(worker, left, before, samples, less);
            (items, before) = (right, Some(pivot));
        } else {
            sort(worker, right, Some(pivot), samples, less);
            items = left;
        }
    }
    insertion_sort(items, less);
}

// ---- Pivot --------------------------------------------------------------------------------------

/// Where to look for a pivot.
#[derive(Clone, Copy)]
struct Samples {
    /// So many more bad pivots are borne.
    patience: u32,
    /// 0 while all went well: then samples are evenly spaced, else by chance.
    chance: u64,
}

impl Samples {
    /// The place of an item that is about in the middle: the median of three, or of three such.
    fn median<T>(
        &mut self,
        items: &[T],
        start: usize,
        len: usize,
        less: &impl Fn(&T, &T) -> bool,
    ) -> usize {
        let [a, b, c] = [1, 4, 7].map(|eighths| {
            let at = start + self.place(len, eighths);
            if len < SORT_SAMPLE { at } else { self.median(items, at - len / 16, len / 8, less) }
        });
        let is_less = |a: usize, b: usize| less(&items[a], &items[b]);
        let (a_b, a_c, b_c) = (is_less(a, b), is_less(a, c), is_less(b, c));
        let b_or_c = select_unpredictable(a_b == b_c, b, c);
        select_unpredictable(a_b != a_c, a, b_or_c)
    }

    /// A place in the middle of so many.
    fn place(&mut self, len: usize, eighths: usize) -> usize {
        if self.chance == 0 {
            return len / 8 * eighths;
        }
        self.chance ^= self.chance << 13; // Marsaglia's xorshift
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        len / 16 + (self.chance >> 32) as usize % (len / 8 * 7)
    }

    /// A pivot was bad.
    fn complain(&mut self, len: usize) {
        self.patience -= 1;
        self.chance |= len as u64;
    }
}

// ---- Partition ----------------------------------------------------------------------------------

/// An item that is out of the slice, and the gap that it left. Whatever happens, it goes there.
struct Hand<T> {
    item: ManuallyDrop<T>,
    gap: *mut T,
}

impl<T> Hand<T> {
    /// Takes the item.
    ///
    /// # Safety
    /// The gap is written to, by copies from elsewhere, as long as there is a hand; the place that
    /// was last copied from is the gap then.
    #[inline(always)]
    unsafe fn take(gap: *mut T) -> Self {
        // SAFETY: T11 - the caller's promise: it is nowhere else from now on.
        let item = ManuallyDrop::new(unsafe { gap.read() });
        Self { item, gap }
    }
}

impl<T> Drop for Hand<T> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: T11 - the only place whose item is elsewhere.
        unsafe { ptr::copy_nonoverlapping(&raw const *self.item, self.gap, 1) };
    }
}

/// Puts items for which that is true before the first one, and all others behind it. Where the first
/// one is then.
fn partition<T>(items: &mut [T], is_left: impl Fn(&T, &T) -> bool) -> usize {
    let (pivot, rest) = items.split_first_mut().expect("there is a pivot");
    let count = rest.len();
    let start = rest.as_mut_ptr();
    if count == 0 {
        return 0;
    }
    // SAFETY: T11 - as it promises, below.
    let mut hand = unsafe { Hand::take(start) };
    let mut lefts = 0;
    for at in 1..count {
        // SAFETY: T11 - within the slice.
        let right = unsafe { start.add(at) };
        // SAFETY: T11 - as above: no more than `at`.
        let left = unsafe { start.add(lefts) };
        // SAFETY: T11 - not the gap, which is before it.
        let goes_left = is_left(unsafe { &*right }, pivot);
        // SAFETY: T11 - into the gap, which may be this place.
        unsafe { ptr::copy(left, hand.gap, 1) };
        // SAFETY: T11 - into what is the gap now.
        unsafe { ptr::copy_nonoverlapping(right, left, 1) };
        hand.gap = right;
        lefts += usize::from(goes_left);
    }
    let goes_left = is_left(&hand.item, pivot);
    // SAFETY: T11 - within the slice.
    let left = unsafe { start.add(lefts) };
    // SAFETY: T11 - into the gap, which may be this place.
    unsafe { ptr::copy(left, hand.gap, 1) };
    hand.gap = left;
    drop(hand);
    lefts += usize::from(goes_left);
    items.swap(0, lefts);
    lefts
}

// ---- Few, or too deep ---------------------------------------------------------------------------

/// True if items are moved more quickly than a branch is guessed wrong.
const fn is_cheap<T>() -> bool {
    !needs_drop::<T>() && size_of::<T>() <= 16
}

/// Which of eight items are compared with which, one after the other: the least that sorts eight.
const NETWORK: [(usize, usize); 19] = [
    (0, 2),
    (1, 3),
    (4, 6),
    (5, 7),
    (0, 4),
    (1, 5),
    (2, 6),
    (3, 7),
    (0, 1),
    (2, 3),
    (4, 5),
    (6, 7),
    (2, 4),
    (3, 5),
    (1, 4),
    (3, 6),
    (1, 2),
    (3, 4),
    (5, 6),
];

/// Sorts the first eight, without a branch.
#[inline(always)]
fn sort_eight<T>(items: &mut [T], less: &impl Fn(&T, &T) -> bool) {
    let eight: &mut [T; 8] = items.first_chunk_mut().expect("the caller has counted");
    let start = eight.as_mut_ptr();
    for (a, b) in NETWORK {
        let (a, b) = (start.wrapping_add(a), start.wrapping_add(b));
        // SAFETY: T11 - within the eight, and not the same.
        let swaps = less(unsafe { &*b }, unsafe { &*a });
        let low = select_unpredictable(swaps, b, a);
        let high = select_unpredictable(swaps, a, b);
        // SAFETY: T11 - both are written below, and nothing happens in between.
        let low = ManuallyDrop::new(unsafe { low.read() });
        // SAFETY: T11 - as above.
        let high = ManuallyDrop::new(unsafe { high.read() });
        // SAFETY: T11 - each is in one of both places now.
        unsafe { a.cast::<ManuallyDrop<T>>().write(low) };
        // SAFETY: T11 - as above.
        unsafe { b.cast::<ManuallyDrop<T>>().write(high) };
    }
}

fn insertion_sort<T>(items: &mut [T], less: &impl Fn(&T, &T) -> bool) {
    let mut sorted = 1;
    if is_cheap::<T>() && items.len() >= 8 {
        sort_eight(items, less);
        sorted = 8;
    }
    let start = items.as_mut_ptr();
    for at in sorted..items.len() {
        if !less(&items[at], &items[at - 1]) {
            continue;
        }
        let place = start.wrapping_add(at);
        // SAFETY: T11 - within the slice; as it promises, below.
        let mut hand = unsafe { Hand::take(place) };
        let mut gap = at;
        loop {
            // SAFETY: T11 - within the slice: it is not the first.
            let left = unsafe { start.add(gap - 1) };
            // SAFETY: T11 - into the gap, beside it.
            unsafe { ptr::copy_nonoverlapping(left, hand.gap, 1) };
            hand.gap = left;
            gap -= 1;
            let before = start.wrapping_add(gap.wrapping_sub(1));
            // SAFETY: T11 - within the slice, and not the gap.
            if gap == 0 || !less(&hand.item, unsafe { &*before }) {
                break;
            }
        }
    }
}

/// For those on whom all pivots are wasted.
#[cold]
fn heapsort<T>(items: &mut [T], less: &impl Fn(&T, &T) -> bool) {
    let count = items.len();
    for step in (0..count + count / 2).rev() {
        let (mut at, end) = if step >= count {
            (step - count, count)
        } else {
            items.swap(0, step);
            (0, step)
        };
        loop {
            let mut child = 2 * at + 1;
            if child >= end {
                break;
            }
            child += usize::from(child + 1 < end && less(&items[child], &items[child + 1]));
            if !less(&items[at], &items[child]) {
                break;
            }
            items.swap(at, child);
            at = child;
        }
    }
}
