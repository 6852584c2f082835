//! Elements that come and go one by one: the owning iterator, and filling a vector from iterators.

use std::fmt;
use std::io;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr;
use std::slice;

use super::raw::{Global, Owned, Source};
use super::{Filling, Vector};

// ---- Construction -------------------------------------------------------------------------------

impl<T> FromIterator<T> for Vector<T> {
    /// Collects `items`. Room for the least number they announce is made at once, exactly.
    #[inline]
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let items = items.into_iter();
        let mut vector = Self::with_capacity(items.size_hint().0);
        vector.extend(items);
        vector
    }
}

impl<T, A: Source> Extend<T> for Vector<T, A> {
    /// Appends all items. What the iterator says of its length decides when room is made, never
    /// how much is written: one that lies costs time, not safety.
    ///
    /// TWIN: an iterator announces how much is to come, and may be wrong; a range in C++ is counted
    /// first, if it can be walked twice.
    ///
    /// # Panics
    /// As [`Vector::reserve`]; if the iterator panics, the items it gave before stay.
    #[inline]
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        let mut items = items.into_iter();
        self.reserve(items.size_hint().0);
        while !self.fill(&mut items) {
            let Some(item) = items.next() else {
                return;
            };
            self.reserve(items.size_hint().0.saturating_add(1));
            self.push(item);
        }
    }
}

impl<'a, T: Copy + 'a, A: Source> Extend<&'a T> for Vector<T, A> {
    /// Appends copies of all items.
    #[inline]
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, items: I) {
        self.extend(items.into_iter().copied());
    }
}

impl<T, A: Source> Vector<T, A> {
    /// Appends items while there is room; whether the iterator ended before the room did.
    #[inline(always)]
    fn fill<I: Iterator<Item = T>>(&mut self, items: &mut I) -> bool {
        let room = self.cap - self.len;
        let end = self.cap;
        let mut filling = Filling::new(self);
        items.by_ref().take(room).for_each(|item| {
            // SAFETY: V1 - at most `room` items, whatever the iterator announced.
            unsafe { filling.put(item) };
        });
        filling.len < end
    }
}

/// Writing bytes appends them. Never fails.
impl<A: Source> io::Write for Vector<u8, A> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn write_vectored(&mut self, parts: &[io::IoSlice<'_>]) -> io::Result<usize> {
        let total = parts.iter().map(|part| part.len()).sum();
        self.reserve(total);
        for part in parts {
            self.extend_from_slice(part);
        }
        Ok(total)
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.extend_from_slice(bytes);
        Ok(())
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

// ---- Iteration ----------------------------------------------------------------------------------

// TWIN: `for x in vector` consumes the vector, so that an owning iterator stands here; C++ iterates
// by reference only, and its iterators are pointers.

/// The elements of a [`Vector`], by value. Made by [`Vector::into_iter`].
///
/// ```text
///  data          data + from          data + to           data + cap
///   |  given out  |   still alive      |  given out or raw  |
/// ```
pub struct IntoIter<T, A: Source = Global> {
    block: Owned<T, A>,
    from: usize,
    to: usize,
}

// SAFETY: V3 - the iterator owns block and elements: sending it sends them, no more.
unsafe impl<T: Send, A: Source> Send for IntoIter<T, A> {}
// SAFETY: V3 - a shared iterator gives out shared elements, no more.
unsafe impl<T: Sync, A: Source> Sync for IntoIter<T, A> {}

/// As for the iterator of [`Vec`]: the elements decide.
impl<T: UnwindSafe + RefUnwindSafe, A: Source> UnwindSafe for IntoIter<T, A> {}

impl<T, A: Source> IntoIterator for Vector<T, A> {
    type Item = T;
    type IntoIter = IntoIter<T, A>;

    #[inline]
    fn into_iter(self) -> IntoIter<T, A> {
        let vector = ManuallyDrop::new(self);
        let block = Owned { data: vector.data, cap: vector.cap, source: PhantomData };
        IntoIter { block, from: 0, to: vector.len }
    }
}

impl<'a, T, A: Source> IntoIterator for &'a Vector<T, A> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    #[inline]
    fn into_iter(self) -> slice::Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T, A: Source> IntoIterator for &'a mut Vector<T, A> {
    type Item = &'a mut T;
    type IntoIter = slice::IterMut<'a, T>;

    #[inline]
    fn into_iter(self) -> slice::IterMut<'a, T> {
        self.iter_mut()
    }
}

impl<T> Default for IntoIter<T> {
    #[inline]
    fn default() -> Self {
        Vector::new().into_iter()
    }
}

impl<T: Clone, A: Source> Clone for IntoIter<T, A> {
    fn clone(&self) -> Self {
        Vector::of_clones(self.as_slice()).into_iter()
    }
}

impl<T, A: Source> IntoIter<T, A> {
    /// What is still to come.
    ///
    /// ```
    /// let mut items = diptych::vector![1, 2, 3].into_iter();
    /// items.next();
    /// assert_eq!(items.as_slice(), [2, 3]);
    /// ```
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        // SAFETY: V2 - slots [from, to) are alive.
        unsafe { slice::from_raw_parts(self.slot(self.from), self.to - self.from) }
    }

    /// What is still to come, to be changed in place.
    #[inline]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: V2 - slots [from, to) are alive.
        unsafe { slice::from_raw_parts_mut(self.slot(self.from), self.to - self.from) }
    }

    #[inline(always)]
    fn slot(&self, index: usize) -> *mut T {
        debug_assert!(index <= self.to);
        // SAFETY: V3 - from <= to <= cap: every index used here lies in the block.
        unsafe { self.block.data.as_ptr().add(index) }
    }
}

impl<T, A: Source> AsRef<[T]> for IntoIter<T, A> {
    fn as_ref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: fmt::Debug, A: Source> fmt::Debug for IntoIter<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.as_slice()).finish()
    }
}

impl<T, A: Source> Iterator for IntoIter<T, A> {
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

    #[inline]
    fn nth(&mut self, n: usize) -> Option<T> {
        let skipped = n.min(self.len());
        let dead = ptr::slice_from_raw_parts_mut(self.slot(self.from), skipped);
        self.from += skipped; // V5: before destructors run.
        // SAFETY: V2 - these were alive; V6 - they lie before `from` now.
        unsafe { ptr::drop_in_place(dead) };
        self.next()
    }

    #[inline]
    fn count(self) -> usize {
        self.len()
    }
}

impl<T, A: Source> DoubleEndedIterator for IntoIter<T, A> {
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

impl<T, A: Source> ExactSizeIterator for IntoIter<T, A> {
    #[inline]
    fn len(&self) -> usize {
        self.to - self.from
    }
}

impl<T, A: Source> FusedIterator for IntoIter<T, A> {}

impl<T, A: Source> Drop for IntoIter<T, A> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: V2 - slots [from, to) are alive, and unreachable afterwards. If a destructor
        // panics, `block` is still dropped.
        unsafe { ptr::drop_in_place(self.as_mut_slice()) };
    }
}
