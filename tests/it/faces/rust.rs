//! The Rust twin, as a Rust program uses it.

use std::ops::Range;

use diptych::Vector;
use diptych::vector::TryReserveErrorKind;

use super::{Elem, Face, Failure, Outcome, catch};

impl<T: Elem> Face<T> for Vector<T> {
    fn new() -> Self {
        Vector::new()
    }
    fn with_capacity(capacity: usize) -> Outcome<Self> {
        catch(|| Vector::with_capacity(capacity))
    }
    fn from_slice(items: &[T]) -> Outcome<Self> {
        catch(|| Vector::from(items))
    }
    fn duplicate(&self) -> Outcome<Self> {
        catch(|| self.clone())
    }

    fn len(&self) -> usize {
        Vector::len(self)
    }
    fn is_empty(&self) -> bool {
        Vector::is_empty(self)
    }
    fn capacity(&self) -> usize {
        Vector::capacity(self)
    }
    fn get(&self, index: usize) -> Option<T::Value> {
        self.as_slice().get(index).map(T::value)
    }

    fn reserve(&mut self, additional: usize) -> Outcome<()> {
        catch(|| Vector::reserve(self, additional))
    }
    fn try_reserve(&mut self, additional: usize) -> Outcome<()> {
        Vector::try_reserve(self, additional).map_err(|error| match error.kind() {
            TryReserveErrorKind::CapacityOverflow => Failure::Capacity,
            _ => Failure::Alloc,
        })
    }
    fn reserve_exact(&mut self, additional: usize) -> Outcome<()> {
        catch(|| Vector::reserve_exact(self, additional))
    }
    fn shrink_to_fit(&mut self) -> Outcome<()> {
        catch(|| Vector::shrink_to_fit(self))
    }

    fn push(&mut self, item: T) -> Outcome<()> {
        catch(|| Vector::push(self, item))
    }
    fn pop(&mut self) -> Outcome<T> {
        Vector::pop(self).ok_or(Failure::Empty)
    }
    fn insert(&mut self, index: usize, item: T) -> Outcome<()> {
        catch(|| Vector::insert(self, index, item))
    }
    fn remove(&mut self, index: usize) -> Outcome<T> {
        catch(|| Vector::remove(self, index))
    }
    fn swap_remove(&mut self, index: usize) -> Outcome<T> {
        catch(|| Vector::swap_remove(self, index))
    }
    fn truncate(&mut self, len: usize) -> Outcome<()> {
        catch(|| Vector::truncate(self, len))
    }
    fn clear(&mut self) -> Outcome<()> {
        catch(|| Vector::clear(self))
    }
    fn resize(&mut self, len: usize, fill: &T) -> Outcome<()> {
        catch(|| {
            // The last fresh slot takes the value itself, all others take clones of it.
            let fill = fill.clone();
            Vector::resize(self, len, fill);
        })
    }
    fn extend_from_slice(&mut self, items: &[T]) -> Outcome<()> {
        catch(|| Vector::extend_from_slice(self, items))
    }
    fn append(&mut self, source: &mut Self) -> Outcome<()> {
        catch(|| Vector::append(self, source))
    }
    fn split_off(&mut self, at: usize) -> Outcome<Self> {
        catch(|| Vector::split_off(self, at))
    }
    fn erase(&mut self, range: Range<usize>) -> Outcome<()> {
        catch(|| drop(Vector::drain(self, range)))
    }
    fn retain(&mut self, keep: &mut dyn FnMut(&T::Value) -> bool) -> Outcome<()> {
        catch(|| Vector::retain(self, |item| keep(&item.value())))
    }
    fn dedup_by(&mut self, same: &mut dyn FnMut(&T::Value, &T::Value) -> bool) -> Outcome<()> {
        catch(|| Vector::dedup_by(self, |item, kept| same(&item.value(), &kept.value())))
    }
}
