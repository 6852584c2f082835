//! Percent-encodes text for a URL. The buffer has room for twice the text, since "every character
//! that needs it becomes two digits"; the percent sign before them was forgotten.
#![forbid(unsafe_code)]

const LONGEST: usize = if cfg!(fixed) { 3 } else { 2 };
const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

fn percent_encode(text: &str) -> Vec<u8> {
    let mut bytes = vec![0; LONGEST * text.len()];
    let mut size = 0;
    let mut put = |byte| {
        bytes[size] = byte;
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
