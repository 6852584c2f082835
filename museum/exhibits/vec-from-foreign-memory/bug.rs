//! The queue of packets. To spare a copy it makes a `Vec` of the caller's memory, and so frees with
//! Rust's allocator what C++'s `new[]` gave out.
#![no_main]

#[derive(Default)]
struct Queue {
    packets: Vec<Vec<u8>>,
}

#[unsafe(no_mangle)]
extern "C" fn queue_new() -> Box<Queue> {
    Box::default()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn queue_push(queue: &mut Queue, bytes: *mut u8, count: usize) {
    #[cfg(not(fixed))]
    // SAFETY: none: the memory must come from Rust's allocator, with this very capacity.
    let packet = unsafe { Vec::from_raw_parts(bytes, count, count) };
    #[cfg(fixed)]
    // SAFETY: the caller promises `count` bytes at `bytes`, and keeps them for this call.
    let packet = unsafe { std::slice::from_raw_parts(bytes, count) }.to_vec();
    queue.packets.push(packet);
}

#[unsafe(no_mangle)]
extern "C" fn queue_sum(queue: &Queue) -> usize {
    queue.packets.iter().flatten().map(|&byte| usize::from(byte)).sum()
}

#[unsafe(no_mangle)]
extern "C" fn queue_free(_: Option<Box<Queue>>) {}
