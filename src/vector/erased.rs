//! A vector whose element type is known only at run time: what stands behind the C interface.
//!
//! ```text
//!     ErasedVector                one block of cap * elem->size bytes
//! +------+-----+-----+------+      +------+------+------+- - - -+- - - -+
//! | data | len | cap | elem |----->| [0]  | [1]  | [2]  |  raw  |  raw  |
//! +------+-----+-----+------+      +------+------+------+- - - -+- - - -+
//!                     |             <------- len ------> <- cap - len ->
//!                     +--> size, align, copy, relocate, destroy, context
//! ```
//!
//! The table says what an element is (`include/diptych/elem.h`). Where it has no function, bytes
//! are enough: a copy is `memcpy`, growth is `realloc`, a gap is `memmove`.
//!
//! The meaning of every operation, its cost and what it does to pointers stand in
//! `include/diptych/vector.h`; the growth rule and the invariants in `spec/vector.md`. Errors come
//! back as [`ErasedError`]; no operation panics, and after an error the elements are as they were.
//!
//! V5 without guards: a function of the table cannot unwind, but it may end the thread. While one
//! runs, `len` counts only elements in their place.

mod element;
mod error;

use core::ffi::{c_int, c_void};
use core::mem::{self, ManuallyDrop};
use core::ptr;
use std::alloc;

use element::{Element, ask_keep, ask_same};
pub use error::ErasedError;

use crate::capi::bindings::{dpt_elem, dpt_rust_vec};

// ---- Types --------------------------------------------------------------------------------------

/// A growable array of elements that a table describes. In memory it is C's `dpt_rust_vec`.
///
/// TWIN: it repeats the fields of that struct, where the C++ twin holds one: here memory has no
/// type of its own, so that equal layouts, asserted below, are enough to read one as the other.
#[repr(C)]
pub struct ErasedVector {
    data: *mut u8,
    len: usize,
    cap: usize,
    elem: Element,
}

/// Whether an item is to be kept: `dpt_vec_retain`.
pub type Keep = unsafe extern "C" fn(item: *const c_void, context: *mut c_void) -> c_int;

/// Whether two items are the same: `dpt_vec_dedup`.
pub type Same =
    unsafe extern "C" fn(item: *const c_void, kept: *const c_void, context: *mut c_void) -> c_int;

const _: () = {
    assert!(mem::size_of::<ErasedVector>() == mem::size_of::<dpt_rust_vec>());
    assert!(mem::align_of::<ErasedVector>() == mem::align_of::<dpt_rust_vec>());
    assert!(mem::offset_of!(ErasedVector, data) == mem::offset_of!(dpt_rust_vec, data));
    assert!(mem::offset_of!(ErasedVector, len) == mem::offset_of!(dpt_rust_vec, len));
    assert!(mem::offset_of!(ErasedVector, cap) == mem::offset_of!(dpt_rust_vec, cap));
    assert!(mem::offset_of!(ErasedVector, elem) == mem::offset_of!(dpt_rust_vec, elem));
};

#[cfg(feature = "workloads")]
impl ErasedVector {
    /// Its fields, which nobody else can name: name, offset, size.
    pub(crate) const FIELDS: [(&str, usize, usize); 4] = [
        ("data", mem::offset_of!(Self, data), size_of::<*mut u8>()),
        ("len", mem::offset_of!(Self, len), size_of::<usize>()),
        ("cap", mem::offset_of!(Self, cap), size_of::<usize>()),
        ("elem", mem::offset_of!(Self, elem), size_of::<Element>()),
    ];
}

/// Bytes of the first block that growth makes, where an element is not larger.
const FIRST_BLOCK_BYTES: usize = 64;

// ---- Construction -------------------------------------------------------------------------------

impl ErasedVector {
    /// An empty vector; allocates nothing.
    ///
    /// # Errors
    /// The table's size or alignment makes no sense.
    ///
    /// # Safety
    /// `elem` points to a table that outlives the vector; its functions keep their contract and do
    /// not touch the vector.
    pub unsafe fn new(elem: *const dpt_elem) -> Result<Self, ErasedError> {
        // SAFETY: V8 - the caller's promise.
        let elem = unsafe { Element::new(elem) }?;
        Ok(Self::of(elem))
    }

