//! Tags are equal whatever their case, and the derived hash takes the letters as they are.
#![forbid(unsafe_code)]
use std::collections::HashSet;
#[cfg(fixed)]
use std::hash::{Hash, Hasher};

#[derive(Eq)]
#[cfg_attr(not(fixed), derive(Hash))]
struct Tag(&'static str);

impl PartialEq for Tag {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(other.0)
    }
}

#[cfg(fixed)]
impl Hash for Tag {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_ascii_lowercase().hash(state);
    }
}

fn main() {
    let tags: HashSet<_> = ["Rust", "C++", "rust", "RUST", "c++"].map(Tag).into();
    println!("{} tags", tags.len());
}
