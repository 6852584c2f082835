//! Criterion front end of the thread pool workloads.

mod front;

fn main() {
    front::main("thread_pool");
}
