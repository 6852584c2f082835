//! A log goes to a pipe whose reader is gone: the write raises SIGPIPE, and the handler logs that.
//! The bug: the handler takes the lock that the thread that it interrupts holds.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};

struct Log {
    state: Mutex<State>,
}

struct State {
    file: io::PipeWriter,
    lost: u32,
}

impl Log {
    fn add(&self, line: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let result = state.file.write_all(line.as_bytes());
        state.lost += u32::from(result.is_err());
    }

    fn lost(&self) -> u32 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).lost
    }
}

static LOG: OnceLock<Log> = OnceLock::new();
static READER_GONE: AtomicBool = AtomicBool::new(false);

extern "C" fn on_broken_pipe(_: i32) {
    if cfg!(fixed) {
        READER_GONE.store(true, Relaxed);
    } else if let Some(log) = LOG.get() {
        log.add("the reader is gone\n");
    }
}

// SAFETY: `signal` of the C library, whose handler takes the number and returns nothing.
unsafe extern "C" {
    fn signal(number: i32, handler: extern "C" fn(i32)) -> usize;
}

const SIGPIPE: i32 = 13;

fn main() -> io::Result<()> {
    let (reader, file) = io::pipe()?;
    let log = LOG.get_or_init(|| Log { state: Mutex::new(State { file, lost: 0 }) });
    // SAFETY: the fixed handler does what a handler may, one atomic store. The other: none, it locks.
    unsafe { signal(SIGPIPE, on_broken_pipe) };

    drop(reader);
    log.add("started\n");
    if READER_GONE.load(Relaxed) {
        log.add("the reader is gone\n");
    }
    println!("{} lines lost", log.lost());
    Ok(())
}
