//! A log that takes one line or several under its lock. The bug: `add_all` holds the lock and calls
//! `add`, which takes it again.
#![forbid(unsafe_code)]

use std::sync::Mutex;

#[derive(Default)]
struct Log {
    lines: Mutex<Vec<String>>,
}

impl Log {
    fn add(&self, line: &str) {
        append(&mut self.lines.lock().unwrap(), line);
    }

    fn add_all(&self, batch: &[&str]) {
        let mut lines = self.lines.lock().unwrap();
        lines.reserve(batch.len());
        for line in batch {
            if cfg!(fixed) {
                append(&mut lines, line);
            } else {
                self.add(line);
            }
        }
    }

    fn len(&self) -> usize {
        self.lines.lock().unwrap().len()
    }
}

fn append(lines: &mut Vec<String>, line: &str) {
    lines.push(line.to_owned());
}

fn main() {
    let log = Log::default();
    log.add("start");
    log.add_all(&["work", "end"]);
    println!("{} lines", log.len());
}
