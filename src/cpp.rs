//! The C++ twins, for Rust programs.
//!
//! The vectors here are `diptych::cpp::Vector<T>` of `cpp/include/diptych/vector.hpp`, instantiated
//! for four element types and reached through [cxx](https://cxx.rs). Every call crosses the border
//! between the languages: for elements one by one, [`crate::Vector`] is the faster choice; these
//! are for handing data to C++ and for comparing.
//!
//! ```
//! use diptych::cpp::VectorU64;
//!
//! let mut v = VectorU64::new();
//! v.extend_from_slice(&[1, 2, 3, 4])?;
//! v.retain(|x| x % 2 == 0);
//! assert_eq!(v.as_slice(), [2, 4]);
//! assert_eq!(v.pop(), Some(4));
//! # Ok::<(), diptych::cpp::Error>(())
//! ```

pub mod allocator;
pub mod thread_pool;

use core::fmt;
use core::pin::Pin;
use std::panic::resume_unwind;

pub use allocator::{Allocator, Heap};
pub use cxx::CxxString;
use cxx::{UniquePtr, let_cxx_string};
pub use thread_pool::ThreadPool;

pub use crate::bridge::vector::ffi::Pod64;
use crate::bridge::vector::{Question, ffi};

/// What a C++ exception says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// `std::out_of_range`: an index or a range reaches past the end.
    OutOfRange,
    /// `std::length_error`: more than `PTRDIFF_MAX` bytes would be needed.
    CapacityOverflow,
    /// `std::bad_alloc`: the allocator has no memory left.
    OutOfMemory,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Error::OutOfRange => "index out of range",
            Error::CapacityOverflow => "capacity overflow",
            Error::OutOfMemory => "out of memory",
        })
    }
}

impl std::error::Error for Error {}

fn result(fault: ffi::Fault) -> Result<(), Error> {
    match fault {
        ffi::Fault::None => Ok(()),
        ffi::Fault::Range => Err(Error::OutOfRange),
        ffi::Fault::Capacity => Err(Error::CapacityOverflow),
        ffi::Fault::Alloc => Err(Error::OutOfMemory),
        fault => panic!("C++ answered {}, which only closures do", fault.repr),
    }
}

/// Lets C++ write an element over a value.
fn take<T: Default, R>(write: impl FnOnce(&mut T) -> R) -> (R, T) {
    let mut out = T::default();
    (write(&mut out), out)
}

/// As `take`, for strings. What is not UTF-8 in a C++ string becomes U+FFFD.
fn take_string<R>(write: impl FnOnce(Pin<&mut CxxString>) -> R) -> (R, String) {
    let_cxx_string!(out = "");
    (write(out.as_mut()), out.to_string_lossy().into_owned())
}

