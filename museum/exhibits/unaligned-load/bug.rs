//! A message has one byte of type and then a length of four. Safe code has no way to read a number
//! but from its bytes, so there is nothing to align.
#![forbid(unsafe_code)]

fn length_of(message: &[u8]) -> Option<u32> {
    message.get(1..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn main() {
    let message = vec![0x50, 0x34, 0x12, 0x00, 0x00, 0x00, 0x00, 0x00];
    println!("length {}", length_of(&message).unwrap_or_default());
}
