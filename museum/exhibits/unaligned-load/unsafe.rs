//! The same through a raw pointer: the cast compiles, and a slice of numbers promises an alignment
//! that the byte before it has spoilt.

fn length_of(message: &[u8; 8]) -> u32 {
    let length = message[1..].as_ptr().cast::<u32>();
    #[cfg(not(fixed))]
    // SAFETY: none: four bytes are there, but not at a multiple of four.
    return unsafe { std::slice::from_raw_parts(length, 1) }[0];
    #[cfg(fixed)]
    // SAFETY: seven bytes follow the type, and an unaligned read needs no more than four of them.
    return unsafe { length.read_unaligned() };
}

fn main() {
    let message = Box::new([0x50, 0x34, 0x12, 0x00, 0x00, 0x00, 0x00, 0x00]);
    println!("length {}", length_of(&message));
}
