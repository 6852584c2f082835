//! The user. The name is a `String`: a pointer, a length and a capacity, and no nul at the end.
#![no_main]
use std::ffi::c_char;

struct User {
    name: String,
}

#[unsafe(no_mangle)]
extern "C" fn user_new(id: u32) -> Box<User> {
    Box::new(User { name: format!("user-{id:03}") })
}

#[unsafe(no_mangle)]
extern "C" fn user_name(user: &User) -> *const c_char {
    user.name.as_ptr().cast()
}

#[unsafe(no_mangle)]
extern "C" fn user_name_length(user: &User) -> usize {
    user.name.len()
}

#[unsafe(no_mangle)]
extern "C" fn user_free(_: Option<Box<User>>) {}
