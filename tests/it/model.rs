//! Random operations on every face, against what the specification says must come of them.
//!
//! A case is a list of operations on two vectors. After each one the result, the elements, the
//! length and the capacity are compared with [`Reference`], no element of the tracked kind may be
//! alive that is in no vector, and none may have been touched when it was not. A failing case is
//! shrunk by proptest, and its seed kept in `tests/it/model.regressions`.
//!
//! The seed is fixed, so that a failure is the change's and not the day's. To look further:
//!
//! ```sh
//! PROPTEST_RNG_SEED=$RANDOM PROPTEST_CASES=100000 cargo test --release --test it model
//! ```

mod allocator;
mod thread_pool;

use diptych::Vector;
use diptych::cpp::{VectorF64, VectorPod64, VectorString, VectorU64};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, RngSeed, TestRunner};

use crate::faces::c::{CVec, CppHalf, RustHalf};
use crate::faces::reference::{Measure, Reference};
use crate::faces::{Elem, Face, Failure, Injected, Outcome, Pod64, Tracked, tracked};

/// An operation on the first of two vectors. Places are reduced to a little more than what there
/// is when the operation runs, so that most are valid and some are not.
#[derive(Clone, Debug)]
enum Op {
    /// The two vectors change places.
    Swap,
    New,
    WithCapacity(usize),
    From(Vec<u64>),
    Push(u64),
    PushOwn(usize),
    Pop,
    Insert(usize, u64),
    InsertOwn(usize, usize),
    Remove(usize),
    SwapRemove(usize),
    Truncate(usize),
    Clear,
    Resize(usize, u64),
    ResizeOwn(usize, usize),
    Extend(Vec<u64>),
    ExtendOwn(usize, usize),
    /// Moves everything from the second vector to the first.
    Append,
    /// The second vector becomes the tail of the first.
    SplitOff(usize),
    Erase(usize, usize),
    /// Keeps elements whose number is not divisible.
    Retain(u64),
    /// Drops neighbours whose numbers agree when divided.
    Dedup(u64),
    Reserve(usize),
    ReserveExact(usize),
    ReserveTooMuch(usize),
    ShrinkToFit,
    /// The second vector becomes a copy of the first.
    Clone,
}

/// An operation, and after how many calls of element code one fails.
#[derive(Clone, Debug)]
struct Step {
    op: Op,
    fuse: Option<u64>,
}

