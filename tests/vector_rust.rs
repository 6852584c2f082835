//! Properties of `diptych::Vector` as a Rust type: it does what `Vec` does, whatever the element,
//! and nothing leaks or dies twice, whatever panics.

#![allow(clippy::unwrap_used)]

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Debug;
use std::io::Write;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};

use diptych::vector;
use diptych::vector::{Drain, IntoIter, TryReserveErrorKind, Vector};
use proptest::prelude::*;

// ---- Elements ----

thread_local! {
    static ALIVE: RefCell<BTreeSet<u64>> = const { RefCell::new(BTreeSet::new()) };
    static NEXT: Cell<u64> = const { Cell::new(0) };
    /// Calls of element code until one panics.
    static FUSE: Cell<Option<u32>> = const { Cell::new(None) };
}

fn burn() {
    if let Some(left) = FUSE.get() {
        FUSE.set(left.checked_sub(1));
        assert!(left > 0, "fuse");
    }
}

/// Knows whether it is alive; its clone, comparison and destructor burn the fuse.
#[derive(Debug)]
struct Tracked {
    id: u64,
    value: u32,
}

impl Tracked {
    fn new(value: u32) -> Self {
        let id = NEXT.replace(NEXT.get() + 1);
        ALIVE.with_borrow_mut(|alive| alive.insert(id));
        Self { id, value }
    }

    fn assert_alive(&self) {
        assert!(ALIVE.with_borrow(|alive| alive.contains(&self.id)), "dead element in use");
    }
}

impl Clone for Tracked {
    fn clone(&self) -> Self {
        self.assert_alive();
        burn();
        Self::new(self.value)
    }
}

impl PartialEq for Tracked {
    fn eq(&self, other: &Self) -> bool {
        self.assert_alive();
        other.assert_alive();
        burn();
        self.value == other.value
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        if !ALIVE.with_borrow_mut(|alive| alive.remove(&self.id)) {
            eprintln!("dropped twice");
            std::process::abort();
        }
        if !std::thread::panicking() {
            burn();
        }
    }
}

/// Larger than its alignment, and more aligned than any allocator does by itself.
#[derive(Clone, Debug, PartialEq)]
#[repr(align(128))]
struct Wide([u32; 40]);

#[derive(Clone, Debug, PartialEq)]
struct Nothing;

trait Element: Clone + PartialEq + Debug {
    fn make(seed: u32) -> Self;
    fn odd(&self) -> bool;
}

impl Element for u8 {
    fn make(seed: u32) -> Self {
        seed as u8
    }
    fn odd(&self) -> bool {
        self % 2 == 1
    }
}

impl Element for u64 {
    fn make(seed: u32) -> Self {
        seed.into()
    }
    fn odd(&self) -> bool {
        self % 2 == 1
    }
}

impl Element for String {
    fn make(seed: u32) -> Self {
        seed.to_string()
    }
    fn odd(&self) -> bool {
        self.ends_with(['1', '3', '5', '7', '9'])
    }
}

impl Element for Wide {
    fn make(seed: u32) -> Self {
        Self([seed; 40])
    }
    fn odd(&self) -> bool {
        self.0[39] % 2 == 1
    }
}

impl Element for [u64; 8] {
    fn make(seed: u32) -> Self {
        std::array::from_fn(|i| u64::from(seed) << i)
    }
    fn odd(&self) -> bool {
        self[0] % 2 == 1
    }
}

impl Element for Nothing {
    fn make(_: u32) -> Self {
        Self
    }
    fn odd(&self) -> bool {
        true
    }
}

impl Element for Tracked {
    fn make(seed: u32) -> Self {
        Self::new(seed)
    }
    fn odd(&self) -> bool {
        self.assert_alive();
        burn();
        self.value % 2 == 1
    }
}

// ---- Model ----

#[derive(Clone, Debug)]
enum Op {
    Push(u32),
    PushWith(u32),
    Pop,
    PopIf,
    Insert(usize, u32),
    Remove(usize),
    SwapRemove(usize),
    Truncate(usize),
    Clear,
    Resize(usize, u32),
    ResizeWith(usize, u32),
    Reserve(usize),
    ReserveExact(usize),
    ShrinkToFit,
    ShrinkTo(usize),
    Extend(Vec<u32>),
    ExtendFromSlice(Vec<u32>),
    ExtendFromWithin(usize, usize),
    Append(Vec<u32>),
    SplitOff(usize),
    Retain,
    RetainMut,
    Dedup,
    Drain(usize, usize, usize, usize),
    Splice(usize, usize, Vec<u32>, usize),
    ExtractIf(usize, usize, usize),
    Clone,
    CloneFrom(Vec<u32>),
    IntoIter(usize, usize),
    Nth(usize),
    ThroughVec,
    ThroughBox,
    ThroughParts,
}

