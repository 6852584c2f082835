//! One trait over every way to reach a vector, one for allocators (`memory`) and one for thread pools
//! (`threads`), so that one suite judges them all.

pub mod c;
pub mod cxx;
pub mod elem;
pub mod memory;
pub mod reference;
pub mod rust;
pub mod shadow;
pub mod threads;
pub mod tracked;

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::ops::Range;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

pub use elem::{Elem, Pod64};
pub use tracked::Tracked;

/// Why an operation did not happen: the error table of `spec/vector.md`, in one vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    Null,
    Argument,
    Range,
    Empty,
    Capacity,
    Alloc,
    Element,
    Internal,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Failure::Null => "null pointer",
            Failure::Argument => "argument makes no sense",
            Failure::Range => "index out of range",
            Failure::Empty => "no element to take",
            Failure::Capacity => "capacity overflow",
            Failure::Alloc => "out of memory",
            Failure::Element => "element function failed",
            Failure::Internal => "defect of the library",
        })
    }
}

impl std::error::Error for Failure {}

pub type Outcome<T> = Result<T, Failure>;

/// What element code of the tests panics with, so that it is told from a defect.
#[derive(Debug)]
pub struct Injected;

/// A vector of `T` as one of the faces shows it. The names are those of `spec/vector.md`.
///
/// Failures of whatever form (panic, exception, status) arrive as [`Failure`]. An implementation
/// translates and never computes: a defect that it smooths over is a defect nobody sees.
pub trait Face<T: Elem>: Sized + 'static {
    /// Bytes of one element in this face's block: what the growth rule divides 64 by.
    const ELEMENT_SIZE: usize = size_of::<T>();

    /// Whether a predicate may panic in the middle of `retain` and `dedup_by`.
    const PREDICATE_MAY_PANIC: bool = true;

    /// Whether `extend_from_slice` and `resize` that fail in the middle leave the vector as it was.
    const ALL_OR_NOTHING: bool = false;

    fn new() -> Self;
    fn with_capacity(capacity: usize) -> Outcome<Self>;
    fn from_slice(items: &[T]) -> Outcome<Self>;
    fn duplicate(&self) -> Outcome<Self>;

    fn len(&self) -> usize;
    fn is_empty(&self) -> bool;
    fn capacity(&self) -> usize;
    fn get(&self, index: usize) -> Option<T::Value>;

    fn reserve(&mut self, additional: usize) -> Outcome<()>;
    /// As `reserve`, where a language has a form that reports a full memory instead of aborting.
    fn try_reserve(&mut self, additional: usize) -> Outcome<()> {
        self.reserve(additional)
    }
    fn reserve_exact(&mut self, additional: usize) -> Outcome<()>;
    fn shrink_to_fit(&mut self) -> Outcome<()>;

    fn push(&mut self, item: T) -> Outcome<()>;
    fn pop(&mut self) -> Outcome<T>;
    fn insert(&mut self, index: usize, item: T) -> Outcome<()>;
    fn remove(&mut self, index: usize) -> Outcome<T>;
    fn swap_remove(&mut self, index: usize) -> Outcome<T>;
    fn truncate(&mut self, len: usize) -> Outcome<()>;
    fn clear(&mut self) -> Outcome<()>;
    fn resize(&mut self, len: usize, fill: &T) -> Outcome<()>;
    fn extend_from_slice(&mut self, items: &[T]) -> Outcome<()>;
    fn append(&mut self, source: &mut Self) -> Outcome<()>;
    fn split_off(&mut self, at: usize) -> Outcome<Self>;
    fn erase(&mut self, range: Range<usize>) -> Outcome<()>;
    fn retain(&mut self, keep: &mut dyn FnMut(&T::Value) -> bool) -> Outcome<()>;
    fn dedup_by(&mut self, same: &mut dyn FnMut(&T::Value, &T::Value) -> bool) -> Outcome<()>;

    /// Everything inside.
    fn values(&self) -> Vec<T::Value> {
        (0..self.len()).map(|i| self.get(i).expect("below len")).collect()
    }

    // The same with an item that lies inside the vector itself. Only C can say this; elsewhere the
    // type system or the value passed makes it an ordinary call.

    /// Appends the vector's own element `item`.
    fn push_own(&mut self, item: usize) -> Outcome<()> {
        let item = T::make(&self.get(item).expect("below len"));
        self.push(item)
    }

    /// Inserts the vector's own element `item`.
    fn insert_own(&mut self, index: usize, item: usize) -> Outcome<()> {
        let item = T::make(&self.get(item).expect("below len"));
        self.insert(index, item)
    }

    /// Appends the vector's own elements `range`.
    fn extend_own(&mut self, range: Range<usize>) -> Outcome<()> {
        let items: Vec<T> = range.map(|i| T::make(&self.get(i).expect("below len"))).collect();
        self.extend_from_slice(&items)
    }

    /// Resizes with the vector's own element `item`.
    fn resize_own(&mut self, len: usize, item: usize) -> Outcome<()> {
        let item = T::make(&self.get(item).expect("below len"));
        self.resize(len, &item)
    }
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` and answers its panic as a [`Failure`], without the message on the terminal.
///
/// The contract fixes that these operations panic and the words "capacity overflow"; of the other
/// messages only that they speak of an index or a range.
pub fn catch<R>(work: impl FnOnce() -> R) -> Outcome<R> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
            if !QUIET.get() {
                loud(info);
            }
        }));
    });
    let outer = QUIET.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    QUIET.set(outer);
    result.map_err(|payload| failure_of_panic(&*payload))
}

fn failure_of_panic(payload: &(dyn Any + Send)) -> Failure {
    if payload.is::<Injected>() {
        return Failure::Element;
    }
    let message = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("");
    if message.contains("capacity overflow") {
        Failure::Capacity
    } else if ["index", "range", "bounds", "`at`"].iter().any(|word| message.contains(word)) {
        Failure::Range
    } else {
        panic!("a panic the contract does not know: {message:?}")
    }
}
