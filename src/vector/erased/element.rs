//! Runs of elements whose type only a table knows.

use core::alloc::Layout;
use core::ffi::{c_int, c_void};
use core::{mem, ptr};

use super::error::ErasedError;
use crate::capi::bindings::{dpt_elem, dpt_status};

/// Bytes of a filled run that are copied on at once: few enough to stay in the first-level cache.
const FILL_BYTES: usize = 4096;

/// One element type: a pointer to its table.
///
/// V8: the table is alive and sound, its size is a positive multiple of its alignment, and its
/// functions keep their contract (`include/diptych/elem.h`).
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Element(*const dpt_elem);

// ---- Construction -------------------------------------------------------------------------------

impl Element {
    /// Looks at a table before it is trusted.
    ///
    /// # Safety
    /// `table` points to a table that outlives every use of the result, with sound functions.
    pub(super) unsafe fn new(table: *const dpt_elem) -> Result<Self, ErasedError> {
        let element = Self(table);
        let (size, align) = (element.size(), element.align());
        if size == 0 {
            return Err(ErasedError::ElementSizeZero);
        }
        if !align.is_power_of_two() {
            return Err(ErasedError::ElementAlign { align });
        }
        if !size.is_multiple_of(align) {
            return Err(ErasedError::ElementSize { size, align });
        }
        Ok(element)
    }
}

// ---- Queries ------------------------------------------------------------------------------------

impl Element {
    #[inline]
    fn table<'a>(self) -> &'a dpt_elem {
        // SAFETY: V8 - the table is alive as long as anything that uses it.
        unsafe { &*self.0 }
    }

    pub(super) fn table_pointer(self) -> *const dpt_elem {
        self.0
    }

    #[inline]
    pub(super) fn size(self) -> usize {
        self.table().size
    }

    #[inline]
    pub(super) fn align(self) -> usize {
        self.table().align
    }

    #[inline]
    pub(super) fn copies_by_bytes(self) -> bool {
        self.table().copy.is_none()
    }

    #[inline]
    pub(super) fn relocates_by_bytes(self) -> bool {
        self.table().relocate.is_none()
    }

    /// The memory of `count` elements, which are at most `isize::MAX` bytes (V4).
    pub(super) fn layout(self, count: usize) -> Layout {
        debug_assert!(count <= isize::MAX as usize / self.size());
        // SAFETY: V4 - the bytes are at most `isize::MAX` and a multiple of the alignment, a power
        // of two.
        unsafe { Layout::from_size_align_unchecked(count * self.size(), self.align()) }
    }

    /// The slot `index` of the block at `block`.
    #[inline]
    pub(super) fn slot(self, block: *mut u8, index: usize) -> *mut u8 {
        block.wrapping_add(index * self.size())
    }

    /// Whether elements of `self` may live in a vector of `other`.
    pub(super) fn is_like(self, other: Self) -> bool {
        let (mine, its) = (self.table(), other.table());
        ptr::eq(mine, its)
            || (mine.size == its.size
                && mine.align == its.align
                && mine.copy.map(|f| f as usize) == its.copy.map(|f| f as usize)
                && mine.relocate.map(|f| f as usize) == its.relocate.map(|f| f as usize)
                && mine.destroy.map(|f| f as usize) == its.destroy.map(|f| f as usize)
                && mine.context == its.context)
    }
}

// ---- Mutation -----------------------------------------------------------------------------------

/// Declares a function that calls one of the caller's and through which nothing unwinds.
///
/// An exception from there would unwind a call that by its type cannot, which is undefined. So the
/// call is made by a type that can, inside a function that cannot: there the program ends with a
/// message and SIGABRT, before any frame of ours is left. The type is the same otherwise, and the
/// fence costs nothing while nobody throws. In C++ `noexcept` is such a fence.
macro_rules! fenced {
    ($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) $(-> $answer:ty)?) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// The function may be called with these arguments.
        #[inline]
        pub(super) unsafe extern "C" fn $name(
            function: unsafe extern "C" fn($($type),*) $(-> $answer)?,
            $($argument: $type),*
        ) $(-> $answer)? {
            type MayThrow = unsafe extern "C-unwind" fn($($type),*) $(-> $answer)?;
            // SAFETY: V8 - what may be called as "C" may be called as "C-unwind".
            let function = unsafe {
                mem::transmute::<unsafe extern "C" fn($($type),*) $(-> $answer)?, MayThrow>(function)
            };
            // SAFETY: V8 - the caller's promise.
            unsafe { function($($argument),*) }
        }
    };
}

fenced! {
    /// Calls `dpt_elem.copy`.
    ask_copy(dst: *mut c_void, src: *const c_void, context: *mut c_void) -> dpt_status
}
fenced! {
    /// Calls `dpt_elem.relocate`.
    ask_relocate(dst: *mut c_void, src: *mut c_void, context: *mut c_void)
}
fenced! {
    /// Calls `dpt_elem.destroy`.
    ask_destroy(item: *mut c_void, context: *mut c_void)
}
fenced! {
    /// Calls the predicate of `dpt_vec_retain`.
    ask_keep(item: *const c_void, context: *mut c_void) -> c_int
}
fenced! {
    /// Calls the predicate of `dpt_vec_dedup`.
    ask_same(item: *const c_void, kept: *const c_void, context: *mut c_void) -> c_int
}

