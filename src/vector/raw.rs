//! The block of a [`Vector`](super::Vector): how much to ask for, how to get it, how to give it
//! back.
//!
//! Nothing here touches a vector: a function takes pointer, capacity and length by value and
//! answers pointer and capacity by value. That is a matter of speed. Were growth a method on
//! `&mut Vector`, the address of the header would escape into a call, and a loop of `push` would
//! read and write the header in memory every time. Three things let it live in registers:
//!
//! - the slow path is handed values, so that a vector in a local variable has no address at all;
//! - it is `extern "C"`, which does not unwind: failure comes back as a null pointer, and the
//!   caller panics on a path of its own, after the header is whole again;
//! - it is compiled for each element type, so that, where the allocator is compiled along (fat
//!   LTO), its call is seen to come back, and a count behind a `&mut Vector` may be written once,
//!   after the loop.
//!
//! Cost: one call of the allocator per function, and a multiplication; no division.

use std::alloc::{self, GlobalAlloc, Layout};
use std::fmt;
use std::hint;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr::{self, NonNull};

use crate::allocator::{Allocator, usable_size};

// ---- Types --------------------------------------------------------------------------------------

/// Bytes of a first block: one cache line of the usual size.
const FIRST_BLOCK: usize = 64;

/// What a block holds.
pub(crate) struct Shape {
    /// Bytes of one element; a multiple of `align`.
    pub(crate) size: usize,
    /// Alignment of an element; a power of two.
    pub(crate) align: usize,
    /// Elements in a first block.
    pub(crate) first: usize,
}

impl Shape {
    /// The shape of a block of `T`.
    pub(crate) const fn of<T>() -> Self {
        Self::new(size_of::<T>(), align_of::<T>())
    }

    /// The shape of a block of elements of `size` bytes, aligned to `align`.
    pub(crate) const fn new(size: usize, align: usize) -> Self {
        let first = match FIRST_BLOCK.checked_div(size) {
            None => usize::MAX,
            Some(0) => 1,
            Some(elements) => elements,
        };
        Self { size, align, first }
    }

    /// Layout of `cap` elements, or `None` where V4 forbids them.
    #[inline]
    pub(crate) const fn layout(&self, cap: usize) -> Option<Layout> {
        match cap.checked_mul(self.size) {
            // `Layout` itself refuses more than `isize::MAX` bytes.
            Some(bytes) => match Layout::from_size_align(bytes, self.align) {
                Ok(layout) => Some(layout),
                Err(_) => None,
            },
            None => None,
        }
    }
}

/// Where the blocks of a [`Vector`](super::Vector) come from: a type without state, as all blocks
/// of a source are alike.
///
/// # Safety
/// What `allocate` and `reallocate` answer is null, or a block of the layout that was asked for,
/// owned by the caller alone until it gives it back, with a layout of as many bytes as it asked for
/// or as `room` told it. `room` counts elements that have place in the block.
pub unsafe trait Source {
    /// A block, or null. The layout's size is not 0.
    fn allocate(layout: Layout) -> *mut u8;

    /// The block with another size, not 0, perhaps elsewhere; null: it is as it was.
    ///
    /// # Safety
    /// A block of this source and of the layout; the size rounded up to its alignment is at most
    /// `isize::MAX`.
    unsafe fn reallocate(block: *mut u8, layout: Layout, size: usize) -> *mut u8;

    /// Gives the block back.
    ///
    /// # Safety
    /// A block of this source and of the layout, that nobody uses afterwards.
    unsafe fn deallocate(block: *mut u8, layout: Layout);

    /// How many elements of `size` bytes, not 0, the block has room for: `asked`, or more if it is
    /// known to hold more.
    ///
    /// # Safety
    /// A block of this source with room for `asked` elements.
    #[inline(always)]
    unsafe fn room(_block: *mut u8, asked: usize, _size: usize) -> usize {
        asked
    }
}

/// The program's global allocator. What a block of it really holds nobody may ask: it may stand on
/// another one, and keep something of its own behind the block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Global;

// SAFETY: V3 - the global allocator's own promises.
unsafe impl Source for Global {
    #[inline(always)]
    fn allocate(layout: Layout) -> *mut u8 {
        // SAFETY: V3 - the caller's promise.
        unsafe { alloc::alloc(layout) }
    }

