//! A growable array; see `spec/vector.md`.

pub mod erased;

/// A growable array.
#[derive(Debug)]
pub struct Vector<T>(core::marker::PhantomData<T>);
