//! Random operations on allocators: every block keeps its bytes, its alignment and its room, and a
//! heap knows what it has given out, whatever was done before.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

use crate::faces::memory::{Face, REFERENCE, on_every_face};
use crate::faces::shadow::{Answer, Op, Shadow};

/// A step; blocks are named by numbers, most of which are in use after a while.
#[derive(Clone, Debug)]
enum Step {
    One(u8, Op),
    /// All blocks of one size class in a row, every other one freed: full pages, and holes.
    Flood(usize),
}

/// Mostly small, sometimes at the borders between ways of allocating, rarely huge.
fn size() -> impl Strategy<Value = usize> {
    let near = |size: usize| (size - 20..size + 20).boxed();
    prop_oneof![
        16 => 0..300_usize,
        6 => 300..9000_usize,
        3 => 9000..80_000_usize,
        1 => near(8 << 10),
        1 => near(20 << 10),
        1 => near(4 << 20),
        1 => 80_000..6_000_000_usize,
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let op = prop_oneof![
        6 => size().prop_map(Op::Allocate),
        2 => size().prop_map(Op::AllocateZeroed),
        2 => (size(), 0..22_u32).prop_map(|(size, log)| Op::AllocateAligned(size, 1 << log)),
        4 => size().prop_map(Op::Reallocate),
        4 => Just(Op::Deallocate),
        1 => Just(Op::DeallocateElsewhere),
    ];
    prop_oneof![
        19 => (0..64_u8, op).prop_map(|(name, op)| Step::One(name, op)),
        1 => (0..2000_usize).prop_map(Step::Flood),
    ]
}

/// What one memory answers to a step. A block whose name is wanted for another is given back first.
fn apply(memory: &mut Shadow, is_heap: bool, step: &Step) -> Answer {
    match step {
        Step::One(name, op) => {
            let name = name.to_string();
            let op = match op {
                Op::DeallocateElsewhere if is_heap => &Op::Deallocate,
                op => op,
            };
            if let Op::Allocate(_) | Op::AllocateZeroed(_) | Op::AllocateAligned(..) = op {
                let _ = memory.run(&name, &Op::Deallocate);
            }
            memory.run(&name, op)
        }
        Step::Flood(size) => {
            let flooded = (0..200).map(|i| format!("flood{i}"));
            for name in flooded.clone() {
                memory.run(&name, &Op::Allocate(*size))?;
            }
            for name in flooded.clone().step_by(2).chain(flooded.skip(1).step_by(2)) {
                memory.run(&name, &Op::Deallocate)?;
            }
            Ok(String::new())
        }
    }
}

/// Does the same on a face and on the reference, and compares all answers.
fn check(face: Face) {
    let config = ProptestConfig {
        rng_seed: RngSeed::Fixed(5),
        cases: ProptestConfig::default().cases / 4,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let cases = (any::<bool>(), vec(step(), 1..60));
    let run = |(is_heap, steps): (bool, Vec<Step>)| {
        let make = if is_heap { Shadow::of_heap } else { Shadow::of_threads };
        let (mut memory, mut reference) = (make(face), make(REFERENCE));
        for step in &steps {
            let (answer, wanted) =
                (apply(&mut memory, is_heap, step), apply(&mut reference, is_heap, step));
            prop_assert_eq!(answer, wanted, "{:?}", step);
            if is_heap {
                prop_assert_eq!(memory.held(), reference.held());
            }
        }
        memory.end();
        reference.end();
        Ok(())
    };
    if let Err(error) = TestRunner::new(config).run(&cases, run) {
        panic!("{error}");
    }
}

on_every_face!(check);
