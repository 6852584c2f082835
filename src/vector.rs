//! A growable array: elements of one type side by side in one block of memory, with room to
//! spare at the end.
//!
//! [`Vector<T>`] has the interface of [`std::vec::Vec`], so that it can stand in for it, but
//! shares no code with it: it asks the allocator itself and is written in documented unsafe Rust,
//! to be read beside its C++ twin, `cpp/include/diptych/vector.hpp`. What both obey is in
//! `spec/vector.md`.
//!
//! ```
//! use diptych::vector;
//!
//! let mut primes = vector![2, 3, 5];
//! primes.push(7);
//! primes.extend([11, 13]);
//! assert_eq!(primes.iter().sum::<i32>(), 41);
//! assert_eq!(primes.pop(), Some(13));
//! assert_eq!(primes, [2, 3, 5, 7, 11]);
//! ```
//!
//! # Memory
//! ```text
//!     Vector<T>                 one block of cap * sizeof(T) bytes
//! +------+-----+-----+      +------+------+------+- - - -+- - - -+
//! | data | len | cap |----->| [0]  | [1]  | [2]  |  raw  |  raw  |
//! +------+-----+-----+      +------+------+------+- - - -+- - - -+
//!                            <------- len ------> <- cap - len ->
//! ```
//! Three words, in this order. `data` is never null, so that `Option<Vector<T>>` is three words
//! too. An empty vector has no block. The first block has 64 bytes, every further one is at least
//! twice the last; it moves by `realloc`, which may extend it in place or move pages instead of
//! bytes.
//!
//! ```
//! use diptych::Vector;
//!
//! assert_eq!(size_of::<Option<Vector<u8>>>(), 3 * size_of::<usize>());
//! let mut v = Vector::new();
//! assert_eq!(v.capacity(), 0);
//! v.push(1u64);
//! assert_eq!(v.capacity(), 64 / size_of::<u64>());
//! ```
//!
//! # Ownership
//! A vector owns its block and the elements in it; dropping it drops the elements in order and
//! gives the block back. A reference into it borrows it, so that no operation that may move the
//! element can run meanwhile (V7). In C++ that is a rule in the documentation; here it is a type
//! error:
//!
//! ```compile_fail,E0502
//! let mut v = diptych::vector![1, 2, 3];
//! let first = &v[0];
//! v.push(4); // May move the block.
//! assert_eq!(*first, 1);
//! ```
//! ```compile_fail,E0499
//! let mut v = diptych::vector![1, 2, 3];
//! for item in &mut v {
//!     v.push(*item); // The iterator still points into the block.
//! }
//! ```
//! ```compile_fail,E0505
//! let v = diptych::vector![1, 2, 3];
//! let first = &v[0];
//! drop(v);
//! assert_eq!(*first, 1); // Use after free.
//! ```
//! ```compile_fail,E0382
//! let v = diptych::vector![1, 2, 3];
//! let w = v;
//! assert_eq!(v.len(), 3); // Moved from.
//! ```
//!
//! # Threads
//! A vector may be sent to another thread if its elements may, and shared if they may be shared.
//! Nothing in it is synchronised, and vectors share nothing with one another.
//!
//! ```compile_fail,E0277
//! let v = diptych::vector![std::rc::Rc::new(1)];
//! std::thread::spawn(move || drop(v)); // Rc is not Send.
//! ```
//!
//! # Invariants
//! Cited by tag above every unsafe operation; `spec/vector.md` has their full text.
//!
//! | tag | always true |
//! |---|---|
//! | V1 | `len <= cap` |
//! | V2 | slots `[0, len)` hold living elements, slots `[len, cap)` none |
//! | V3 | while `cap > 0`, `data` is one aligned block of `cap` elements, owned, given back once |
//! | V4 | a block has at most `isize::MAX` bytes |
//! | V5 | while code of the element type runs, `len` counts only elements owned by nobody else |
//! | V6 | moving an element's bytes ends its life at the old place |
//! | V7 | references into the block are good until an operation that may move what they point at |
//! | V8 | behind C: a vector is zeroed or was made here, its table outlives it and is sound |
//!
//! # Cost
//! `push`, `pop`, `swap_remove` and access are O(1), `push` amortised; `insert` and `remove` are
//! O(elements behind the place); the rest is O(n). After n pushes there is room for at most `2 n`
//! elements plus 64 bytes. An element is moved by copying its bytes and nothing else. The slow path
//! takes and answers the words of the header by value, so that a loop of `push` keeps them in
//! registers and writes elements only.
//!
//! # What it lacks
//! - Allocators with a state of their own: see [`Source`].
//! - What the standard library does by specialisation, an unstable feature: `vector![0; n]` writes
//!   its zeros instead of asking for zeroed pages, `into_iter().map(f).collect()` makes a new block
//!   instead of using the old one again, and `extend(&slice)` copies one by one what
//!   [`extend_from_slice`](Vector::extend_from_slice) copies at once.
//! - `#[may_dangle]`, unstable too: a `Vector<&'a T>` must be dropped before what it refers to,
//!   where `Vec` may be dropped after it.

