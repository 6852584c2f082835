//! A cache hands out a reference to its entry and then drops the entry: the reference dangles.
#![forbid(unsafe_code)]

fn main() {
    let entry = Box::new(42);
    let seen = &*entry;
    #[cfg(not(fixed))]
    drop(entry);
    println!("{seen}");
}
