//! The fifth face: `std::vec::Vec` for the contents, the specification's growth rule for capacity.
//!
//! Scripts are written down from this face, and the model test predicts with it.

use std::marker::PhantomData;
use std::ops::Range;

use super::{Elem, Face, Failure, Outcome, catch};

/// More bytes than the machines of this project can address.
const MEMORY: usize = 1 << 48;

fn affordable(cap: usize, size: usize) -> Outcome<usize> {
    if cap.saturating_mul(size) < MEMORY { Ok(cap) } else { Err(Failure::Alloc) }
}

/// The capacity that a vector of `size`-byte elements has after it needed room for `additional`
/// elements, by the growth rule.
pub fn grown(cap: usize, len: usize, additional: usize, size: usize) -> Outcome<usize> {
    let limit = isize::MAX as usize / size;
    let needed = len.checked_add(additional).filter(|n| *n <= limit).ok_or(Failure::Capacity)?;
    if needed <= cap {
        return Ok(cap);
    }
    let first = (64 / size).max(1);
    let amortised = cap.saturating_mul(2).max(needed).max(first);
    affordable(if amortised <= limit { amortised } else { needed }, size)
}

/// As [`grown`] for requests of an exact room.
pub fn grown_exactly(cap: usize, len: usize, additional: usize, size: usize) -> Outcome<usize> {
    let limit = isize::MAX as usize / size;
    let needed = len.checked_add(additional).filter(|n| *n <= limit).ok_or(Failure::Capacity)?;
    affordable(cap.max(needed), size)
}

/// How big the elements are that a [`Reference`] pretends to hold.
pub trait Measure: 'static {
    const SIZE: usize;
}

/// As big as the elements are.
pub struct AsIs<T>(PhantomData<T>);

impl<T: 'static> Measure for AsIs<T> {
    const SIZE: usize = size_of::<T>();
}

/// A vector as the specification describes it, with the capacities of a vector of `M`.
pub struct Reference<T, M = AsIs<T>> {
    items: Vec<T>,
    cap: usize,
    size: PhantomData<M>,
}

impl<T: Elem, M: Measure> Reference<T, M> {
    /// These elements and this capacity, wherever they come from.
    pub fn of(items: Vec<T>, cap: usize) -> Self {
        Reference { items, cap, size: PhantomData }
    }
    fn below(&self, index: usize) -> Outcome<()> {
        if index < self.items.len() { Ok(()) } else { Err(Failure::Range) }
    }
    fn not_past(&self, index: usize) -> Outcome<()> {
        if index <= self.items.len() { Ok(()) } else { Err(Failure::Range) }
    }
    fn grow(&mut self, additional: usize) -> Outcome<()> {
        self.cap = grown(self.cap, self.items.len(), additional, Self::ELEMENT_SIZE)?;
        Ok(())
    }
}

impl<T: Elem, M: Measure> Face<T> for Reference<T, M> {
    const ELEMENT_SIZE: usize = M::SIZE;
    const ALL_OR_NOTHING: bool = true;

    fn new() -> Self {
        Self::of(Vec::new(), 0)
    }
    fn with_capacity(capacity: usize) -> Outcome<Self> {
        let cap = grown_exactly(0, 0, capacity, Self::ELEMENT_SIZE)?;
        Ok(Self::of(Vec::new(), cap))
    }
    fn from_slice(items: &[T]) -> Outcome<Self> {
        let items = catch(|| items.to_vec())?;
        let len = items.len();
        Ok(Self::of(items, len))
    }
    fn duplicate(&self) -> Outcome<Self> {
        Self::from_slice(&self.items)
    }

    fn len(&self) -> usize {
        self.items.len()
    }
    fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
    fn capacity(&self) -> usize {
        self.cap
    }
    fn get(&self, index: usize) -> Option<T::Value> {
        self.items.get(index).map(T::value)
    }

    fn reserve(&mut self, additional: usize) -> Outcome<()> {
        self.grow(additional)
    }
    fn reserve_exact(&mut self, additional: usize) -> Outcome<()> {
        self.cap = grown_exactly(self.cap, self.items.len(), additional, Self::ELEMENT_SIZE)?;
        Ok(())
    }
    fn shrink_to_fit(&mut self) -> Outcome<()> {
        self.cap = self.items.len();
        Ok(())
    }

    fn push(&mut self, item: T) -> Outcome<()> {
        self.grow(1)?;
        self.items.push(item);
        Ok(())
    }
    fn pop(&mut self) -> Outcome<T> {
        self.items.pop().ok_or(Failure::Empty)
    }
    fn insert(&mut self, index: usize, item: T) -> Outcome<()> {
        self.not_past(index)?;
        self.grow(1)?;
        self.items.insert(index, item);
        Ok(())
    }
    fn remove(&mut self, index: usize) -> Outcome<T> {
        self.below(index)?;
        Ok(self.items.remove(index))
    }
    fn swap_remove(&mut self, index: usize) -> Outcome<T> {
        self.below(index)?;
        Ok(self.items.swap_remove(index))
    }
    fn truncate(&mut self, len: usize) -> Outcome<()> {
        self.items.truncate(len);
        Ok(())
    }
    fn clear(&mut self) -> Outcome<()> {
        self.items.clear();
        Ok(())
    }
    fn resize(&mut self, len: usize, fill: &T) -> Outcome<()> {
        let fresh = len.saturating_sub(self.items.len());
        let cap = grown(self.cap, self.items.len(), fresh, Self::ELEMENT_SIZE)?;
        self.items.truncate(len);
        let mut copies = catch(|| vec![(); fresh].into_iter().map(|()| fill.clone()).collect())?;
        self.items.append(&mut copies);
        self.cap = cap;
        Ok(())
    }
    fn extend_from_slice(&mut self, items: &[T]) -> Outcome<()> {
        let mut copies = catch(|| items.to_vec())?;
        self.grow(copies.len())?;
        self.items.append(&mut copies);
        Ok(())
    }
    fn append(&mut self, source: &mut Self) -> Outcome<()> {
        self.grow(source.items.len())?;
        self.items.append(&mut source.items);
        Ok(())
    }
    fn split_off(&mut self, at: usize) -> Outcome<Self> {
        self.not_past(at)?;
        let items = self.items.split_off(at);
        let len = items.len();
        Ok(Self::of(items, len))
    }
    fn erase(&mut self, range: Range<usize>) -> Outcome<()> {
        if range.start > range.end {
            return Err(Failure::Range);
        }
        self.not_past(range.end)?;
        self.items.drain(range);
        Ok(())
    }
    fn retain(&mut self, keep: &mut dyn FnMut(&T::Value) -> bool) -> Outcome<()> {
        catch(|| self.items.retain(|item| keep(&item.value())))
    }
    fn dedup_by(&mut self, same: &mut dyn FnMut(&T::Value, &T::Value) -> bool) -> Outcome<()> {
        catch(|| self.items.dedup_by(|item, kept| same(&item.value(), &kept.value())))
    }
}
