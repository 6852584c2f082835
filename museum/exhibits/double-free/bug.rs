//! An image owns its pixels. A slide takes it by value; to go on using the image, the author
//! declares that copying its bytes is enough, which is what C++ does unasked.
#![forbid(unsafe_code)]

#[cfg_attr(not(fixed), derive(Clone, Copy))]
struct Image {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Image {
    fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![0; width * height] }
    }
}

struct Slide {
    image: Image,
}

impl Slide {
    fn show(&self) {
        assert_eq!(self.image.pixels.len(), self.image.width * self.image.height);
        println!("{} x {}", self.image.width, self.image.height);
    }
}

fn main() {
    let image = Image::new(16, 9);
    let slide = Slide { image };
    slide.show();
}