mod compare;
#[cfg(feature = "capi")]
pub mod erased;
mod iter;
mod range;
mod raw;

use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop, MaybeUninit};
use std::ops::{Deref, DerefMut};
use std::panic::UnwindSafe;
use std::ptr::{self, NonNull};
use std::slice;

pub use iter::IntoIter;
pub use range::{Drain, ExtractIf, Splice};
pub use raw::{Global, Source, TryReserveError, TryReserveErrorKind};
use raw::{Owned, Shape};

// ---- Types --------------------------------------------------------------------------------------

/// A growable array, with the interface of [`std::vec::Vec`]. See the [module](self).
///
/// On an `A` that tells how much its blocks hold, as [`Allocator`](crate::Allocator) does, all of
/// that is the capacity.
///
/// TWIN: the allocator is a parameter, as for C++, but one without state, by a trait of this crate:
/// that of the standard library is not stable.
#[repr(C)]
pub struct Vector<T, A: Source = Global> {
    /// First element; dangling but aligned while there is no block.
    // TWIN: never null, because a slice's pointer must not be, and `Option<Vector<T>>` needs no
    // fourth word then. In C++ it is null while there is no block.
    data: NonNull<T>,
    /// Elements alive.
    len: usize,
    /// Elements the block has room for; `usize::MAX` if they have no size.
    cap: usize,
    /// Dropping a vector drops elements, and gives a block back.
    owns: PhantomData<(T, A)>,
}

#[cfg(feature = "workloads")]
impl<T> Vector<T> {
    /// Its fields, which nobody else can name: name, offset, size.
    pub(crate) const FIELDS: [(&str, usize, usize); 3] = [
        ("data", mem::offset_of!(Self, data), size_of::<NonNull<T>>()),
        ("len", mem::offset_of!(Self, len), size_of::<usize>()),
        ("cap", mem::offset_of!(Self, cap), size_of::<usize>()),
    ];
}

// SAFETY: V3 - `data` is owned, not shared: sending the vector sends the elements, no more.
unsafe impl<T: Send, A: Source> Send for Vector<T, A> {}
// SAFETY: V3 - `data` is owned: a shared vector gives out shared elements, no more.
unsafe impl<T: Sync, A: Source> Sync for Vector<T, A> {}

/// As for [`Vec`]: the elements decide. Raw pointers alone would ask for too much.
impl<T: UnwindSafe, A: Source> UnwindSafe for Vector<T, A> {}

/// Makes a [`Vector`] of the listed elements, of `n` clones of one, or of none.
///
/// ```
/// use diptych::{Vector, vector};
///
/// let empty: Vector<u8> = vector![];
/// assert!(empty.is_empty());
/// assert_eq!(vector![1, 2, 3].len(), 3);
/// assert_eq!(vector!["a"; 2], ["a", "a"]);
/// ```
#[macro_export]
macro_rules! vector {
    () => { $crate::Vector::new() };
    ($item:expr; $n:expr) => { $crate::Vector::from_elem($item, $n) };
    ($($item:expr),+ $(,)?) => { $crate::Vector::from([$($item),+]) };
}

// ---- Construction -------------------------------------------------------------------------------

impl<T> Vector<T> {
    /// An empty vector. Allocates nothing.
    ///
    /// ```
    /// static NAMES: diptych::Vector<String> = diptych::Vector::new();
    /// assert!(NAMES.is_empty());
    /// ```
    #[inline]
    pub const fn new() -> Self {
        Self::EMPTY
    }

