//! Two threads hold the same texture by a pointer that counts. The bug: a promise that an `Rc` may
//! go to another thread, while its count stays one for a single thread.

#[cfg(not(fixed))]
use std::rc::Rc;
#[cfg(fixed)]
use std::sync::Arc as Rc;
use std::thread;

struct Texture {
    pixels: Vec<u8>,
}

#[derive(Clone)]
struct TextureRef(Rc<Texture>);

// SAFETY: none: the clones that stay behind change the same count.
#[cfg(not(fixed))]
unsafe impl Send for TextureRef {}

fn draw(texture: TextureRef) -> usize {
    let mut pixels = 0;
    for _ in 0..1_000 {
        let bound = texture.clone();
        pixels += bound.0.pixels.len();
    }
    pixels
}

fn main() {
    let texture = TextureRef(Rc::new(Texture { pixels: vec![0; 8] }));
    let far = texture.clone();
    let thread = thread::spawn(move || draw(far));
    let pixels = draw(texture.clone()) + thread.join().unwrap();
    println!("{pixels} pixels, {} holder", Rc::strong_count(&texture.0));
}
