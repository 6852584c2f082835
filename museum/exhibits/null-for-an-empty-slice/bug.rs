//! The count. A slice is never null in Rust, not even an empty one: the compiler uses that value for
//! the `None` of an `Option`.
#![no_main]

#[unsafe(no_mangle)]
unsafe extern "C" fn count_words(text: *const u8, length: usize) -> usize {
    #[cfg(fixed)]
    if text.is_null() {
        return 0;
    }
    // SAFETY: the caller promises `length` bytes at `text`; whether `text` may be null, it does not
    // say.
    let text = unsafe { std::slice::from_raw_parts(text, length) };
    text.split(|&byte| byte == b' ').filter(|word| !word.is_empty()).count()
}