    /// An empty vector with room for exactly `capacity` elements.
    ///
    /// # Panics
    /// With "capacity overflow" if they take more than `isize::MAX` bytes. If there is no memory,
    /// [`handle_alloc_error`](std::alloc::handle_alloc_error) decides.
    #[inline]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_room(capacity)
    }

    /// As [`with_capacity`](Self::with_capacity), with an error in place of panic or abort.
    ///
    /// # Errors
    /// Capacity overflow, or no memory.
    pub fn try_with_capacity(capacity: usize) -> Result<Self, TryReserveError> {
        let mut vector = Self::new();
        vector.try_reserve_exact(capacity)?;
        Ok(vector)
    }

    /// `n` elements: `n - 1` clones of `item`, then `item` itself. What `vector![item; n]` calls.
    #[inline]
    pub fn from_elem(item: T, n: usize) -> Self
    where
        T: Clone,
    {
        let mut vector = Self::with_capacity(n);
        vector.resize(n, item);
        vector
    }

    /// Takes over a block with `length` elements in it, as [`into_raw_parts`](Self::into_raw_parts)
    /// gives them out.
    ///
    /// # Safety
    /// - If `capacity > 0` and `T` has a size: `ptr` is a block that the global allocator made for
    ///   exactly `Layout::array::<T>(capacity)`, and nobody else owns or uses it.
    /// - Else `ptr` is aligned and not null; it is never read.
    /// - `length <= capacity` if `T` has a size, and the first `length` slots hold living
    ///   elements, which the vector owns from now on.
    #[inline]
    pub const unsafe fn from_raw_parts(ptr: *mut T, length: usize, capacity: usize) -> Self {
        // SAFETY: V3 - the caller promises that `ptr` is not null.
        let data = unsafe { NonNull::new_unchecked(ptr) };
        let cap = if size_of::<T>() == 0 { usize::MAX } else { capacity };
        Self { data, len: length, cap, owns: PhantomData }
    }

    /// Gives up ownership: pointer, length, capacity. Without
    /// [`from_raw_parts`](Self::from_raw_parts) the elements and the block leak. The capacity of
    /// elements without size is `usize::MAX`, with no block behind it.
    ///
    /// ```
    /// use diptych::{Vector, vector};
    ///
    /// let (ptr, len, cap) = vector![1, 2].into_raw_parts();
    /// // SAFETY: V3 - all three are as they were given out.
    /// assert_eq!(unsafe { Vector::from_raw_parts(ptr, len, cap) }, [1, 2]);
    /// ```
    #[must_use = "losing the pointer leaks the elements"]
    #[inline]
    pub const fn into_raw_parts(self) -> (*mut T, usize, usize) {
        let parts = (self.data.as_ptr(), self.len, self.cap);
        mem::forget(self);
        parts
    }

    /// Gives up unused room and becomes a boxed slice.
    pub fn into_boxed_slice(mut self) -> Box<[T]> {
        self.shrink_to_fit();
        let (data, len, _) = self.into_raw_parts();
        // SAFETY: V3 - the block is of exactly len elements, as a box has it, and owned by nobody.
        unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(data, len)) }
    }
}

impl<T, A: Source> Vector<T, A> {
    /// Elements of no size need no block: there is always room.
    ///
    /// TWIN: every object in C++ has at least one byte, so that there is no such case.
    const NO_BLOCK: usize = if size_of::<T>() == 0 { usize::MAX } else { 0 };

    const SHAPE: &'static Shape = &Shape::of::<T>();

    const EMPTY: Self =
        Self { data: NonNull::dangling(), len: 0, cap: Self::NO_BLOCK, owns: PhantomData };

    /// An empty vector on another source. Allocates nothing.
    ///
    /// ```
    /// use diptych::{Allocator, Vector};
    ///
    /// let mut bytes = Vector::new_in(Allocator);
    /// bytes.push(1u8);
    /// assert!(bytes.capacity() >= 64); // Whatever the block holds.
    /// ```
    #[inline]
    pub const fn new_in(_: A) -> Self
    where
        A: Copy,
    {
        Self::EMPTY
    }

    /// An empty vector on another source, with room for `capacity` elements, or for as many as the
    /// block really has.
    ///
    /// # Panics
    /// As [`with_capacity`](Vector::with_capacity).
    #[inline]
    pub fn with_capacity_in(capacity: usize, _: A) -> Self {
        Self::with_room(capacity)
    }

    #[inline]
    fn with_room(capacity: usize) -> Self {
        let mut vector = Self::EMPTY;
        if capacity > vector.cap {
            vector.adopt(raw::allocate::<A>(capacity, Self::SHAPE));
        }
        vector
    }

    #[inline]
    fn of_clones(items: &[T]) -> Self
    where
        T: Clone,
    {
        let mut vector = Self::with_room(items.len());
        vector.extend_from_slice(items);
        vector
    }
}