fn op() -> impl Strategy<Value = Op> {
    let index = || 0..40usize;
    let seed = || 0..6u32;
    let seeds = || proptest::collection::vec(0..6u32, 0..12);
    prop_oneof![
        4 => seed().prop_map(Op::Push),
        1 => seed().prop_map(Op::PushWith),
        1 => Just(Op::Pop),
        1 => Just(Op::PopIf),
        2 => (index(), seed()).prop_map(|(i, s)| Op::Insert(i, s)),
        2 => index().prop_map(Op::Remove),
        1 => index().prop_map(Op::SwapRemove),
        1 => index().prop_map(Op::Truncate),
        1 => Just(Op::Clear),
        1 => (index(), seed()).prop_map(|(i, s)| Op::Resize(i, s)),
        1 => (index(), seed()).prop_map(|(i, s)| Op::ResizeWith(i, s)),
        1 => index().prop_map(Op::Reserve),
        1 => index().prop_map(Op::ReserveExact),
        1 => Just(Op::ShrinkToFit),
        1 => index().prop_map(Op::ShrinkTo),
        2 => seeds().prop_map(Op::Extend),
        2 => seeds().prop_map(Op::ExtendFromSlice),
        1 => (index(), index()).prop_map(|(a, b)| Op::ExtendFromWithin(a, b)),
        1 => seeds().prop_map(Op::Append),
        1 => index().prop_map(Op::SplitOff),
        1 => Just(Op::Retain),
        1 => Just(Op::RetainMut),
        1 => Just(Op::Dedup),
        2 => (index(), index(), 0..4usize, 0..4usize)
            .prop_map(|(a, b, c, d)| Op::Drain(a, b, c, d)),
        2 => (index(), index(), seeds(), 0..4usize).prop_map(|(a, b, c, d)| Op::Splice(a, b, c, d)),
        2 => (index(), index(), 0..6usize).prop_map(|(a, b, c)| Op::ExtractIf(a, b, c)),
        1 => Just(Op::Clone),
        1 => seeds().prop_map(Op::CloneFrom),
        1 => (0..6usize, 0..6usize).prop_map(|(a, b)| Op::IntoIter(a, b)),
        1 => index().prop_map(Op::Nth),
        1 => Just(Op::ThroughVec),
        1 => Just(Op::ThroughBox),
        1 => Just(Op::ThroughParts),
    ]
}

/// An iterator that announces anything and delivers what it has.
struct Liar<I>(I, usize);

impl<I: Iterator> Iterator for Liar<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        burn();
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.1, Some(self.1))
    }
}

