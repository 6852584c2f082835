//! The count. A `&str` has no layout that another language may rely on, and promises UTF-8 besides;
//! fixed, the border has a struct of its own and checks the bytes.
#![no_main]

#[cfg(fixed)]
#[repr(C)]
struct Text {
    data: *const u8,
    length: usize,
}

fn vowels(text: &str) -> usize {
    text.chars().filter(|letter| "aeiou".contains(*letter)).count()
}

#[cfg(not(fixed))]
#[unsafe(no_mangle)]
extern "C" fn count_vowels(text: &str) -> usize {
    vowels(text)
}

#[cfg(fixed)]
#[unsafe(no_mangle)]
unsafe extern "C" fn count_vowels(text: Text) -> usize {
    // SAFETY: the caller promises `length` bytes at `data`, and keeps them for this call.
    let bytes = unsafe { std::slice::from_raw_parts(text.data, text.length) };
    std::str::from_utf8(bytes).map_or(0, vowels)
}