impl<T> Default for Vector<T> {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Clone, A: Source> Clone for Vector<T, A> {
    /// A vector of clones, with a capacity of exactly [`len`](Self::len).
    #[inline]
    fn clone(&self) -> Self {
        Self::of_clones(self.as_slice())
    }

    /// Makes this vector equal to `source`, using block and elements of the old one again.
    fn clone_from(&mut self, source: &Self) {
        self.truncate(source.len);
        let (head, tail) = source.split_at(self.len);
        self.clone_from_slice(head);
        self.extend_from_slice(tail);
    }
}

// ---- Queries ------------------------------------------------------------------------------------

impl<T, A: Source> Vector<T, A> {
    /// Elements alive.
    #[inline]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Elements there is room for without growing; `usize::MAX` if they have no size.
    #[inline]
    pub const fn capacity(&self) -> usize {
        self.cap
    }

    /// All elements.
    ///
    /// TWIN: indexing, iterating and searching are those of the slice, so that `v[i]` past the end
    /// panics. In C++ it is undefined, as in `std::vector`, and asserted; `at` throws.
    #[inline]
    pub const fn as_slice(&self) -> &[T] {
        // SAFETY: V2 - slots [0, len) hold living elements; V4 - of at most isize::MAX bytes.
        unsafe { slice::from_raw_parts(self.data.as_ptr(), self.len) }
    }

    /// All elements, to be changed in place.
    #[inline]
    pub const fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: V2 - slots [0, len) hold living elements; V4 - of at most isize::MAX bytes.
        unsafe { slice::from_raw_parts_mut(self.data.as_ptr(), self.len) }
    }

    /// Pointer to the first element; dangling if there is no block. Good until an operation that
    /// may move elements (V7). Makes no reference, so pointers taken before stay good.
    #[inline]
    pub const fn as_ptr(&self) -> *const T {
        self.data.as_ptr()
    }

    /// As [`as_ptr`](Self::as_ptr), to write through.
    #[inline]
    pub const fn as_mut_ptr(&mut self) -> *mut T {
        self.data.as_ptr()
    }

    /// The raw slots behind the last element. Write some, then call [`set_len`](Self::set_len).
    ///
    /// ```
    /// let mut v = diptych::Vector::with_capacity(4);
    /// v.spare_capacity_mut()[0].write(7);
    /// // SAFETY: V2 - slot 0 was written.
    /// unsafe { v.set_len(1) };
    /// assert_eq!(v, [7]);
    /// ```
    #[inline]
    pub const fn spare_capacity_mut(&mut self) -> &mut [MaybeUninit<T>] {
        // SAFETY: V1 - len <= cap.
        let first = unsafe { self.slot(self.len) };
        // SAFETY: V3 - slots [len, cap) lie in the block; whether they are written does not matter.
        unsafe { slice::from_raw_parts_mut(first.cast(), self.cap - self.len) }
    }

    /// Says how many elements are alive.
    ///
    /// # Safety
    /// `new_len <= capacity()`, and slots `[0, new_len)` hold living elements. Elements behind
    /// them are forgotten, not dropped.
    #[inline]
    pub const unsafe fn set_len(&mut self, new_len: usize) {
        debug_assert!(new_len <= self.cap);
        self.len = new_len;
    }

    /// The place of element `index`.
    ///
    /// # Safety
    /// `index <= cap`.
    #[inline(always)]
    const unsafe fn slot(&self, index: usize) -> *mut T {
        debug_assert!(index <= self.cap);
        // SAFETY: V3 - the caller keeps index <= cap; V4 - the distance fits isize.
        unsafe { self.data.as_ptr().add(index) }
    }
}

// ---- Mutation -----------------------------------------------------------------------------------

impl<T, A: Source> Vector<T, A> {
    /// Appends `value`. Amortised O(1).
    ///
    /// TWIN: the value is owned, so that it cannot lie in this vector, and is moved in. C++ is
    /// given a reference, whose target may: it is read before the block goes.
    ///
    /// # Panics
    /// With "capacity overflow" if growth would pass `isize::MAX` bytes; the vector is then as it
    /// was. If there is no memory, [`handle_alloc_error`](std::alloc::handle_alloc_error) decides.
    #[inline]
    pub fn push(&mut self, value: T) {
        let len = self.len;
        // Counted first: a store that every way out of a loop has passed can leave the loop, and
        // the count then stays in a register. Until the slot is written no code of T runs (V5).
        self.len = len.wrapping_add(1);
        if len == self.cap {
            // SAFETY: V3 - data and cap are a block; 1 > cap - len.
            let block = unsafe { raw::grow_for::<T, A>(self.bytes(), self.cap, len, 1) };
            if block.failed() {
                self.len = len;
            }
            self.adopt(block);
        }
        // SAFETY: V1 - len < cap, if need be by growth.
        let slot = unsafe { self.slot(len) };
        // SAFETY: V2 - slot len is raw.
        unsafe { raw::put(slot, value) };
        self.check_invariants();
    }

