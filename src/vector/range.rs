//! Operations on ranges: take out, replace, keep if, drop equal neighbours.
//!
//! They share one device (V5). While code of the element type runs, `len` counts only the elements
//! before the place of work; a guard whose destructor runs on return as on unwinding closes the gap
//! and counts the rest again. If the guard is forgotten, the rest leaks and nothing worse happens.

use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::mem;
use std::ops::{Bound, Range, RangeBounds};
use std::ptr::{self, NonNull};
use std::slice;

use super::{Filling, Global, Source, Vector};

// ---- Types --------------------------------------------------------------------------------------

/// Elements being taken out of a [`Vector`]. Made by [`Vector::drain`].
///
/// ```text
///   data         vector.len    from          to            tail          tail + tail_len
///    |  counted   |  given out  |  to come    |  given out  |  moves down at the end  |
/// ```
pub struct Drain<'a, T, A: Source = Global> {
    vector: NonNull<Vector<T, A>>,
    from: usize,
    to: usize,
    tail: usize,
    tail_len: usize,
    borrows: PhantomData<&'a [T]>,
}

// SAFETY: V3 - a drain is an exclusive borrow of the vector: sending it sends the elements.
unsafe impl<T: Send, A: Source> Send for Drain<'_, T, A> {}
// SAFETY: V3 - a shared drain gives out shared elements, no more.
unsafe impl<T: Sync, A: Source> Sync for Drain<'_, T, A> {}

/// A range being replaced: gives out the old elements, and puts the new ones in their place when
/// dropped. Made by [`Vector::splice`].
#[derive(Debug)]
pub struct Splice<'a, I: Iterator + 'a, A: Source + 'a = Global> {
    drain: Drain<'a, I::Item, A>,
    items: I,
}

/// The elements of a range that a predicate takes out. Made by [`Vector::extract_if`].
#[must_use = "takes nothing out unless iterated; `retain_mut` or `for _ in` does that at once"]
pub struct ExtractIf<'a, T, F, A: Source = Global> {
    pass: Pass<'a, T, A>,
    end: usize,
    take: F,
}

/// One pass over a vector that keeps some elements and moves them down.
///
/// ```text
///   data       kept             next          total
///    |  kept    |  given out     |  to be seen  |
/// ```
/// `vector.len` is at most `kept` meanwhile; dropping the pass closes the gap and counts all.
struct Pass<'a, T, A: Source> {
    vector: &'a mut Vector<T, A>,
    kept: usize,
    next: usize,
    total: usize,
}

// ---- Mutation -----------------------------------------------------------------------------------

// TWIN: `insert`, `append`, `resize` and their kin stand in `vector.rs`: no code of the element
// type runs while a gap is open, so that they need no guard. In C++ moving may throw.

impl<T, A: Source> Vector<T, A> {
    /// Appends clones of the elements of `range`.
    ///
    /// # Panics
    /// If the range ends before it starts or beyond the end; as [`Vector::reserve`].
    #[track_caller]
    pub fn extend_from_within<R: RangeBounds<usize>>(&mut self, range: R)
    where
        T: Clone,
    {
        let range = resolve(range, self.len);
        self.reserve(range.len());
        // SAFETY: V1 - range.start <= len <= cap.
        let first = unsafe { self.slot(range.start) };
        // SAFETY: V2 - range lies below len: the elements are alive, and appending moves none,
        // for room was made.
        let items = unsafe { slice::from_raw_parts(first, range.len()) };
        let mut filling = Filling::new(self);
        for item in items {
            // SAFETY: V1 - room for range.len() elements was made.
            unsafe { filling.put(item.clone()) };
        }
    }
}

// ---- Ranges -------------------------------------------------------------------------------------

/// Start and end of `range` in something `len` long.
#[track_caller]
fn resolve(range: impl RangeBounds<usize>, len: usize) -> Range<usize> {
    let start = match range.start_bound() {
        Bound::Included(&start) => Some(start),
        Bound::Excluded(&before) => before.checked_add(1),
        Bound::Unbounded => Some(0),
    };
    let end = match range.end_bound() {
        Bound::Included(&last) => last.checked_add(1),
        Bound::Excluded(&end) => Some(end),
        Bound::Unbounded => Some(len),
    };
    match (start, end) {
        (Some(start), Some(end)) if start <= end && end <= len => start..end,
        _ => out_of_range(range.start_bound(), range.end_bound(), len),
    }
}

