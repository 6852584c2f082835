//! The noise: one process that writes to random places of 32 MB, 50 to 500 ms at a time, and
//! rests for 50 to 800 ms.

use std::env;
use std::hint::black_box;
use std::os::unix::process::parent_id;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use diptych_lab::Rng;

/// What the report says of it.
pub const DESCRIPTION: &str =
    "one process, random writes over 32 MB, on for 50-500 ms, off for 50-800 ms";

const WORDS: u64 = (32 << 20) / 8;

/// A neighbour that goes with this value.
pub struct Neighbour(Child);

impl Neighbour {
    /// Starts this program once more, as the neighbour.
    pub fn start(seed: u64) -> Result<Self, String> {
        let program = env::current_exe().map_err(|error| error.to_string())?;
        Command::new(program)
            .args(["neighbour", &seed.to_string()])
            .stdin(Stdio::null())
            .spawn()
            .map(Self)
            .map_err(|error| format!("the neighbour cannot be started: {error}"))
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        // One that is gone already cannot be ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Makes noise until the parent is gone.
pub fn make_noise(seed: u64) {
    let parent = parent_id();
    let mut rng = Rng::new(seed);
    let mut words = vec![0u64; usize::try_from(WORDS).unwrap_or(0)];
    while parent_id() == parent {
        let (on, off) = (50 + rng.next() % 451, 50 + rng.next() % 751);
        let end = Instant::now() + Duration::from_millis(on);
        while Instant::now() < end {
            for _ in 0..1000 {
                let place = usize::try_from(rng.next() % WORDS).unwrap_or(0);
                words[place] = rng.next();
            }
        }
        black_box(&words);
        thread::sleep(Duration::from_millis(off));
    }
}
