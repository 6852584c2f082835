//! Checks that a range of bytes lies inside a file. Whether the end of the range overflows is asked
//! of the end itself.
#![forbid(unsafe_code)]

struct Range {
    offset: i32,
    length: i32,
}

fn inside(range: &Range, size: i32) -> bool {
    if range.offset < 0 || range.length < 0 {
        return false;
    }
    if cfg!(fixed) {
        return range.length <= size && range.offset <= size - range.length;
    }
    let end = range.offset + range.length;
    end >= range.offset && end <= size
}

fn main() {
    for (offset, length) in [(100, 50), (4000, 100), (100, i32::MAX)] {
        let served = inside(&Range { offset, length }, 4096);
        println!("{}", if served { "serve" } else { "refuse" });
    }
}