/// Names the range as it was written.
#[cold]
#[track_caller]
fn out_of_range(start: Bound<&usize>, end: Bound<&usize>, len: usize) -> ! {
    let start = match start {
        Bound::Included(start) => start.to_string(),
        Bound::Excluded(before) => format!("{before}<"),
        Bound::Unbounded => String::new(),
    };
    let end = match end {
        Bound::Included(last) => format!("={last}"),
        Bound::Excluded(end) => end.to_string(),
        Bound::Unbounded => String::new(),
    };
    panic!("range {start}..{end} is out of range for {len} elements")
}

impl<T, A: Source> Vector<T, A> {
    /// Takes the elements of `range` out: gives them one by one, drops at the end those not asked
    /// for, and closes the gap. O(elements from the range on). Forgetting the drain leaks the
    /// elements from the range on.
    ///
    /// ```
    /// let mut v = diptych::vector![1, 2, 3, 4];
    /// assert!(v.drain(1..3).eq([2, 3]));
    /// assert_eq!(v, [1, 4]);
    /// ```
    ///
    /// # Panics
    /// If the range ends before it starts or beyond the end.
    #[track_caller]
    pub fn drain<R: RangeBounds<usize>>(&mut self, range: R) -> Drain<'_, T, A> {
        let Range { start, end } = resolve(range, self.len);
        let tail_len = self.len - end;
        self.len = start; // V5: the drain may be forgotten.
        Drain {
            vector: NonNull::from(self),
            from: start,
            to: end,
            tail: end,
            tail_len,
            borrows: PhantomData,
        }
    }

    /// Replaces the elements of `range` by `items`, and gives the old ones. The new ones are put in
    /// when the splice is dropped. O(elements from the range on + items).
    ///
    /// ```
    /// let mut v = diptych::vector![1, 2, 3];
    /// assert!(v.splice(..2, [7, 8, 9]).eq([1, 2]));
    /// assert_eq!(v, [7, 8, 9, 3]);
    /// ```
    ///
    /// # Panics
    /// If the range ends before it starts or beyond the end; as [`Vector::reserve`].
    #[track_caller]
    pub fn splice<R, I>(&mut self, range: R, items: I) -> Splice<'_, I::IntoIter, A>
    where
        R: RangeBounds<usize>,
        I: IntoIterator<Item = T>,
    {
        Splice { drain: self.drain(range), items: items.into_iter() }
    }

    /// Takes out, one by one as they are asked for, the elements of `range` for which `take` says
    /// so; the others stay, in order. Elements not asked for stay.
    ///
    /// ```
    /// let mut v = diptych::vector![1, 2, 3, 4, 5];
    /// assert!(v.extract_if(1.., |x| *x % 2 == 1).eq([3, 5]));
    /// assert_eq!(v, [1, 2, 4]);
    /// ```
    ///
    /// # Panics
    /// If the range ends before it starts or beyond the end.
    #[track_caller]
    pub fn extract_if<R, F>(&mut self, range: R, take: F) -> ExtractIf<'_, T, F, A>
    where
        R: RangeBounds<usize>,
        F: FnMut(&mut T) -> bool,
    {
        let Range { start, end } = resolve(range, self.len);
        ExtractIf { pass: Pass::new(self, start), end, take }
    }
}

