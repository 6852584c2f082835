//! Both twins through the C interface.
//!
//! The element functions are written here: strings are copied and destroyed but moved as bytes,
//! tracked elements also insist on every step being made through their functions.

use std::ffi::{c_int, c_void};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr;

use diptych::capi::bindings as ffi;
use ffi::{dpt_elem, dpt_status};

use super::{Elem, Face, Failure, Outcome, Pod64, Tracked, tracked};

/// How an element lies in a C vector's block, and what the vector is told about it.
pub trait InC: Elem {
    type Slot;
    const TABLE: &'static dpt_elem;

    fn wrap(self) -> Self::Slot;
    fn unwrap(slot: Self::Slot) -> Self;
    fn peek(slot: &Self::Slot) -> &Self;

    /// Called when a slot made by `wrap` has come to the place where a vector will see it.
    fn settle(_slot: &mut Self::Slot) {}
}

/// Types that lie in the block as they are.
macro_rules! as_they_are {
    ($($type:ty, $copy:expr, $destroy:expr;)*) => { $(
        impl InC for $type {
            type Slot = $type;
            const TABLE: &'static dpt_elem = &dpt_elem {
                size: size_of::<$type>(),
                align: align_of::<$type>(),
                copy: $copy,
                relocate: None,
                destroy: $destroy,
                context: ptr::null_mut(),
            };
            fn wrap(self) -> $type { self }
            fn unwrap(slot: $type) -> $type { slot }
            fn peek(slot: &$type) -> &$type { slot }
        }
    )* };
}

as_they_are! {
    u64, None, None;
    f64, None, None;
    Pod64, None, None;
    String, Some(copy_string), Some(destroy_string);
}

unsafe extern "C" fn copy_string(
    dst: *mut c_void,
    src: *const c_void,
    _context: *mut c_void,
) -> dpt_status {
    // SAFETY: V2 - the vector hands over a living element.
    let copy = unsafe { &*src.cast::<String>() }.clone();
    // SAFETY: V2 - and a raw slot of an element's size and alignment.
    unsafe { dst.cast::<String>().write(copy) };
    dpt_status::DPT_OK
}

unsafe extern "C" fn destroy_string(item: *mut c_void, _context: *mut c_void) {
    // SAFETY: V2 - the element is alive, and the vector forgets it.
    unsafe { item.cast::<String>().drop_in_place() };
}

/// A tracked element that knows its address: bytes moved without `relocate` are found out.
#[repr(C)]
pub struct Pinned {
    item: Tracked,
    at: *const Pinned,
}

/// What `context` must say in every element function.
static CONTEXT: u8 = 0;

impl Pinned {
    fn check(&self, what: &str, context: *const c_void) {
        if !ptr::eq(self.at, self) {
            tracked::fault(format!("{what} an element whose bytes were moved behind its back"));
        }
        if context != (&raw const CONTEXT).cast() {
            tracked::fault(format!("{what} with a context that is not the table's"));
        }
    }
}

impl InC for Tracked {
    type Slot = Pinned;
    const TABLE: &'static dpt_elem = &dpt_elem {
        size: size_of::<Pinned>(),
        align: align_of::<Pinned>(),
        copy: Some(copy_tracked),
        relocate: Some(relocate_tracked),
        destroy: Some(destroy_tracked),
        context: (&raw const CONTEXT).cast_mut().cast(),
    };

    fn wrap(self) -> Pinned {
        Pinned { item: self, at: ptr::null() }
    }
    fn unwrap(slot: Pinned) -> Tracked {
        slot.item
    }
    fn peek(slot: &Pinned) -> &Tracked {
        slot.check("look at", (&raw const CONTEXT).cast());
        &slot.item
    }
    fn settle(slot: &mut Pinned) {
        slot.at = slot;
    }
}

