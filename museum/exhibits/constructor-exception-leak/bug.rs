//! Decodes pictures. The constructor owns the pixels already when it fails.
#![forbid(unsafe_code)]

struct WrongSize;

struct Picture {
    pixels: Box<[u8]>,
}

impl Picture {
    fn new(width: usize, height: usize, data: &[u8]) -> Result<Picture, WrongSize> {
        let mut pixels = vec![0; width * height].into_boxed_slice();
        if data.len() != pixels.len() {
            return Err(WrongSize);
        }
        pixels.copy_from_slice(data);
        Ok(Picture { pixels })
    }
}

fn main() {
    let data = [10, 20, 30, 40, 50, 60];
    let mut gallery = Vec::new();
    for height in [3, 4, 2] {
        match Picture::new(3, height, &data) {
            Ok(picture) => {
                println!("last pixel {}", picture.pixels[5]);
                gallery.push(picture);
            }
            Err(WrongSize) => println!("no picture of height {height}"),
        }
    }
}