fn made<'a, T: Element + 'a>(seeds: &'a [u32]) -> impl Iterator<Item = T> + 'a {
    seeds.iter().map(|&seed| T::make(seed))
}

fn within(a: usize, b: usize, len: usize) -> Range<usize> {
    let (a, b) = (a % (len + 1), b % (len + 1));
    a.min(b)..a.max(b)
}

/// Does `op` on a vector. One text for both types, so that they cannot be tested differently.
macro_rules! run {
    ($Type:ident, $v:expr, $op:expr) => {{
        let v: &mut $Type<T> = $v;
        let len = v.len();
        match $op.clone() {
            Op::Push(seed) => v.push(T::make(seed)),
            Op::PushWith(seed) => run!(@push_with $Type, v, seed),
            Op::Pop => drop(v.pop()),
            Op::PopIf => drop(v.pop_if(|item| item.odd())),
            Op::Insert(i, seed) => v.insert(i % (len + 1), T::make(seed)),
            Op::Remove(i) if len > 0 => drop(v.remove(i % len)),
            Op::SwapRemove(i) if len > 0 => drop(v.swap_remove(i % len)),
            Op::Remove(_) | Op::SwapRemove(_) => {}
            Op::Truncate(n) => v.truncate(n),
            Op::Clear => v.clear(),
            Op::Resize(n, seed) => v.resize(n, T::make(seed)),
            Op::ResizeWith(n, seed) => v.resize_with(n, || { burn(); T::make(seed) }),
            Op::Reserve(n) => v.reserve(n),
            Op::ReserveExact(n) => v.reserve_exact(n),
            Op::ShrinkToFit => v.shrink_to_fit(),
            Op::ShrinkTo(n) => v.shrink_to(n),
            Op::Extend(seeds) => v.extend(Liar(made::<T>(&seeds), seeds.len() / 2)),
            Op::ExtendFromSlice(seeds) => v.extend_from_slice(&made(&seeds).collect::<Vec<T>>()),
            Op::ExtendFromWithin(a, b) => v.extend_from_within(within(a, b, len)),
            Op::Append(seeds) => {
                let mut other: $Type<T> = made(&seeds).collect();
                v.append(&mut other);
                assert!(other.is_empty());
            }
            Op::SplitOff(at) => {
                let mut tail = v.split_off(at % (len + 1));
                v.append(&mut tail);
            }
            Op::Retain => v.retain(|item| item.odd()),
            Op::RetainMut => v.retain_mut(|item| {
                let keep = !item.odd();
                *item = T::make(4);
                keep
            }),
            Op::Dedup => v.dedup(),
            Op::Drain(a, b, front, back) => {
                let mut drain = v.drain(within(a, b, len));
                assert_eq!(drain.len(), drain.as_slice().len());
                for _ in 0..front { drain.next(); }
                for _ in 0..back { drain.next_back(); }
            }
            Op::Splice(a, b, seeds, n) => {
                let items = Liar(made::<T>(&seeds), seeds.len() / 2);
                v.splice(within(a, b, len), items).take(n).for_each(drop);
            }
            Op::ExtractIf(a, b, n) => {
                v.extract_if(within(a, b, len), |item| item.odd()).take(n).for_each(drop);
            }
            Op::Clone => *v = v.clone(),
            Op::CloneFrom(seeds) => {
                let other: $Type<T> = made(&seeds).collect();
                v.clone_from(&other);
            }
            Op::IntoIter(front, back) => {
                let mut items = std::mem::take(v).into_iter();
                for _ in 0..front { items.next(); }
                for _ in 0..back { items.next_back(); }
                *v = items.collect();
            }
            Op::Nth(n) => {
                let mut items = std::mem::take(v).into_iter();
                items.nth(n);
                *v = items.clone().collect();
            }
            Op::ThroughVec => *v = $Type::from(Vec::from(std::mem::take(v))),
            Op::ThroughBox => *v = $Type::from(std::mem::take(v).into_boxed_slice()),
            Op::ThroughParts => run!(@parts $Type, v),
        }
    }};
    (@push_with Vector, $v:expr, $seed:expr) => { $v.push_with(|| { burn(); T::make($seed) }) };
    (@push_with Vec, $v:expr, $seed:expr) => { $v.push(T::make($seed)) };
    (@parts Vector, $v:expr) => {{
        let (data, len, cap) = std::mem::take($v).into_raw_parts();
        // SAFETY: V3 - all three are as they were given out.
        *$v = unsafe { Vector::from_raw_parts(data, len, cap) };
    }};
    (@parts Vec, $v:expr) => {{}};
}

fn on_vector<T: Element>(v: &mut Vector<T>, op: &Op) {
    run!(Vector, v, op);
}

fn on_vec<T: Element>(v: &mut Vec<T>, op: &Op) {
    run!(Vec, v, op);
}

fn same_as_vec<T: Element>(ops: &[Op]) {
    let mut vector = Vector::<T>::new();
    let mut model = Vec::<T>::new();
    for op in ops {
        on_vector(&mut vector, op);
        on_vec(&mut model, op);
        assert_eq!(vector, model, "after {op:?}");
        assert!(vector.capacity() >= vector.len());
    }
}

/// Runs `body`, in which element code panics at call `fuse`; says whether it did.
fn with_fuse(fuse: u32, body: impl FnOnce()) -> bool {
    FUSE.set(Some(fuse));
    let result = catch_unwind(AssertUnwindSafe(body));
    FUSE.set(None);
    result.is_err()
}

fn quiet() {
    std::panic::set_hook(Box::new(|info| {
        if info.payload().downcast_ref() != Some(&"fuse") {
            eprintln!("{info}");
        }
    }));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_does_what_vec_does(ops in proptest::collection::vec(op(), 0..60)) {
        same_as_vec::<u8>(&ops);
        same_as_vec::<u64>(&ops);
        same_as_vec::<[u64; 8]>(&ops);
        same_as_vec::<String>(&ops);
        same_as_vec::<Wide>(&ops);
        same_as_vec::<Nothing>(&ops);
        same_as_vec::<Tracked>(&ops);
        prop_assert!(ALIVE.with_borrow(BTreeSet::is_empty));
    }

    #[test]
    fn whatever_panics_it_stays_valid_and_nothing_leaks(
        start in proptest::collection::vec(0..6u32, 0..20),
        ops in proptest::collection::vec((op(), 0..30u32), 0..20),
    ) {
        quiet();
        let mut vector: Vector<Tracked> = made(&start).collect();
        for (op, fuse) in &ops {
            with_fuse(*fuse, || on_vector(&mut vector, op));
            for item in &vector {
                item.assert_alive();
            }
            prop_assert_eq!(ALIVE.with_borrow(BTreeSet::len), vector.len(), "after {:?}", op);
        }
        drop(vector);
        prop_assert!(ALIVE.with_borrow(BTreeSet::is_empty));
    }

    #[test]
    fn forgetting_a_borrowing_iterator_leaks_and_does_no_more(
        start in proptest::collection::vec(0..6u32, 0..20),
        a in 0..40usize, b in 0..40usize, n in 0..4usize,
    ) {
        for way in 0..3 {
            let mut v: Vector<Tracked> = made(&start).collect();
            let range = within(a, b, v.len());
            match way {
                0 => {
                    let mut it = v.drain(range);
                    it.by_ref().take(n).for_each(drop);
                    std::mem::forget(it)
                }
                1 => {
                    let mut it = v.splice(range, made(&[1, 2, 3]));
                    it.by_ref().take(n).for_each(drop);
                    std::mem::forget(it)
                }
                _ => {
                    let mut it = v.extract_if(range, |item| item.odd());
                    it.by_ref().take(n).for_each(drop);
                    std::mem::forget(it)
                }
            }
            v.push(Tracked::new(9));
            v.iter().for_each(Tracked::assert_alive);
            drop(v);
            ALIVE.with_borrow_mut(BTreeSet::clear);
        }
    }

    #[test]
    fn order_hash_and_format_are_those_of_the_slice(
        a in proptest::collection::vec(0..3u8, 0..5),
        b in proptest::collection::vec(0..3u8, 0..5),
    ) {
        let (v, w) = (Vector::from(&a[..]), Vector::from(&b[..]));
        prop_assert_eq!(v == w, a == b);
        prop_assert_eq!(v.cmp(&w), a.cmp(&b));
        prop_assert_eq!(v.partial_cmp(&w), a.partial_cmp(&b));
        prop_assert_eq!(format!("{v:?} {v:#?}"), format!("{a:?} {a:#?}"));
        prop_assert_eq!(format!("{v:02x?}"), format!("{a:02x?}"));
        let map = HashMap::from([(v, 1)]);
        prop_assert_eq!(map.get(&a[..]), Some(&1));
    }

    #[test]
    fn capacity_follows_the_growth_rule(n in 0..5000usize, reserved in 0..100usize) {
        let mut v = Vector::<[u8; 12]>::with_capacity(reserved);
        let mut cap = reserved;
        for i in 0..n {
            if i == cap {
                cap = (2 * cap).max(i + 1).max(64 / 12);
            }
            v.push([0; 12]);
            prop_assert_eq!(v.capacity(), cap);
        }
    }
}

#[test]
fn a_failed_clone_of_a_vector_drops_the_clones_made() {
    quiet();
    let v: Vector<Tracked> = made(&[1, 2, 3, 4]).collect();
    for fuse in 0..4 {
        assert!(with_fuse(fuse, || drop(v.clone())));
        assert_eq!(ALIVE.with_borrow(BTreeSet::len), 4);
    }
}

#[test]
fn an_element_that_panics_when_dropped_stops_neither_the_others_nor_the_block() {
    quiet();
    for fuse in 0..4 {
        let v: Vector<Tracked> = made(&[1, 2, 3, 4]).collect();
        assert!(with_fuse(fuse, || drop(v)));
        assert!(ALIVE.with_borrow(BTreeSet::is_empty));
        let mut it = made(&[1, 2, 3, 4, 5]).collect::<Vector<Tracked>>().into_iter();
        it.next();
        assert!(with_fuse(fuse, || drop(it)));
        assert!(ALIVE.with_borrow(BTreeSet::is_empty));
        let mut it = made(&[1, 2, 3, 4, 5]).collect::<Vector<Tracked>>().into_iter();
        assert!(with_fuse(fuse, || drop(it.nth(4))));
        it.as_slice().iter().for_each(Tracked::assert_alive);
        drop(it);
        assert!(ALIVE.with_borrow(BTreeSet::is_empty));
    }
}

#[test]
fn the_first_block_is_one_cache_line() {
    fn first<T: Default>() -> usize {
        let mut v = Vector::new();
        v.push(T::default());
        v.capacity()
    }
    assert_eq!(first::<u8>(), 64);
    assert_eq!(first::<u64>(), 8);
    assert_eq!(first::<[u64; 3]>(), 2);
    assert_eq!(first::<[u64; 9]>(), 1);
    assert_eq!(first::<()>(), usize::MAX);
}

#[test]
fn exact_requests_are_exact() {
    let mut v = Vector::<u16>::with_capacity(5);
    assert_eq!(v.capacity(), 5);
    v.push(1);
    v.reserve_exact(8);
    assert_eq!(v.capacity(), 9);
    assert_eq!(v.clone().capacity(), 1);
    v.shrink_to(4);
    assert_eq!(v.capacity(), 4);
    v.shrink_to_fit();
    assert_eq!(v.capacity(), 1);
    v.clear();
    v.shrink_to_fit();
    assert_eq!(v.capacity(), 0);
    assert_eq!(Vector::<u16>::try_with_capacity(7).unwrap().capacity(), 7);
}

#[test]
fn too_many_bytes_are_a_capacity_overflow_and_change_nothing() {
    quiet();
    let mut v = vector![1u64, 2];
    for n in [usize::MAX, usize::MAX / 8, isize::MAX as usize, isize::MAX as usize / 8 + 1] {
        for result in [v.try_reserve(n), v.try_reserve_exact(n)] {
            assert_eq!(result.unwrap_err().kind(), TryReserveErrorKind::CapacityOverflow);
        }
        for action in [Vector::reserve, Vector::reserve_exact] {
            let panic = catch_unwind(AssertUnwindSafe(|| action(&mut v, n))).unwrap_err();
            assert_eq!(panic.downcast_ref(), Some(&"capacity overflow"));
        }
        assert!(Vector::<u64>::try_with_capacity(n).is_err());
        assert_eq!(v, [1, 2]);
    }
    let mut v = Vector::<()>::new();
    v.push(());
    assert!(v.try_reserve(usize::MAX - 1).is_ok());
    assert!(v.try_reserve(usize::MAX).is_err());
    // SAFETY: V2 - elements without size are alive everywhere.
    unsafe { v.set_len(usize::MAX) };
    assert!(catch_unwind(AssertUnwindSafe(|| v.push(()))).is_err());
    assert_eq!(v.len(), usize::MAX);
}

#[test]
fn indices_past_the_end_panic_in_the_words_of_the_specification() {
    fn message(body: impl FnOnce()) -> String {
        *catch_unwind(AssertUnwindSafe(body)).unwrap_err().downcast::<String>().unwrap()
    }
    quiet();
    let mut v = vector![String::from("1"), String::from("2")];
    let words = |index| format!("index {index} is past the end of 2 elements");
    assert_eq!(message(|| v.insert(3, String::new())), words(3));
    assert_eq!(message(|| drop(v.remove(2))), words(2));
    assert_eq!(message(|| drop(v.swap_remove(2))), words(2));
    assert_eq!(message(|| drop(v.split_off(3))), words(3));
    #[expect(clippy::reversed_empty_ranges)]
    for range in [0..3, 3..3, 4..9, 2..1] {
        let words = format!("range {range:?} is out of range for 2 elements");
        assert_eq!(message(|| drop(v.drain(range))), words);
    }
    let everything = format!("range 0..={} is out of range for 2 elements", usize::MAX);
    assert_eq!(message(|| drop(v.drain(0..=usize::MAX))), everything);
    assert_eq!(message(|| drop(v.drain(3..))), "range 3.. is out of range for 2 elements");
    assert!(message(|| v[2].push('x')).contains("index out of bounds"));
    assert_eq!(v.get(2), None);
    assert_eq!(v, ["1", "2"]);
}

#[test]
fn an_iterator_that_lies_about_its_length_costs_time_not_safety() {
    for announced in [0, 1, 3, 99] {
        let v: Vector<String> = Liar(made(&[1, 2, 3]), announced).collect();
        assert_eq!(v, ["1", "2", "3"]);
        let mut v = vector!["a".to_string(), "b".to_string()];
        v.splice(1..1, Liar(made(&[1, 2, 3]), announced));
        assert_eq!(v, ["a", "1", "2", "3", "b"]);
    }
}

#[test]
fn blocks_pass_to_and_from_vec_without_copying() {
    let v = vec![String::from("a"), String::from("b")];
    let data = v.as_ptr();
    let v = Vector::from(v);
    assert_eq!(v.as_ptr(), data);
    let v = Vec::from(v);
    assert_eq!(v.as_ptr(), data);
    let v = Vector::from(v.into_boxed_slice());
    assert_eq!(v.as_ptr(), data);
    let v: Box<[String]> = v.into();
    assert_eq!(v.as_ptr(), data);
}

#[test]
fn conversions_keep_the_elements() {
    assert_eq!(<[i32; 3]>::try_from(vector![1, 2, 3]), Ok([1, 2, 3]));
    assert_eq!(<[i32; 2]>::try_from(vector![1, 2, 3]), Err(vector![1, 2, 3]));
    let three: Vector<Tracked> = made(&[1, 2, 3]).collect();
    let three = <[Tracked; 3]>::try_from(three).unwrap();
    three.iter().for_each(Tracked::assert_alive);
    assert_eq!(Vector::from("ab"), b"ab");
    assert_eq!(Vector::from(String::from("ab")), b"ab");
    assert_eq!(Vector::from(&mut [1, 2][..]), [1, 2]);
    assert_eq!(Vector::from(&[1, 2]), [1, 2]);
    assert_eq!(vector![3; 0], [0; 0]);
    let leaked: &'static mut [i32] = vector![1, 2].leak();
    leaked[0] = 5;
    assert_eq!(leaked, [5, 2]);
    // SAFETY: V3 - the block has exactly as many elements as the slice.
    drop(unsafe { Vector::from_raw_parts(leaked.as_mut_ptr(), 2, 2) });
}

#[test]
fn bytes_can_be_written_to_it() {
    let mut v = Vector::new();
    write!(v, "{}-{}", 1, 2).unwrap();
    v.write_all(b"!").unwrap();
    let parts = [std::io::IoSlice::new(b"a"), std::io::IoSlice::new(b"bc")];
    assert_eq!(v.write_vectored(&parts).unwrap(), 3);
    v.flush().unwrap();
    assert_eq!(v, b"1-2!abc");
}

#[test]
fn references_are_extended_by_copy_and_iterated_three_ways() {
    let mut v = vector![1, 2];
    v.extend(&[3, 4]);
    for item in &mut v {
        *item *= 2;
    }
    assert_eq!((&v).into_iter().sum::<i32>(), 20);
    assert_eq!(v.into_iter().rev().collect::<Vector<_>>(), [8, 6, 4, 2]);
}

#[test]
fn a_vector_in_a_vector_is_dropped_once() {
    let v: Vector<Vector<Tracked>> = (0..9).map(|n| made(&vec![1; n]).collect()).collect();
    drop(v.clone());
    assert_eq!(ALIVE.with_borrow(BTreeSet::len), 36);
    drop(v);
    assert!(ALIVE.with_borrow(BTreeSet::is_empty));
}

#[test]
fn auto_traits_variance_and_size_are_those_of_vec() {
    fn all<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}
    all::<Vector<String>>();
    all::<IntoIter<String>>();
    fn send<T: Send + Sync>() {}
    send::<Drain<'static, String>>();
    fn unwind<T: UnwindSafe>() {}
    unwind::<Vector<Cell<u8>>>();
    fn shorter<'a>(v: Vector<&'static str>) -> Vector<&'a str> {
        v
    }
    fn shorter_items<'a>(v: IntoIter<&'static str>) -> IntoIter<&'a str> {
        v
    }
    fn shorter_drain<'a, 'b>(v: Drain<'a, &'static str>) -> Drain<'a, &'b str> {
        v
    }
    let mut v = shorter(vector!["a"]);
    assert_eq!(shorter_drain(vector!["a"].drain(..)).len(), 1);
    v.extend(shorter_items(vector!["b"].into_iter()));
    assert_eq!(v, ["a", "b"]);
    assert_eq!(size_of::<Option<Vector<u8>>>(), size_of::<Vec<u8>>());
}
