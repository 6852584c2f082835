//! Random operations on allocators: every block keeps its bytes, its alignment and its room, and a
//! heap knows what it has given out, whatever was done before.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

use crate::faces::memory::{CPP, CPP_C, Face, REFERENCE, RUST, RUST_C};
use crate::faces::shadow::{Answer, Shadow};

/// An operation; blocks are named by numbers, most of which are in use after a while.
#[derive(Clone, Debug)]
enum Op {
    Allocate(u8, usize),
    AllocateZeroed(u8, usize),
    AllocateAligned(u8, usize, u32),
    Reallocate(u8, usize),
    Deallocate(u8),
    DeallocateElsewhere(u8),
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
        1 => near(64 << 10),
        1 => near(4 << 20),
        1 => 80_000..6_000_000_usize,
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (any::<u8>(), size()).prop_map(|(name, size)| Op::Allocate(name, size)),
        2 => (any::<u8>(), size()).prop_map(|(name, size)| Op::AllocateZeroed(name, size)),
        2 => (any::<u8>(), size(), 0..22_u32)
            .prop_map(|(name, size, log)| Op::AllocateAligned(name, size, log)),
        4 => (any::<u8>(), size()).prop_map(|(name, size)| Op::Reallocate(name, size)),
        4 => any::<u8>().prop_map(Op::Deallocate),
        1 => any::<u8>().prop_map(Op::DeallocateElsewhere),
        1 => (0..2000_usize).prop_map(Op::Flood),
    ]
}

/// What one memory answers to an operation. A name that is in use is given back first.
fn apply(memory: &mut Shadow, is_heap: bool, op: &Op) -> Answer {
    let name = |name: &u8| (name % 64).to_string();
    match op {
        Op::Allocate(n, size) => {
            let _ = memory.deallocate(&name(n));
            memory.allocate(&name(n), *size)
        }
        Op::AllocateZeroed(n, size) => {
            let _ = memory.deallocate(&name(n));
            memory.allocate_zeroed(&name(n), *size)
        }
        Op::AllocateAligned(n, size, log) => {
            let _ = memory.deallocate(&name(n));
            memory.allocate_aligned(&name(n), *size, 1 << log)
        }
        Op::Reallocate(n, size) => memory.reallocate(&name(n), *size),
        Op::Deallocate(n) => memory.deallocate(&name(n)),
        Op::DeallocateElsewhere(n) if is_heap => memory.deallocate(&name(n)),
        Op::DeallocateElsewhere(n) => memory.deallocate_elsewhere(&name(n)),
        Op::Flood(size) => {
            let flooded = (0..200).map(|i| format!("flood{i}"));
            for name in flooded.clone() {
                memory.allocate(&name, *size)?;
            }
            for name in flooded.clone().step_by(2).chain(flooded.skip(1).step_by(2)) {
                memory.deallocate(&name)?;
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
    let cases = (any::<bool>(), vec(op(), 1..60));
    let run = |(is_heap, ops): (bool, Vec<Op>)| {
        let make = if is_heap { Shadow::of_heap } else { Shadow::of_threads };
        let (mut memory, mut reference) = (make(face), make(REFERENCE));
        for op in &ops {
            let (answer, wanted) =
                (apply(&mut memory, is_heap, op), apply(&mut reference, is_heap, op));
            prop_assert_eq!(answer, wanted, "{:?}", op);
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

#[test]
fn rust_twin() {
    check(RUST);
}

#[test]
fn cpp_twin_through_cxx() {
    check(CPP);
}

#[test]
fn rust_twin_through_c() {
    check(RUST_C);
}

#[test]
fn cpp_twin_through_c() {
    check(CPP_C);
}
