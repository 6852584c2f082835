//! Criterion front end of the vector workloads.

mod front;

fn main() {
    front::main("vector");
}
