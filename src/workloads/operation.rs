//! A timed loop and what turns it into a workload of the laboratory.
//!
//! `cpp/workloads/operation.hpp` is the same thing; a loop written here and there reads alike, line
//! by line.

use diptych_lab::{Batch, Digest, Rng, Workload};

/// What is timed, on one input.
///
/// `work` is always inlined, in both languages, so that its vector is as local to the loop as it
/// is in a user's function.
pub trait Operation: 'static {
    /// What a call is given.
    type Input: 'static;
    /// What a call answers.
    type Output: 'static;

    /// Whether outputs live until the clock has stopped. An operation keeps them when their
    /// elements were made outside the clock: they die there as well. Otherwise the output dies
    /// inside, as its user would have it.
    const KEEPS: bool;

    /// Makes an input of size `n`. Not timed.
    fn prepare(n: u64, rng: &mut Rng) -> Self::Input;

    /// Does the work. Timed.
    fn work(input: &mut Self::Input) -> Self::Output;

    /// Does the same work as `work`, and as much more as proves that it was done. Not timed.
    fn prove(input: &mut Self::Input) -> Self::Output {
        Self::work(input)
    }

    /// A word or two of the output. Timed.
    fn mark(output: &Self::Output) -> u64;

    /// Every byte of the output. Not timed.
    fn digest(output: &Self::Output, digest: &mut Digest);
}

/// The batch of an operation.
pub struct Prepared<O: Operation> {
    inputs: Vec<O::Input>,
    outputs: Vec<Option<O::Output>>,
}

impl<O: Operation> Prepared<O> {
    /// Makes all inputs.
    pub fn new(n: u64, seed: u64, calls: u64) -> Self {
        let mut rng = Rng::new(seed);
        let inputs: Vec<_> = (0..calls).map(|_| O::prepare(n, &mut rng)).collect();
        let outputs = inputs.iter().map(|_| None).collect();
        Self { inputs, outputs }
    }
}

impl<O: Operation> Batch for Prepared<O> {
    fn run(&mut self) -> u64 {
        let mut digest = Digest::new();
        for (input, kept) in self.inputs.iter_mut().zip(&mut self.outputs) {
            let output = O::work(input);
            digest.add(O::mark(&output));
            if O::KEEPS {
                *kept = Some(output);
            }
        }
        digest.value()
    }

    fn check(&mut self) -> u64 {
        let mut digest = Digest::new();
        for input in &mut self.inputs {
            let output = O::prove(input);
            O::digest(&output, &mut digest);
        }
        digest.value()
    }
}

/// The workload of an operation.
fn workload<O: Operation>(component: &str, name: &str, n: u64) -> Workload {
    Workload {
        component: component.to_owned(),
        name: name.to_owned(),
        n,
        tracked: false,
        large: false,
        threads: 1,
        prepare: Box::new(|n, seed, calls| Box::new(Prepared::<O>::new(n, seed, calls))),
    }
}

/// The workload of an operation of the component `vector`.
pub fn vector_workload<O: Operation>(name: &str, n: u64) -> Workload {
    workload::<O>("vector", name, n)
}

/// The workload of an operation of the component `allocator`.
pub fn allocator_workload<O: Operation>(name: &str, n: u64) -> Workload {
    workload::<O>("allocator", name, n)
}

/// The workload of an operation of the component `thread_pool`.
pub fn thread_pool_workload<O: Operation>(name: &str, n: u64) -> Workload {
    workload::<O>("thread_pool", name, n)
}

/// As `workload`, for elements that count their copies.
pub fn tracked(workload: Workload) -> Workload {
    Workload { tracked: true, ..workload }
}

/// As `workload`, for gigabytes.
pub fn large(workload: Workload) -> Workload {
    Workload { large: true, ..workload }
}

/// As `workload`, for work that keeps several threads busy at once.
pub fn threaded(threads: u32, workload: Workload) -> Workload {
    Workload { threads, ..workload }
}