unsafe extern "C" fn copy_tracked(
    dst: *mut c_void,
    src: *const c_void,
    context: *mut c_void,
) -> dpt_status {
    // SAFETY: V2 - the vector hands over a living element.
    let src = unsafe { &*src.cast::<Pinned>() };
    src.check("copy of", context);
    let Some(item) = src.item.try_clone() else {
        return dpt_status::DPT_ERR_ALLOC;
    };
    let dst = dst.cast::<Pinned>();
    // SAFETY: V2 - and a raw slot of an element's size and alignment.
    unsafe { dst.write(Pinned { item, at: dst }) };
    dpt_status::DPT_OK
}

unsafe extern "C" fn relocate_tracked(dst: *mut c_void, src: *mut c_void, context: *mut c_void) {
    let (dst, src) = (dst.cast::<Pinned>(), src.cast::<Pinned>());
    if dst.addr().abs_diff(src.addr()) < size_of::<Pinned>() {
        tracked::fault(format!("relocation over itself, {src:?} to {dst:?}"));
    }
    // SAFETY: V2 - the vector hands over a living element.
    let item = unsafe { src.read() };
    let from = item.at;
    if from != src {
        tracked::fault("relocation of an element whose bytes were moved".to_string());
    }
    item.item.expect_alive("relocation of");
    if context != (&raw const CONTEXT).cast_mut().cast() {
        tracked::fault("relocation with a context that is not the table's".to_string());
    }
    // SAFETY: V6 - its life at the old place is over; no life has the number 0xdddd...
    unsafe { src.write_bytes(0xdd, 1) };
    // SAFETY: V2 - a raw slot of an element's size and alignment.
    unsafe { dst.write(Pinned { item: item.item, at: dst }) };
}

unsafe extern "C" fn destroy_tracked(item: *mut c_void, context: *mut c_void) {
    let item = item.cast::<Pinned>();
    // SAFETY: V2 - the element is alive.
    unsafe { &*item }.check("destruction of", context);
    // SAFETY: V2 - and the vector forgets it.
    unsafe { item.drop_in_place() };
    // SAFETY: V6 - the slot is raw now; no life has the number 0xdddd...
    unsafe { item.write_bytes(0xdd, 1) };
}

/// The functions of one twin.
pub struct Calls<V> {
    new: unsafe extern "C" fn(*mut V, *const dpt_elem) -> dpt_status,
    with_capacity: unsafe extern "C" fn(*mut V, *const dpt_elem, usize) -> dpt_status,
    from: unsafe extern "C" fn(*mut V, *const dpt_elem, *const c_void, usize) -> dpt_status,
    clone: unsafe extern "C" fn(*mut V, *const V) -> dpt_status,
    reserve: unsafe extern "C" fn(*mut V, usize) -> dpt_status,
    reserve_exact: unsafe extern "C" fn(*mut V, usize) -> dpt_status,
    shrink_to_fit: unsafe extern "C" fn(*mut V) -> dpt_status,
    push: unsafe extern "C" fn(*mut V, *const c_void) -> dpt_status,
    push_take: unsafe extern "C" fn(*mut V, *mut c_void) -> dpt_status,
    extend: unsafe extern "C" fn(*mut V, *const c_void, usize) -> dpt_status,
    append: unsafe extern "C" fn(*mut V, *mut V) -> dpt_status,
    pop: unsafe extern "C" fn(*mut V, *mut c_void) -> dpt_status,
    truncate: unsafe extern "C" fn(*mut V, usize) -> dpt_status,
    clear: unsafe extern "C" fn(*mut V) -> dpt_status,
    resize: unsafe extern "C" fn(*mut V, usize, *const c_void) -> dpt_status,
    insert: unsafe extern "C" fn(*mut V, usize, *const c_void) -> dpt_status,
    insert_take: unsafe extern "C" fn(*mut V, usize, *mut c_void) -> dpt_status,
    remove: unsafe extern "C" fn(*mut V, usize, *mut c_void) -> dpt_status,
    swap_remove: unsafe extern "C" fn(*mut V, usize, *mut c_void) -> dpt_status,
    erase: unsafe extern "C" fn(*mut V, usize, usize) -> dpt_status,
    split_off: unsafe extern "C" fn(*mut V, usize, *mut V) -> dpt_status,
    retain: unsafe extern "C" fn(*mut V, Option<Keep>, *mut c_void) -> dpt_status,
    dedup: unsafe extern "C" fn(*mut V, Option<Same>, *mut c_void) -> dpt_status,
    free: unsafe extern "C" fn(*mut V) -> dpt_status,
}