    /// Appends what `make` returns. Room is made first, so that a value built by code the optimiser
    /// inlines goes straight into its place; one that an ordinary call returns is copied once. If
    /// `make` panics, nothing is appended.
    ///
    /// ```
    /// let mut v = diptych::Vector::new();
    /// v.push_with(|| [0u8; 4096]);
    /// assert_eq!(v.len(), 1);
    /// ```
    ///
    /// # Panics
    /// As [`push`](Self::push).
    #[inline]
    pub fn push_with(&mut self, make: impl FnOnce() -> T) {
        let len = self.len;
        if len == self.cap {
            self.grow(len, 1);
        }
        // SAFETY: V1 - len < cap, if need be by growth.
        let slot = unsafe { self.slot(len) };
        // SAFETY: V2 - slot len is raw; V5 - if `make` panics, len does not count it.
        unsafe { slot.write(make()) };
        self.len = len + 1;
        self.check_invariants();
    }

    /// Takes the last element out. O(1).
    ///
    /// TWIN: `Option` costs nothing over the element; C++ has `pop_back` besides, which destroys,
    /// because not every type can be moved into its `std::optional`.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        let last = self.len.checked_sub(1)?;
        self.len = last;
        // SAFETY: V1 - last < cap.
        let slot = unsafe { self.slot(last) };
        // SAFETY: V2 - slot `last` was alive; V6 - len no longer counts it.
        Some(unsafe { slot.read() })
    }

    /// Takes the last element out if `predicate` says so.
    #[inline]
    pub fn pop_if(&mut self, predicate: impl FnOnce(&mut T) -> bool) -> Option<T> {
        let last = self.last_mut()?;
        if predicate(last) { self.pop() } else { None }
    }

    /// Appends clones of `items`. If a clone panics, those made before stay.
    ///
    /// TWIN: so it is in `Vec`, and in [`resize`](Self::resize). C++ destroys them again: all or
    /// nothing, as in `std::vector`.
    ///
    /// # Panics
    /// As [`reserve`](Self::reserve).
    #[inline]
    pub fn extend_from_slice(&mut self, items: &[T])
    where
        T: Clone,
    {
        self.reserve(items.len());
        let mut filling = Filling::new(self);
        // By index: the optimiser then sees the count and makes plain elements one memcpy.
        #[expect(clippy::needless_range_loop)]
        for index in 0..items.len() {
            // SAFETY: V1 - room for items.len() elements was made.
            unsafe { filling.put(items[index].clone()) };
        }
    }

    /// Moves all elements of `other` to the end; `other` keeps its block. O(`other.len()`).
    ///
    /// # Panics
    /// As [`reserve`](Self::reserve).
    #[inline]
    pub fn append(&mut self, other: &mut Self) {
        self.reserve(other.len);
        // SAFETY: V1 - len <= cap.
        let end = unsafe { self.slot(self.len) };
        // SAFETY: V2 - other's elements are alive and the room for them raw; two vectors never
        // share a block (V3).
        unsafe { ptr::copy_nonoverlapping(other.as_ptr(), end, other.len) };
        self.len += other.len;
        other.len = 0; // V6
        self.check_invariants();
    }

    /// Puts `value` before the element at `index`; `index == len` appends. O(`len - index`).
    ///
    /// TWIN: `insert_at` in C++, where `insert` takes iterators, as in `std::vector`, and a literal
    /// 0 could be either.
    ///
    /// # Panics
    /// If `index > len`; as [`push`](Self::push).
    #[inline]
    pub fn insert(&mut self, index: usize, value: T) {
        let len = self.len;
        if index > len {
            index_panic(index, len);
        }
        if len == self.cap {
            self.grow(len, 1);
        }
        // SAFETY: V1 - index <= len < cap.
        let slot = unsafe { self.slot(index) };
        if index < len {
            // SAFETY: V1 - index + 1 <= len < cap.
            let next = unsafe { self.slot(index + 1) };
            // SAFETY: V3 - slots [index + 1, len + 1) lie in the block; V6 - slot index is raw now.
            unsafe { ptr::copy(slot, next, len - index) };
        }
        // SAFETY: V2 - slot index is raw, and [0, len + 1) alive afterwards.
        unsafe { slot.write(value) };
        self.len = len + 1;
        self.check_invariants();
    }

    /// Takes out the element at `index`; those behind close up. O(`len - index`).
    ///
    /// # Panics
    /// If `index >= len`.
    #[track_caller]
    #[inline]
    pub fn remove(&mut self, index: usize) -> T {
        let len = self.len;
        if index >= len {
            index_panic(index, len);
        }
        // SAFETY: V1 - index < len <= cap.
        let slot = unsafe { self.slot(index) };
        // SAFETY: V2 - slot index is alive; V6 - it is overwritten or no longer counted below.
        let value = unsafe { slot.read() };
        // SAFETY: V1 - index + 1 <= len <= cap.
        let next = unsafe { self.slot(index + 1) };
        // SAFETY: V2 - slots [index + 1, len) are alive; V6 - slot len - 1 is no longer counted.
        unsafe { ptr::copy(next, slot, len - index - 1) };
        self.len = len - 1;
        self.check_invariants();
        value
    }

    /// Takes out the element at `index`; the last one takes its place. O(1), order not kept.
    ///
    /// # Panics
    /// If `index >= len`.
    #[track_caller]
    #[inline]
    pub fn swap_remove(&mut self, index: usize) -> T {
        let len = self.len;
        if index >= len {
            index_panic(index, len);
        }
        // SAFETY: V1 - index < len <= cap.
        let slot = unsafe { self.slot(index) };
        // SAFETY: V2 - slot index is alive; V6 - it is overwritten or no longer counted below.
        let value = unsafe { slot.read() };
        // SAFETY: V1 - len - 1 < cap.
        let last = unsafe { self.slot(len - 1) };
        // SAFETY: V2 - both are alive, perhaps the same; V6 - len no longer counts the last.
        unsafe { ptr::copy(last, slot, 1) };
        self.len = len - 1;
        self.check_invariants();
        value
    }

    /// Drops the elements from `len` on. Nothing happens if there are fewer. Keeps the block.
    /// If a destructor panics, the remaining ones still run and the vector is `len` long.
    ///
    /// TWIN: a destructor in C++ does not throw; one that does ends the program.
    #[inline]
    pub fn truncate(&mut self, len: usize) {
        let Some(surplus) = self.len.checked_sub(len) else {
            return;
        };
        // SAFETY: V1 - len <= cap.
        let first = unsafe { self.slot(len) };
        let dead = ptr::slice_from_raw_parts_mut(first, surplus);
        self.len = len; // V5: before destructors run.
        // SAFETY: V2 - these were alive; V6 - they are counted no longer.
        unsafe { ptr::drop_in_place(dead) };
        self.check_invariants();
    }

    /// Drops all elements. Keeps the block.
    #[inline]
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Makes it `new_len` long: drops what is too much, or appends clones of `value`, the last of
    /// which is `value` itself.
    ///
    /// # Panics
    /// As [`reserve`](Self::reserve).
    #[inline]
    pub fn resize(&mut self, new_len: usize, value: T)
    where
        T: Clone,
    {
        let Some(missing) = new_len.checked_sub(self.len).filter(|&n| n > 0) else {
            return self.truncate(new_len);
        };
        self.reserve(missing);
        let mut filling = Filling::new(self);
        for _ in 1..missing {
            // SAFETY: V1 - room for `missing` elements was made.
            unsafe { filling.put(value.clone()) };
        }
        // SAFETY: V1 - the last of them.
        unsafe { filling.put(value) };
    }

    /// Makes it `new_len` long: drops what is too much, or appends what `make` returns.
    ///
    /// # Panics
    /// As [`reserve`](Self::reserve).
    pub fn resize_with(&mut self, new_len: usize, mut make: impl FnMut() -> T) {
        let Some(missing) = new_len.checked_sub(self.len) else {
            return self.truncate(new_len);
        };
        self.reserve(missing);
        let mut filling = Filling::new(self);
        for _ in 0..missing {
            // SAFETY: V1 - room for `missing` elements was made.
            unsafe { filling.put(make()) };
        }
    }

    /// Cuts in two: the elements from `at` on move to the vector returned, whose capacity is
    /// exactly their number. O(`len - at`).
    ///
    /// # Panics
    /// If `at > len`.
    #[track_caller]
    pub fn split_off(&mut self, at: usize) -> Self {
        if at > self.len {
            index_panic(at, self.len);
        }
        let count = self.len - at;
        let mut other = Self::with_room(count);
        // SAFETY: V1 - at <= len <= cap.
        let first = unsafe { self.slot(at) };
        // SAFETY: V2 - slots [at, len) are alive, other's are raw; V3 - the blocks are distinct.
        unsafe { ptr::copy_nonoverlapping(first, other.as_mut_ptr(), count) };
        self.len = at; // V6
        other.len = count;
        self.check_invariants();
        other.check_invariants();
        other
    }
}

