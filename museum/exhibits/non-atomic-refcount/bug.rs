//! Two threads hold the same texture by a pointer that counts. The bug: `Rc` counts for one
//! thread only.
#![forbid(unsafe_code)]

#[cfg(not(fixed))]
use std::rc::Rc;
#[cfg(fixed)]
use std::sync::Arc as Rc;
use std::thread;

struct Texture {
    pixels: Vec<u8>,
}

fn draw(texture: Rc<Texture>) -> usize {
    let mut pixels = 0;
    for _ in 0..1_000 {
        let bound = Rc::clone(&texture);
        pixels += bound.pixels.len();
    }
    pixels
}

fn main() {
    let texture = Rc::new(Texture { pixels: vec![0; 8] });
    let far = Rc::clone(&texture);
    let thread = thread::spawn(move || draw(far));
    let pixels = draw(Rc::clone(&texture)) + thread.join().unwrap();
    println!("{pixels} pixels, {} holder", Rc::strong_count(&texture));
}
