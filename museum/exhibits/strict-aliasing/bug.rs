//! Sums a pseudo header in words of 16 bits, as the internet checksum does. The header was written
//! as words of 32 bits, and is read through a pointer to words of 16.
#![forbid(unsafe_code)]

#[repr(C)]
struct PseudoHeader {
    source: u32,
    destination: u32,
    length: u32,
}

#[cfg(not(fixed))]
fn checksum(header: &PseudoHeader) -> u32 {
    let words: *const u16 = (&raw const *header).cast();
    let sum: u32 = (0..6).map(|i| u32::from(*words.wrapping_add(i))).sum();
    (sum & 0xffff) + (sum >> 16)
}

#[cfg(fixed)]
fn checksum(header: &PseudoHeader) -> u32 {
    let halves = |word: u32| (word & 0xffff) + (word >> 16);
    let sum = halves(header.source) + halves(header.destination) + halves(header.length);
    (sum & 0xffff) + (sum >> 16)
}

fn main() {
    let header = PseudoHeader { source: 0x0a000001, destination: 0x0a000002, length: 20 };
    println!("{:04x}", checksum(&header));
}
