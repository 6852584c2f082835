//! A vector on an allocator that tells how much it gave has room for as many elements as its block
//! really holds. `tests/cpp/vector_on_allocator_test.cpp` asks the same of C++.

use std::fmt::Debug;

use diptych::allocator::usable_size;
use diptych::{Allocator, Vector};
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Op {
    Push(usize),
    Insert(usize),
    FillUp,
    Truncate(usize),
    ReserveExact(usize),
    ShrinkToFit,
    Clone,
    SplitOff(usize),
    Splice(usize, usize),
    IntoIterAndBack,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0..60_usize).prop_map(Op::Push),
        1 => (60..3000_usize).prop_map(Op::Push),
        2 => any::<usize>().prop_map(Op::Insert),
        2 => Just(Op::FillUp),
        2 => (0..60_usize).prop_map(Op::Truncate),
        1 => (0..60_usize).prop_map(Op::ReserveExact),
        1 => Just(Op::ShrinkToFit),
        1 => Just(Op::Clone),
        1 => any::<usize>().prop_map(Op::SplitOff),
        1 => (any::<usize>(), 0..20_usize).prop_map(|(at, n)| Op::Splice(at, n)),
        1 => Just(Op::IntoIterAndBack),
    ]
}

/// Does the same with a vector and with `Vec`, and looks at both after each operation.
fn run<T: Clone + Debug + PartialEq>(ops: &[Op], make: fn(usize) -> T) {
    let mut vector = Vector::<T, Allocator>::new_in(Allocator);
    let mut wanted = Vec::new();
    for (step, op) in ops.iter().enumerate() {
        match *op {
            Op::Push(n) => {
                for i in 0..n {
                    let cap = vector.capacity();
                    vector.push(make(step + i));
                    wanted.push(make(step + i));
                    assert!(vector.capacity() == cap || vector.capacity() >= 2 * cap);
                    assert!(has_its_room(&vector));
                }
            }
            Op::Insert(at) => {
                let at = at % (wanted.len() + 1);
                vector.insert(at, make(step));
                wanted.insert(at, make(step));
            }
            Op::FillUp => {
                let cap = vector.capacity();
                while vector.len() < cap {
                    vector.push(make(vector.len()));
                    wanted.push(make(wanted.len()));
                }
                assert_eq!(vector.capacity(), cap);
            }
            Op::Truncate(len) => {
                vector.truncate(len);
                wanted.truncate(len);
            }
            Op::ReserveExact(n) => vector.reserve_exact(n),
            Op::ShrinkToFit => vector.shrink_to_fit(),
            Op::Clone => vector = vector.clone(),
            Op::SplitOff(at) => {
                let at = at % (wanted.len() + 1);
                let tail = vector.split_off(at);
                assert!(has_its_room(&tail));
                assert_eq!(tail, wanted.split_off(at));
            }
            Op::Splice(at, n) => {
                let at = at % (wanted.len() + 1);
                let items = || (0..n).map(make);
                assert!(vector.splice(at.., items()).eq(wanted.splice(at.., items())));
            }
            Op::IntoIterAndBack => {
                let items = std::mem::replace(&mut vector, Vector::new_in(Allocator));
                vector.extend(items);
            }
        }
        assert!(has_its_room(&vector), "{op:?}: {} of {}", vector.len(), vector.capacity());
        assert_eq!(vector, wanted);
    }
}

fn has_its_room<T>(vector: &Vector<T, Allocator>) -> bool {
    if vector.capacity() == 0 {
        return true;
    }
    // SAFETY: V3 - the vector's block, of that allocator.
    let usable = unsafe { usable_size(vector.as_ptr().cast()) };
    vector.capacity() == usable / size_of::<T>()
}

#[derive(Clone, Debug, PartialEq)]
#[repr(align(64))]
struct Wide(usize);

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn the_capacity_is_what_the_block_holds(ops in vec(op(), 1..30)) {
        run::<u8>(&ops, |n| n as u8);
        run::<u64>(&ops, |n| n as u64);
        run::<[u8; 3]>(&ops, |n| [n as u8; 3]);
        run::<[u64; 25]>(&ops, |n| [n as u64; 25]);
        run::<Wide>(&ops, Wide);
        run::<String>(&ops, |n| format!("number {n}"));
    }
}

#[test]
fn elements_without_size_need_no_block_there_either() {
    let mut vector = Vector::with_capacity_in(10, Allocator);
    vector.extend([(); 1000]);
    assert_eq!((vector.len(), vector.capacity()), (1000, usize::MAX));
    assert_eq!(vector.into_iter().count(), 1000);
}

#[test]
fn the_usual_vector_has_what_it_asked_for() {
    let mut vector = Vector::<u8>::with_capacity(33);
    assert_eq!(vector.capacity(), 33);
    vector.extend_from_slice(&[1; 34]);
    assert_eq!(vector.capacity(), 66);
}