macro_rules! vectors {
    ($(
        $(#[$doc:meta])*
        $name:ident: seen as $seen:ty, given as $given:ty, many as $many:ty,
        taken by $take:ident as $taken:ty;
    )*) => { $(
        $(#[$doc])*
        pub struct $name(UniquePtr<ffi::$name>);

        impl $name {
            /// An empty vector; its elements have no block yet.
            pub fn new() -> Self {
                Self(ffi::$name::make())
            }

            /// An empty vector with room for exactly `capacity` elements.
            ///
            /// # Errors
            /// [`Error::CapacityOverflow`], [`Error::OutOfMemory`].
            pub fn with_capacity(capacity: usize) -> Result<Self, Error> {
                let mut made = Self::new();
                result(made.twin().with_capacity(capacity))?;
                Ok(made)
            }

            /// A copy; its capacity is its length. O(n).
            ///
            /// # Errors
            /// [`Error::OutOfMemory`].
            pub fn try_clone(&self) -> Result<Self, Error> {
                let mut made = Self::new();
                result(self.0.copy_to(made.twin()))?;
                Ok(made)
            }

            /// Elements alive.
            pub fn len(&self) -> usize {
                self.0.len()
            }

            /// Whether there is no element.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }

            /// Elements the block has room for.
            pub fn capacity(&self) -> usize {
                self.0.capacity()
            }

            /// The element at `index`, or `None` past the end.
            pub fn get(&self, index: usize) -> Option<&$seen> {
                let item = self.0.get(index);
                // SAFETY: V2 - the twin answers null or a living element; V7 - the borrow of self
                // keeps it in its place.
                unsafe { item.as_ref() }
            }

            /// The elements in order.
            pub fn iter(&self) -> impl ExactSizeIterator<Item = &$seen> + DoubleEndedIterator {
                (0..self.len()).map(|index| self.get(index).expect("index is below len"))
            }

            /// Makes room for `additional` more elements, by the growth rule.
            ///
            /// # Errors
            /// [`Error::CapacityOverflow`], [`Error::OutOfMemory`]; nothing has changed then.
            pub fn reserve(&mut self, additional: usize) -> Result<(), Error> {
                result(self.twin().reserve(additional))
            }

            /// As `reserve`; a block that must grow grows to exactly what is needed.
            ///
            /// # Errors
            /// As `reserve`.
            pub fn reserve_exact(&mut self, additional: usize) -> Result<(), Error> {
                result(self.twin().reserve_exact(additional))
            }

            /// Gives unused room back.
            ///
            /// # Errors
            /// [`Error::OutOfMemory`]; nothing has changed then.
            pub fn shrink_to_fit(&mut self) -> Result<(), Error> {
                result(self.twin().shrink_to_fit())
            }

            /// Appends an element. Amortised O(1).
            ///
            /// # Errors
            /// As `reserve`.
            pub fn push(&mut self, item: $given) -> Result<(), Error> {
                result(self.twin().push(item))
            }

            /// Takes the last element, if there is one.
            pub fn pop(&mut self) -> Option<$taken> {
                let (there_was_one, item) = $take(|out| self.twin().pop(out));
                there_was_one.then_some(item)
            }

            /// Puts an element before the one at `index`. O(len - index).
            ///
            /// # Errors
            /// [`Error::OutOfRange`] if `index > len`; as `reserve`.
            pub fn insert(&mut self, index: usize, item: $given) -> Result<(), Error> {
                result(self.twin().insert(index, item))
            }

            /// Takes the element at `index`; the rest closes up. O(len - index).
            ///
            /// # Errors
            /// [`Error::OutOfRange`].
            pub fn remove(&mut self, index: usize) -> Result<$taken, Error> {
                let (fault, item) = $take(|out| self.twin().remove(index, out));
                result(fault).map(|()| item)
            }

            /// Takes the element at `index`; the last one fills the hole. O(1).
            ///
            /// # Errors
            /// [`Error::OutOfRange`].
            pub fn swap_remove(&mut self, index: usize) -> Result<$taken, Error> {
                let (fault, item) = $take(|out| self.twin().swap_remove(index, out));
                result(fault).map(|()| item)
            }

            /// Destroys the elements from `len` on.
            pub fn truncate(&mut self, len: usize) {
                self.twin().truncate(len);
            }

            /// Destroys all elements and keeps the block.
            pub fn clear(&mut self) {
                self.twin().clear();
            }

            /// Truncates, or appends copies of `fill`, until there are `len` elements.
            ///
            /// # Errors
            /// As `reserve`.
            pub fn resize(&mut self, len: usize, fill: $given) -> Result<(), Error> {
                result(self.twin().resize(len, fill))
            }

            /// Appends copies of many elements.
            ///
            /// # Errors
            /// As `reserve`.
            pub fn extend_from_slice(&mut self, items: &[$many]) -> Result<(), Error> {
                result(self.twin().extend_from_slice(items))
            }

            /// Moves all elements of `source` to the end; `source` keeps its block.
            ///
            /// # Errors
            /// As `reserve`.
            pub fn append(&mut self, source: &mut Self) -> Result<(), Error> {
                result(self.twin().append(source.twin()))
            }

            /// Cuts in two: answers the elements from `at` on.
            ///
            /// # Errors
            /// [`Error::OutOfRange`] if `at > len`; [`Error::OutOfMemory`].
            pub fn split_off(&mut self, at: usize) -> Result<Self, Error> {
                let mut made = Self::new();
                result(self.twin().split_off(at, made.twin()))?;
                Ok(made)
            }

            /// Takes the elements `[first, end)` out and destroys them; the rest closes up.
            ///
            /// # Errors
            /// [`Error::OutOfRange`] unless `first <= end <= len`.
            pub fn drain(&mut self, range: core::ops::Range<usize>) -> Result<(), Error> {
                result(self.twin().drain(range.start, range.end))
            }

            /// Keeps the elements that `keep` wants, in order. O(n).
            ///
            /// # Panics
            /// If `keep` does; the vector is valid then and has lost no element it kept.
            pub fn retain(&mut self, mut keep: impl FnMut(&$seen) -> bool) {
                let mut closure = |item: *const u8, _| {
                    // SAFETY: V2 - C++ hands over a living element.
                    keep(unsafe { &*item.cast::<$seen>() })
                };
                let mut question = Question::new(&mut closure);
                // SAFETY: V7 - the closure and what it borrows outlive the call.
                let fault = unsafe { self.twin().retain(&mut question) };
                finish(fault, question);
            }

            /// Of each run of neighbours for which `same(item, kept)` holds, keeps the first. O(n).
            ///
            /// # Panics
            /// If `same` does; the vector is valid then.
            pub fn dedup_by(&mut self, mut same: impl FnMut(&$seen, &$seen) -> bool) {
                let mut closure = |item: *const u8, kept: *const u8| {
                    // SAFETY: V2 - C++ hands over a living element.
                    let item = unsafe { &*item.cast::<$seen>() };
                    // SAFETY: V2 - as above.
                    let kept = unsafe { &*kept.cast::<$seen>() };
                    same(item, kept)
                };
                let mut question = Question::new(&mut closure);
                // SAFETY: V7 - the closure and what it borrows outlive the call.
                let fault = unsafe { self.twin().dedup_by(&mut question) };
                finish(fault, question);
            }

            /// Of each run of equal neighbours, keeps the first. O(n).
            pub fn dedup(&mut self) {
                self.dedup_by(|item, kept| item == kept);
            }

            fn twin(&mut self) -> Pin<&mut ffi::$name> {
                self.0.pin_mut()
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl Clone for $name {
            /// # Panics
            /// If there is no memory; `try_clone` reports it instead.
            fn clone(&self) -> Self {
                self.try_clone().unwrap_or_else(|error| panic!("{error}"))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.iter().eq(other.iter())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.iter()).finish()
            }
        }

        // SAFETY: V3 - the vector alone owns its block, and its elements are values.
        unsafe impl Send for $name {}
        // SAFETY: V7 - a shared vector is only read.
        unsafe impl Sync for $name {}
    )* };
}

/// Goes on with the panic of a closure that C++ has called.
fn finish(fault: ffi::Fault, question: Question<'_>) {
    if let Some(panic) = question.into_panic() {
        resume_unwind(panic);
    }
    result(fault).expect("these operations fail only by their closure");
}

vectors! {
    /// `diptych::cpp::Vector<std::uint64_t>`.
    VectorU64: seen as u64, given as u64, many as u64, taken by take as u64;

    /// `diptych::cpp::Vector<double>`.
    VectorF64: seen as f64, given as f64, many as f64, taken by take as f64;

    /// `diptych::cpp::Vector<diptych::bridge::Pod64>`.
    VectorPod64: seen as Pod64, given as Pod64, many as Pod64, taken by take as Pod64;

    /// `diptych::cpp::Vector<std::string>`.
    VectorString: seen as CxxString, given as &str, many as String,
        taken by take_string as String;
}

macro_rules! slices {
    ($($name:ident: $item:ty;)*) => { $(
        impl $name {
            /// The elements side by side.
            pub fn as_slice(&self) -> &[$item] {
                if self.is_empty() {
                    return &[];
                }
                // SAFETY: V2 - slots [0, len) are alive, and data is not null while cap > 0.
                unsafe { core::slice::from_raw_parts(self.0.data(), self.0.len()) }
            }
        }
    )* };
}

slices! {
    VectorU64: u64;
    VectorF64: f64;
    VectorPod64: Pod64;
}
