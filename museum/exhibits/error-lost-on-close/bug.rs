//! Saves a document to a disk that is full. The write only fills a buffer, and succeeds; what fails
//! is the write when the buffer is dropped, which has nobody to tell.
#![forbid(unsafe_code)]
use std::fs::File;
use std::io::{self, BufWriter, Write};

fn save(path: &str, text: &str) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(text.as_bytes())?;
    if cfg!(fixed) {
        file.flush()?;
    }
    Ok(())
}

fn main() {
    let saved = save("/dev/full", "chapter one\n").is_ok();
    println!("{}", if saved { "saved" } else { "not saved" });
}
