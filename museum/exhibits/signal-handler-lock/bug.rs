//! A log goes to a pipe whose reader is gone: the write raises SIGPIPE, and the handler logs that.
//! The bug: the handler takes the lock that the thread that it interrupts holds.
#![forbid(unsafe_code)]

use std::io::{self, Write};
#[cfg(not(fixed))]
use std::sync::OnceLock;
use std::sync::{Mutex, PoisonError};

struct Log {
    state: Mutex<State>,
}

struct State {
    file: io::PipeWriter,
    lost: u32,
}

impl Log {
    fn add(&self, line: &str) -> io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let result = state.file.write_all(line.as_bytes());
        state.lost += u32::from(result.is_err());
        result
    }

    fn lost(&self) -> u32 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).lost
    }
}

#[cfg(not(fixed))]
static LOG: OnceLock<Log> = OnceLock::new();

#[cfg(not(fixed))]
extern "C" fn on_broken_pipe(_: i32) {
    if let Some(log) = LOG.get() {
        let _ = log.add("the reader is gone\n");
    }
}

#[cfg(not(fixed))]
unsafe extern "C" {
    fn signal(number: i32, handler: extern "C" fn(i32)) -> usize;
}

#[cfg(not(fixed))]
const SIGPIPE: i32 = 13;

#[cfg(not(fixed))]
fn main() -> io::Result<()> {
    let (reader, file) = io::pipe()?;
    let log = LOG.get_or_init(|| Log { state: Mutex::new(State { file, lost: 0 }) });
    signal(SIGPIPE, on_broken_pipe);

    drop(reader);
    let _ = log.add("started\n");
    println!("{} lines lost", log.lost());
    Ok(())
}

/// The handler of Rust's runtime is none: SIGPIPE is ignored, and the write returns an error.
#[cfg(fixed)]
fn main() -> io::Result<()> {
    let (reader, file) = io::pipe()?;
    let log = Log { state: Mutex::new(State { file, lost: 0 }) };

    drop(reader);
    if let Err(error) = log.add("started\n")
        && error.kind() == io::ErrorKind::BrokenPipe
    {
        let _ = log.add("the reader is gone\n");
    }
    println!("{} lines lost", log.lost());
    Ok(())
}