    #[inline(always)]
    unsafe fn reallocate(block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: V3 - the caller's promise.
        unsafe { alloc::realloc(block, layout, size) }
    }

    #[inline(always)]
    unsafe fn deallocate(block: *mut u8, layout: Layout) {
        // SAFETY: V3 - the caller's promise.
        unsafe { alloc::dealloc(block, layout) };
    }
}

/// The twin of this crate tells how much a block holds, and is never told how much was asked for.
// SAFETY: V3 - a `GlobalAlloc`, whose blocks are known by their addresses alone.
unsafe impl Source for Allocator {
    #[inline(always)]
    fn allocate(layout: Layout) -> *mut u8 {
        // SAFETY: V3 - the caller's promise.
        unsafe { Self.alloc(layout) }
    }

    #[inline(always)]
    unsafe fn reallocate(block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: V3 - the caller's promise.
        unsafe { Self.realloc(block, layout, size) }
    }

    #[inline(always)]
    unsafe fn deallocate(block: *mut u8, layout: Layout) {
        // SAFETY: V3 - the caller's promise.
        unsafe { Self.dealloc(block, layout) };
    }

    #[inline(always)]
    unsafe fn room(block: *mut u8, _: usize, size: usize) -> usize {
        // SAFETY: V3 - the caller's promise.
        unsafe { usable_size(block) }.checked_div(size).unwrap_or(0)
    }
}

/// A block as growth hands it back.
///
/// TWIN: failure is a null `data`: the slow path then cannot unwind, which its callers profit from.
/// C++ throws, which costs the way that succeeds nothing.
///
/// `data` null means that there is none: `cap` is then 0 for a capacity overflow, or else the
/// capacity that the allocator could not provide.
#[repr(C)]
pub(crate) struct Block {
    pub(crate) data: *mut u8,
    pub(crate) cap: usize,
}

impl Block {
    const OVERFLOW: Self = Self { data: ptr::null_mut(), cap: 0 };
}

/// Why [`Vector::try_reserve`](super::Vector::try_reserve) and its kin made no room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TryReserveError {
    kind: TryReserveErrorKind,
}

/// The two ways in which making room fails.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TryReserveErrorKind {
    /// More than `isize::MAX` bytes would be needed.
    CapacityOverflow,
    /// The allocator has no memory for this request.
    AllocError {
        /// What it was asked for.
        layout: Layout,
    },
}

impl TryReserveError {
    /// Which of the two it was.
    pub fn kind(&self) -> TryReserveErrorKind {
        self.kind.clone()
    }
}

impl fmt::Display for TryReserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("memory allocation failed because ")?;
        match self.kind {
            TryReserveErrorKind::CapacityOverflow => {
                f.write_str("the computed capacity exceeded the collection's maximum")
            }
            TryReserveErrorKind::AllocError { .. } => {
                f.write_str("the memory allocator returned an error")
            }
        }
    }
}

impl std::error::Error for TryReserveError {}

// ---- Construction -------------------------------------------------------------------------------

/// Writes `value` to `slot`.
///
/// A value of several words that comes from memory is passed by address, and a plain write is then
/// a second copy: from where it was into the argument, from there into the slot, because growth in
/// between might, for all the optimiser knows, change the original. Taken as words the argument
/// lives in registers, and is spilled only on the path that grows. For a 64-byte element of an
/// array that saves 7 of 23 instructions per push.
///
/// TWIN: an element arrives by value, so that building it in its slot is to copy its words; in C++
/// it is constructed in place, from whatever its constructor takes.
///
/// # Safety
/// `slot` is aligned and valid for writing one `T`; what was there is not dropped.
#[inline(always)]
pub(crate) unsafe fn put<T>(slot: *mut T, value: T) {
    // More words than registers would only be spilled one by one.
    let words = size_of::<T>() / size_of::<Word>();
    if align_of::<T>() < align_of::<Word>() || !(4..=16).contains(&words) {
        // SAFETY: V2 - the caller hands in a raw slot of a block (V3).
        return unsafe { slot.write(value) };
    }
    let value = ManuallyDrop::new(value);
    let (from, to) = ((&raw const value).cast::<Word>(), slot.cast::<Word>());
    // Written out: a loop would be recognised as the very memcpy that this avoids.
    macro_rules! copy {
        ($($index:literal)*) => {$(
            if $index < words {
                // SAFETY: V6 - word `index` of the value moves; it is not dropped at its old place.
                unsafe { copy_word(from, to, $index) };
            }
        )*};
    }
    copy!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
}