impl<T, A: Source> Vector<T, A> {
    /// Keeps the elements for which `keep` says so, in order, and drops the others. O(n).
    ///
    /// If `keep` or a destructor panics, the elements not seen yet stay.
    #[inline]
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.retain_mut(|item| keep(item));
    }

    /// As [`retain`](Self::retain), and `keep` may change the elements.
    #[inline]
    pub fn retain_mut(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        let mut pass = Pass::new(self, 0);
        // TWIN: an element without a destructor may be copied twice, for its bytes own nothing; C++
        // asks for more, that they are all there is to it, which `std::is_trivially_copyable` says.
        if !mem::needs_drop::<T>() && size_of::<T>() <= 2 * size_of::<usize>() {
            // Copying a small element that may not be needed is cheaper than a branch that cannot
            // be foreseen, by a multiple where elements go at random.
            while pass.next < pass.total {
                // SAFETY: V2 - next < total: the slot is alive.
                let kept = keep(unsafe { pass.item() });
                // SAFETY: V2 - as above, and dropping it would do nothing.
                unsafe { pass.keep_if(kept) };
            }
            return;
        }
        // Nothing moves before the first gap.
        while pass.next < pass.total {
            // SAFETY: V2 - next < total: the slot is alive.
            let kept = keep(unsafe { pass.item() });
            if !kept {
                // SAFETY: V2 - as above.
                unsafe { pass.discard() };
                break;
            }
            // SAFETY: V2 - as above.
            unsafe { pass.keep::<false>() };
        }
        while pass.next < pass.total {
            // SAFETY: V2 - next < total: the slot is alive.
            if keep(unsafe { pass.item() }) {
                // SAFETY: V2 - as above; there is a gap.
                unsafe { pass.keep::<true>() };
            } else {
                // SAFETY: V2 - as above.
                unsafe { pass.discard() };
            }
        }
    }

    /// Of each run of equal neighbours keeps the first. O(n).
    ///
    /// ```
    /// let mut v = diptych::vector![1, 1, 2, 1];
    /// v.dedup();
    /// assert_eq!(v, [1, 2, 1]);
    /// ```
    #[inline]
    pub fn dedup(&mut self)
    where
        T: PartialEq,
    {
        self.dedup_by(|item, kept| item == kept);
    }

    /// Of each run of neighbours with equal keys keeps the first. O(n).
    #[inline]
    pub fn dedup_by_key<K: PartialEq>(&mut self, mut key: impl FnMut(&mut T) -> K) {
        self.dedup_by(|item, kept| key(item) == key(kept));
    }

    /// Of each run of neighbours for which `same(item, previous_kept)` holds keeps the first. O(n).
    ///
    /// If `same` or a destructor panics, the elements not seen yet stay.
    ///
    /// TWIN: a pass of its own, which branches on every answer; C++'s `compact` serves `retain` and
    /// this alike, so that small elements are copied down without a branch here too.
    pub fn dedup_by(&mut self, mut same: impl FnMut(&mut T, &mut T) -> bool) {
        if self.len < 2 {
            return;
        }
        let mut pass = Pass::new(self, 1);
        // Nothing moves before the first gap.
        while pass.next < pass.total {
            // SAFETY: V2 - 1 <= kept == next < total: both slots are alive.
            let (item, kept) = unsafe { pass.item_and_kept() };
            if same(item, kept) {
                // SAFETY: V2 - as above.
                unsafe { pass.discard() };
                break;
            }
            // SAFETY: V2 - as above.
            unsafe { pass.keep::<false>() };
        }
        while pass.next < pass.total {
            // SAFETY: V2 - 1 <= kept < next < total: both slots are alive.
            let (item, kept) = unsafe { pass.item_and_kept() };
            if same(item, kept) {
                // SAFETY: V2 - as above.
                unsafe { pass.discard() };
            } else {
                // SAFETY: V2 - as above; there is a gap.
                unsafe { pass.keep::<true>() };
            }
        }
    }
}

impl<'a, T, A: Source> Pass<'a, T, A> {
    #[inline(always)]
    fn new(vector: &'a mut Vector<T, A>, start: usize) -> Self {
        let total = mem::replace(&mut vector.len, start); // V5
        Self { vector, kept: start, next: start, total }
    }
}

impl<T, A: Source> Pass<'_, T, A> {
    /// The element to be judged.
    ///
    /// # Safety
    /// `next < total`.
    #[inline(always)]
    unsafe fn item<'b>(&mut self) -> &'b mut T {
        // SAFETY: V1 - next < total <= cap.
        let slot = unsafe { self.vector.slot(self.next) };
        // SAFETY: V2 - slots [next, total) are alive and nobody else refers to them.
        unsafe { &mut *slot }
    }

    /// The element to be judged and the last one kept.
    ///
    /// # Safety
    /// `0 < kept`, and `next < total`.
    #[inline(always)]
    unsafe fn item_and_kept<'b>(&mut self) -> (&'b mut T, &'b mut T) {
        // SAFETY: V1 - 0 < kept <= cap.
        let kept = unsafe { self.vector.slot(self.kept - 1) };
        // SAFETY: V2 - slot kept - 1 is alive, and lies before `next`.
        let kept = unsafe { &mut *kept };
        // SAFETY: V2 - next < total.
        (unsafe { self.item() }, kept)
    }

    /// Keeps it, moving it down if there is a `GAP`.
    ///
    /// # Safety
    /// `next < total`, and `GAP` says whether `kept < next`.
    #[inline(always)]
    unsafe fn keep<const GAP: bool>(&mut self) {
        debug_assert_eq!(GAP, self.kept < self.next);
        if GAP {
            // SAFETY: V1 - next < total <= cap.
            let slot = unsafe { self.vector.slot(self.next) };
            // SAFETY: V1 - kept < next.
            let hole = unsafe { self.vector.slot(self.kept) };
            // SAFETY: V2 - slot next is alive, slot kept raw, and they are distinct; V6.
            unsafe { ptr::copy_nonoverlapping(slot, hole, 1) };
        }
        self.kept += 1;
        self.next += 1;
    }

    /// Keeps it or forgets it, without a branch.
    ///
    /// # Safety
    /// `next < total`.
    #[inline(always)]
    unsafe fn keep_if(&mut self, kept: bool) {
        // SAFETY: V1 - next < total <= cap.
        let slot = unsafe { self.vector.slot(self.next) };
        // SAFETY: V1 - kept <= next.
        let hole = unsafe { self.vector.slot(self.kept) };
        // SAFETY: V2 - slot next is alive; V6 - it lies in the gap, or at its old place, below.
        let item = unsafe { slot.read() };
        // SAFETY: V2 - slot kept is raw, or that of the element itself.
        unsafe { hole.write(item) };
        self.kept += usize::from(kept);
        self.next += 1;
    }

    /// Drops it.
    ///
    /// # Safety
    /// `next < total`.
    #[inline(always)]
    unsafe fn discard(&mut self) {
        // SAFETY: V1 - next < total <= cap.
        let slot = unsafe { self.vector.slot(self.next) };
        self.next += 1; // V5: before the destructor runs.
        // SAFETY: V2 - the slot was alive; V6 - it lies in the gap now.
        unsafe { ptr::drop_in_place(slot) };
    }

    /// Takes it out.
    ///
    /// # Safety
    /// `next < total`.
    #[inline(always)]
    unsafe fn take(&mut self) -> T {
        // SAFETY: V1 - next < total <= cap.
        let slot = unsafe { self.vector.slot(self.next) };
        self.next += 1;
        // SAFETY: V2 - the slot was alive; V6 - it lies in the gap now.
        unsafe { slot.read() }
    }
}