fn op() -> impl Strategy<Value = Op> {
    let place = || 0..1000usize;
    let item = || 0..40u64;
    let items = || vec(0..40u64, 0..12);
    prop_oneof![
        2 => Just(Op::Swap),
        1 => Just(Op::New),
        1 => (0..20usize).prop_map(Op::WithCapacity),
        1 => items().prop_map(Op::From),
        8 => item().prop_map(Op::Push),
        2 => place().prop_map(Op::PushOwn),
        4 => Just(Op::Pop),
        6 => (place(), item()).prop_map(|(at, item)| Op::Insert(at, item)),
        2 => (place(), place()).prop_map(|(at, own)| Op::InsertOwn(at, own)),
        4 => place().prop_map(Op::Remove),
        3 => place().prop_map(Op::SwapRemove),
        2 => place().prop_map(Op::Truncate),
        1 => Just(Op::Clear),
        3 => (0..30usize, item()).prop_map(|(len, item)| Op::Resize(len, item)),
        1 => (0..30usize, place()).prop_map(|(len, own)| Op::ResizeOwn(len, own)),
        4 => items().prop_map(Op::Extend),
        2 => (place(), place()).prop_map(|(a, b)| Op::ExtendOwn(a, b)),
        3 => Just(Op::Append),
        3 => place().prop_map(Op::SplitOff),
        4 => (place(), place()).prop_map(|(a, b)| Op::Erase(a, b)),
        3 => (1..5u64).prop_map(Op::Retain),
        3 => (1..20u64).prop_map(Op::Dedup),
        2 => (0..20usize).prop_map(Op::Reserve),
        2 => (0..20usize).prop_map(Op::ReserveExact),
        1 => (0..3usize).prop_map(Op::ReserveTooMuch),
        2 => Just(Op::ShrinkToFit),
        3 => Just(Op::Clone),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step =
        (op(), prop::option::weighted(0.25, 0..12u64)).prop_map(|(op, fuse)| Step { op, fuse });
    vec(step, 1..60)
}

/// Runs an operation; answers the number of the element that it takes out, if it does.
fn apply<T: Elem, V: Face<T>>(op: &Op, a: &mut V, b: &mut V) -> Outcome<Option<u64>> {
    let make = |seed: &u64| T::make(&T::sample(*seed));
    let make_all = |seeds: &[u64]| seeds.iter().map(make).collect::<Vec<T>>();
    let number = |item: T| Some(T::number(&item.value()));
    let ask = || {
        if V::PREDICATE_MAY_PANIC && !tracked::burn() {
            std::panic::panic_any(Injected);
        }
    };
    let len = a.len();
    let place = |at: usize| at % (len + 2);
    let room = isize::MAX as usize / V::ELEMENT_SIZE;

    match *op {
        Op::PushOwn(_) | Op::InsertOwn(..) | Op::ResizeOwn(..) if len == 0 => {}
        Op::Swap => std::mem::swap(a, b),
        Op::New => *a = V::new(),
        Op::WithCapacity(capacity) => *a = V::with_capacity(capacity)?,
        Op::From(ref seeds) => *a = V::from_slice(&make_all(seeds))?,
        Op::Push(ref seed) => a.push(make(seed))?,
        Op::PushOwn(own) => a.push_own(own % len)?,
        Op::Pop => return a.pop().map(number),
        Op::Insert(at, ref seed) => a.insert(place(at), make(seed))?,
        Op::InsertOwn(at, own) => a.insert_own(place(at), own % len)?,
        Op::Remove(at) => return a.remove(place(at)).map(number),
        Op::SwapRemove(at) => return a.swap_remove(place(at)).map(number),
        Op::Truncate(at) => a.truncate(place(at))?,
        Op::Clear => a.clear()?,
        Op::Resize(len, ref seed) => a.resize(len, &make(seed))?,
        Op::ResizeOwn(new_len, own) => a.resize_own(new_len, own % len)?,
        Op::Extend(ref seeds) => a.extend_from_slice(&make_all(seeds))?,
        Op::ExtendOwn(from, to) => {
            let (from, to) = (from % (len + 1), to % (len + 1));
            a.extend_own(from.min(to)..from.max(to))?;
        }
        Op::Append => a.append(b)?,
        Op::SplitOff(at) => *b = a.split_off(place(at))?,
        Op::Erase(first, count) => {
            let first = place(first);
            a.erase(first..first + place(count))?;
        }
        Op::Retain(divisor) => a.retain(&mut |value| {
            ask();
            !T::number(value).is_multiple_of(divisor)
        })?,
        Op::Dedup(divisor) => a.dedup_by(&mut |item, kept| {
            ask();
            T::number(item) / divisor == T::number(kept) / divisor
        })?,
        Op::Reserve(additional) => a.reserve(additional)?,
        Op::ReserveExact(additional) => a.reserve_exact(additional)?,
        Op::ReserveTooMuch(0) => a.reserve(usize::MAX)?,
        Op::ReserveTooMuch(1) => a.reserve(room - len + 1)?,
        Op::ReserveTooMuch(_) => a.reserve_exact(room - len + 1)?,
        Op::ShrinkToFit => a.shrink_to_fit()?,
        Op::Clone => *b = a.duplicate()?,
    }
    Ok(None)
}

/// Says that the reference's capacities are those of a vector `V`.
struct Like<T, V>(std::marker::PhantomData<(T, V)>);

impl<T: Elem, V: Face<T>> Measure for Like<T, V> {
    const SIZE: usize = V::ELEMENT_SIZE;
}

/// What a face's vector must be: the numbers of its elements, and its capacity.
type Want<T, V> = Reference<u64, Like<T, V>>;

macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!($($message)+));
        }
    };
}

/// Compares a vector with what it must be.
fn compare<T: Elem, V: Face<T>>(which: &str, vec: &V, want: &Want<T, V>) -> Result<(), String> {
    let values = vec.values();
    let wanted: Vec<T::Value> = want.values().into_iter().map(T::sample).collect();
    ensure!(values == wanted, "{which} holds {values:?}, should hold {wanted:?}");
    let (cap, wanted) = (vec.capacity(), want.capacity());
    ensure!(cap == wanted, "{which} has capacity {cap}, should have {wanted}");
    ensure!(vec.len() <= cap, "{which} breaks V1: {} > {cap}", vec.len());
    ensure!(vec.is_empty() == values.is_empty(), "{which} is wrong about being empty");
    ensure!(vec.get(values.len()).is_none(), "{which} has an element past the end");
    Ok(())
}

/// Whether `part` comes of `whole` by leaving out elements.
fn is_subsequence(part: &[u64], whole: &[u64]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|item| rest.any(|other| other == item))
}