type Keep = unsafe extern "C" fn(*const c_void, *mut c_void) -> c_int;
type Same = unsafe extern "C" fn(*const c_void, *const c_void, *mut c_void) -> c_int;

/// One of the two halves behind the C header.
pub trait Half: 'static {
    type Vec: Copy;
    const CALLS: Calls<Self::Vec>;

    /// The header's fields: data, len, cap.
    fn fields(vec: &Self::Vec) -> (*const u8, usize, usize);
}

macro_rules! half {
    ($half:ident, $vec:ident, $($name:ident: $function:ident,)*) => {
        #[doc = concat!("The functions that work on a `", stringify!($vec), "`.")]
        pub struct $half;

        impl Half for $half {
            type Vec = ffi::$vec;
            const CALLS: Calls<ffi::$vec> = Calls { $($name: ffi::$function,)* };

            fn fields(vec: &ffi::$vec) -> (*const u8, usize, usize) {
                (vec.data, vec.len, vec.cap)
            }
        }
    };
}

half! {
    RustHalf, dpt_rust_vec,
    new: dpt_rust_vec_new,
    with_capacity: dpt_rust_vec_with_capacity,
    from: dpt_rust_vec_from,
    clone: dpt_rust_vec_clone,
    reserve: dpt_rust_vec_reserve,
    reserve_exact: dpt_rust_vec_reserve_exact,
    shrink_to_fit: dpt_rust_vec_shrink_to_fit,
    push: dpt_rust_vec_push,
    push_take: dpt_rust_vec_push_take,
    extend: dpt_rust_vec_extend,
    append: dpt_rust_vec_append,
    pop: dpt_rust_vec_pop,
    truncate: dpt_rust_vec_truncate,
    clear: dpt_rust_vec_clear,
    resize: dpt_rust_vec_resize,
    insert: dpt_rust_vec_insert,
    insert_take: dpt_rust_vec_insert_take,
    remove: dpt_rust_vec_remove,
    swap_remove: dpt_rust_vec_swap_remove,
    erase: dpt_rust_vec_erase,
    split_off: dpt_rust_vec_split_off,
    retain: dpt_rust_vec_retain,
    dedup: dpt_rust_vec_dedup,
    free: dpt_rust_vec_free,
}

half! {
    CppHalf, dpt_cpp_vec,
    new: dpt_cpp_vec_new,
    with_capacity: dpt_cpp_vec_with_capacity,
    from: dpt_cpp_vec_from,
    clone: dpt_cpp_vec_clone,
    reserve: dpt_cpp_vec_reserve,
    reserve_exact: dpt_cpp_vec_reserve_exact,
    shrink_to_fit: dpt_cpp_vec_shrink_to_fit,
    push: dpt_cpp_vec_push,
    push_take: dpt_cpp_vec_push_take,
    extend: dpt_cpp_vec_extend,
    append: dpt_cpp_vec_append,
    pop: dpt_cpp_vec_pop,
    truncate: dpt_cpp_vec_truncate,
    clear: dpt_cpp_vec_clear,
    resize: dpt_cpp_vec_resize,
    insert: dpt_cpp_vec_insert,
    insert_take: dpt_cpp_vec_insert_take,
    remove: dpt_cpp_vec_remove,
    swap_remove: dpt_cpp_vec_swap_remove,
    erase: dpt_cpp_vec_erase,
    split_off: dpt_cpp_vec_split_off,
    retain: dpt_cpp_vec_retain,
    dedup: dpt_cpp_vec_dedup,
    free: dpt_cpp_vec_free,
}

