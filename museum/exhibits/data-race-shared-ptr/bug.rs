//! A thread reads the settings while another replaces them. The bug: the reference count behind an
//! `Arc` is for several threads, the variable that holds the `Arc` is not.
#![forbid(unsafe_code)]

use std::sync::Arc;
#[cfg(fixed)]
use std::sync::Mutex;
use std::thread;

struct Config {
    version: u32,
    limit: u32,
}

impl Config {
    fn new(version: u32) -> Arc<Self> {
        Arc::new(Self { version, limit: 10 * version })
    }

    /// Whether a reader sees a whole configuration.
    fn check(&self) -> bool {
        self.limit == 10 * self.version
    }
}

#[cfg(not(fixed))]
struct Settings {
    current: Arc<Config>,
}

#[cfg(not(fixed))]
impl Settings {
    fn new() -> Self {
        Self { current: Config::new(0) }
    }

    fn get(&self) -> Arc<Config> {
        Arc::clone(&self.current)
    }

    fn replace(&mut self, version: u32) {
        self.current = Config::new(version);
    }
}

#[cfg(fixed)]
struct Settings {
    current: Mutex<Arc<Config>>,
}

#[cfg(fixed)]
impl Settings {
    fn new() -> Self {
        Self { current: Mutex::new(Config::new(0)) }
    }

    fn get(&self) -> Arc<Config> {
        Arc::clone(&self.current.lock().unwrap())
    }

    fn replace(&self, version: u32) {
        *self.current.lock().unwrap() = Config::new(version);
    }
}

fn main() {
    #[cfg(not(fixed))]
    let mut settings = Settings::new();
    #[cfg(fixed)]
    let settings = Settings::new();

    let torn = thread::scope(|threads| {
        let reader = threads.spawn(|| (0..1_000).filter(|_| !settings.get().check()).count());
        for version in 1..=1_000 {
            settings.replace(version);
        }
        reader.join().unwrap()
    });
    println!("version {}, {torn} torn", settings.get().version);
}
