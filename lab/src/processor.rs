//! The processor that the processes of a launch share, and whether somebody else shares its core.
//!
//! A virtual processor is often one of two threads of a core, and the other one may work for
//! another machine. Steps that wait for each other keep their pace then; work that fills the core
//! takes half as long again, for milliseconds or for seconds, and no clock, no counter and no
//! figure of the kernel shows it. Two processes on two processors meet it at different times, and
//! a process tends to stay where it is: whole launches were off by 40 % for that alone. So all
//! processes of a launch run on one processor, and the coordinator runs there too, so that it does
//! not fall asleep between two samples; another launch may get another one. A short probe in every
//! round says whether the core was shared.

use std::hint::black_box;
use std::io::{self, Error};
use std::mem::zeroed;
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// The number of a processor, as the kernel counts them.
pub(crate) type Processor = usize;

/// So many processors are asked before a launch.
const ASKED: usize = 4;

/// A core is shared when work that fills it takes this much longer than at its best.
const SHARED: f64 = 1.2;

/// A smaller share of rounds on a shared core goes without saying.
const WORTH_SAYING: f64 = 0.05;

/// Where the best pace lies among all probes: the lowest ones are accidents.
const BEST: f64 = 0.02;

/// Steps of either kernel: some microseconds each.
const STEPS: u64 = 6000;

/// A processor cannot be told by a set of this type beyond this number.
const MOST: usize = libc::CPU_SETSIZE as usize;

/// The processors that this thread may use.
fn allowed() -> Vec<Processor> {
    let Ok(set) = affinity() else { return Vec::new() };
    // SAFETY: L2 - the set is a live local, and no number is beyond it.
    (0..MOST).filter(|&processor| unsafe { libc::CPU_ISSET(processor, &set) }).collect()
}

fn affinity() -> io::Result<libc::cpu_set_t> {
    // SAFETY: L2 - a set of bits: all zero is the empty one.
    let mut set: libc::cpu_set_t = unsafe { zeroed() };
    // SAFETY: L5 - a plain system call on a live local.
    match unsafe { libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &raw mut set) } {
        0 => Ok(set),
        _ => Err(Error::last_os_error()),
    }
}

/// The set that holds one processor.
pub(crate) fn only(processor: Processor) -> libc::cpu_set_t {
    // SAFETY: L2 - a set of bits: all zero is the empty one.
    let mut set: libc::cpu_set_t = unsafe { zeroed() };
    // SAFETY: L2 - the set is a live local, and the number is not beyond it.
    unsafe { libc::CPU_SET(processor.min(MOST - 1), &mut set) };
    set
}

/// Binds a thread by its number; 0 is the caller.
pub(crate) fn bind(thread: u32, set: &libc::cpu_set_t) -> io::Result<()> {
    let thread = libc::pid_t::try_from(thread).map_err(io::Error::other)?;
    // SAFETY: L5 - a plain system call on a set that the caller keeps alive.
    match unsafe { libc::sched_setaffinity(thread, size_of::<libc::cpu_set_t>(), set) } {
        0 => Ok(()),
        _ => Err(Error::last_os_error()),
    }
}

/// While this lives, the calling thread runs on one processor.
pub(crate) struct Stay {
    before: libc::cpu_set_t,
}

impl Stay {
    /// Moves the caller there.
    pub(crate) fn on(processor: Processor) -> io::Result<Self> {
        let before = affinity()?;
        bind(0, &only(processor))?;
        Ok(Self { before })
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        // The set was the caller's own: only processors that have gone since could be refused.
        let _ = bind(0, &self.before);
    }
}

/// The processor for launch number `turn`: among a few, the one whose core has most to give at
/// this moment; `None` where this machine does not let us choose.
pub(crate) fn choose(turn: usize) -> Option<Processor> {
    let all = allowed();
    let asked = (0..all.len().min(ASKED)).map(|step| all[(turn + step) % all.len()]);
    let paces: Vec<(f64, Processor)> = asked
        .filter_map(|processor| Stay::on(processor).ok().map(|_here| (pace(), processor)))
        .collect();
    let least = paces.iter().map(|&(pace, _)| pace).fold(f64::INFINITY, f64::min);
    // Among equals the first, which is another one in each launch.
    paces.into_iter().find(|&(pace, _)| pace <= least * SHARED).map(|(_, processor)| processor)
}

