//! The deque, the injector and the tally by themselves, in one thread.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::super::deque::{Deque, Steal};
use super::super::injector::Injector;
use super::super::job::Job;
use super::super::sync::Fences;
use super::super::tally::{self, Tally};

/// A job that is nothing but an address.
fn job(number: usize) -> *mut Job {
    core::ptr::without_provenance_mut(number * 16)
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Push,
    Take,
    Pop,
    Steal,
    Reclaim,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::Push),
        1 => Just(Step::Take),
        2 => Just(Step::Pop),
        2 => Just(Step::Steal),
        1 => Just(Step::Reclaim),
    ];
    prop::collection::vec(step, 0..200)
}

proptest! {
    #[test]
    fn a_deque_gives_the_youngest_to_its_owner_and_the_oldest_to_others(
        steps in steps(), asymmetric in any::<bool>()
    ) {
        let fences = if asymmetric { Fences::best() } else { Fences::Symmetric };
        let (deque, mut model) = (Deque::new(2, fences), VecDeque::new());
        // Of the last push, and behind the youngest; and how many there is room for.
        let (mut at, mut bottom, mut slots) = (0, 0, 2);
        for (number, step) in (1..).zip(steps) {
            match step {
                Step::Push => {
                    // SAFETY: T1 - this thread is the owner.
                    let (pushed, at_limit) = unsafe { deque.push(job(number)) };
                    (at, bottom) = (pushed, pushed + 1);
                    model.push_back(job(number));
                    prop_assert!(at_limit || model.len() < slots, "it is full, and is not told");
                    if at_limit {
                        // SAFETY: T1 - as above.
                        unsafe { deque.make_room() };
                        // SAFETY: T1 - as above.
                        unsafe { deque.listen() };
                    }
                    slots = if model.len() == slots { 2 * slots } else { slots };
                }
                Step::Take => {
                    // SAFETY: T1 - as above.
                    let taken = unsafe { deque.take(deque.token(at)) };
                    // The last one is left to `pop`, and all if fences cost the same.
                    let is_quick = fences == Fences::Asymmetric && model.len() > 1;
                    prop_assert_eq!(taken, is_quick && at + 1 == bottom);
                    if taken {
                        model.pop_back();
                        bottom -= 1;
                    }
                }
                Step::Pop => {
                    bottom -= isize::from(model.len() > 1); // the last one is taken from the top
                    // SAFETY: T1 - as above.
                    prop_assert_eq!(unsafe { deque.pop() }, model.pop_back());
                }
                Step::Steal => {
                    let expected = model.pop_front().map_or(Steal::Nothing, Steal::Job);
                    // SAFETY: T7 - rings go below, and nowhere else.
                    prop_assert_eq!(unsafe { deque.steal() }, expected);
                }
                Step::Reclaim => {
                    // SAFETY: T7 - nobody searches.
                    unsafe { deque.reclaim() };
                    prop_assert!(!deque.has_old_rings());
                }
            }
            prop_assert_eq!(deque.len(), model.len() as isize);
            prop_assert_eq!(deque.is_empty(), model.is_empty());
        }
    }

    #[test]
    fn an_injector_gives_the_oldest_first(pushes in prop::collection::vec(0..200_usize, 0..8)) {
        let (injector, mut model) = (Injector::new(), VecDeque::new());
        let mut number = 0;
        for count in pushes {
            for _ in 0..count {
                number += 1;
                // SAFETY: T8 - never executed.
                unsafe { injector.push(job(number)) };
                model.push_back(job(number));
            }
            for _ in 0..count / 2 {
                prop_assert_eq!(injector.take_one(), model.pop_front());
            }
            prop_assert_eq!(injector.is_empty(), model.is_empty());
        }
        while let Some(job) = model.pop_front() {
            prop_assert_eq!(injector.take_one(), Some(job));
        }
        prop_assert_eq!(injector.take_one(), None);
        prop_assert!(injector.is_empty());
    }
}

#[test]
fn it_is_quiet_when_as_many_have_ended_as_began_anywhere() {
    let tallies = [Tally::new(), Tally::new(), Tally::new()];
    let is_quiet = || tally::is_quiet(tallies.iter());
    assert!(is_quiet());
    tallies[0].begin();
    tallies[1].begin_shared();
    tallies[1].begin_shared();
    for tally in &tallies {
        assert!(!is_quiet());
        tally.end();
    }
    assert!(is_quiet());
}
