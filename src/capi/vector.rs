//! The C functions of the vector: `include/diptych/vector.h` is their manual.

#![allow(clippy::missing_safety_doc, reason = "the C header is the manual")]

use core::ffi::c_void;
use core::ptr;

use super::bindings::{dpt_elem, dpt_rust_vec, dpt_status};
use super::error::{Failure, at_border};
use crate::vector::erased::{ErasedVector, Keep, Same};

// ---- Pointers -----------------------------------------------------------------------------------

const ZEROED: dpt_rust_vec =
    dpt_rust_vec { data: ptr::null_mut(), len: 0, cap: 0, elem: ptr::null() };

/// The vector behind a pointer that a caller gave.
///
/// # Safety
/// `vec` is null, or points to a vector of this library or a zeroed one, and nothing else touches
/// it while the result is in use.
#[inline]
unsafe fn vector<'a>(
    vec: *mut dpt_rust_vec,
    name: &'static str,
) -> Result<&'a mut ErasedVector, Failure> {
    // SAFETY: V8 - not used if null; the caller's promise.
    match unsafe { vec.as_ref() } {
        None => Err(Failure::Null(name)),
        Some(header) if header.elem.is_null() => Err(Failure::Zeroed(name)),
        // SAFETY: V8 - it is not zeroed, so it is a vector of ours; the layouts are the same.
        Some(_) => Ok(unsafe { &mut *vec.cast::<ErasedVector>() }),
    }
}

/// As `vector`, where it is only read.
///
/// # Safety
/// As for `vector`, but others may read it too.
#[inline]
unsafe fn source<'a>(vec: *const dpt_rust_vec) -> Result<&'a ErasedVector, Failure> {
    // SAFETY: V8 - not used if null; the caller's promise.
    match unsafe { vec.as_ref() } {
        None => Err(Failure::Null("source")),
        Some(header) if header.elem.is_null() => Err(Failure::Zeroed("source")),
        // SAFETY: V8 - it is not zeroed, so it is a vector of ours; the layouts are the same.
        Some(_) => Ok(unsafe { &*vec.cast::<ErasedVector>() }),
    }
}

/// A pointer that must not be null.
#[inline]
fn given<T>(pointer: *const T, name: &'static str) -> Result<*const T, Failure> {
    if pointer.is_null() { Err(Failure::Null(name)) } else { Ok(pointer) }
}

/// A pointer to `count` items, which may be null if there are none.
#[inline]
fn items_given(items: *const c_void, count: usize) -> Result<(), Failure> {
    if count > 0 { given(items, "items").map(|_| ()) } else { Ok(()) }
}

/// The place of a result, zeroed: what it stays if no vector comes of it.
///
/// # Safety
/// `out` is null or may be written.
#[inline]
unsafe fn place<'a>(out: *mut dpt_rust_vec) -> Result<&'a mut dpt_rust_vec, Failure> {
    given(out, "out")?;
    // SAFETY: V8 - not null; the caller's promise.
    unsafe { out.write(ZEROED) };
    // SAFETY: V8 - as above.
    Ok(unsafe { &mut *out })
}