impl<T, A: Source> Drop for Pass<'_, T, A> {
    #[inline]
    fn drop(&mut self) {
        let unseen = self.total - self.next;
        if self.kept < self.next {
            // SAFETY: V1 - next <= total <= cap.
            let from = unsafe { self.vector.slot(self.next) };
            // SAFETY: V1 - kept < next.
            let gap = unsafe { self.vector.slot(self.kept) };
            // SAFETY: V2 - slots [next, total) are alive, [kept, next) raw; V6.
            unsafe { ptr::copy(from, gap, unseen) };
        }
        self.vector.len = self.kept + unseen;
        self.vector.check_invariants();
    }
}

// ---- Iteration ----------------------------------------------------------------------------------

// TWIN: a range is taken out lazily, by iterators that borrow the vector. Nothing would keep a C++
// program from touching the vector meanwhile: there `drain` moves all elements at once.

impl<T, A: Source> Drain<'_, T, A> {
    /// What is still to come.
    pub fn as_slice(&self) -> &[T] {
        // SAFETY: V2 - slots [from, to) are alive.
        unsafe { slice::from_raw_parts(self.slot(self.from), self.to - self.from) }
    }

    #[inline(always)]
    fn slot(&self, index: usize) -> *mut T {
        // SAFETY: V7 - the drain borrows the vector, which therefore lives.
        let vector = unsafe { self.vector.as_ref() };
        // SAFETY: V3 - every index used here is at most tail + tail_len <= cap.
        unsafe { vector.slot(index) }
    }

    /// Puts items into the gap before the tail; whether the gap is full.
    fn fill_gap(&mut self, items: &mut impl Iterator<Item = T>) -> bool {
        // SAFETY: V7 - the drain borrows the vector, which therefore lives; nobody else uses it.
        let vector = unsafe { self.vector.as_mut() };
        let room = self.tail - vector.len;
        let mut filling = Filling::new(vector);
        for _ in 0..room {
            let Some(item) = items.next() else {
                return false;
            };
            // SAFETY: V1 - len < tail: a slot of the gap.
            unsafe { filling.put(item) };
        }
        true
    }

    /// Widens the gap by `additional` slots.
    fn widen_gap(&mut self, additional: usize) {
        // SAFETY: V7 - the drain borrows the vector, which therefore lives; nobody else uses it.
        let vector = unsafe { self.vector.as_mut() };
        let end = self.tail + self.tail_len;
        if additional > vector.cap - end {
            vector.grow(end, additional);
        }
        // SAFETY: V1 - tail <= cap.
        let old = unsafe { vector.slot(self.tail) };
        // SAFETY: V1 - tail + additional + tail_len <= cap.
        let new = unsafe { vector.slot(self.tail + additional) };
        // SAFETY: V2 - the tail is alive; V6 - what it leaves is gap.
        unsafe { ptr::copy(old, new, self.tail_len) };
        self.tail += additional;
    }
}

impl<T, A: Source> AsRef<[T]> for Drain<'_, T, A> {
    fn as_ref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: fmt::Debug, A: Source> fmt::Debug for Drain<'_, T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Drain").field(&self.as_slice()).finish()
    }
}