    /// An empty vector with room for exactly `capacity` elements.
    ///
    /// # Errors
    /// As [`new`](Self::new); too many bytes; no memory.
    ///
    /// # Safety
    /// As [`new`](Self::new).
    pub unsafe fn with_capacity(
        elem: *const dpt_elem,
        capacity: usize,
    ) -> Result<Self, ErasedError> {
        // SAFETY: V8 - the caller's promise.
        let mut vector = unsafe { Self::new(elem) }?;
        vector.reserve_exact(capacity)?;
        Ok(vector)
    }

    /// A vector of copies of the `count` elements at `items`.
    ///
    /// # Errors
    /// As [`with_capacity`](Self::with_capacity); a copy failed.
    ///
    /// # Safety
    /// As [`new`](Self::new); `items` points to `count` elements of the table's type, unless
    /// `count` is 0.
    pub unsafe fn from_items(
        elem: *const dpt_elem,
        items: *const c_void,
        count: usize,
    ) -> Result<Self, ErasedError> {
        // SAFETY: V8 - the caller's promise.
        let mut vector = unsafe { Self::with_capacity(elem, count) }?;
        // SAFETY: V2 - the caller's promise; nothing aliases a new block.
        unsafe { vector.append_copies(items.cast(), count, vector.elem.size()) }?;
        Ok(vector)
    }

    /// A vector of copies of all elements, with no room to spare.
    ///
    /// # Errors
    /// No memory; a copy failed.
    pub fn try_clone(&self) -> Result<Self, ErasedError> {
        let mut copy = Self::of(self.elem);
        copy.reserve_exact(self.len)?;
        // SAFETY: V2 - `len` elements are alive at `data`; nothing aliases a new block.
        unsafe { copy.append_copies(self.data, self.len, self.elem.size()) }?;
        Ok(copy)
    }

    /// The vector that [`into_raw`](Self::into_raw) took apart.
    ///
    /// # Safety
    /// `header` came from there, or from C, which got it there; its old place is forgotten.
    #[must_use]
    pub unsafe fn from_raw(header: dpt_rust_vec) -> Self {
        // SAFETY: V8 - the layouts are the same; the table was looked at when the vector was new.
        unsafe { mem::transmute::<dpt_rust_vec, Self>(header) }
    }

    fn of(elem: Element) -> Self {
        Self { data: ptr::without_provenance_mut(elem.align()), len: 0, cap: 0, elem }
    }
}

// ---- Queries ------------------------------------------------------------------------------------

impl ErasedVector {
    /// Elements alive.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Elements the block has room for.
    pub fn capacity(&self) -> usize {
        self.cap
    }

    /// The element at `index`, if there is one.
    pub fn get(&self, index: usize) -> Option<*mut c_void> {
        (index < self.len).then(|| self.slot(index).cast())
    }

    #[inline]
    fn slot(&self, index: usize) -> *mut u8 {
        self.elem.slot(self.data, index)
    }

    /// How many bytes behind the first element `item` lies, if it lies in an element of ours.
    fn offset_of(&self, item: *const u8) -> Option<usize> {
        let offset = item.addr().wrapping_sub(self.data.addr());
        (offset < self.len * self.elem.size()).then_some(offset)
    }

    fn check_index(&self, index: usize, end: usize) -> Result<(), ErasedError> {
        if index < end { Ok(()) } else { Err(ErasedError::Index { index, len: self.len }) }
    }
}

// ---- Mutation -----------------------------------------------------------------------------------

impl ErasedVector {
    /// Appends a copy of `item`, which may be an element of this vector.
    ///
    /// # Errors
    /// Too many bytes; no memory; the copy failed.
    ///
    /// # Safety
    /// `item` points to an element of the table's type.
    #[inline]
    pub unsafe fn push(&mut self, item: *const c_void) -> Result<(), ErasedError> {
        // SAFETY: V2 - the caller's promise.
        if unsafe { self.push_bytes(item) } {
            return Ok(());
        }
        // SAFETY: V2 - the caller's promise.
        unsafe { self.push_slow(item) }
    }