/// Checks the first vector after element code has failed in the middle of `op`, and answers what is
/// in it. `before` and `done` are the numbers without the operation and with it.
fn after_failure<T: Elem, V: Face<T>>(
    op: &Op,
    vec: &V,
    before: &Want<T, V>,
    done: &Want<T, V>,
) -> Result<Want<T, V>, String> {
    let (done, grown) = (done.values(), done.capacity());
    let left: Vec<u64> = vec.values().iter().map(T::number).collect();
    let old = before.values();
    let allowed = match op {
        Op::Extend(_) | Op::ExtendOwn(..) | Op::Resize(..) | Op::ResizeOwn(..)
            if !V::ALL_OR_NOTHING =>
        {
            left.starts_with(&old) && done.starts_with(&left)
        }
        Op::Retain(_) | Op::Dedup(_) => is_subsequence(&left, &old) && is_subsequence(&done, &left),
        // All or nothing of the elements; the block that was made for them may stay.
        _ => left == old && [before.capacity(), grown].contains(&vec.capacity()),
    };
    ensure!(
        allowed,
        "a failure left {left:?} (capacity {}) of {old:?} (capacity {})",
        vec.capacity(),
        before.capacity()
    );
    Ok(Want::<T, V>::of(left, vec.capacity()))
}

/// Runs one case.
fn run<T: Elem, V: Face<T>>(steps: &[Step]) -> Result<(), String> {
    tracked::reset();
    let (mut a, mut b) = (V::new(), V::new());
    let (mut want_a, mut want_b) = (Want::<T, V>::new(), Want::<T, V>::new());

    for (index, Step { op, fuse }) in steps.iter().enumerate() {
        let at = |complaint: String| format!("step {index}, {op:?}, fuse {fuse:?}: {complaint}");
        let before = Want::<T, V>::of(want_a.values(), want_a.capacity());
        let wanted = apply(op, &mut want_a, &mut want_b);

        tracked::set_fuse(*fuse);
        let result = apply::<T, V>(op, &mut a, &mut b);
        let blown = tracked::take_blown();

        if blown {
            let refused = result == Err(Failure::Element);
            (|| {
                ensure!(refused, "element code failed and the answer is {result:?}");
                want_a = after_failure::<T, V>(op, &a, &before, &want_a)?;
                // The only operations that change the second vector and run element code replace it.
                if let Op::Clone = op {
                    want_b =
                        Want::<T, V>::of(b.values().iter().map(T::number).collect(), b.capacity());
                }
                Ok(())
            })()
            .map_err(at)?;
        } else if result != wanted {
            return Err(at(format!("answers {result:?}, should answer {wanted:?}")));
        }

        compare::<T, V>("the first vector", &a, &want_a).map_err(at)?;
        compare::<T, V>("the second vector", &b, &want_b).map_err(at)?;
        let (alive, counted) = (tracked::alive(), a.len() + b.len());
        if T::KIND == Tracked::KIND && alive != counted {
            return Err(at(format!("{alive} elements alive, {counted} in the vectors")));
        }
        let faults = tracked::faults();
        if !faults.is_empty() {
            return Err(at(faults.join("; ")));
        }
    }

    drop((a, b));
    let (alive, faults) = (tracked::alive(), tracked::faults());
    ensure!(alive == 0 && faults.is_empty(), "at the end {alive} alive, {faults:?}");
    Ok(())
}

fn config() -> ProptestConfig {
    let mut config = ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/it/model.regressions",
        ))),
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 100;
    }
    if let RngSeed::Random = config.rng_seed {
        config.rng_seed = RngSeed::Fixed(0x0064_6970_7479_6368);
    }
    config
}

fn check<T: Elem, V: Face<T>>() {
    let mut runner = TestRunner::new(config());
    let outcome = runner.run(&steps(), |steps| run::<T, V>(&steps).map_err(TestCaseError::fail));
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// One test for each face and element type, named `face::type`.
macro_rules! faces {
    ($($face:ident { $($name:ident: $elem:ty => $vec:ty;)* })*) => { $(
        mod $face {
            use super::*;
            $(
                #[test]
                fn $name() {
                    check::<$elem, $vec>();
                }
            )*
        }
    )* };
}

faces! {
    rust_twin {
        u64: u64 => Vector<u64>;
        f64: f64 => Vector<f64>;
        string: String => Vector<String>;
        pod64: Pod64 => Vector<Pod64>;
        tracked: Tracked => Vector<Tracked>;
    }
    cpp_twin_through_cxx {
        u64: u64 => VectorU64;
        f64: f64 => VectorF64;
        string: String => VectorString;
        pod64: Pod64 => VectorPod64;
    }
    rust_twin_through_c {
        u64: u64 => CVec<u64, RustHalf>;
        f64: f64 => CVec<f64, RustHalf>;
        string: String => CVec<String, RustHalf>;
        pod64: Pod64 => CVec<Pod64, RustHalf>;
        tracked: Tracked => CVec<Tracked, RustHalf>;
    }
    cpp_twin_through_c {
        u64: u64 => CVec<u64, CppHalf>;
        f64: f64 => CVec<f64, CppHalf>;
        string: String => CVec<String, CppHalf>;
        pod64: Pod64 => CVec<Pod64, CppHalf>;
        tracked: Tracked => CVec<Tracked, CppHalf>;
    }
    reference {
        tracked: Tracked => Reference<Tracked>;
    }
}
