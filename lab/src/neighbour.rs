//! The noisy neighbour that a calibration runs beside: what other people's work does to a shared
//! machine, the same every time.
//!
//! A program that starts one must be able to be one:
//!
//! ```no_run
//! use diptych_lab::neighbour::{self, Neighbour};
//!
//! if std::env::args().nth(1).as_deref() == Some(neighbour::ARGUMENT) {
//!     neighbour::disturb();
//! }
//! let noise = Neighbour::start()?;
//! // What is measured here is disturbed.
//! drop(noise);
//! # Ok::<(), std::io::Error>(())
//! ```

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::workload::Rng;

/// The argument that makes a program a neighbour.
pub const ARGUMENT: &str = "--diptych-neighbour";

/// What it does, for reports.
pub const DESCRIPTION: &str =
    "one process, random writes over 32 MiB, on for 50 to 500 ms, off for 50 to 800 ms";

/// What it writes over, more than the caches of one processor hold.
const BYTES: usize = 32 << 20;

/// Writes at random places for 50 to 500 ms, rests for 50 to 800 ms, and so on, until it is
/// killed.
pub fn disturb() -> ! {
    let mut memory = vec![0_u64; BYTES / size_of::<u64>()];
    let mut rng = Rng::new(1);
    loop {
        let work = Duration::from_millis(50 + rng.next() % 450);
        let begin = Instant::now();
        while begin.elapsed() < work {
            for _ in 0..10_000 {
                let at = usize::try_from(rng.next() >> 40).unwrap_or(0) % memory.len();
                memory[at] = memory[at].wrapping_add(1);
            }
        }
        std::hint::black_box(&memory);
        std::thread::sleep(Duration::from_millis(50 + rng.next() % 750));
    }
}

/// A running neighbour; it ends with this, and with the thread that started it.
#[derive(Debug)]
pub struct Neighbour(Child);

impl Neighbour {
    /// Starts this program once more, as a neighbour.
    ///
    /// # Errors
    /// The program does not find itself, or cannot be started.
    pub fn start() -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(ARGUMENT);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let leash = || {
            // SAFETY: L5 - a plain system call.
            match unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            }
        };
        // SAFETY: L5 - between fork and exec only a system call that is safe there is made.
        unsafe { command.pre_exec(leash) };
        command.spawn().map(Self)
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        // One that is gone already needs no killing.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