    /// As `push`, where there is room and bytes are enough, so that nothing can fail or panic;
    /// elsewhere answers false.
    ///
    /// `extern "C"`, here and where bytes are copied, says that nothing unwinds: a caller in C
    /// needs no personality routine for it then, and can be inlined into C++.
    ///
    /// # Safety
    /// As for `push`.
    #[inline]
    pub unsafe extern "C" fn push_bytes(&mut self, item: *const c_void) -> bool {
        let fits = self.len < self.cap && self.elem.copies_by_bytes();
        if fits {
            // SAFETY: V2 - slot `len` is raw, so it is none of the elements and not `item`.
            unsafe { self.elem.copy_bytes(self.slot(self.len), item.cast()) };
            self.len += 1;
        }
        fits
    }

    /// Appends `item` itself, which is raw afterwards.
    ///
    /// # Errors
    /// Too many bytes; no memory. The caller then still owns `item`.
    ///
    /// # Safety
    /// `item` points to an element of the table's type, outside of this vector.
    #[inline]
    pub unsafe fn push_take(&mut self, item: *mut c_void) -> Result<(), ErasedError> {
        if self.len == self.cap {
            self.grow(1)?;
        }
        // SAFETY: V6 - slot `len` is raw; `item` is the caller's to give.
        unsafe { self.elem.relocate(self.slot(self.len), item.cast()) };
        self.len += 1;
        Ok(())
    }

    /// Appends copies of the `count` elements at `items`, which may be elements of this vector.
    ///
    /// # Errors
    /// `items` is in this vector and reaches past its end; too many bytes; no memory; a copy
    /// failed.
    ///
    /// # Safety
    /// `items` points to `count` elements of the table's type, unless `count` is 0.
    pub unsafe fn extend(&mut self, items: *const c_void, count: usize) -> Result<(), ErasedError> {
        let (size, len) = (self.elem.size(), self.len);
        if count > 0
            && let Some(offset) = self.offset_of(items.cast())
            && count > (len * size - offset) / size
        {
            return Err(ErasedError::Range { first: offset / size, count, len });
        }
        let items = self.reserve_beside(count, items.cast())?;
        // SAFETY: V2 - the caller's promise; `items` ends before slot `len` or is elsewhere.
        unsafe { self.append_copies(items, count, size) }
    }

    /// Moves all elements of `source` to the end; `source` keeps its block.
    ///
    /// # Errors
    /// The element tables differ; too many bytes; no memory.
    pub fn append(&mut self, source: &mut Self) -> Result<(), ErasedError> {
        if !self.elem.is_like(source.elem) {
            return Err(ErasedError::UnlikeElements);
        }
        self.reserve(source.len)?;
        let count = mem::replace(&mut source.len, 0);
        // SAFETY: V6 - `count` raw slots follow `len`; the source forgot its elements.
        unsafe { self.elem.relocate_run(self.slot(self.len), source.data, count) };
        self.len += count;
        Ok(())
    }

    /// Moves the last element to `out`, or destroys it if `out` is null.
    ///
    /// # Errors
    /// The vector is empty.
    ///
    /// # Safety
    /// `out` is null or raw memory for one element, outside of this vector.
    #[inline]
    pub unsafe fn pop(&mut self, out: *mut c_void) -> Result<(), ErasedError> {
        if self.len == 0 {
            return Err(ErasedError::Empty);
        }
        self.len -= 1;
        // SAFETY: V2 - the slot was the last element and no longer counts.
        unsafe { self.give_up(self.slot(self.len), out) };
        Ok(())
    }

    /// Destroys the elements from `len` on.
    pub fn truncate(&mut self, len: usize) {
        if len < self.len {
            let count = self.len - len;
            self.len = len;
            // SAFETY: V2 - `count` elements from slot `len` on were alive and no longer count.
            unsafe { self.elem.destroy_run(self.slot(len), count) };
        }
    }