/// Appends to a vector with room; counts on the way, tells the vector at the end, even if code of
/// the element type panics in between (V5). The count is a local, so that it stays in a register
/// while code runs that might see the vector.
struct Filling<'a, T, A: Source> {
    vector: &'a mut Vector<T, A>,
    data: NonNull<T>,
    len: usize,
}

impl<'a, T, A: Source> Filling<'a, T, A> {
    #[inline(always)]
    fn new(vector: &'a mut Vector<T, A>) -> Self {
        Self { data: vector.data, len: vector.len, vector }
    }

    /// # Safety
    /// There is room: `len < cap`.
    #[inline(always)]
    unsafe fn put(&mut self, value: T) {
        // SAFETY: V1 - the caller keeps len < cap.
        let slot = unsafe { self.data.as_ptr().add(self.len) };
        // SAFETY: V2 - slot len is raw.
        unsafe { slot.write(value) };
        self.len += 1;
    }
}

impl<T, A: Source> Drop for Filling<'_, T, A> {
    #[inline]
    fn drop(&mut self) {
        self.vector.len = self.len;
        self.vector.check_invariants();
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn index_panic(index: usize, len: usize) -> ! {
    panic!("index {index} is past the end of {len} elements");
}

// ---- Growth -------------------------------------------------------------------------------------

impl<T, A: Source> Vector<T, A> {
    /// Makes room for `additional` more elements, by the growth rule: a sequence of calls costs
    /// amortised constant time per element.
    ///
    /// TWIN: without memory the program ends, by Rust's custom, unless
    /// [`try_reserve`](Self::try_reserve) asks. C++ throws `std::bad_alloc`, and needs no second
    /// name; its `reserve` is that of `std::vector`, so that this one is `reserve_more` there.
    ///
    /// # Panics
    /// With "capacity overflow" beyond `isize::MAX` bytes; the vector is then as it was. If there
    /// is no memory, [`handle_alloc_error`](std::alloc::handle_alloc_error) decides.
    #[inline]
    pub fn reserve(&mut self, additional: usize) {
        if additional > self.cap - self.len {
            self.grow(self.len, additional);
        }
        self.check_invariants();
    }

    /// Makes room for `additional` more elements; a block that must grow grows to exactly
    /// `len + additional`. Prefer [`reserve`](Self::reserve) if more may follow.
    ///
    /// # Panics
    /// As [`reserve`](Self::reserve).
    pub fn reserve_exact(&mut self, additional: usize) {
        if additional > self.cap - self.len {
            self.resize_block(self.len, additional);
        }
        self.check_invariants();
    }

    /// As [`reserve`](Self::reserve), with an error in place of panic or abort.
    ///
    /// ```
    /// use diptych::vector::{TryReserveErrorKind, Vector};
    ///
    /// let mut v = Vector::<u64>::new();
    /// let error = v.try_reserve(usize::MAX).expect_err("no machine has that much");
    /// assert_eq!(error.kind(), TryReserveErrorKind::CapacityOverflow);
    /// ```
    ///
    /// # Errors
    /// Capacity overflow, or no memory. The vector is then as it was.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        if additional > self.cap - self.len {
            // SAFETY: V3 - data and cap are a block; additional > cap - len.
            self.try_adopt(unsafe {
                raw::grow_for::<T, A>(self.bytes(), self.cap, self.len, additional)
            })?;
        }
        self.check_invariants();
        Ok(())
    }

    /// As [`reserve_exact`](Self::reserve_exact), with an error in place of panic or abort.
    ///
    /// # Errors
    /// Capacity overflow, or no memory. The vector is then as it was.
    pub fn try_reserve_exact(&mut self, additional: usize) -> Result<(), TryReserveError> {
        if additional > self.cap - self.len {
            // SAFETY: V3 - data and cap are a block; additional > 0.
            self.try_adopt(unsafe {
                raw::grow_exact::<A>(self.bytes(), self.cap, self.len, additional, Self::SHAPE)
            })?;
        }
        self.check_invariants();
        Ok(())
    }

    /// Gives unused room back: the capacity becomes exactly [`len`](Self::len).
    ///
    /// TWIN: if the allocator has no smaller block, that is [`reserve`](Self::reserve)'s want of
    /// memory; in C++ the vector stays as it was.
    #[inline]
    pub fn shrink_to_fit(&mut self) {
        if self.len < self.cap {
            self.shrink(self.len);
        }
    }

    /// Gives room back, down to the larger of [`len`](Self::len) and `min_capacity`.
    pub fn shrink_to(&mut self, min_capacity: usize) {
        let cap = self.len.max(min_capacity);
        if cap < self.cap {
            self.shrink(cap);
        }
    }

    /// Gives up ownership of elements and block for the rest of the program. Does not shrink.
    #[inline]
    pub fn leak<'a>(self) -> &'a mut [T]
    where
        T: 'a,
    {
        let mut vector = ManuallyDrop::new(self);
        // SAFETY: V2 - slots [0, len) are alive, and never dropped.
        unsafe { slice::from_raw_parts_mut(vector.as_mut_ptr(), vector.len) }
    }

    /// Makes room for `additional` elements behind the first `used`, by the growth rule.
    /// `additional > cap - used`. Inlined, so that the header is not passed on by reference; see
    /// `raw`.
    #[inline(always)]
    fn grow(&mut self, used: usize, additional: usize) {
        debug_assert!(additional > self.cap - used);
        // SAFETY: V3 - data and cap are a block; additional > cap - used.
        self.adopt(unsafe { raw::grow_for::<T, A>(self.bytes(), self.cap, used, additional) });
    }

    /// Makes `used + additional` the capacity, exactly; it is at least `len`, and not 0.
    fn resize_block(&mut self, used: usize, additional: usize) {
        // SAFETY: V3 - data and cap are a block; V1 - all elements are below the new capacity.
        self.adopt(unsafe {
            raw::grow_exact::<A>(self.bytes(), self.cap, used, additional, Self::SHAPE)
        });
    }

    /// Takes over the block that growth made of the old one; panics or aborts if there is none.
    #[inline(always)]
    fn adopt(&mut self, block: raw::Block) {
        let cap = block.cap;
        self.data = block.expect(Self::SHAPE).cast();
        self.cap = cap;
    }

    /// As [`adopt`](Self::adopt), with an error in place of panic or abort.
    fn try_adopt(&mut self, block: raw::Block) -> Result<(), TryReserveError> {
        let cap = block.cap;
        self.data = block.into_result(Self::SHAPE)?.cast();
        self.cap = cap;
        Ok(())
    }

    /// Gives room back: `cap` becomes the capacity; `len <= cap < self.cap`.
    fn shrink(&mut self, cap: usize) {
        debug_assert!(self.len <= cap && cap < self.cap);
        if size_of::<T>() == 0 {
            return;
        }
        if cap == 0 {
            // SAFETY: V3 - data and cap are a block; V1 - without elements in it.
            unsafe { raw::free::<A>(self.bytes(), self.cap, Self::SHAPE) };
            self.data = NonNull::dangling();
            self.cap = 0;
        } else {
            self.resize_block(cap, 0);
        }
        self.check_invariants();
    }

    /// The block as the allocator sees it.
    #[inline(always)]
    const fn bytes(&self) -> *mut u8 {
        self.data.as_ptr().cast()
    }
}

