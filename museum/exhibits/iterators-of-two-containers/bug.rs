//! A title is copied from one iterator, which knows both its ends. A pair of two strings cannot be
//! written.
#![forbid(unsafe_code)]

fn title(exhibit: u32) -> String {
    format!("exhibit number {exhibit}")
}

fn main() {
    let copy: String = title(1000).chars().collect();
    println!("{copy}");
}
