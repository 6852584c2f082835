//! Criterion front end of the allocator workloads.

mod front;

fn main() {
    front::main("allocator");
}