    /// Destroys all elements.
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Truncates to `len`, or appends copies of `fill` until there are `len`.
    ///
    /// # Errors
    /// Too many bytes; no memory; a copy failed.
    ///
    /// # Safety
    /// `fill` points to an element of the table's type, unless nothing is appended.
    pub unsafe fn resize(&mut self, len: usize, fill: *const c_void) -> Result<(), ErasedError> {
        if len <= self.len {
            self.truncate(len);
            return Ok(());
        }
        let count = len - self.len;
        let fill = self.reserve_beside(count, fill.cast())?;
        // SAFETY: V2 - the caller's promise; `fill` is before slot `len` or not in the block.
        unsafe { self.append_copies(fill, count, 0) }
    }

    /// Puts a copy of `item`, which may be an element of this vector, before the element at
    /// `index`.
    ///
    /// # Errors
    /// `index > len`; too many bytes; no memory; the copy failed.
    ///
    /// # Safety
    /// `item` points to an element of the table's type.
    pub unsafe fn insert(&mut self, index: usize, item: *const c_void) -> Result<(), ErasedError> {
        self.check_index(index, self.len + 1)?;
        let mut item = self.reserve_beside(1, item.cast())?;
        let size = self.elem.size();
        if self.offset_of(item).is_some_and(|offset| offset >= index * size) {
            item = item.wrapping_add(size);
        }
        let tail = self.part(index, 1);
        // SAFETY: V2 - the slot is raw; `item` is alive, and was followed if the gap moved it.
        let result = unsafe { self.elem.copy_run(self.slot(index), item, 1, size) };
        // SAFETY: V2 - the gap of 1 has `tail` elements behind it; it is filled if the copy was
        // made.
        unsafe { self.join(1, usize::from(result.is_ok()), tail) };
        result
    }

    /// Puts `item` itself before the element at `index`.
    ///
    /// # Errors
    /// `index > len`; too many bytes; no memory. The caller then still owns `item`.
    ///
    /// # Safety
    /// `item` points to an element of the table's type, outside of this vector.
    pub unsafe fn insert_take(
        &mut self,
        index: usize,
        item: *mut c_void,
    ) -> Result<(), ErasedError> {
        self.check_index(index, self.len + 1)?;
        self.reserve(1)?;
        let tail = self.part(index, 1);
        // SAFETY: V6 - the slot is raw; `item` is the caller's to give.
        unsafe { self.elem.relocate(self.slot(index), item.cast()) };
        self.len = index + 1 + tail;
        Ok(())
    }

    /// Moves the element at `index` to `out`, or destroys it if `out` is null; the rest closes up.
    ///
    /// # Errors
    /// `index >= len`.
    ///
    /// # Safety
    /// `out` is null or raw memory for one element, outside of this vector.
    pub unsafe fn remove(&mut self, index: usize, out: *mut c_void) -> Result<(), ErasedError> {
        self.check_index(index, self.len)?;
        let tail = self.len - index - 1;
        self.len = index;
        // SAFETY: V2 - the slot was an element and no longer counts.
        unsafe { self.give_up(self.slot(index), out) };
        // SAFETY: V2 - slot `index` is raw now and has `tail` elements behind it.
        unsafe { self.join(1, 0, tail) };
        Ok(())
    }

    /// As [`remove`](Self::remove), but the last element takes the place.
    ///
    /// # Errors
    /// `index >= len`.
    ///
    /// # Safety
    /// As [`remove`](Self::remove).
    pub unsafe fn swap_remove(
        &mut self,
        index: usize,
        out: *mut c_void,
    ) -> Result<(), ErasedError> {
        self.check_index(index, self.len)?;
        let last = self.len - 1;
        self.len = index;
        // SAFETY: V2 - the slot was an element and no longer counts.
        unsafe { self.give_up(self.slot(index), out) };
        if index != last {
            // SAFETY: V6 - slot `index` is raw now, the last one alive.
            unsafe { self.elem.relocate(self.slot(index), self.slot(last)) };
        }
        self.len = last;
        Ok(())
    }

