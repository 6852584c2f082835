//! Equality, order, hash, formatting, and conversions from and to other types.

use std::borrow::{Borrow, BorrowMut, Cow};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem::ManuallyDrop;
use std::ops::{Index, IndexMut};
use std::slice::SliceIndex;

use super::{Source, Vector};

// ---- Construction -------------------------------------------------------------------------------

// TWIN: a conversion is a trait, so that all stand here, with those that take a block over from
// `Vec`, `Box` and `String`. C++ has constructors, in vector.hpp, and no type to share blocks with.

impl<T: Clone> From<&[T]> for Vector<T> {
    /// Clones the elements.
    #[inline]
    fn from(items: &[T]) -> Self {
        Self::of_clones(items)
    }
}

impl<T: Clone> From<&mut [T]> for Vector<T> {
    /// Clones the elements.
    fn from(items: &mut [T]) -> Self {
        Self::from(&*items)
    }
}

impl<T: Clone, const N: usize> From<&[T; N]> for Vector<T> {
    /// Clones the elements.
    fn from(items: &[T; N]) -> Self {
        Self::from(items.as_slice())
    }
}

impl<T, const N: usize> From<[T; N]> for Vector<T> {
    /// Moves the elements.
    #[inline]
    fn from(items: [T; N]) -> Self {
        let mut vector = Self::with_capacity(N);
        // SAFETY: V3 - the block has room for exactly N elements; V2 - they are raw.
        unsafe { vector.as_mut_ptr().cast::<[T; N]>().write(items) };
        vector.len = N;
        vector.check_invariants();
        vector
    }
}

impl<T> From<Vec<T>> for Vector<T> {
    /// Takes the block over; copies nothing.
    #[inline]
    fn from(items: Vec<T>) -> Self {
        let mut items = ManuallyDrop::new(items);
        // SAFETY: V3 - Vec documents that its block is one of the global allocator with room for
        // exactly capacity() elements; it is forgotten here.
        unsafe { Self::from_raw_parts(items.as_mut_ptr(), items.len(), items.capacity()) }
    }
}

impl<T> From<Vector<T>> for Vec<T> {
    /// Takes the block over; copies nothing.
    #[inline]
    fn from(vector: Vector<T>) -> Self {
        let (data, len, cap) = vector.into_raw_parts();
        // SAFETY: V3 - the block is one of the global allocator with room for exactly cap elements.
        unsafe { Self::from_raw_parts(data, len, cap) }
    }
}

impl<T> From<Box<[T]>> for Vector<T> {
    /// Takes the block over; copies nothing.
    #[inline]
    fn from(items: Box<[T]>) -> Self {
        let len = items.len();
        let data = Box::into_raw(items);
        // SAFETY: V3 - a box of len elements is a block of exactly that capacity.
        unsafe { Self::from_raw_parts(data.cast(), len, len) }
    }
}

impl<T> From<Vector<T>> for Box<[T]> {
    /// [`Vector::into_boxed_slice`].
    fn from(vector: Vector<T>) -> Self {
        vector.into_boxed_slice()
    }
}

impl From<&str> for Vector<u8> {
    /// Copies the bytes.
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes())
    }
}

impl From<String> for Vector<u8> {
    /// Takes the block over; copies nothing.
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

impl<'a, T: Clone> From<Vector<T>> for Cow<'a, [T]> {
    fn from(vector: Vector<T>) -> Self {
        Cow::Owned(vector.into())
    }
}

impl<'a, T: Clone> From<&'a Vector<T>> for Cow<'a, [T]> {
    fn from(vector: &'a Vector<T>) -> Self {
        Cow::Borrowed(vector)
    }
}

impl<T, const N: usize> TryFrom<Vector<T>> for [T; N] {
    type Error = Vector<T>;

    /// Moves the elements out if there are exactly `N`.
    ///
    /// # Errors
    /// The vector itself, if it is of another length.
    fn try_from(mut vector: Vector<T>) -> Result<Self, Vector<T>> {
        if vector.len != N {
            return Err(vector);
        }
        vector.len = 0; // V6
        // SAFETY: V2 - slots [0, N) were alive; the vector counts them no longer.
        Ok(unsafe { vector.as_ptr().cast::<[T; N]>().read() })
    }
}

// ---- Queries ------------------------------------------------------------------------------------

/// Equality with another sequence is that of the slices.
macro_rules! equal {
    ($([$($generics:tt)*] $left:ty, $right:ty;)*) => {$(
        impl<T: PartialEq<U>, U, A: Source, $($generics)*> PartialEq<$right> for $left {
            #[inline]
            fn eq(&self, other: &$right) -> bool {
                self[..] == other[..]
            }
        }
    )*};
}

equal! {
    [B: Source] Vector<T, A>, Vector<U, B>;
    [] Vector<T, A>, Vec<U>;
    [] Vec<T>, Vector<U, A>;
    [] Vector<T, A>, [U];
    [] Vector<T, A>, &[U];
    [] Vector<T, A>, &mut [U];
    [] [T], Vector<U, A>;
    [] &[T], Vector<U, A>;
    [] &mut [T], Vector<U, A>;
    [const N: usize] Vector<T, A>, [U; N];
    [const N: usize] Vector<T, A>, &[U; N];
    [const N: usize] [T; N], Vector<U, A>;
}

impl<T: Eq, A: Source> Eq for Vector<T, A> {}

impl<T: PartialOrd, A: Source> PartialOrd for Vector<T, A> {
    /// Lexicographic order.
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self[..].partial_cmp(&other[..])
    }
}

impl<T: Ord, A: Source> Ord for Vector<T, A> {
    /// Lexicographic order.
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self[..].cmp(&other[..])
    }
}

// TWIN: hash and text forms exist in Rust only: no vector of C++'s standard library has them, and
// code that wants one writes it for the element and its own format.

impl<T: Hash, A: Source> Hash for Vector<T, A> {
    /// The hash of the slice, so that a map keyed by vectors can be asked by slices.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self[..].hash(state);
    }
}

impl<T: fmt::Debug, A: Source> fmt::Debug for Vector<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self[..].fmt(f)
    }
}

impl<T, A: Source, I: SliceIndex<[T]>> Index<I> for Vector<T, A> {
    type Output = I::Output;

    /// The element or range at `index`.
    ///
    /// # Panics
    /// If it is out of range; [`get`](slice::get) answers `None` instead.
    #[inline]
    fn index(&self, index: I) -> &I::Output {
        &self.as_slice()[index]
    }
}

impl<T, A: Source> AsRef<[T]> for Vector<T, A> {
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<T, A: Source> AsRef<Self> for Vector<T, A> {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl<T, A: Source> Borrow<[T]> for Vector<T, A> {
    fn borrow(&self) -> &[T] {
        self
    }
}

// ---- Mutation -----------------------------------------------------------------------------------

// TWIN: here a vector passes for a slice that may be changed; C++ has `erase` and
// `erase_if` here, which generic code looks for; in Rust `retain` is all there is to that.

impl<T, A: Source, I: SliceIndex<[T]>> IndexMut<I> for Vector<T, A> {
    #[inline]
    fn index_mut(&mut self, index: I) -> &mut I::Output {
        &mut self.as_mut_slice()[index]
    }
}

impl<T, A: Source> AsMut<[T]> for Vector<T, A> {
    fn as_mut(&mut self) -> &mut [T] {
        self
    }
}

impl<T, A: Source> AsMut<Self> for Vector<T, A> {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

impl<T, A: Source> BorrowMut<[T]> for Vector<T, A> {
    fn borrow_mut(&mut self) -> &mut [T] {
        self
    }
}
