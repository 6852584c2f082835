//! Much at once, in real threads, with results that are known.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::super::*;

/// One to eight workers, on both kinds of fences.
fn pools() -> impl Iterator<Item = ThreadPool> {
    [Fences::Asymmetric, Fences::Symmetric].into_iter().flat_map(|fences| {
        (1..=8).map(move |threads| {
            Builder::new().threads(threads).fences(fences).build().expect("threads can be had")
        })
    })
}

/// A number that looks like chance (Steele, Lea and Flood, 2014).
fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

fn child(node: u64, index: u64) -> u64 {
    mix(node.wrapping_mul(31).wrapping_add(index).wrapping_add(0x9E37_79B9_7F4A_7C15))
}

// ---- Joins that panic ---------------------------------------------------------------------------

/// What a node computes, or the node that panics: of two, the left one's panic goes on.
fn expected(node: u64, depth: u32) -> Result<u64, u64> {
    if node.is_multiple_of(211) {
        return Err(node);
    }
    if depth == 0 || node.is_multiple_of(5) {
        return Ok(node % 1000);
    }
    let (left, right) = (expected(child(node, 0), depth - 1), expected(child(node, 1), depth - 1));
    if node.is_multiple_of(7) {
        return Ok(left.unwrap_or(1) + right.unwrap_or(2));
    }
    Ok(left? + right?)
}

fn joined(node: u64, depth: u32) -> u64 {
    if node.is_multiple_of(211) {
        resume_unwind(Box::new(node));
    }
    if depth == 0 || node.is_multiple_of(5) {
        return node % 1000;
    }
    let (left, right) = (child(node, 0), child(node, 1));
    if node.is_multiple_of(7) {
        let caught = |node, other| {
            catch_unwind(AssertUnwindSafe(|| joined(node, depth - 1))).unwrap_or(other)
        };
        let (left, right) = join(|| caught(left, 1), || caught(right, 2));
        return left + right;
    }
    let (left, right) = join(|| joined(left, depth - 1), || joined(right, depth - 1));
    left + right
}

#[test]
fn joins_that_panic_at_random_end_as_calls_do() {
    let mut panics = 0;
    for pool in pools() {
        for root in (0..150).map(mix) {
            let outcome = catch_unwind(AssertUnwindSafe(|| pool.install(|| joined(root, 12))));
            let outcome = outcome.map_err(|panic| *panic.downcast::<u64>().expect("a node"));
            panics += u32::from(outcome.is_err());
            assert_eq!(outcome, expected(root, 12));
        }
    }
    assert!((300..2000).contains(&panics), "{panics} of 2400");
}

// ---- Trees that nobody can divide evenly --------------------------------------------------------

/// Most nodes have no children; who has some has eight.
fn children(node: u64, depth: u32) -> u64 {
    if depth > 0 && node % 1000 < 124 { 8 } else { 0 }
}

fn count_by_join(node: u64, depth: u32) -> u64 {
    fn count_some(node: u64, depth: u32, from: u64, to: u64) -> u64 {
        if to - from == 1 {
            return count_by_join(child(node, from), depth - 1);
        }
        let middle = from.midpoint(to);
        let count = |from, to| count_some(node, depth, from, to);
        let (left, right) = join(|| count(from, middle), || count(middle, to));
        left + right
    }
    match children(node, depth) {
        0 => 1,
        count => 1 + count_some(node, depth, 0, count),
    }
}

fn count_by_scope<'scope>(scope: &Scope<'scope>, count: &'scope AtomicU64, node: u64, depth: u32) {
    count.fetch_add(1, Relaxed);
    for index in 0..children(node, depth) {
        scope.spawn(move |scope| count_by_scope(scope, count, child(node, index), depth - 1));
    }
}

/// So many nodes have the trees below, all together.
const NODES: u64 = 20_280;

#[test]
fn each_node_of_an_unbalanced_tree_is_counted_once() {
    let roots = || (0..64).map(|root| 1000 * root);
    for pool in pools() {
        let count = pool.install(|| roots().map(|root| count_by_join(root, 200)).sum::<u64>());
        assert_eq!(count, NODES);
        let count = AtomicU64::new(0);
        pool.scope(|scope| roots().for_each(|root| count_by_scope(scope, &count, root, 200)));
        assert_eq!(count.into_inner(), NODES);
    }
}

// ---- Queens -------------------------------------------------------------------------------------

fn queens(size: u32, row: u32, columns: u32, left: u32, right: u32) -> u64 {
    if row == size {
        return 1;
    }
    let free: Vec<u32> = (0..size)
        .map(|column| 1 << column)
        .filter(|place| (columns | left | right) & place == 0)
        .collect();
    fn try_all(free: &[u32], put: &(impl Fn(u32) -> u64 + Sync)) -> u64 {
        match free {
            [] => 0,
            [place] => put(*place),
            _ => {
                let (some, others) = free.split_at(free.len() / 2);
                let (some, others) = join(|| try_all(some, put), || try_all(others, put));
                some + others
            }
        }
    }
    let put =
        |place| queens(size, row + 1, columns | place, (left | place) << 1, (right | place) >> 1);
    try_all(&free, &put)
}

#[test]
fn eight_and_nine_queens_are_placed_in_92_and_352_ways() {
    for pool in pools() {
        assert_eq!(pool.install(|| queens(8, 0, 0, 0, 0)), 92);
        assert_eq!(pool.install(|| queens(9, 0, 0, 0, 0)), 352);
    }
}
