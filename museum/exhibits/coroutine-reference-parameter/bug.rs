//! A future takes a text by reference and is polled after the temporary behind it is gone.
#![forbid(unsafe_code)]
use std::pin::pin;
use std::task::{Context, Waker};

async fn greet(name: &str) {
    println!("welcome to the museum, {name}");
}

fn main() {
    let number = "one thousand and one";
    #[cfg(not(fixed))]
    let task = greet(&format!("visitor number {number}"));
    #[cfg(fixed)]
    let name = format!("visitor number {number}");
    #[cfg(fixed)]
    let task = greet(&name);
    let done = pin!(task).poll(&mut Context::from_waker(Waker::noop())).is_ready();
    assert!(done, "it waits for nothing");
}
