//! Percent-encodes text for a URL, through a pointer that walks over the buffer. The buffer has
//! room for twice the text; the percent sign was forgotten.

const LONGEST: usize = if cfg!(fixed) { 3 } else { 2 };
const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

fn percent_encode(text: &str) -> Vec<u8> {
    let mut bytes = vec![0; LONGEST * text.len()];
    let start: *mut u8 = bytes.as_mut_ptr();
    let mut size = 0;
    let mut put = |byte| {
        // SAFETY: fixed: a byte of the text becomes three at most. None in the bug: there is room
        // for two.
        unsafe { start.add(size).write(byte) };
        size += 1;
    };
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            put(byte);
        } else {
            put(b'%');
            put(DIGITS[usize::from(byte >> 4)]);
            put(DIGITS[usize::from(byte & 15)]);
        }
    }
    bytes.truncate(size);
    bytes
}

fn main() {
    for text in [r#"{"a":[1,2]}"#, "blue sky"] {
        println!("{}", String::from_utf8_lossy(&percent_encode(text)));
    }
}
