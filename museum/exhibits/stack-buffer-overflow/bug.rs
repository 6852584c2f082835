//! Encodes a number as a varint: seven bits a byte, the top bit says that more follow. The buffer
//! has nine bytes, as 64 bits are a little more than eight; ten are needed for the largest
//! numbers.
#![forbid(unsafe_code)]

const VARINT_BYTES: usize = if cfg!(fixed) { 10 } else { 9 };

fn encode_varint(mut value: u64, out: &mut [u8]) -> usize {
    let mut n = 0;
    while value >= 0x80 {
        out[n] = value as u8 | 0x80;
        n += 1;
        value >>= 7;
    }
    out[n] = value as u8;
    n + 1
}

fn send(value: u64) {
    let mut bytes = [0; VARINT_BYTES];
    let n = encode_varint(value, &mut bytes);
    print!("{n} bytes:");
    for byte in &bytes[..n] {
        print!(" {byte:02x}");
    }
    println!();
}

fn main() {
    for value in [300, u64::MAX] {
        send(value);
    }
}
