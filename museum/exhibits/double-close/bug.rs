//! A pipe's end is closed early, and its number is given to the journal. To close is to drop here,
//! and what was dropped cannot be dropped again.
#![forbid(unsafe_code)]
use std::fs::File;
use std::io::{Write, stdout};
use std::os::fd::AsFd;

fn main() -> std::io::Result<()> {
    let (_reader, writer) = std::io::pipe()?;
    drop(writer);
    let mut journal = File::from(stdout().as_fd().try_clone_to_owned()?);
    #[cfg(not(fixed))]
    drop(writer);
    let written = journal.write_all(b"entry\n").is_ok();
    println!("{}", if written { "journal written" } else { "journal lost" });
    Ok(())
}
