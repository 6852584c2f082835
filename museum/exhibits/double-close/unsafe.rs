//! The same with the bare number of the descriptor: two owners are made of it, and each closes it.
use std::fs::File;
use std::io::{Write, stdout};
#[cfg(not(fixed))]
use std::os::fd::AsRawFd;
#[cfg(fixed)]
use std::os::fd::IntoRawFd;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};

fn main() -> std::io::Result<()> {
    let (_reader, writer) = std::io::pipe()?;
    #[cfg(not(fixed))]
    let number = writer.as_raw_fd();
    #[cfg(fixed)]
    let number = writer.into_raw_fd();
    // SAFETY: none: the descriptor still belongs to `writer`. Fixed, `writer` has given it up.
    let owner = unsafe { OwnedFd::from_raw_fd(number) };
    drop(owner);
    let mut journal = File::from(stdout().as_fd().try_clone_to_owned()?);
    #[cfg(not(fixed))]
    drop(writer);
    let written = journal.write_all(b"entry\n").is_ok();
    println!("{}", if written { "journal written" } else { "journal lost" });
    Ok(())
}
