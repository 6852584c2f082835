//! Launches: all contestants of a group in fresh processes, sampled in turn.
//!
//! One contestant works at a time while the others wait for their next command, so they share
//! the machine's mood but neither a heap nor an address space. Samples go through the
//! contestants in one order and back (A B C, C B A): a drift within a launch hits all alike. The
//! order is drawn anew for every launch, so that nobody always follows the same neighbour.

use crate::contest::{dissenters, settle, start};
use crate::plan::Plan;
use crate::process::{Failure, Limits, Under, Worker};
use crate::protocol::{Command, Sample};
use crate::roster::{Entrant, Group};
use crate::stats::median;
use crate::workload::Rng;

/// What one launch found for one member.
#[derive(Clone, Debug)]
pub(crate) struct Launched {
    pub(crate) entrant: usize,
    /// Medians over the samples of the launch, per call.
    pub(crate) wall_ns: f64,
    pub(crate) cpu_ns: f64,
    pub(crate) minor_faults: f64,
}

/// What one launch found for one pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PairValue {
    pub(crate) contestant: usize,
    pub(crate) baseline: usize,
    /// The median of log(contestant / baseline) over the samples.
    pub(crate) log_ratio: f64,
}

/// One launch of a group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Launch {
    /// Of each process.
    pub(crate) samples: usize,
    pub(crate) members: Vec<Launched>,
    pub(crate) pairs: Vec<PairValue>,
    /// The same for the baseline against itself in a second process.
    pub(crate) same: Option<f64>,
}

/// A process in a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seat {
    entrant: usize,
    /// The second process of the A/A pair.
    second: bool,
}

/// Runs one launch. An error names the members that failed: the launch is void.
pub(crate) fn launch(
    entrants: &[Entrant],
    group: &Group,
    plan: &Plan,
    limits: Limits,
    seed: u64,
) -> Result<Launch, Vec<(usize, Failure)>> {
    let mut seats: Vec<Seat> =
        group.members.iter().map(|&entrant| Seat { entrant, second: false }).collect();
    seats.extend(group.main_baseline().map(|entrant| Seat { entrant, second: true }));
    let mut rng = Rng::new(seed);
    shuffle(&mut seats, &mut rng);

    let mut workers = Vec::new();
    for seat in &seats {
        let warm = Command::Warm {
            seed: rng.next(),
            calls: plan.calls,
            nanoseconds: u64::try_from(plan.warm.as_nanos()).unwrap_or(u64::MAX),
        };
        let begun = start(&entrants[seat.entrant], group, &Under::default(), limits)
            .and_then(|mut worker| worker.send(&warm).map(|()| worker));
        workers.push(begun.map_err(|failure| vec![(seat.entrant, failure)])?);
    }
    for (seat, worker) in seats.iter().zip(&mut workers) {
        let warm = settle(worker).and_then(|()| worker.warmed(plan.warm));
        warm.map_err(|failure| vec![(seat.entrant, failure)])?;
    }
    let mut samples = vec![Vec::with_capacity(plan.samples); seats.len()];
    for round in 0..plan.samples {
        let seed = rng.next();
        for step in 0..seats.len() {
            let at = if round % 2 == 0 { step } else { seats.len() - 1 - step };
            let taken = workers[at].sample(seed, plan.calls);
            samples[at].push(taken.map_err(|failure| vec![(seats[at].entrant, failure)])?);
        }
        same_work(entrants, &seats, &samples, round)?;
    }
    // All die before the next launch begins.
    drop::<Vec<Worker>>(workers);
    Ok(judge(group, plan, &seats, &samples))
}

/// Fisher and Yates.
fn shuffle(seats: &mut [Seat], rng: &mut Rng) {
    for last in (1..seats.len()).rev() {
        let bound = u64::try_from(last + 1).unwrap_or(u64::MAX);
        seats.swap(last, usize::try_from(rng.next() % bound).unwrap_or(0));
    }
}

fn same_work(
    entrants: &[Entrant],
    seats: &[Seat],
    samples: &[Vec<Sample>],
    round: usize,
) -> Result<(), Vec<(usize, Failure)>> {
    let votes: Vec<(usize, u64)> =
        (0..seats.len()).map(|at| (at, samples[at][round].digest)).collect();
    let odd = dissenters(&votes, |at| entrants[seats[at].entrant].name.clone());
    if odd.is_empty() {
        return Ok(());
    }
    // `dissenters` already says "did other work": only its story goes on.
    let failure = |(at, message): (usize, String)| {
        let story = message.split_once(": ").map_or(message.clone(), |(_, story)| story.to_owned());
        (seats[at].entrant, Failure::Digest(story))
    };
    Err(odd.into_iter().map(failure).collect())
}