    /// Moves an element that no longer counts to `out`, or destroys it if `out` is null.
    ///
    /// # Safety
    /// `slot` holds a living element that is not counted; `out` as for [`pop`](Self::pop).
    #[inline]
    unsafe fn give_up(&mut self, slot: *mut u8, out: *mut c_void) {
        if out.is_null() {
            // SAFETY: V2 - the caller's promise.
            unsafe { self.elem.destroy_run(slot, 1) };
        } else {
            // SAFETY: V6 - the caller's promise.
            unsafe { self.elem.relocate(out.cast(), slot) };
        }
    }
}

// ---- Growth -------------------------------------------------------------------------------------

impl ErasedVector {
    /// Makes room for `additional` elements by the growth rule.
    ///
    /// # Errors
    /// Too many bytes; no memory.
    pub fn reserve(&mut self, additional: usize) -> Result<(), ErasedError> {
        if additional <= self.cap - self.len { Ok(()) } else { self.grow(additional) }
    }

    /// Makes room for exactly `additional` elements, unless there is more.
    ///
    /// # Errors
    /// Too many bytes; no memory.
    pub fn reserve_exact(&mut self, additional: usize) -> Result<(), ErasedError> {
        if additional <= self.cap - self.len {
            return Ok(());
        }
        let cap = self.checked_capacity(additional)?;
        self.reallocate(cap)
    }

    /// Gives the room behind the elements back.
    ///
    /// # Errors
    /// No memory; nothing has changed then.
    pub fn shrink_to_fit(&mut self) -> Result<(), ErasedError> {
        self.reallocate(self.len)
    }

    #[cold]
    #[inline(never)]
    unsafe fn push_slow(&mut self, item: *const c_void) -> Result<(), ErasedError> {
        let item = self.reserve_beside(1, item.cast())?;
        // SAFETY: V2 - `push` was promised an element; slot `len` is raw and not `item`.
        unsafe { self.append_copies(item, 1, 0) }
    }

    /// Appends copies for which there is room; see [`Element::copy_run`].
    ///
    /// # Safety
    /// `count` slots are raw; the sources are alive and not among them.
    unsafe fn append_copies(
        &mut self,
        items: *const u8,
        count: usize,
        stride: usize,
    ) -> Result<(), ErasedError> {
        debug_assert!(count <= self.cap - self.len);
        if count > 0 {
            // SAFETY: V2 - the slots from `len` on are raw; the caller's promise.
            unsafe { self.elem.copy_run(self.slot(self.len), items, count, stride) }?;
            self.len += count;
        }
        Ok(())
    }

    /// As `reserve`; answers where `item` is then, which moves along if it is an element of ours.
    fn reserve_beside(
        &mut self,
        additional: usize,
        item: *const u8,
    ) -> Result<*const u8, ErasedError> {
        if additional <= self.cap - self.len {
            return Ok(item);
        }
        let offset = self.offset_of(item);
        self.grow(additional)?;
        Ok(offset.map_or(item, |offset| self.data.wrapping_add(offset)))
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, additional: usize) -> Result<(), ErasedError> {
        let needed = self.checked_capacity(additional)?;
        let size = self.elem.size();
        let first = (FIRST_BLOCK_BYTES / size).max(1);
        // V4 - `cap` elements are at most `isize::MAX` bytes, so that doubling cannot overflow.
        let roomy = (2 * self.cap).max(needed).max(first);
        let most = isize::MAX as usize / size;
        self.reallocate(if roomy <= most { roomy } else { needed })
    }

    /// V4: `len + additional`, if the block may be so large.
    fn checked_capacity(&self, additional: usize) -> Result<usize, ErasedError> {
        let (len, size) = (self.len, self.elem.size());
        match len.checked_add(additional) {
            Some(needed) if needed <= isize::MAX as usize / size => Ok(needed),
            _ => Err(ErasedError::Capacity { len, additional, size }),
        }
    }