/// How long work that fills a core takes here and now, as a multiple of as many steps that wait
/// for each other: the pace of those is the processor's frequency, which this is free of.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn pace() -> f64 {
    let timed = |work: fn(u64) -> u64| {
        let begin = Instant::now();
        black_box(work(black_box(STEPS)));
        begin.elapsed().as_nanos().max(1) as f64
    };
    // Twice: an interrupt seldom hits both.
    let [wide, long] =
        [filling as fn(u64) -> u64, waiting].map(|work| timed(work).min(timed(work)));
    wide / long
}

/// Independent steps, more at once than any core can start.
#[inline(never)]
fn filling(steps: u64) -> u64 {
    let mut lanes = [1_u64, 2, 3, 4, 5, 6, 7, 8];
    for step in 0..steps {
        for lane in &mut lanes {
            *lane = (*lane ^ step).rotate_left(9);
        }
    }
    lanes.into_iter().fold(0, u64::wrapping_add)
}

/// Steps that wait for each other.
#[inline(never)]
fn waiting(steps: u64) -> u64 {
    (0..steps).fold(1, |product: u64, step| (product ^ step).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// What the probes of a run found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cores {
    pub(crate) probes: usize,
    /// The pace of a core that works for nobody else, as far as there was one.
    pub(crate) best: f64,
    /// The median pace of those that were shared, in multiples of the best.
    pub(crate) slowdown: Option<f64>,
    /// The share of probes on a core that was shared.
    pub(crate) shared: f64,
}

impl Cores {
    /// From the paces of all rounds; `None` without any.
    #[allow(clippy::cast_precision_loss, clippy::cast_sign_loss, clippy::cast_possible_truncation)]
    pub(crate) fn new(mut paces: Vec<f64>) -> Option<Self> {
        paces.sort_by(f64::total_cmp);
        let best = *paces.get((paces.len() as f64 * BEST) as usize)?;
        let alone = paces.partition_point(|&pace| pace <= best * SHARED);
        let slowdown = crate::stats::median(&paces[alone..]).map(|pace| pace / best);
        let shared = (paces.len() - alone) as f64 / paces.len() as f64;
        Some(Self { probes: paces.len(), best, slowdown, shared })
    }

    /// In a sentence, where there is something to say.
    pub(crate) fn sentence(&self) -> Option<String> {
        let slowdown = self.slowdown.filter(|_| self.shared >= WORTH_SAYING)?;
        Some(format!(
            "In {:.0} % of the rounds something else worked on the same core: what \
             fills it took {slowdown:.2} times as long. All contestants of a launch meet that \
             alike, on one processor; times are longer for it, and intervals wider.",
            self.shared * 100.0
        ))
    }

    /// The share of these probes on a core that was shared; `None` without any.
    #[allow(clippy::cast_precision_loss)]
    pub(crate) fn share(&self, paces: &[f64]) -> Option<f64> {
        let slow = paces.iter().filter(|&&pace| pace > self.best * SHARED).count();
        (!paces.is_empty()).then(|| slow as f64 / paces.len() as f64)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_stays_where_it_is_told_and_may_leave_afterwards() {
        let before = allowed();
        for &processor in &before {
            let stay = Stay::on(processor).unwrap();
            assert_eq!(allowed(), [processor]);
            // SAFETY: L5 - a plain system call.
            assert_eq!(unsafe { libc::sched_getcpu() }, i32::try_from(processor).unwrap());
            drop(stay);
            assert_eq!(allowed(), before);
        }
        assert!(Stay::on(MOST - 1).is_err() || before.contains(&(MOST - 1)));
        assert_eq!(allowed(), before);
    }

    #[test]
    fn one_of_the_allowed_processors_is_chosen() {
        let allowed = allowed();
        for turn in 0..5 {
            assert!(choose(turn).is_some_and(|chosen| allowed.contains(&chosen)));
        }
    }

    #[test]
    fn probes_are_told_apart_by_their_pace() {
        let paces = [vec![1.0; 60], vec![1.1; 10], vec![1.5; 30]].concat();
        let cores = Cores::new(paces).unwrap();
        assert_eq!((cores.probes, cores.best, cores.slowdown), (100, 1.0, Some(1.5)));
        assert_eq!(cores.shared, 0.3);
        assert_eq!(cores.share(&[1.0, 1.6]), Some(0.5));
        assert_eq!(cores.share(&[]), None);
        assert_eq!(Cores::new(Vec::new()), None);
        assert_eq!(Cores::new(vec![2.0; 5]).unwrap().slowdown, None);
    }
}