// ---- Construction -------------------------------------------------------------------------------

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_new(
    out: *mut dpt_rust_vec,
    elem: *const dpt_elem,
) -> dpt_status {
    at_border(|| {
        // SAFETY: V8 - the header's contract.
        let out = unsafe { place(out) }?;
        let elem = given(elem, "elem")?;
        // SAFETY: V8 - the header's contract.
        *out = unsafe { ErasedVector::new(elem) }?.into_raw();
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_with_capacity(
    out: *mut dpt_rust_vec,
    elem: *const dpt_elem,
    capacity: usize,
) -> dpt_status {
    at_border(|| {
        // SAFETY: V8 - the header's contract.
        let out = unsafe { place(out) }?;
        let elem = given(elem, "elem")?;
        // SAFETY: V8 - the header's contract.
        *out = unsafe { ErasedVector::with_capacity(elem, capacity) }?.into_raw();
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_from(
    out: *mut dpt_rust_vec,
    elem: *const dpt_elem,
    items: *const c_void,
    count: usize,
) -> dpt_status {
    at_border(|| {
        // SAFETY: V8 - the header's contract.
        let out = unsafe { place(out) }?;
        let elem = given(elem, "elem")?;
        items_given(items, count)?;
        // SAFETY: V8 - the header's contract.
        *out = unsafe { ErasedVector::from_items(elem, items, count) }?.into_raw();
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_clone(
    out: *mut dpt_rust_vec,
    source: *const dpt_rust_vec,
) -> dpt_status {
    at_border(|| {
        if ptr::eq(out, source) && !out.is_null() {
            return Err(Failure::Same("out"));
        }
        // SAFETY: V8 - the header's contract.
        let out = unsafe { place(out) }?;
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { self::source(source) }?;
        *out = vec.try_clone()?.into_raw();
        Ok(())
    })
}

// ---- Growth -------------------------------------------------------------------------------------

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_reserve(
    vec: *mut dpt_rust_vec,
    additional: usize,
) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        Ok(vec.reserve(additional)?)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_reserve_exact(
    vec: *mut dpt_rust_vec,
    additional: usize,
) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        Ok(vec.reserve_exact(additional)?)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_shrink_to_fit(vec: *mut dpt_rust_vec) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        Ok(vec.shrink_to_fit()?)
    })
}

// ---- Mutation -----------------------------------------------------------------------------------

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_push(
    vec: *mut dpt_rust_vec,
    item: *const c_void,
) -> dpt_status {
    // SAFETY: V1 - the header's contract: a vector of ours.
    if let Ok(vec) = unsafe { vector(vec, "vec") }
        && !item.is_null()
        // SAFETY: V8 - the header's contract.
        && unsafe { vec.push_bytes(item) }
    {
        return dpt_status::DPT_OK;
    }
    // SAFETY: V8 - the header's contract.
    unsafe { push_slow(vec, item) }
}

/// All that may fail. Out of line: a function that catches panics cannot be inlined into C++,
/// where both languages are optimised as one.
#[cold]
#[inline(never)]
unsafe extern "C" fn push_slow(vec: *mut dpt_rust_vec, item: *const c_void) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        given(item, "item")?;
        // SAFETY: V8 - the header's contract.
        Ok(unsafe { vec.push(item) }?)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_push_take(
    vec: *mut dpt_rust_vec,
    item: *mut c_void,
) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        given(item, "item")?;
        // SAFETY: V8 - the header's contract.
        Ok(unsafe { vec.push_take(item) }?)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_extend(
    vec: *mut dpt_rust_vec,
    items: *const c_void,
    count: usize,
) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        items_given(items, count)?;
        // SAFETY: V8 - the header's contract.
        Ok(unsafe { vec.extend(items, count) }?)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_append(
    vec: *mut dpt_rust_vec,
    source: *mut dpt_rust_vec,
) -> dpt_status {
    at_border(|| {
        if ptr::eq(vec, source) && !vec.is_null() {
            return Err(Failure::Same("source"));
        }
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        // SAFETY: V1 - as above, and another one.
        let source = unsafe { vector(source, "source") }?;
        Ok(vec.append(source)?)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_pop(vec: *mut dpt_rust_vec, out: *mut c_void) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        // SAFETY: V8 - the header's contract.
        Ok(unsafe { vec.pop(out) }?)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_truncate(vec: *mut dpt_rust_vec, len: usize) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        vec.truncate(len);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_clear(vec: *mut dpt_rust_vec) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        vec.clear();
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_resize(
    vec: *mut dpt_rust_vec,
    len: usize,
    fill: *const c_void,
) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        if len > vec.len() {
            given(fill, "fill")?;
        }
        // SAFETY: V8 - the header's contract.
        Ok(unsafe { vec.resize(len, fill) }?)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_insert(
    vec: *mut dpt_rust_vec,
    index: usize,
    item: *const c_void,
) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        given(item, "item")?;
        // SAFETY: V8 - the header's contract.
        Ok(unsafe { vec.insert(index, item) }?)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_insert_take(
    vec: *mut dpt_rust_vec,
    index: usize,
    item: *mut c_void,
) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        given(item, "item")?;
        // SAFETY: V8 - the header's contract.
        Ok(unsafe { vec.insert_take(index, item) }?)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_remove(
    vec: *mut dpt_rust_vec,
    index: usize,
    out: *mut c_void,
) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        // SAFETY: V8 - the header's contract.
        Ok(unsafe { vec.remove(index, out) }?)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_swap_remove(
    vec: *mut dpt_rust_vec,
    index: usize,
    out: *mut c_void,
) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        // SAFETY: V8 - the header's contract.
        Ok(unsafe { vec.swap_remove(index, out) }?)
    })
}

// ---- Ranges -------------------------------------------------------------------------------------

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_erase(
    vec: *mut dpt_rust_vec,
    first: usize,
    count: usize,
) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        Ok(vec.erase(first, count)?)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_split_off(
    vec: *mut dpt_rust_vec,
    at: usize,
    out: *mut dpt_rust_vec,
) -> dpt_status {
    at_border(|| {
        if ptr::eq(vec, out) && !out.is_null() {
            return Err(Failure::Same("out"));
        }
        // SAFETY: V8 - the header's contract.
        let out = unsafe { place(out) }?;
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        *out = vec.split_off(at)?.into_raw();
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_retain(
    vec: *mut dpt_rust_vec,
    keep: Option<Keep>,
    context: *mut c_void,
) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        let keep = keep.ok_or(Failure::Null("keep"))?;
        // SAFETY: V8 - the header's contract.
        unsafe { vec.retain(keep, context) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_dedup(
    vec: *mut dpt_rust_vec,
    same: Option<Same>,
    context: *mut c_void,
) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        let same = same.ok_or(Failure::Null("same"))?;
        // SAFETY: V8 - the header's contract.
        unsafe { vec.dedup(same, context) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_open_gap(
    vec: *mut dpt_rust_vec,
    index: usize,
    count: usize,
    slots: *mut *mut c_void,
) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        given(slots, "slots")?;
        let first = vec.open_gap(index, count)?;
        // SAFETY: V8 - not null; the header's contract.
        unsafe { slots.write(first) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_close_gap(
    vec: *mut dpt_rust_vec,
    index: usize,
    count: usize,
    filled: usize,
    tail: usize,
) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        // SAFETY: V8 - the header's contract.
        Ok(unsafe { vec.close_gap(index, count, filled, tail) }?)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_set_len(vec: *mut dpt_rust_vec, len: usize) -> dpt_status {
    at_border(|| {
        // SAFETY: V1 - the header's contract: a vector of ours.
        let vec = unsafe { vector(vec, "vec") }?;
        // SAFETY: V8 - the header's contract.
        Ok(unsafe { vec.set_len(len) }?)
    })
}

// ---- Destruction --------------------------------------------------------------------------------

#[unsafe(no_mangle)]
pub unsafe extern "C" fn dpt_rust_vec_free(vec: *mut dpt_rust_vec) -> dpt_status {
    at_border(|| {
        let vec = given(vec, "vec")?.cast_mut();
        // SAFETY: V8 - not null; the header's contract.
        let header = unsafe { vec.replace(ZEROED) };
        if !header.elem.is_null() {
            // SAFETY: V3 - a vector of ours, which the caller forgets.
            drop(unsafe { ErasedVector::from_raw(header) });
        }
        Ok(())
    })
}
