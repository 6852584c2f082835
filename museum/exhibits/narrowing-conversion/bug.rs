//! Writes the length of a message in front of it, in two bytes. A message of 64 KiB and more has a
//! length that does not fit.
#![forbid(unsafe_code)]

#[cfg(not(fixed))]
fn length_field(message: &str) -> Option<u16> {
    let length: u16 = message.len();
    Some(length)
}

#[cfg(fixed)]
fn length_field(message: &str) -> Option<u16> {
    u16::try_from(message.len()).ok()
}

fn main() {
    let message = "x".repeat(65_540);
    if let Some(length) = length_field(&message) {
        println!("frame of {length} bytes");
    } else {
        println!("too long: {} bytes", message.len());
    }
}