#[allow(clippy::cast_precision_loss)]
fn judge(group: &Group, plan: &Plan, seats: &[Seat], samples: &[Vec<Sample>]) -> Launch {
    let seat = |entrant: usize, second: bool| {
        seats.iter().position(|&seat| seat == Seat { entrant, second })
    };
    let per_call = |at: usize, figure: fn(&Sample) -> u64| {
        let values: Vec<f64> = samples[at].iter().map(|sample| figure(sample) as f64).collect();
        median(&values).unwrap_or(0.0) / plan.calls as f64
    };
    let log_ratio = |a: usize, b: usize| {
        let logs: Vec<f64> = samples[a]
            .iter()
            .zip(&samples[b])
            .map(|(a, b)| (a.wall_ns.max(1) as f64 / b.wall_ns.max(1) as f64).ln())
            .collect();
        median(&logs)
    };
    let members = group.members.iter().filter_map(|&entrant| {
        let at = seat(entrant, false)?;
        Some(Launched {
            entrant,
            wall_ns: per_call(at, |sample| sample.wall_ns),
            cpu_ns: per_call(at, |sample| sample.cpu_ns),
            minor_faults: per_call(at, |sample| sample.minor_faults),
        })
    });
    let pairs = group.pairs.iter().filter_map(|&(contestant, baseline)| {
        let log_ratio = log_ratio(seat(contestant, false)?, seat(baseline, false)?)?;
        Some(PairValue { contestant, baseline, log_ratio })
    });
    let same = group
        .main_baseline()
        .and_then(|entrant| log_ratio(seat(entrant, true)?, seat(entrant, false)?));
    Launch {
        samples: samples.iter().map(Vec::len).min().unwrap_or(0),
        members: members.collect(),
        pairs: pairs.collect(),
        same,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::median;
    use crate::verdict::{Case, Verdict, floor, judge as verdicts};
    use std::time::Duration;

    fn group() -> Group {
        Group {
            component: "toy".into(),
            workload: "spin".into(),
            n: 1,
            tracked: false,
            large: false,
            members: vec![0, 1],
            pairs: vec![(1, 0)],
        }
    }

    const PLAN: Plan = Plan { calls: 4, samples: 40, warm: Duration::ZERO, launch: Duration::ZERO };

    /// Simulated samples: each round has its own mood, each process its own small luck, and the
    /// contestant does `more` times the baseline's work.
    fn simulated(seed: u64, more: f64) -> Launch {
        let seats =
            [(1, false), (0, true), (0, false)].map(|(entrant, second)| Seat { entrant, second });
        let mut rng = Rng::new(seed);
        let uniform = |rng: &mut Rng| (rng.next() >> 11) as f64 / (1u64 << 53) as f64;
        let luck: Vec<f64> = seats.iter().map(|_| 1.0 + 0.006 * uniform(&mut rng)).collect();
        let mut samples = vec![Vec::new(); 3];
        for round in 0..PLAN.samples {
            // A noisy neighbour: every fifth round takes three times as long for all.
            let mood = if round % 5 == 0 { 3.0 } else { 1.0 };
            for (at, seat) in seats.iter().enumerate() {
                let work = if seat.entrant == 1 { more } else { 1.0 };
                let time = 100_000.0 * mood * work * luck[at] * (1.0 + 0.02 * uniform(&mut rng));
                let time = time as u64;
                samples[at].push(Sample {
                    wall_ns: time,
                    cpu_ns: time,
                    minor_faults: 8,
                    digest: 1,
                });
            }
        }
        judge(&group(), &PLAN, &seats, &samples)
    }

    fn verdict(seed: u64, more: f64) -> Verdict {
        let launches: Vec<Launch> = (0..20).map(|at| simulated(seed * 100 + at, more)).collect();
        let logs: Vec<f64> = launches.iter().map(|launch| launch.pairs[0].log_ratio).collect();
        let same: Vec<f64> = launches.iter().filter_map(|launch| launch.same).collect();
        verdicts(&[Case { log_ratios: &logs, floor: floor(&same) }])[0]
    }

    #[test]
    fn five_percent_more_work_in_simulated_samples_is_slower() {
        for seed in 0..20 {
            assert_eq!(verdict(seed, 1.05), Verdict::Slower);
        }
    }

    #[test]
    fn equal_work_in_simulated_samples_is_neither_slower_nor_faster() {
        for seed in 0..50 {
            assert!(matches!(
                verdict(seed, 1.0),
                Verdict::Equivalent | Verdict::NotDistinguishable
            ));
        }
    }

    #[test]
    fn figures_of_a_launch_are_per_call() {
        let launch = simulated(1, 1.05);
        assert_eq!(launch.members[0].minor_faults, 2.0);
        let wall: Vec<f64> = launch.members.iter().map(|member| member.wall_ns).collect();
        assert!(wall[0] > 25_000.0 && wall[0] < 27_000.0, "{wall:?}");
        assert!(wall[1] > wall[0]);
        assert!(median(&wall).is_some());
    }
}