impl Element {
    /// Copies the bytes of one element.
    ///
    /// # Safety
    /// `src` is readable and `dst` writable for one element, and they do not overlap.
    #[inline]
    pub(super) unsafe extern "C" fn copy_bytes(self, dst: *mut u8, src: *const u8) {
        // A constant length becomes one load and one store instead of a call.
        match self.size() {
            // SAFETY: V2 - the caller's promise; the length is that of an element.
            1 => unsafe { ptr::copy_nonoverlapping(src, dst, 1) },
            // SAFETY: V2 - as above.
            2 => unsafe { ptr::copy_nonoverlapping(src, dst, 2) },
            // SAFETY: V2 - as above.
            4 => unsafe { ptr::copy_nonoverlapping(src, dst, 4) },
            // SAFETY: V2 - as above.
            8 => unsafe { ptr::copy_nonoverlapping(src, dst, 8) },
            // SAFETY: V2 - as above.
            16 => unsafe { ptr::copy_nonoverlapping(src, dst, 16) },
            // SAFETY: V2 - as above.
            size => unsafe { ptr::copy_nonoverlapping(src, dst, size) },
        }
    }

    /// Makes `count` elements at `dst`: copies of those that lie `stride` bytes apart from `src`
    /// on, which is the element's size, or 0 for copies of one. All or nothing.
    ///
    /// # Safety
    /// The sources are alive and the slots at `dst` raw; they do not overlap.
    pub(super) unsafe fn copy_run(
        self,
        dst: *mut u8,
        src: *const u8,
        count: usize,
        stride: usize,
    ) -> Result<(), ErasedError> {
        let table = self.table();
        let Some(copy) = table.copy else {
            // SAFETY: V2 - the caller's promise; bytes are enough.
            unsafe { self.copy_run_bytes(dst, src, count, stride) };
            return Ok(());
        };
        for index in 0..count {
            let to = self.slot(dst, index).cast();
            let from = src.wrapping_add(index * stride).cast();
            // SAFETY: V2 - `to` is raw and `from` alive, as promised; V8 - a sound function.
            // TWIN: a copy that throws ends the program here; C++ catches the exception and fails.
            let status = unsafe { ask_copy(copy, to, from, table.context) };
            if status != dpt_status::DPT_OK {
                // SAFETY: V2 - the copies before this one are alive, and known to nobody else.
                unsafe { self.destroy_run(dst, index) };
                return Err(ErasedError::Copy { index, count, status: status.0 });
            }
        }
        Ok(())
    }

    /// As `copy_run`, where bytes are enough.
    ///
    /// # Safety
    /// As for `copy_run`.
    unsafe fn copy_run_bytes(self, dst: *mut u8, src: *const u8, count: usize, stride: usize) {
        let size = self.size();
        if stride != 0 {
            // SAFETY: V2 - the caller's promise.
            unsafe { ptr::copy_nonoverlapping(src, dst, count * size) };
        } else if count > 0 {
            // SAFETY: V2 - the caller's promise.
            unsafe { self.copy_bytes(dst, src) };
            let piece = (FILL_BYTES / size).max(1);
            let mut done = 1;
            while done < count {
                let next = done.min(piece).min(count - done);
                // SAFETY: V2 - the first `done` slots are written, the next ones raw; next <= done.
                unsafe { ptr::copy_nonoverlapping(dst, self.slot(dst, done), next * size) };
                done += next;
            }
        }
    }

    /// Moves one element.
    ///
    /// # Safety
    /// `src` is alive and `dst` raw. Afterwards it is the other way round (V6).
    #[inline]
    pub(super) unsafe fn relocate(self, dst: *mut u8, src: *mut u8) {
        let table = self.table();
        match table.relocate {
            // SAFETY: V2 - the caller's promise; bytes are enough.
            None => unsafe { self.copy_bytes(dst, src) },
            // SAFETY: V6 - the caller's promise; a sound function.
            Some(relocate) => unsafe {
                ask_relocate(relocate, dst.cast(), src.cast(), table.context);
            },
        }
    }

    /// Moves `count` elements to where they are then; the two runs may overlap.
    ///
    /// # Safety
    /// The elements at `src` are alive, the slots at `dst` raw or among those. Slots at `src` that
    /// are not at `dst` are raw afterwards (V6).
    pub(super) unsafe fn relocate_run(self, dst: *mut u8, src: *mut u8, count: usize) {
        if ptr::eq(dst, src) {
            return;
        }
        if self.relocates_by_bytes() {
            // SAFETY: V6 - the caller's promise; bytes are enough.
            unsafe { ptr::copy(src, dst, count * self.size()) };
        } else if dst.addr() <= src.addr() {
            for index in 0..count {
                // SAFETY: V6 - going up, the target is raw or was just left.
                unsafe { self.relocate(self.slot(dst, index), self.slot(src, index)) };
            }
        } else {
            for index in (0..count).rev() {
                // SAFETY: V6 - going down, the target is raw or was just left.
                unsafe { self.relocate(self.slot(dst, index), self.slot(src, index)) };
            }
        }
    }
}

// ---- Destruction --------------------------------------------------------------------------------

impl Element {
    /// Ends the lives of `count` elements from `first` on.
    ///
    /// # Safety
    /// They are alive, and are raw afterwards.
    #[inline]
    pub(super) unsafe fn destroy_run(self, first: *mut u8, count: usize) {
        let table = self.table();
        if let Some(destroy) = table.destroy {
            for index in 0..count {
                // SAFETY: V2 - the caller's promise; a sound function.
                unsafe { ask_destroy(destroy, self.slot(first, index).cast(), table.context) };
            }
        }
    }
}