/// A vector of `T` behind the C interface of one half.
pub struct CVec<T: InC, H: Half> {
    raw: H::Vec,
    items: PhantomData<T>,
}

fn outcome(status: dpt_status) -> Outcome<()> {
    Err(match status {
        dpt_status::DPT_OK => return Ok(()),
        dpt_status::DPT_ERR_NULL => Failure::Null,
        dpt_status::DPT_ERR_ARGUMENT => Failure::Argument,
        dpt_status::DPT_ERR_RANGE => Failure::Range,
        dpt_status::DPT_ERR_EMPTY => Failure::Empty,
        dpt_status::DPT_ERR_CAPACITY => Failure::Capacity,
        dpt_status::DPT_ERR_ALLOC => Failure::Alloc,
        dpt_status::DPT_ERR_ELEMENT => Failure::Element,
        _ => Failure::Internal,
    })
}

impl<T: InC, H: Half> CVec<T, H> {
    /// Has a function write a new vector.
    fn made(make: impl FnOnce(*mut H::Vec) -> dpt_status) -> Outcome<Self> {
        let mut raw = MaybeUninit::uninit();
        outcome(make(raw.as_mut_ptr()))?;
        // SAFETY: the contract of every function that makes a vector: on DPT_OK, *out is one.
        let raw = unsafe { raw.assume_init() };
        Ok(CVec { raw, items: PhantomData })
    }

    /// Has a function write an element.
    fn taken(&mut self, take: impl FnOnce(*mut H::Vec, *mut c_void) -> dpt_status) -> Outcome<T> {
        let mut out = MaybeUninit::<T::Slot>::uninit();
        outcome(take(&mut self.raw, out.as_mut_ptr().cast()))?;
        // SAFETY: the contract of pop and remove: on DPT_OK, *out holds the element.
        let slot = unsafe { out.assume_init_ref() };
        T::peek(slot);
        // SAFETY: as above; the copy in `out` is not used again.
        Ok(T::unwrap(unsafe { out.assume_init() }))
    }

    /// Lends a function an element that it copies.
    fn lent<R>(item: T, lend: impl FnOnce(*const c_void) -> R) -> R {
        let mut slot = item.wrap();
        T::settle(&mut slot);
        let result = lend((&raw const slot).cast());
        T::peek(&slot);
        result
    }

    /// Hands a function an element that it keeps if it answers DPT_OK.
    fn given(item: T, give: impl FnOnce(*mut c_void) -> dpt_status) -> Outcome<()> {
        let mut slot = MaybeUninit::new(item.wrap());
        // SAFETY: written a line above.
        T::settle(unsafe { slot.assume_init_mut() });
        let result = outcome(give(slot.as_mut_ptr().cast()));
        if result.is_err() {
            // SAFETY: the contract of the _take functions: on failure the caller still owns it.
            T::peek(unsafe { slot.assume_init_ref() });
            // SAFETY: as above.
            unsafe { slot.assume_init_drop() };
        }
        result
    }

    /// Elements side by side, for a function that copies them. Makes them of their values, which
    /// runs no element code that could fail.
    fn many<R>(items: &[T], lend: impl FnOnce(*const c_void) -> R) -> R {
        let mut slots: Vec<T::Slot> = items.iter().map(|i| T::make(&i.value()).wrap()).collect();
        slots.iter_mut().for_each(T::settle);
        let result = lend(if slots.is_empty() { ptr::null() } else { slots.as_ptr().cast() });
        slots.iter().for_each(|slot| drop(T::peek(slot).value()));
        result
    }

    fn slot(&self, index: usize) -> Option<&T::Slot> {
        let (data, len, _) = H::fields(&self.raw);
        if index >= len {
            return None;
        }
        // SAFETY: V1 - index < len <= cap, so that the slot is in the block.
        let slot = unsafe { data.cast::<T::Slot>().add(index) };
        // SAFETY: V2 - index < len, so that a living element lies there.
        Some(unsafe { &*slot })
    }

