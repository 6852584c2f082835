//! The words of several texts are counted, each text in a thread of its own. The bug: `count` takes
//! the lock of the sum and then waits for the threads, which need it to add what they have.
#![forbid(unsafe_code)]

use std::sync::Mutex;
use std::thread;

#[derive(Default)]
struct WordCount {
    sum: Mutex<usize>,
}

impl WordCount {
    fn count(&self, texts: &[&str]) -> usize {
        #[cfg(not(fixed))]
        let sum = self.sum.lock().unwrap();
        thread::scope(|threads| {
            let add = |&text| threads.spawn(move || self.add(text));
            let running: Vec<_> = texts.iter().map(add).collect();
            for thread in running {
                thread.join().unwrap();
            }
        });
        #[cfg(fixed)]
        let sum = self.sum.lock().unwrap();
        *sum
    }

    fn add(&self, text: &str) {
        let words = text.split(' ').count();
        *self.sum.lock().unwrap() += words;
    }
}

fn main() {
    let words = WordCount::default();
    println!("{} words", words.count(&["to be or not to be", "that is the question"]));
}
