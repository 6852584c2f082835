//! From a failure to a status and a sentence: the border of `include/diptych/error.h`.

#![allow(clippy::missing_safety_doc, reason = "the C header is the manual")]

use core::any::Any;
use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char};
use core::fmt::{self, Write};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::bindings::dpt_status;
use crate::vector::erased::ErasedError;

/// Why a function of the C interface did not do its work.
#[derive(Debug)]
pub(super) enum Failure {
    /// The argument of this name is null.
    Null(&'static str),
    /// The argument of this name is all zero.
    Zeroed(&'static str),
    /// The argument of this name is the object that the function is called for.
    Same(&'static str),
    /// The vector could not do it.
    Vector(ErasedError),
    /// Threads could not be had, or not as they were wanted.
    Threads(io::Error),
    /// A thread of the pool would wait for itself.
    Inside,
    /// A priority that is none.
    Priority,
    /// The work was dropped before it began.
    Cancelled,
}

impl From<ErasedError> for Failure {
    fn from(error: ErasedError) -> Self {
        Self::Vector(error)
    }
}

impl Failure {
    fn status(&self) -> dpt_status {
        match self {
            Self::Null(_) | Self::Zeroed(_) => dpt_status::DPT_ERR_NULL,
            Self::Same(_) | Self::Inside | Self::Priority => dpt_status::DPT_ERR_ARGUMENT,
            Self::Threads(_) => dpt_status::DPT_ERR_ALLOC,
            Self::Cancelled => dpt_status::DPT_ERR_CANCELLED,
            Self::Vector(error) => match error {
                ErasedError::ElementSizeZero
                | ErasedError::ElementSize { .. }
                | ErasedError::ElementAlign { .. }
                | ErasedError::UnlikeElements
                | ErasedError::GapOverfilled { .. }
                | ErasedError::GapMoved { .. } => dpt_status::DPT_ERR_ARGUMENT,
                ErasedError::GapTooLong { .. }
                | ErasedError::Index { .. }
                | ErasedError::Range { .. }
                | ErasedError::Room { .. } => dpt_status::DPT_ERR_RANGE,
                ErasedError::Empty => dpt_status::DPT_ERR_EMPTY,
                ErasedError::Capacity { .. } => dpt_status::DPT_ERR_CAPACITY,
                ErasedError::Memory { .. } => dpt_status::DPT_ERR_ALLOC,
                ErasedError::Copy { .. } => dpt_status::DPT_ERR_ELEMENT,
            },
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null(name) => write!(f, "{name} is null"),
            Self::Zeroed(name) => write!(f, "{name} is zeroed: freed, or never made"),
            Self::Same(name) => write!(f, "{name} is the vector itself"),
            Self::Vector(error) => write!(f, "{error}"),
            Self::Threads(error) => write!(f, "no threads: {error}"),
            Self::Inside => f.write_str("a thread of the pool would wait for itself"),
            Self::Priority => f.write_str("there is no such priority"),
            Self::Cancelled => f.write_str("cancelled before it began"),
        }
    }
}

// ---- The latest message -------------------------------------------------------------------------

/// Bytes of a message, with the NUL at its end.
const MESSAGE_BYTES: usize = 256;

thread_local! {
    // A constant without a destructor: neither making nor reading it can fail or allocate.
    static MESSAGE: UnsafeCell<[u8; MESSAGE_BYTES]> = const { UnsafeCell::new([0; MESSAGE_BYTES]) };
}

/// Writes as much as fits, and always a NUL behind it.
struct Message<'a> {
    bytes: &'a mut [u8; MESSAGE_BYTES],
    len: usize,
}

impl Write for Message<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MESSAGE_BYTES - 1 - self.len;
        let text = &text.as_bytes()[..text.floor_char_boundary(room)];
        self.bytes[self.len..][..text.len()].copy_from_slice(text);
        self.len += text.len();
        self.bytes[self.len] = 0;
        Ok(())
    }
}

fn remember(what: fmt::Arguments<'_>) {
    MESSAGE.with(|message| {
        // SAFETY: V8 - the bytes belong to this thread, and formatting numbers and plain text does
        // not come back here.
        let bytes = unsafe { &mut *message.get() };
        bytes[0] = 0;
        // Cutting a sentence short is no failure.
        let _ = Message { bytes, len: 0 }.write_fmt(what);
    });
}

#[unsafe(no_mangle)]
pub extern "C" fn dpt_rust_last_error() -> *const c_char {
    MESSAGE.with(|message| message.get().cast_const().cast())
}

// ---- The border ---------------------------------------------------------------------------------

/// Runs one function of the C interface; no panic leaves it.
#[inline]
pub(super) fn at_border(work: impl FnOnce() -> Result<(), Failure>) -> dpt_status {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => dpt_status::DPT_OK,
        Ok(Err(failure)) => failed(&failure),
        Err(panic) => panicked(&*panic),
    }
}

#[cold]
#[inline(never)]
fn failed(failure: &Failure) -> dpt_status {
    remember(format_args!("{failure}"));
    failure.status()
}

#[cold]
#[inline(never)]
fn panicked(panic: &(dyn Any + Send)) -> dpt_status {
    let text = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text.as_str(),
        (None, None) => "panic",
    };
    remember(format_args!("internal error: {text}"));
    dpt_status::DPT_ERR_INTERNAL
}

// ---- Names --------------------------------------------------------------------------------------

#[unsafe(no_mangle)]
pub extern "C" fn dpt_rust_status_name(status: dpt_status) -> *const c_char {
    let name: &'static CStr = match status {
        dpt_status::DPT_OK => c"ok",
        dpt_status::DPT_ERR_NULL => c"null pointer",
        dpt_status::DPT_ERR_ARGUMENT => c"invalid argument",
        dpt_status::DPT_ERR_RANGE => c"index out of range",
        dpt_status::DPT_ERR_EMPTY => c"nothing to take",
        dpt_status::DPT_ERR_CAPACITY => c"capacity overflow",
        dpt_status::DPT_ERR_ALLOC => c"out of memory",
        dpt_status::DPT_ERR_ELEMENT => c"element function failed",
        dpt_status::DPT_ERR_INTERNAL => c"internal error",
        dpt_status::DPT_ERR_CANCELLED => c"cancelled",
        _ => c"unknown status",
    };
    name.as_ptr()
}

// ---- Tests --------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use super::*;

    fn last_error() -> String {
        // SAFETY: V8 - the message ends in a NUL and stays until this thread's next failure.
        let text = unsafe { CStr::from_ptr(dpt_rust_last_error()) };
        text.to_str().expect("UTF-8").to_owned()
    }

    #[test]
    fn a_panic_ends_at_the_border_as_an_internal_error() {
        let status = at_border(|| panic!("invariant {} is broken", 1));
        assert!(status == dpt_status::DPT_ERR_INTERNAL);
        assert_eq!(last_error(), "internal error: invariant 1 is broken");
    }

    #[test]
    fn a_message_is_cut_between_two_characters_and_ends() {
        remember(format_args!("{}{}", "x".repeat(MESSAGE_BYTES - 2), "\u{e9} and more"));
        assert_eq!(last_error(), "x".repeat(MESSAGE_BYTES - 2));
        remember(format_args!("short"));
        assert_eq!(last_error(), "short");
    }
}
