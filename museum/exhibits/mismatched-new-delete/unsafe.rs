//! Fills a buffer that it takes from the allocator. It is given back as one byte, with another
//! layout than it was taken with.
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::slice;

const SIZE: usize = 64;

fn main() {
    let layout = Layout::new::<[u8; SIZE]>();
    // SAFETY: the layout is not of size zero.
    let buffer = unsafe { alloc_zeroed(layout) };
    if buffer.is_null() {
        handle_alloc_error(layout);
    }
    // SAFETY: SIZE bytes were allocated and set to zero, and nobody else knows them.
    let bytes = unsafe { slice::from_raw_parts_mut(buffer, SIZE) };
    bytes[7] = 42;
    println!("{} zeros", bytes.iter().filter(|&&byte| byte == 0).count());
    let given_back = if cfg!(fixed) { layout } else { Layout::new::<u8>() };
    // SAFETY: fixed: the buffer was allocated with this layout. Bug: none, it was another.
    unsafe { dealloc(buffer, given_back) };
}