    fn own(&self, index: usize) -> *const c_void {
        ptr::from_ref(self.slot(index).expect("below len")).cast()
    }
}

impl<T: InC, H: Half> Drop for CVec<T, H> {
    fn drop(&mut self) {
        // SAFETY: `raw` is a vector of this half, made by its functions.
        let status = unsafe { (H::CALLS.free)(&mut self.raw) };
        let (_, len, cap) = H::fields(&self.raw);
        if status != dpt_status::DPT_OK || (len, cap) != (0, 0) {
            tracked::fault(format!("free: status {}, len {len}, cap {cap}", status.0));
        }
    }
}

/// Calls a function of this half. Every call has the same grounds: the vectors are this half's own,
/// and items are pointers to elements of the type that the vector's table describes.
macro_rules! call {
    ($half:ident.$name:ident($($argument:expr),*)) => {
        // SAFETY: the vectors are this half's own; items point to elements the table describes.
        unsafe { ($half::CALLS.$name)($($argument),*) }
    };
}

impl<T: InC, H: Half> Face<T> for CVec<T, H> {
    const ELEMENT_SIZE: usize = size_of::<T::Slot>();
    const PREDICATE_MAY_PANIC: bool = false;
    const ALL_OR_NOTHING: bool = true;

    fn new() -> Self {
        Self::made(|out| call!(H.new(out, T::TABLE))).expect("allocates nothing")
    }
    fn with_capacity(capacity: usize) -> Outcome<Self> {
        Self::made(|out| call!(H.with_capacity(out, T::TABLE, capacity)))
    }
    fn from_slice(items: &[T]) -> Outcome<Self> {
        Self::many(items, |first| {
            Self::made(|out| call!(H.from(out, T::TABLE, first, items.len())))
        })
    }
    fn duplicate(&self) -> Outcome<Self> {
        Self::made(|out| call!(H.clone(out, &self.raw)))
    }

    fn len(&self) -> usize {
        H::fields(&self.raw).1
    }
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    fn capacity(&self) -> usize {
        H::fields(&self.raw).2
    }
    fn get(&self, index: usize) -> Option<T::Value> {
        self.slot(index).map(|slot| T::peek(slot).value())
    }

    fn reserve(&mut self, additional: usize) -> Outcome<()> {
        outcome(call!(H.reserve(&mut self.raw, additional)))
    }
    fn reserve_exact(&mut self, additional: usize) -> Outcome<()> {
        outcome(call!(H.reserve_exact(&mut self.raw, additional)))
    }
    fn shrink_to_fit(&mut self) -> Outcome<()> {
        outcome(call!(H.shrink_to_fit(&mut self.raw)))
    }

