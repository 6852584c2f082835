//! A thread that prints lines in the background until it is told to stop. The bug: `stop` waits for
//! the thread and holds the lock that the thread needs to see that it shall stop.
#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

#[derive(Default)]
struct State {
    lines: Vec<String>,
    stop: bool,
}

/// Prints what has come. Whether there may be more.
fn print(state: &Mutex<State>) -> bool {
    let mut state = state.lock().unwrap();
    for line in state.lines.drain(..) {
        println!("{line}");
    }
    !state.stop
}

struct Writer {
    state: Arc<Mutex<State>>,
    thread: JoinHandle<()>,
}

impl Writer {
    fn new() -> Self {
        let state = Arc::<Mutex<State>>::default();
        let thread = thread::spawn({
            let state = Arc::clone(&state);
            move || {
                while print(&state) {
                    thread::sleep(Duration::from_millis(1));
                }
            }
        });
        Self { state, thread }
    }

    fn write(&self, line: &str) {
        self.state.lock().unwrap().lines.push(line.to_owned());
    }

    fn stop(self) {
        let mut state = self.state.lock().unwrap();
        state.stop = true;
        #[cfg(fixed)]
        drop(state);
        self.thread.join().unwrap();
    }
}

fn main() {
    let writer = Writer::new();
    writer.write("started");
    writer.write("finished");
    writer.stop();
}