// ---- Iteration ----------------------------------------------------------------------------------

impl<T, A: Source> Deref for Vector<T, A> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T, A: Source> DerefMut for Vector<T, A> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        self.as_mut_slice()
    }
}

// ---- Destruction --------------------------------------------------------------------------------

impl<T, A: Source> Drop for Vector<T, A> {
    #[inline]
    fn drop(&mut self) {
        self.check_invariants();
        let _block = Owned::<T, A> { data: self.data, cap: self.cap, source: PhantomData };
        // SAFETY: V2 - the elements are alive, and the vector is gone afterwards.
        unsafe { ptr::drop_in_place(self.as_mut_slice()) };
    }
}

// ---- Invariant check ----------------------------------------------------------------------------

impl<T, A: Source> Vector<T, A> {
    /// Checks what can be checked of V1, V3 and V4, in debug builds only.
    #[inline(always)]
    fn check_invariants(&self) {
        if cfg!(debug_assertions) {
            assert!(self.len <= self.cap, "V1");
            assert!(self.data.is_aligned(), "V3");
            if size_of::<T>() == 0 {
                assert!(self.cap == usize::MAX, "V3");
            } else {
                assert!(self.cap <= isize::MAX as usize / size_of::<T>(), "V4");
            }
        }
    }
}
