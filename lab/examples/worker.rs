//! Coordinator and worker in one: sums squares, as the workers of `examples/workers` do in other
//! languages.
//!
//! ```text
//! cargo run --release -p diptych-lab --example worker -- --worker ./worker-c --worker ./worker.py
//! ```

use std::process::ExitCode;

use diptych_lab::{Batch, Contestant, Digest, Rng, Tracked, Workload};

struct SumOfSquares(Vec<Vec<u64>>);

impl Batch for SumOfSquares {
    fn run(&mut self) -> u64 {
        let mut digest = Digest::new();
        for input in &self.0 {
            let square = |&number: &u64| number.wrapping_mul(number);
            digest.add(input.iter().map(square).fold(0, u64::wrapping_add));
        }
        digest.value()
    }

    fn check(&mut self) -> u64 {
        self.run() // The sums are all there is.
    }
}

/// Registers the contestant and leaves the rest to the laboratory.
pub fn main() -> ExitCode {
    let sum_of_squares = Workload {
        component: "example".into(),
        name: "sum_of_squares/u64".into(),
        n: 1000,
        tracked: false,
        large: false,
        threads: 1,
        prepare: Box::new(|n, seed, calls| {
            let mut rng = Rng::new(seed);
            let mut input = || (0..n).map(|_| rng.next()).collect();
            Box::new(SumOfSquares((0..calls).map(|_| input()).collect()))
        }),
    };
    diptych_lab::cli::main(vec![Contestant {
        name: "rust".into(),
        language: "rust".into(),
        compiler: "rustc".into(),
        flags: "as cargo was told".into(),
        baselines: Vec::new(),
        workloads: vec![sum_of_squares],
        tracked: Tracked::default,
    }])
}
