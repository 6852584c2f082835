//! Shares a buffer between its readers. How it is given back is part of its type.
#![forbid(unsafe_code)]
use std::rc::Rc;

fn zeroed(size: usize) -> Rc<[u8]> {
    Rc::from(vec![0; size])
}

fn main() {
    let mut buffer = zeroed(64);
    if let Some(bytes) = Rc::get_mut(&mut buffer) {
        bytes[7] = 42;
    }
    let reader = buffer.clone();
    println!("{} zeros", reader.iter().filter(|&&byte| byte == 0).count());
}
