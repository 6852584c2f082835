//! Loops, vectors and sorting against what one thread does.

use core::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{LazyLock, Mutex};

use proptest::prelude::*;

use super::super::*;

/// Of 1, 2, 4 and 8 threads, with both kinds of fences.
static POOLS: LazyLock<Vec<ThreadPool>> = LazyLock::new(|| super::pools().collect());

fn cases() -> ProptestConfig {
    ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() }
}

fn options() -> impl Strategy<Value = LoopOptions> {
    let grain = prop_oneof![Just(0_usize), 1..50_usize, 1000..3000_usize];
    let options = |(grain, deterministic)| LoopOptions { grain, deterministic, token: None };
    (grain, any::<bool>()).prop_map(options)
}

/// How many of them there are.
#[derive(Default)]
struct Living(AtomicUsize);

struct One<'a>(&'a Living, u64);

impl Living {
    fn one(&self, number: u64) -> One<'_> {
        self.0.fetch_add(1, SeqCst);
        One(self, number)
    }
}

impl Clone for One<'_> {
    fn clone(&self) -> Self {
        self.0.one(self.1)
    }
}

impl Drop for One<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, SeqCst);
    }
}

fn panics<R>(work: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(work)).map(drop).is_err()
}

// ---- Loops --------------------------------------------------------------------------------------

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_loop_calls_its_body_once_with_each_item(n in 0..5000_usize, options in options()) {
        for pool in POOLS.iter() {
            let mut calls = vec![(0, usize::MAX); n];
            pool.parallel_for_with(&options, (0..n, &mut calls[..]), |(at, call)| {
                *call = (call.0 + 1, at);
            });
            prop_assert!(calls.iter().enumerate().all(|(at, &call)| call == (1, at)));
            let sum = AtomicUsize::new(0);
            pool.parallel_for_with(&options, 7..n + 7, |at| {
                sum.fetch_add(at, SeqCst);
            });
            prop_assert_eq!(sum.into_inner(), (7..n + 7).sum::<usize>());
        }
    }

    #[test]
    fn a_reduction_combines_all_items_in_their_order(n in 0..5000_usize, options in options()) {
        let numbers: Vec<_> = (0..n).collect();
        for pool in POOLS.iter() {
            let join = |mut a: Vec<_>, b: Vec<_>| { a.extend(b); a };
            let one = |&number: &usize| vec![number];
            let all = pool.parallel_reduce_with(&options, &numbers[..], Vec::new, one, join);
            prop_assert_eq!(&all, &numbers);
        }
    }

    #[test]
    fn deterministic_sums_of_floats_are_the_same_to_the_last_bit(
        floats in prop::collection::vec(-1e9..1e9_f64, 0..9000), grain in 0..100_usize
    ) {
        fn tree(floats: &[f64], grain: usize) -> f64 {
            if floats.len() <= grain {
                return floats.iter().fold(0.0, |a, b| a + b);
            }
            let (left, right) = floats.split_at(floats.len().div_ceil(grain) / 2 * grain);
            tree(left, grain) + tree(right, grain)
        }
        let options = LoopOptions { grain, deterministic: true, token: None };
        let expected = tree(&floats, if grain == 0 { 1024 } else { grain });
        for pool in POOLS.iter() {
            let floats = &floats[..];
            let sum = pool.parallel_reduce_with(&options, floats, || 0.0, |&x| x, |a, b| a + b);
            prop_assert_eq!(sum.to_bits(), expected.to_bits());
        }
    }

    #[test]
    fn what_a_cancelled_loop_did_and_what_it_dropped_is_all_there_was(
        n in 0..5000_usize, last in 0..5000_usize, options in options()
    ) {
        for pool in POOLS.iter() {
            let token = CancelToken::new();
            let options = LoopOptions { token: Some(token.clone()), ..options.clone() };
            let done = AtomicUsize::new(0);
            pool.parallel_for_with(&options, 0..n, |_| {
                if done.fetch_add(1, SeqCst) == last {
                    token.cancel();
                }
            });
            prop_assert_eq!(done.load(SeqCst) + token.dropped() as usize, n);
            prop_assert!(token.is_cancelled() || token.dropped() == 0);
            token.cancel();
            let dropped = token.dropped();
            let one = |_| unreachable!("cancelled");
            let sum: usize = pool.parallel_reduce_with(&options, 0..n, || 0, one, |a, b| a + b);
            prop_assert_eq!((sum, token.dropped() - dropped), (0, n as u64));
        }
    }

    #[test]
    fn a_panic_in_a_loop_goes_on_and_the_pool_stays(n in 1..3000_usize, bad in any::<usize>()) {
        for pool in POOLS.iter() {
            prop_assert!(panics(|| pool.parallel_for(0..n, |at| assert_ne!(at, bad % n))));
            prop_assert_eq!(pool.install(|| join(|| 20, || 22)), (20, 22));
        }
    }
}