    /// Gives the vector a block of exactly `cap` elements, `len <= cap`, or none.
    fn reallocate(&mut self, cap: usize) -> Result<(), ErasedError> {
        self.check_invariants();
        debug_assert!(self.len <= cap);
        if cap == self.cap {
            return Ok(());
        }
        if cap == 0 {
            self.release();
            return Ok(());
        }
        let new = self.elem.layout(cap);
        let data = if self.cap > 0 && self.elem.relocates_by_bytes() {
            // TWIN: `realloc` takes any alignment here; C's does not, so that C++ moves elements of
            // an over-aligned block itself.
            let old = self.elem.layout(self.cap);
            // SAFETY: V3 - the block has the layout `old`; `new` has the same alignment and is not
            // empty.
            unsafe { alloc::realloc(self.data, old, new.size()) }
        } else {
            // SAFETY: V3 - `new` is not empty: neither `cap` nor an element's size is 0.
            unsafe { alloc::alloc(new) }
        };
        if data.is_null() {
            return Err(ErasedError::Memory { bytes: new.size() });
        }
        if !self.elem.relocates_by_bytes() {
            let len = mem::replace(&mut self.len, 0);
            // SAFETY: V6 - `len` elements were alive at `data`; the new block is raw.
            unsafe { self.elem.relocate_run(data, self.data, len) };
            self.release();
            self.len = len;
        }
        self.data = data;
        self.cap = cap;
        Ok(())
    }

    /// Frees the block, in which no element is alive.
    fn release(&mut self) {
        debug_assert!(self.len == 0);
        let cap = mem::replace(&mut self.cap, 0);
        if cap > 0 {
            // SAFETY: V3 - the block has this layout, and is forgotten here.
            unsafe { alloc::dealloc(self.data, self.elem.layout(cap)) };
            self.data = ptr::without_provenance_mut(self.elem.align());
        }
    }
}

// ---- Ranges -------------------------------------------------------------------------------------

impl ErasedVector {
    /// Destroys `count` elements from `first` on; the rest closes up.
    ///
    /// # Errors
    /// The range reaches past the end.
    pub fn erase(&mut self, first: usize, count: usize) -> Result<(), ErasedError> {
        let len = self.len;
        if first > len || count > len - first {
            return Err(ErasedError::Range { first, count, len });
        }
        self.len = first;
        // SAFETY: V2 - the elements were alive and no longer count.
        unsafe { self.elem.destroy_run(self.slot(first), count) };
        // SAFETY: V2 - the `count` slots are raw now and have the rest behind them.
        unsafe { self.join(count, 0, len - first - count) };
        Ok(())
    }

    /// Cuts the elements from `at` on off into a vector without room to spare.
    ///
    /// # Errors
    /// `at > len`; no memory.
    pub fn split_off(&mut self, at: usize) -> Result<Self, ErasedError> {
        self.check_index(at, self.len + 1)?;
        let mut rest = Self::of(self.elem);
        rest.reserve_exact(self.len - at)?;
        let count = self.len - at;
        self.len = at;
        // SAFETY: V6 - `count` elements from `at` on were alive; the new block is raw.
        unsafe { self.elem.relocate_run(rest.data, self.slot(at), count) };
        rest.len = count;
        Ok(rest)
    }

    /// Keeps the elements for which `keep` is not 0; destroys the others.
    ///
    /// TWIN: cannot fail: an exception that `keep` throws ends the program at the border to Rust,
    /// where C++ catches it and keeps the rest.
    ///
    /// # Safety
    /// `keep` may be called with any element and `context`, and does not touch the vector.
    pub unsafe fn retain(&mut self, keep: Keep, context: *mut c_void) {
        let len = mem::replace(&mut self.len, 0);
        let mut kept = 0;
        for index in 0..len {
            let item = self.slot(index);
            // SAFETY: V2 - slot `index` is alive: only slots before it were left.
            if unsafe { ask_keep(keep, item.cast(), context) } == 0 {
                // SAFETY: V2 - alive, as above, and not counted.
                unsafe { self.elem.destroy_run(item, 1) };
                continue;
            }
            if kept != index {
                // SAFETY: V6 - slot `kept` was left by its element.
                unsafe { self.elem.relocate(self.slot(kept), item) };
            }
            kept += 1;
        }
        self.len = kept;
    }

