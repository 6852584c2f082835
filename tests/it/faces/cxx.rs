//! The C++ twin, through cxx.

use std::ops::Range;

use diptych::cpp::{self, CxxString, VectorF64, VectorPod64, VectorString, VectorU64};

use super::{Elem, Face, Failure, Outcome, Pod64, catch};

fn failure(error: cpp::Error) -> Failure {
    match error {
        cpp::Error::OutOfRange => Failure::Range,
        cpp::Error::CapacityOverflow => Failure::Capacity,
        cpp::Error::OutOfMemory => Failure::Alloc,
        _ => Failure::Internal,
    }
}

/// `give` makes an argument of a `&T`, `see` a value of what the vector shows.
macro_rules! through_cxx {
    ($($vec:ty, $item:ty, $size:expr, give $give:expr, see $see:expr;)*) => { $(
        impl Face<$item> for $vec {
            const ELEMENT_SIZE: usize = $size;

            fn new() -> Self {
                Self::new()
            }
            fn with_capacity(capacity: usize) -> Outcome<Self> {
                Self::with_capacity(capacity).map_err(failure)
            }
            fn from_slice(items: &[$item]) -> Outcome<Self> {
                let mut made = Self::with_capacity(items.len()).map_err(failure)?;
                made.extend_from_slice(items).map_err(failure)?;
                Ok(made)
            }
            fn duplicate(&self) -> Outcome<Self> {
                self.try_clone().map_err(failure)
            }

            fn len(&self) -> usize {
                self.len()
            }
            fn is_empty(&self) -> bool {
                self.is_empty()
            }
            fn capacity(&self) -> usize {
                self.capacity()
            }
            fn get(&self, index: usize) -> Option<<$item as Elem>::Value> {
                self.get(index).map($see)
            }

            fn reserve(&mut self, additional: usize) -> Outcome<()> {
                self.reserve(additional).map_err(failure)
            }
            fn reserve_exact(&mut self, additional: usize) -> Outcome<()> {
                self.reserve_exact(additional).map_err(failure)
            }
            fn shrink_to_fit(&mut self) -> Outcome<()> {
                self.shrink_to_fit().map_err(failure)
            }

            fn push(&mut self, item: $item) -> Outcome<()> {
                self.push($give(&item)).map_err(failure)
            }
            fn pop(&mut self) -> Outcome<$item> {
                self.pop().ok_or(Failure::Empty)
            }
            fn insert(&mut self, index: usize, item: $item) -> Outcome<()> {
                self.insert(index, $give(&item)).map_err(failure)
            }
            fn remove(&mut self, index: usize) -> Outcome<$item> {
                self.remove(index).map_err(failure)
            }
            fn swap_remove(&mut self, index: usize) -> Outcome<$item> {
                self.swap_remove(index).map_err(failure)
            }
            fn truncate(&mut self, len: usize) -> Outcome<()> {
                self.truncate(len);
                Ok(())
            }
            fn clear(&mut self) -> Outcome<()> {
                self.clear();
                Ok(())
            }
            fn resize(&mut self, len: usize, fill: &$item) -> Outcome<()> {
                self.resize(len, $give(fill)).map_err(failure)
            }
            fn extend_from_slice(&mut self, items: &[$item]) -> Outcome<()> {
                self.extend_from_slice(items).map_err(failure)
            }
            fn append(&mut self, source: &mut Self) -> Outcome<()> {
                self.append(source).map_err(failure)
            }
            fn split_off(&mut self, at: usize) -> Outcome<Self> {
                self.split_off(at).map_err(failure)
            }
            fn erase(&mut self, range: Range<usize>) -> Outcome<()> {
                self.drain(range).map_err(failure)
            }
            fn retain(
                &mut self,
                keep: &mut dyn FnMut(&<$item as Elem>::Value) -> bool,
            ) -> Outcome<()> {
                catch(|| self.retain(|item| keep(&$see(item))))
            }
            fn dedup_by(
                &mut self,
                same: &mut dyn FnMut(&<$item as Elem>::Value, &<$item as Elem>::Value) -> bool,
            ) -> Outcome<()> {
                catch(|| self.dedup_by(|item, kept| same(&$see(item), &$see(kept))))
            }
        }
    )* };
}

/// libstdc++'s: a pointer, a length, and a buffer of sixteen bytes.
const SIZE_OF_CPP_STRING: usize = 32;

through_cxx! {
    VectorU64, u64, 8, give u64::clone, see u64::value;
    VectorF64, f64, 8, give f64::clone, see f64::value;
    VectorPod64, Pod64, 64, give Pod64::clone, see Pod64::value;
    VectorString, String, SIZE_OF_CPP_STRING, give String::as_str, see CxxString::to_string;
}
