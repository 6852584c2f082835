//! An image owns its pixels by a raw pointer and frees them when dropped. `Clone` is derived, and
//! what is derived copies the pointer.

#[cfg_attr(not(fixed), derive(Clone))]
struct Image {
    width: usize,
    height: usize,
    pixels: *mut [u8],
}

impl Image {
    fn new(width: usize, height: usize) -> Self {
        let pixels = vec![0; width * height].into_boxed_slice();
        Self { width, height, pixels: Box::into_raw(pixels) }
    }
}

#[cfg(fixed)]
impl Clone for Image {
    fn clone(&self) -> Self {
        // SAFETY: `pixels` came from a box, and nobody writes to it while it is borrowed here.
        let pixels = unsafe { &*self.pixels };
        Self { pixels: Box::into_raw(pixels.into()), ..*self }
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        // SAFETY: `pixels` came from a box. None in the bug: a clone has freed the same box.
        drop(unsafe { Box::from_raw(self.pixels) });
    }
}

struct Slide {
    image: Image,
}

impl Slide {
    fn show(&self) {
        println!("{} x {}", self.image.width, self.image.height);
    }
}

fn main() {
    let image = Image::new(16, 9);
    let slide = Slide { image: image.clone() };
    slide.show();
}