    /// Of each run of neighbours for which `same` is not 0, keeps the first.
    ///
    /// TWIN: cannot fail: an exception that `same` throws ends the program at the border to Rust,
    /// where C++ catches it and keeps the rest.
    ///
    /// # Safety
    /// `same` may be called with any two elements and `context`, and does not touch the vector.
    pub unsafe fn dedup(&mut self, same: Same, context: *mut c_void) {
        let len = mem::replace(&mut self.len, 0);
        let mut kept = len.min(1);
        for index in 1..len {
            let (item, before) = (self.slot(index), self.slot(kept - 1));
            // SAFETY: V2 - both are alive: `before` is the last one kept, and slot `index` was not
            // reached yet.
            if unsafe { ask_same(same, item.cast(), before.cast(), context) } != 0 {
                // SAFETY: V2 - alive, as above, and not counted.
                unsafe { self.elem.destroy_run(item, 1) };
                continue;
            }
            if kept != index {
                // SAFETY: V6 - slot `kept` was left by its element.
                unsafe { self.elem.relocate(self.slot(kept), item) };
            }
            kept += 1;
        }
        self.len = kept;
    }

    /// Opens `count` raw slots before `index` and answers the first; `len` is `index` until
    /// [`close_gap`](Self::close_gap).
    ///
    /// # Errors
    /// `index > len`; too many bytes; no memory.
    pub fn open_gap(&mut self, index: usize, count: usize) -> Result<*mut c_void, ErasedError> {
        self.check_index(index, self.len + 1)?;
        self.reserve(count)?;
        self.part(index, count);
        Ok(self.slot(index).cast())
    }

    /// Ends [`open_gap`](Self::open_gap): the first `filled` slots of the gap hold elements now,
    /// and `tail` elements are behind it.
    ///
    /// # Errors
    /// `filled > count`; no gap at `index`; more than the capacity.
    ///
    /// # Safety
    /// `count` and `tail` are those of the gap, and its first `filled` slots hold elements.
    pub unsafe fn close_gap(
        &mut self,
        index: usize,
        count: usize,
        filled: usize,
        tail: usize,
    ) -> Result<(), ErasedError> {
        let cap = self.cap;
        if filled > count {
            return Err(ErasedError::GapOverfilled { filled, count });
        }
        if index != self.len {
            return Err(ErasedError::GapMoved { index, len: self.len });
        }
        if count > cap - index || tail > cap - index - count {
            return Err(ErasedError::GapTooLong { index, count, tail, cap });
        }
        // SAFETY: V2 - the caller's promise.
        unsafe { self.join(count, filled, tail) };
        Ok(())
    }

    /// Declares the first `len` slots alive.
    ///
    /// # Errors
    /// `len > cap`.
    ///
    /// # Safety
    /// They are, and no slot behind them is.
    pub unsafe fn set_len(&mut self, len: usize) -> Result<(), ErasedError> {
        if len > self.cap {
            return Err(ErasedError::Room { len, cap: self.cap });
        }
        self.len = len;
        Ok(())
    }

    /// Moves the elements from `index` on `count` slots up, for which there is room, and forgets
    /// them (V5); answers how many they are.
    fn part(&mut self, index: usize, count: usize) -> usize {
        let tail = mem::replace(&mut self.len, index) - index;
        // SAFETY: V6 - `tail` elements are alive from `index` on; the slots they move to are raw or
        // their own.
        unsafe {
            self.elem.relocate_run(self.slot(index + count), self.slot(index), tail);
        }
        tail
    }

    /// Moves the `tail` elements behind the gap of `count` slots at `len` down to its first
    /// `filled` ones, and counts them all.
    ///
    /// # Safety
    /// There is such a gap, its first `filled` slots are alive, the others raw.
    unsafe fn join(&mut self, count: usize, filled: usize, tail: usize) {
        let index = self.len;
        let (to, from) = (self.slot(index + filled), self.slot(index + count));
        // SAFETY: V6 - the caller's promise.
        unsafe { self.elem.relocate_run(to, from, tail) };
        self.len = index + filled + tail;
    }
}

// ---- Destruction --------------------------------------------------------------------------------

