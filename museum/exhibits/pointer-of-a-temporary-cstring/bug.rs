//! The greeting. `as_ptr` borrows from the `CString`, but a raw pointer does not remember that, and
//! the temporary ends with its statement.
#![no_main]
use std::ffi::{CString, c_char};

unsafe extern "C" {
    fn set_greeting(text: *const c_char);
}

#[unsafe(no_mangle)]
extern "C" fn greet(visitor: u32) {
    let text = format!("welcome, visitor number {visitor} of this museum of bugs");
    #[cfg(not(fixed))]
    let pointer = CString::new(text).unwrap_or_default().as_ptr();
    #[cfg(fixed)]
    let owner = CString::new(text).unwrap_or_default();
    #[cfg(fixed)]
    let pointer = owner.as_ptr();
    // SAFETY: a string with a nul at its end, which must live for the call; only fixed it does.
    unsafe { set_greeting(pointer) };
}