/// One word of any value: carries padding, and pointers as pointers.
type Word = MaybeUninit<*const ()>;

/// # Safety
/// Both places have more than `index` aligned words.
#[inline(always)]
unsafe fn copy_word(from: *const Word, to: *mut Word, index: usize) {
    // SAFETY: V3 - the caller's promise.
    let from = unsafe { from.add(index) };
    // SAFETY: V3 - the caller's promise.
    let to = unsafe { to.add(index) };
    // SAFETY: V2 - a `Word` may be raw, so that reading one is always allowed.
    let word = unsafe { from.read() };
    // SAFETY: V2 - the slot is raw.
    unsafe { to.write(word) };
}

// ---- Mutation -----------------------------------------------------------------------------------

// TWIN: nothing stands here: to relocate an element is to copy its bytes, whatever its type, and
// `ptr::copy` does that where it is needed. C++ asks each type first whether its bytes may move.

// ---- Growth -------------------------------------------------------------------------------------

/// A block for exactly `cap` elements, or what the source has for them; `cap > 0` and
/// `shape.size > 0`.
#[inline]
pub(crate) fn allocate<A: Source>(cap: usize, shape: &Shape) -> Block {
    debug_assert!(cap > 0 && shape.size > 0);
    let Some(layout) = shape.layout(cap) else {
        return Block::OVERFLOW;
    };
    // V3: cap and size are not 0, so neither is the layout's size.
    Block::of::<A>(A::allocate(layout), cap, shape)
}

/// [`grow`] for elements of type `T`: [`push`](super::Vector::push)'s way out of line.
///
/// TWIN: marked cold, which only moves it away; g++ compiles cold functions for size, so that its
/// twin is not.
///
/// # Safety
/// As for [`grow`].
#[cold]
#[inline(never)]
pub(crate) unsafe extern "C" fn grow_for<T, A: Source>(
    data: *mut u8,
    cap: usize,
    len: usize,
    additional: usize,
) -> Block {
    // SAFETY: V3 - the caller's promise.
    unsafe { grow::<A>(data, cap, len, additional, &Shape::of::<T>()) }
}

/// Makes a block of `cap` elements at `data`, `len` of them alive, hold `additional` more, by the
/// growth rule: at least double, at least a first block; exactly what is needed if that passes
/// `isize::MAX` bytes.
///
/// On failure the old block is as it was.
///
/// # Safety
/// `data` and `cap` are a block of this shape (V3), and `additional > cap - len`. The old block is
/// the callee's; on success only the new one may be used.
#[inline(always)]
pub(crate) unsafe fn grow<A: Source>(
    data: *mut u8,
    cap: usize,
    len: usize,
    additional: usize,
    shape: &Shape,
) -> Block {
    let Some(needed) = len.checked_add(additional) else {
        return Block::OVERFLOW;
    };
    // 2 * cap does not wrap: cap <= isize::MAX by V4.
    let amortised = (2 * cap).max(needed).max(shape.first);
    let new_cap = if shape.layout(amortised).is_some() { amortised } else { needed };
    // SAFETY: V3 - the caller's promise; new_cap >= needed > cap.
    unsafe { reallocate::<A>(data, cap, new_cap, shape) }
}

/// Makes a block of `cap` elements at `data`, `len` of them alive, hold exactly `additional` more.
/// On failure the old block is as it was.
///
/// # Safety
/// `data` and `cap` are a block of this shape (V3), and `len + additional > 0`; what lies behind
/// so many elements is given up.
#[cold]
#[inline(never)]
pub(crate) unsafe extern "C" fn grow_exact<A: Source>(
    data: *mut u8,
    cap: usize,
    len: usize,
    additional: usize,
    shape: &Shape,
) -> Block {
    let Some(needed) = len.checked_add(additional) else {
        return Block::OVERFLOW;
    };
    // SAFETY: V3 - the caller's promise.
    unsafe { reallocate::<A>(data, cap, needed, shape) }
}