#[test]
fn loops_in_loops_and_outside_of_all_pools() {
    let sum = AtomicUsize::new(0);
    parallel_for(0..300, |a| {
        parallel_for(0..50, |b| {
            sum.fetch_add(a * b, SeqCst);
        });
    });
    assert_eq!(sum.into_inner(), 300 * 299 / 2 * 50 * 49 / 2);
    assert_eq!(parallel_reduce(0..100, || 0, |n| n, |a, b| a + b), 4950);
}

#[test]
fn two_long_items_are_two_jobs() {
    // Each waits for the other one: they are done by two threads, or never.
    let pool = ThreadPool::new(2);
    let both = std::sync::Barrier::new(2);
    pool.parallel_for(0..2, |_| {
        both.wait();
    });
}

// ---- Vectors ------------------------------------------------------------------------------------

/// `f(g(x))` of functions `a * x + b`: the order of a combination shows, and not how it was put in
/// brackets.
fn after((a, b): &(u64, u64), (c, d): &(u64, u64)) -> (u64, u64) {
    (a.wrapping_mul(*c), a.wrapping_mul(*d).wrapping_add(*b))
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn vectors_hold_what_one_thread_would_put_there(
        items in prop::collection::vec(any::<(u64, u64)>(), 0..9000), kept in 1..5_u64
    ) {
        let is_wanted = |item: &(u64, u64)| item.0.is_multiple_of(kept);
        let mapped: Vec<_> = items.iter().map(|item| item.0.to_string()).collect();
        let filtered: Vec<_> = items.iter().copied().filter(is_wanted).collect();
        let mut all: Option<(u64, u64)> = None;
        let scanned: Vec<_> = items
            .iter()
            .map(|item| *all.insert(all.map_or(*item, |all| after(&all, item))))
            .collect();
        for pool in POOLS.iter() {
            prop_assert_eq!(&pool.parallel_map(&items[..], |item| item.0.to_string()), &mapped);
            prop_assert_eq!(&pool.parallel_filter(&items, is_wanted), &filtered);
            prop_assert_eq!(&pool.parallel_scan(&items, after), &scanned);
        }
    }

    #[test]
    fn a_panic_while_a_vector_is_made_drops_all_that_was_made(
        n in 1..4000_u64, bad in any::<u64>()
    ) {
        let bad = bad % n;
        for pool in POOLS.iter() {
            let living = Living::default();
            let one = |number: usize| {
                assert_ne!(number as u64, bad);
                living.one(number as u64)
            };
            prop_assert!(panics(|| pool.parallel_map(0..n as usize, one)));
            prop_assert_eq!(living.0.load(SeqCst), 0);
            let ones: Vec<_> = (0..n).map(|number| living.one(number)).collect();
            let is_wanted = |one: &One<'_>| { assert_ne!(one.1, bad); one.1.is_multiple_of(3) };
            prop_assert!(panics(|| pool.parallel_filter(&ones, is_wanted)));
            prop_assert_eq!(living.0.load(SeqCst), n as usize);
            if n > 1 {
                let panicked = panics(|| pool.parallel_scan(&ones, |a, b| {
                    assert_ne!(b.1, bad.max(1));
                    a.clone()
                }));
                prop_assert!(panicked);
                prop_assert_eq!(living.0.load(SeqCst), n as usize);
            }
            let filtered = pool.parallel_filter(&ones, |one| one.1 % 3 == 0);
            prop_assert_eq!(filtered.len() as u64, n.div_ceil(3));
            drop(ones);
            prop_assert_eq!(living.0.load(SeqCst), filtered.len());
        }
    }
}

// ---- Sorting ------------------------------------------------------------------------------------

