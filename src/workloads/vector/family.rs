//! What makes the loops generic: any vector with the names of `Vec`.

use core::ops::{Deref, DerefMut};

/// A vector for every element type, and what the loops do with it. [`family!`](crate::family)
/// implements it for vectors with the names of `Vec`.
#[allow(missing_docs, reason = "the methods are Vec's")]
pub trait Family: 'static {
    /// The vector of `T`s.
    type Of<T: 'static>: Default + Deref<Target = [T]> + DerefMut + 'static;

    fn with_capacity<T: 'static>(capacity: usize) -> Self::Of<T>;
    fn push<T: 'static>(vector: &mut Self::Of<T>, item: T);
    fn pop<T: 'static>(vector: &mut Self::Of<T>) -> Option<T>;
    fn insert<T: 'static>(vector: &mut Self::Of<T>, index: usize, item: T);
    fn remove<T: 'static>(vector: &mut Self::Of<T>, index: usize) -> T;
    fn retain<T: 'static>(vector: &mut Self::Of<T>, keep: impl FnMut(&T) -> bool);
    fn extend_from_slice<T: Clone + 'static>(vector: &mut Self::Of<T>, items: &[T]);
    fn clone<T: Clone + 'static>(vector: &Self::Of<T>) -> Self::Of<T>;
    fn index<T: 'static>(vector: &Self::Of<T>, index: usize) -> &T;
}

/// Makes a type the [`Family`](crate::workloads::vector::Family) of a vector with the names of
/// `Vec`: `family!(Std, Vec)`.
#[macro_export]
macro_rules! family {
    ($family:ty, $($vector:tt)::+) => {
        impl $crate::workloads::vector::Family for $family {
            type Of<T: 'static> = $($vector)::+<T>;

            #[inline(always)]
            fn with_capacity<T: 'static>(capacity: usize) -> Self::Of<T> {
                Self::Of::with_capacity(capacity)
            }
            #[inline(always)]
            fn push<T: 'static>(vector: &mut Self::Of<T>, item: T) {
                vector.push(item);
            }
            #[inline(always)]
            fn pop<T: 'static>(vector: &mut Self::Of<T>) -> Option<T> {
                vector.pop()
            }
            #[inline(always)]
            fn insert<T: 'static>(vector: &mut Self::Of<T>, index: usize, item: T) {
                vector.insert(index, item);
            }
            #[inline(always)]
            fn remove<T: 'static>(vector: &mut Self::Of<T>, index: usize) -> T {
                vector.remove(index)
            }
            #[inline(always)]
            fn retain<T: 'static>(vector: &mut Self::Of<T>, keep: impl FnMut(&T) -> bool) {
                vector.retain(keep);
            }
            #[inline(always)]
            fn extend_from_slice<T: Clone + 'static>(vector: &mut Self::Of<T>, items: &[T]) {
                vector.extend_from_slice(items);
            }
            #[inline(always)]
            fn clone<T: Clone + 'static>(vector: &Self::Of<T>) -> Self::Of<T> {
                Clone::clone(vector)
            }
            #[inline(always)]
            fn index<T: 'static>(vector: &Self::Of<T>, index: usize) -> &T {
                &vector[index]
            }
        }
    };
}

/// The Rust twin.
pub struct Twin;
family!(Twin, crate::Vector);