/// TWIN: a block is reallocated even if no element in it is alive; C++ makes a new one then, and
/// spares the allocator the copy.
///
/// # Safety
/// As for [`grow_exact`], and `new_cap > 0`.
#[inline(always)]
unsafe fn reallocate<A: Source>(data: *mut u8, cap: usize, new_cap: usize, shape: &Shape) -> Block {
    let Some(layout) = shape.layout(new_cap) else {
        return Block::OVERFLOW;
    };
    // Spares the allocator's question whether a small block can be aligned.
    // SAFETY: V3 - new_cap > 0, and the size of an element is a multiple of its alignment.
    unsafe { hint::assert_unchecked(layout.size() >= layout.align()) };
    let data = if cap == 0 {
        A::allocate(layout) // V3: new_cap and size are not 0.
    } else {
        // SAFETY: V4 - cap elements were laid out when the block was made, so that neither the
        // product wraps nor the alignment is wrong.
        let old = unsafe { Layout::from_size_align_unchecked(cap * shape.size, shape.align) };
        // SAFETY: V3 - `data` is a block of this layout; V4 - `layout` is within isize::MAX.
        unsafe { A::reallocate(data, old, layout.size()) }
    };
    Block::of::<A>(data, new_cap, shape)
}

impl Block {
    /// What the source has answered to a request for `asked` elements.
    #[inline(always)]
    fn of<A: Source>(data: *mut u8, asked: usize, shape: &Shape) -> Self {
        if data.is_null() {
            return Self { data, cap: asked };
        }
        // SAFETY: V3 - a block of this source, for so many elements.
        Self { data, cap: unsafe { A::room(data, asked, shape.size) } }
    }

    /// Whether there is none.
    #[inline(always)]
    pub(crate) fn failed(&self) -> bool {
        self.data.is_null()
    }

    /// The pointer to the block, or why there is none.
    pub(crate) fn into_result(self, shape: &Shape) -> Result<NonNull<u8>, TryReserveError> {
        NonNull::new(self.data).ok_or_else(|| {
            let kind = match (self.cap, shape.layout(self.cap)) {
                (0, _) | (_, None) => TryReserveErrorKind::CapacityOverflow,
                (_, Some(layout)) => TryReserveErrorKind::AllocError { layout },
            };
            TryReserveError { kind }
        })
    }

    /// The pointer to the block.
    ///
    /// # Panics
    /// If it failed by capacity overflow; if for want of memory, [`alloc::handle_alloc_error`]
    /// decides.
    #[inline(always)]
    pub(crate) fn expect(self, shape: &Shape) -> NonNull<u8> {
        match NonNull::new(self.data) {
            Some(data) => data,
            None => fail(self.cap, shape),
        }
    }
}

/// Ends an attempt to make room for `asked` elements; 0 says capacity overflow.
#[cold]
#[inline(never)]
pub(crate) fn fail(asked: usize, shape: &Shape) -> ! {
    match shape.layout(asked) {
        Some(layout) if asked > 0 => alloc::handle_alloc_error(layout),
        _ => panic!("capacity overflow"),
    }
}

/// Gives a block back.
///
/// # Safety
/// `data` and `cap` are a block of this shape (V3) that nobody uses afterwards.
#[inline]
pub(crate) unsafe fn free<A: Source>(data: *mut u8, cap: usize, shape: &Shape) {
    if cap != 0 && shape.size != 0 {
        // SAFETY: V4 - cap elements were laid out when the block was made.
        let layout = unsafe { Layout::from_size_align_unchecked(cap * shape.size, shape.align) };
        // SAFETY: V3 - this vector alone owns the block and gives it back once, with that size.
        unsafe { A::deallocate(data, layout) };
    }
}

/// Owns a block, not the elements in it: gives it back on the way out even if the destructor of
/// an element panics.
pub(crate) struct Owned<T, A: Source> {
    pub(crate) data: NonNull<T>,
    pub(crate) cap: usize,
    pub(crate) source: PhantomData<A>,
}

impl<T, A: Source> Drop for Owned<T, A> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: V3 - whoever makes an `Owned` gives the block up to it.
        unsafe { free::<A>(self.data.as_ptr().cast(), self.cap, &Shape::of::<T>()) };
    }
}