/// Many and few different ones, in runs that rise and fall, or not.
fn unsorted() -> impl Strategy<Value = Vec<u64>> {
    let runs = prop::collection::vec((0..3000_usize, 0..5_u8, 1..100_u64, any::<u64>()), 0..6);
    runs.prop_map(|runs| {
        let mut items = Vec::new();
        for (len, kind, few, mut chance) in runs {
            items.extend((0..len as u64).map(|at| {
                chance = chance.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(at | 1);
                match kind {
                    0 => chance >> 1,
                    1 => (chance >> 33) % few,
                    2 => at * few,
                    3 => (len as u64 - at) * few,
                    _ => few,
                }
            }));
        }
        items
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn sorted_items_are_in_order_and_the_same_as_before(items in unsorted()) {
        let mut expected = items.clone();
        expected.sort_unstable();
        let words = |items: &[u64]| items.iter().map(|n| format!("{n:020}")).collect::<Vec<_>>();
        for pool in POOLS.iter() {
            let mut sorted = items.clone();
            pool.parallel_sort(&mut sorted);
            prop_assert_eq!(&sorted, &expected);
            sorted.clone_from(&items);
            pool.parallel_sort_by(&mut sorted, |a, b| b.cmp(a));
            prop_assert!(sorted.iter().eq(expected.iter().rev()));
        }
        let mut sorted = words(&items);
        POOLS[1].parallel_sort(&mut sorted);
        prop_assert_eq!(sorted, words(&expected));
    }

    #[test]
    fn items_in_order_or_in_the_opposite_one_are_asked_about_twice_at_most(
        len in 0..5000_u64, equal in 1..9_u64, opposite in any::<bool>()
    ) {
        let asked = AtomicU64::new(0);
        let mut items: Vec<_> =
            (0..len).map(|at| if opposite { len - at } else { at } / equal).collect();
        POOLS[1].parallel_sort_by(&mut items, |a, b| {
            asked.fetch_add(1, SeqCst);
            a.cmp(b)
        });
        prop_assert!(items.is_sorted());
        prop_assert!(asked.into_inner() <= 2 * len);
    }

    #[test]
    fn no_item_is_lost_if_the_comparison_panics_or_is_no_order(
        items in unsorted(), last in any::<u64>(), is_order in any::<bool>()
    ) {
        for pool in POOLS.iter() {
            let living = Living::default();
            let mut ones: Vec<_> = items.iter().map(|&number| living.one(number)).collect();
            let few: &mut Vec<_> = &mut items.clone(); // moved without a branch
            let calls = AtomicU64::new(0);
            let work = items.len() as u64 * 8 + 1;
            let compare = |a: u64, b: u64| {
                let call = calls.fetch_add(1, SeqCst);
                assert_ne!(call, last % work);
                match call.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 62 {
                    0 if !is_order => Ordering::Less,
                    1 if !is_order => Ordering::Greater,
                    _ => a.cmp(&b),
                }
            };
            panics(|| pool.parallel_sort_by(&mut ones, |a, b| compare(a.1, b.1)));
            calls.store(0, SeqCst);
            panics(|| pool.parallel_sort_by(few, |a, b| compare(*a, *b)));
            prop_assert_eq!(living.0.load(SeqCst), items.len());
            let mut expected = items.clone();
            expected.sort_unstable();
            let mut left: Vec<_> = ones.iter().map(|one| one.1).collect();
            left.sort_unstable();
            prop_assert_eq!(&left, &expected);
            few.sort_unstable();
            prop_assert_eq!(&*few, &expected);
            drop(ones);
            prop_assert_eq!(living.0.load(SeqCst), 0);
        }
    }
}

/// Decides what items are while they are compared, so that pivots are as bad as they can be
/// (McIlroy, "A killer adversary for quicksort", 1999).
struct Adversary {
    values: Vec<u32>,
    solid: u32,
    candidate: usize,
    calls: usize,
}

impl Adversary {
    const GAS: u32 = u32::MAX;

    fn compare(&mut self, a: usize, b: usize) -> Ordering {
        self.calls += 1;
        if self.values[a] == Self::GAS && self.values[b] == Self::GAS {
            self.values[if a == self.candidate { a } else { b }] = self.solid;
            self.solid += 1;
        }
        if self.values[a] == Self::GAS {
            self.candidate = a;
        } else if self.values[b] == Self::GAS {
            self.candidate = b;
        }
        self.values[a].cmp(&self.values[b])
    }
}

#[test]
fn no_order_of_items_makes_sorting_slow() {
    let n = 20_000;
    let values = vec![Adversary::GAS; n];
    let adversary = Mutex::new(Adversary { values, solid: 0, candidate: 0, calls: 0 });
    let mut items: Vec<_> = (0..n).collect();
    POOLS[0].parallel_sort_by(&mut items, |&a, &b| {
        adversary.lock().expect("nobody panics").compare(a, b)
    });
    let adversary = adversary.into_inner().expect("nobody panics");
    assert!(items.is_sorted_by_key(|&item| adversary.values[item]));
    let bound = n * n.ilog2() as usize;
    assert!(adversary.calls < 4 * bound, "{} of {bound}", adversary.calls);
}