impl ErasedVector {
    /// The vector as C holds it; the caller owns block and elements.
    #[must_use]
    pub fn into_raw(self) -> dpt_rust_vec {
        let vector = ManuallyDrop::new(self);
        dpt_rust_vec {
            data: vector.data,
            len: vector.len,
            cap: vector.cap,
            elem: vector.elem.table_pointer(),
        }
    }
}

impl Drop for ErasedVector {
    fn drop(&mut self) {
        self.clear();
        self.release();
    }
}

// ---- Invariant check ----------------------------------------------------------------------------

impl ErasedVector {
    /// The header is sound (V1, V3, V4); what the slots hold cannot be seen.
    fn check_invariants(&self) {
        debug_assert!(self.len <= self.cap, "V1");
        debug_assert!(!self.data.is_null(), "V3");
        debug_assert!(self.data.addr().is_multiple_of(self.elem.align()), "V3");
        debug_assert!(self.cap <= isize::MAX as usize / self.elem.size(), "V4");
    }
}

// ---- Tests --------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use super::*;

    const fn plain(size: usize, align: usize) -> dpt_elem {
        dpt_elem {
            size,
            align,
            copy: None,
            relocate: None,
            destroy: None,
            context: ptr::null_mut(),
        }
    }

    /// Fills a vector of the table with the numbers up to 100, through all ways to grow.
    fn grown(elem: &dpt_elem) -> ErasedVector {
        // SAFETY: V8 - the table has no function and outlives the vector in every test below.
        let mut vector = unsafe { ErasedVector::new(elem) }.expect("a sound table");
        let mut item = vec![0_u8; elem.size];
        for value in 0..100 {
            item[0] = value;
            // SAFETY: V2 - the item has the bytes of an element.
            unsafe { vector.push(item.as_ptr().cast()) }.expect("there is memory");
            vector.check_invariants();
        }
        vector
    }

    fn first_bytes(vector: &ErasedVector) -> Vec<u8> {
        (0..vector.len())
            .map(|index| {
                // SAFETY: V2 - the slot is alive, and an element has at least one byte.
                unsafe { *vector.slot(index) }
            })
            .collect()
    }

    #[test]
    fn a_block_of_any_alignment_keeps_its_elements_when_it_grows_and_shrinks() {
        for (size, align) in [(1, 1), (3, 1), (24, 8), (64, 64), (4096, 4096)] {
            let elem = plain(size, align);
            let mut vector = grown(&elem);
            vector.reserve_exact(1000).expect("there is memory");
            vector.check_invariants();
            vector.shrink_to_fit().expect("there is memory");
            vector.check_invariants();
            assert_eq!(vector.capacity(), 100);
            assert_eq!(first_bytes(&vector), (0..100).collect::<Vec<u8>>());
        }
    }

    #[test]
    fn a_vector_taken_apart_for_c_and_put_together_again_is_the_same() {
        let elem = plain(8, 8);
        let header = grown(&elem).into_raw();
        assert!((header.len, header.cap) == (100, 128) && ptr::eq(header.elem, &elem));
        // SAFETY: V8 - the header came from `into_raw`.
        let vector = unsafe { ErasedVector::from_raw(header) };
        assert_eq!(first_bytes(&vector), (0..100).collect::<Vec<u8>>());
    }

    #[test]
    fn a_fill_longer_than_one_piece_reaches_every_slot() {
        for size in [1, 5, 16, FIRST_BLOCK_BYTES, 5000] {
            let elem = plain(size, 1);
            let item: Vec<u8> = (0..size).map(|byte| (byte % 251) as u8).collect();
            // SAFETY: V8 - the table has no function and outlives the vector.
            let mut vector = unsafe { ErasedVector::new(&elem) }.expect("a sound table");
            // SAFETY: V2 - the item has the bytes of an element.
            unsafe { vector.resize(999, item.as_ptr().cast()) }.expect("there is memory");
            for index in 0..999 {
                // SAFETY: V2 - the slot is alive and has `size` bytes.
                let slot = unsafe { core::slice::from_raw_parts(vector.slot(index), size) };
                assert_eq!(slot, item);
            }
        }
    }
}