impl<T, A: Source> Iterator for Drain<'_, T, A> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        if self.from == self.to {
            return None;
        }
        let slot = self.slot(self.from);
        self.from += 1;
        // SAFETY: V2 - the slot was alive; V6 - it lies before `from` now.
        Some(unsafe { slot.read() })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl<T, A: Source> DoubleEndedIterator for Drain<'_, T, A> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        if self.from == self.to {
            return None;
        }
        let slot = self.slot(self.to - 1);
        self.to -= 1;
        // SAFETY: V2 - the slot was alive; V6 - it lies behind `to` now.
        Some(unsafe { slot.read() })
    }
}

impl<T, A: Source> ExactSizeIterator for Drain<'_, T, A> {
    #[inline]
    fn len(&self) -> usize {
        self.to - self.from
    }
}

impl<T, A: Source> FusedIterator for Drain<'_, T, A> {}

impl<T, A: Source> Drop for Drain<'_, T, A> {
    /// Drops what was not asked for and closes the gap, even if a destructor panics.
    #[inline]
    fn drop(&mut self) {
        /// Closes the gap.
        struct Close<'b, 'a, T, A: Source>(&'b mut Drain<'a, T, A>);

        impl<T, A: Source> Drop for Close<'_, '_, T, A> {
            #[inline]
            fn drop(&mut self) {
                let drain = &mut *self.0;
                // SAFETY: V7 - the drain borrows the vector, which therefore lives.
                let vector = unsafe { drain.vector.as_mut() };
                if vector.len != drain.tail {
                    // SAFETY: V1 - tail + tail_len <= cap.
                    let tail = unsafe { vector.slot(drain.tail) };
                    // SAFETY: V1 - len <= tail.
                    let gap = unsafe { vector.slot(vector.len) };
                    // SAFETY: V2 - the tail is alive, the gap raw; V6.
                    unsafe { ptr::copy(tail, gap, drain.tail_len) };
                }
                vector.len += drain.tail_len;
                vector.check_invariants();
            }
        }

        let dead = ptr::slice_from_raw_parts_mut(self.slot(self.from), self.to - self.from);
        self.from = self.to;
        let _close = Close(self);
        // SAFETY: V2 - these were alive; V6 - they lie in the gap now.
        unsafe { ptr::drop_in_place(dead) };
    }
}

impl<I: Iterator, A: Source> Iterator for Splice<'_, I, A> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.drain.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.drain.size_hint()
    }
}

impl<I: Iterator, A: Source> DoubleEndedIterator for Splice<'_, I, A> {
    fn next_back(&mut self) -> Option<I::Item> {
        self.drain.next_back()
    }
}

impl<I: Iterator, A: Source> ExactSizeIterator for Splice<'_, I, A> {}

impl<I: Iterator, A: Source> Drop for Splice<'_, I, A> {
    /// Drops what was not asked for and puts the new elements in. Even if their iterator panics,
    /// the drain closes what is left of the gap.
    fn drop(&mut self) {
        self.drain.by_ref().for_each(drop);
        if !self.drain.fill_gap(&mut self.items) {
            return;
        }
        // The announced number first: the tail then moves once if the iterator tells the truth.
        let announced = self.items.size_hint().0;
        if announced > 0 {
            self.drain.widen_gap(announced);
            if !self.drain.fill_gap(&mut self.items) {
                return;
            }
        }
        let rest: Vector<I::Item> = self.items.by_ref().collect();
        if !rest.is_empty() {
            self.drain.widen_gap(rest.len());
            self.drain.fill_gap(&mut rest.into_iter());
        }
    }
}

impl<T: fmt::Debug, F, A: Source> fmt::Debug for ExtractIf<'_, T, F, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to_come = self.end - self.pass.next;
        f.debug_struct("ExtractIf").field("at_most", &to_come).finish_non_exhaustive()
    }
}

impl<T, F: FnMut(&mut T) -> bool, A: Source> Iterator for ExtractIf<'_, T, F, A> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let pass = &mut self.pass;
        while pass.next < self.end {
            // SAFETY: V2 - next < end <= total: the slot is alive.
            if (self.take)(unsafe { pass.item() }) {
                // SAFETY: V2 - as above.
                return Some(unsafe { pass.take() });
            }
            if pass.kept == pass.next {
                // SAFETY: V2 - as above.
                unsafe { pass.keep::<false>() };
            } else {
                // SAFETY: V2 - as above; there is a gap.
                unsafe { pass.keep::<true>() };
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.end - self.pass.next))
    }
}
