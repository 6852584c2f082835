//! Sums a pseudo header in words of 16 bits, before and after a change of the length. The types may
//! differ here; what may not be is a shared view of what a `&mut` changes.

#[repr(C)]
struct PseudoHeader {
    source: u32,
    destination: u32,
    length: u32,
}

fn checksum(words: &[u16; 6]) -> u32 {
    let sum: u32 = words.iter().map(|&word| u32::from(word)).sum();
    (sum & 0xffff) + (sum >> 16)
}

#[cfg(not(fixed))]
#[inline(never)]
fn grow(header: &mut PseudoHeader, words: &[u16; 6]) -> [u32; 2] {
    let before = checksum(words);
    header.length += 1;
    [before, checksum(words)]
}

#[cfg(fixed)]
#[inline(never)]
fn grow(header: &mut PseudoHeader) -> [u32; 2] {
    let before = checksum(words_of(header));
    header.length += 1;
    [before, checksum(words_of(header))]
}

#[cfg(fixed)]
fn words_of(header: &PseudoHeader) -> &[u16; 6] {
    let words: *const [u16; 6] = (&raw const *header).cast();
    // SAFETY: the header is six aligned words without padding, and lent for as long as the result.
    unsafe { &*words }
}

fn main() {
    let mut header = PseudoHeader { source: 0x0a000001, destination: 0x0a000002, length: 20 };
    #[cfg(not(fixed))]
    let sums = {
        let place = &raw mut header;
        // SAFETY: none: the words stay readable while `grow` holds the header as its own.
        let words = unsafe { &*place.cast::<[u16; 6]>() };
        // SAFETY: none: the header is read through the words meanwhile.
        grow(unsafe { &mut *place }, words)
    };
    #[cfg(fixed)]
    let sums = grow(&mut header);
    println!("{:04x}", sums[1] - 1);
}
