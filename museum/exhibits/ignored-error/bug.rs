//! Saves a document to a disk that is full. The write says that it failed; nobody listens.
#![forbid(unsafe_code)]
use std::fs::File;
use std::io::{self, Write};

fn save(path: &str, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    #[cfg(not(fixed))]
    file.write_all(text.as_bytes());
    #[cfg(fixed)]
    file.write_all(text.as_bytes())?;
    Ok(())
}

fn main() {
    let saved = save("/dev/full", "chapter one\n").is_ok();
    println!("{}", if saved { "saved" } else { "not saved" });
}