    /// By copy and by giving away, in turn: which one must not matter.
    fn push(&mut self, item: T) -> Outcome<()> {
        if self.len().is_multiple_of(2) {
            Self::given(item, |item| call!(H.push_take(&mut self.raw, item)))
        } else {
            Self::lent(item, |item| outcome(call!(H.push(&mut self.raw, item))))
        }
    }
    fn pop(&mut self) -> Outcome<T> {
        self.taken(|vec, out| call!(H.pop(vec, out)))
    }
    fn insert(&mut self, index: usize, item: T) -> Outcome<()> {
        if self.len().is_multiple_of(2) {
            Self::lent(item, |item| outcome(call!(H.insert(&mut self.raw, index, item))))
        } else {
            Self::given(item, |item| call!(H.insert_take(&mut self.raw, index, item)))
        }
    }
    fn remove(&mut self, index: usize) -> Outcome<T> {
        self.taken(|vec, out| call!(H.remove(vec, index, out)))
    }
    fn swap_remove(&mut self, index: usize) -> Outcome<T> {
        self.taken(|vec, out| call!(H.swap_remove(vec, index, out)))
    }
    fn truncate(&mut self, len: usize) -> Outcome<()> {
        outcome(call!(H.truncate(&mut self.raw, len)))
    }
    fn clear(&mut self) -> Outcome<()> {
        outcome(call!(H.clear(&mut self.raw)))
    }
    fn resize(&mut self, len: usize, fill: &T) -> Outcome<()> {
        let fill = T::make(&fill.value());
        Self::lent(fill, |fill| outcome(call!(H.resize(&mut self.raw, len, fill))))
    }
    fn extend_from_slice(&mut self, items: &[T]) -> Outcome<()> {
        Self::many(items, |first| outcome(call!(H.extend(&mut self.raw, first, items.len()))))
    }
    fn append(&mut self, source: &mut Self) -> Outcome<()> {
        outcome(call!(H.append(&mut self.raw, &mut source.raw)))
    }
    fn split_off(&mut self, at: usize) -> Outcome<Self> {
        Self::made(|out| call!(H.split_off(&mut self.raw, at, out)))
    }
    fn erase(&mut self, range: Range<usize>) -> Outcome<()> {
        let count = range.end.checked_sub(range.start).ok_or(Failure::Range)?;
        outcome(call!(H.erase(&mut self.raw, range.start, count)))
    }

    fn retain(&mut self, keep: &mut dyn FnMut(&T::Value) -> bool) -> Outcome<()> {
        unsafe extern "C" fn trampoline<T: InC>(
            item: *const c_void,
            context: *mut c_void,
        ) -> c_int {
            let keep = context.cast::<&mut dyn FnMut(&T::Value) -> bool>();
            // SAFETY: the context is the closure below, borrowed for the whole call.
            let keep = unsafe { &mut *keep };
            // SAFETY: V2 - the vector hands over a living element.
            keep(&T::peek(unsafe { &*item.cast() }).value()).into()
        }
        let mut keep: &mut dyn FnMut(&T::Value) -> bool = keep;
        let context = (&raw mut keep).cast();
        outcome(call!(H.retain(&mut self.raw, Some(trampoline::<T>), context)))
    }

    fn dedup_by(&mut self, same: &mut dyn FnMut(&T::Value, &T::Value) -> bool) -> Outcome<()> {
        unsafe extern "C" fn trampoline<T: InC>(
            item: *const c_void,
            kept: *const c_void,
            context: *mut c_void,
        ) -> c_int {
            let same = context.cast::<&mut dyn FnMut(&T::Value, &T::Value) -> bool>();
            // SAFETY: the context is the closure below, borrowed for the whole call.
            let same = unsafe { &mut *same };
            // SAFETY: V2 - the vector hands over two living elements.
            let item = T::peek(unsafe { &*item.cast() }).value();
            // SAFETY: V2 - as above.
            let kept = T::peek(unsafe { &*kept.cast() }).value();
            same(&item, &kept).into()
        }
        let mut same: &mut dyn FnMut(&T::Value, &T::Value) -> bool = same;
        let context = (&raw mut same).cast();
        outcome(call!(H.dedup(&mut self.raw, Some(trampoline::<T>), context)))
    }

    fn push_own(&mut self, item: usize) -> Outcome<()> {
        let item = self.own(item);
        outcome(call!(H.push(&mut self.raw, item)))
    }
    fn insert_own(&mut self, index: usize, item: usize) -> Outcome<()> {
        let item = self.own(item);
        outcome(call!(H.insert(&mut self.raw, index, item)))
    }
    fn extend_own(&mut self, range: Range<usize>) -> Outcome<()> {
        let first = if range.is_empty() { ptr::null() } else { self.own(range.start) };
        outcome(call!(H.extend(&mut self.raw, first, range.len())))
    }
    fn resize_own(&mut self, len: usize, item: usize) -> Outcome<()> {
        let item = self.own(item);
        outcome(call!(H.resize(&mut self.raw, len, item)))
    }
}
