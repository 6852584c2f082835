//! Launches: all contestants of a group in fresh processes, sampled in turn.
//!
//! One contestant works at a time while the others wait for their next command, so they share
//! the machine's mood but neither a heap nor an address space. Samples go through the
//! contestants in one order and back (A B C, C B A): a drift within a launch hits all alike. The
//! order is drawn anew for every launch, so that nobody always follows the same neighbour.
//!
//! The second opinion of a launch puts both contestants of a pair into one process: what they
//! share there (heap, caches, branch history) they do not share in the first.

use crate::contest::{dissenters, settle, start};
use crate::design::{Policy, Rotation, Scheduling};
use crate::plan::Plan;
use crate::process::{Failure, Limits, Under, Worker};
use crate::processor::{self, Processor, Stay};
use crate::protocol::{Command, Sample};
use crate::roster::{Entrant, Group};
use crate::stats::median;
use crate::variants::Variants;
use crate::workload::Rng;

/// What one launch found for one member.
#[derive(Clone, Debug)]
pub(crate) struct Launched {
    pub(crate) entrant: usize,
    /// Which layout of its code it ran with.
    pub(crate) padding: usize,
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
    /// The median of log(contestant / baseline) over the samples, by the group's clock.
    pub(crate) log_ratio: f64,
    /// The same by the other clock.
    pub(crate) other_clock: f64,
}

/// One launch of a group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Launch {
    pub(crate) policy: Policy,
    /// Of each process.
    pub(crate) samples: usize,
    /// The pace of the processor's core, once in each round; none where processes may roam.
    pub(crate) paces: Vec<f64>,
    pub(crate) members: Vec<Launched>,
    pub(crate) pairs: Vec<PairValue>,
    /// The same for the baseline against itself in a second process with another padding.
    pub(crate) same: Option<f64>,
    /// Pairs that share a worker, both in one process.
    pub(crate) in_process: Vec<PairValue>,
}

/// Everything a launch needs to know besides its group.
#[derive(Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) limits: Limits,
    pub(crate) variants: &'a Variants,
    pub(crate) rotation: Rotation,
    pub(crate) policy: Policy,
    pub(crate) scheduling: Scheduling,
    pub(crate) second_opinion: bool,
    pub(crate) seed: u64,
}

impl Setting<'_> {
    fn under(&self, group: &Group) -> Under {
        // Threads that share one processor would measure its scheduler.
        let pin = self.scheduling.pin.filter(|_| group.threads <= 1);
        let scheduling = Scheduling { pin, ..self.scheduling };
        Under { policy: self.policy, scheduling, ..Under::default() }
    }

    /// Where all processes of the launch run, once they are warm. Threads that share one
    /// processor would measure its scheduler: work of several may go where it likes.
    fn processor(&self, group: &Group) -> Option<Processor> {
        match self.scheduling {
            _ if group.threads > 1 => None,
            Scheduling { pin: Some(pin), .. } => usize::try_from(pin).ok(),
            Scheduling { roam: true, .. } => None,
            _ => processor::choose(self.rotation.turn),
        }
    }

    /// Brings these workers and the caller there; `None` where they roam.
    fn gather(&self, group: &Group, workers: &[&Worker]) -> Option<Stay> {
        let processor = self.processor(group)?;
        let set = processor::only(processor);
        // One that is gone says so itself when it is asked for a sample.
        let bound = workers.iter().all(|worker| worker.bind(&set).is_ok());
        bound.then(|| Stay::on(processor).ok()).flatten()
    }

    fn warm(&self, rng: &mut Rng) -> Command {
        Command::Warm {
            seed: rng.next(),
            calls: self.plan.calls,
            nanoseconds: u64::try_from(self.plan.warm.as_nanos()).unwrap_or(u64::MAX),
        }
    }
}

/// A process in a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) entrant: usize,
    /// The second process of the A/A pair.
    pub(crate) second: bool,
    pub(crate) padding: usize,
}

/// What a launch costs somebody: the members that failed, with the reason.
type Failed = Vec<(usize, Failure)>;

/// Runs one launch. An error names the members that failed: the launch is void.
pub(crate) fn launch(
    entrants: &[Entrant],
    group: &Group,
    setting: &Setting<'_>,
) -> Result<Launch, Failed> {
    let mut rng = Rng::new(setting.seed);
    let mut seats = seats(entrants, group, setting);
    shuffle(&mut seats, &mut rng);
    let (samples, paces) = sample_in_turn(entrants, group, setting, &seats, &mut rng)?;
    let mut launch = judge(group, setting.plan, &seats, &samples);
    launch.paces = paces;
    launch.policy = setting.policy;
    if setting.second_opinion {
        for &(contestant, baseline) in &group.pairs {
            if entrants[contestant].program == entrants[baseline].program {
                let pair = (contestant, baseline);
                launch.in_process.push(duel(entrants, group, pair, setting, &mut rng)?);
            }
        }
    }
    Ok(launch)
}

fn seats(entrants: &[Entrant], group: &Group, setting: &Setting<'_>) -> Vec<Seat> {
    let paddings = |entrant: usize| setting.variants.count(&entrants[entrant].program);
    // By the entrant, not by the place: a contestant that fails does not change the others' lots.
    let padding = |entrant: usize| setting.rotation.padding(entrant, paddings(entrant));
    let mut seats: Vec<Seat> = (group.members.iter())
        .map(|&entrant| Seat { entrant, second: false, padding: padding(entrant) })
        .collect();
    seats.extend(group.main_baseline().map(|entrant| {
        let padding = setting.rotation.other(padding(entrant), paddings(entrant));
        Seat { entrant, second: true, padding }
    }));
    seats
}

fn sample_in_turn(
    entrants: &[Entrant],
    group: &Group,
    setting: &Setting<'_>,
    seats: &[Seat],
    rng: &mut Rng,
) -> Result<(Vec<Vec<Sample>>, Vec<f64>), Failed> {
    let (under, plan) = (setting.under(group), setting.plan);
    let mut workers = Vec::new();
    for seat in seats {
        let warm = setting.warm(rng);
        let entrant = setting.variants.entrant(&entrants[seat.entrant], seat.padding);
        let begun = start(&entrant, group, &under, setting.limits)
            .and_then(|mut worker| worker.send(&warm).map(|()| worker));
        workers.push(begun.map_err(|failure| vec![(seat.entrant, failure)])?);
    }
    for (seat, worker) in seats.iter().zip(&mut workers) {
        let warm = settle(worker).and_then(|()| worker.warmed(plan.warm));
        warm.map_err(|failure| vec![(seat.entrant, failure)])?;
    }
    let here = setting.gather(group, &workers.iter().collect::<Vec<_>>());
    let mut samples = vec![Vec::with_capacity(plan.samples); seats.len()];
    let mut paces = Vec::new();
    for round in 0..plan.samples {
        paces.extend(here.as_ref().map(|_| processor::pace()));
        let seed = rng.next();
        for step in 0..seats.len() {
            let at = if round % 2 == 0 { step } else { seats.len() - 1 - step };
            let entrant = seats[at].entrant;
            let taken =
                workers[at].sample(seed, plan.calls).map_err(|failure| vec![(entrant, failure)])?;
            samples[at].push(entrants[entrant].empty.taken_off(taken));
        }
        let votes: Vec<_> =
            (0..seats.len()).map(|at| (seats[at].entrant, samples[at][round].digest)).collect();
        same_work(entrants, &votes)?;
    }
    // All die before the next launch begins.
    drop::<Vec<Worker>>(workers);
    Ok((samples, paces))
}

/// Both contestants of a pair in one process, in ABBA order.
fn duel(
    entrants: &[Entrant],
    group: &Group,
    (contestant, baseline): (usize, usize),
    setting: &Setting<'_>,
    rng: &mut Rng,
) -> Result<PairValue, Failed> {
    // Which of the two is to blame cannot always be told: the contestant then.
    let blame = |failure| vec![(contestant, failure)];
    let sides = [contestant, baseline];
    let count = setting.variants.count(&entrants[contestant].program);
    let process = entrants.len() + contestant * entrants.len() + baseline;
    let padding = setting.rotation.padding(process, count);
    let entrant = setting.variants.entrant(&entrants[contestant], padding);
    let mut worker =
        start(&entrant, group, &setting.under(group), setting.limits).map_err(blame)?;
    settle(&mut worker).map_err(blame)?;
    let open = |worker: &mut Worker, side: usize| {
        worker.send(&group.open(&entrants[sides[side]])).map_err(blame)
    };
    for side in [0, 1] {
        open(&mut worker, side)?;
        worker.receive().map_err(blame)?;
        worker.send(&setting.warm(rng)).map_err(blame)?;
        worker.warmed(setting.plan.warm).map_err(blame)?;
    }
    let _here = setting.gather(group, &[&worker]);
    let plan = setting.plan;
    let mut samples = [Vec::with_capacity(plan.samples), Vec::with_capacity(plan.samples)];
    for round in 0..plan.samples {
        let seed = rng.next();
        for side in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
            open(&mut worker, side)?;
            // One wake-up for both commands; the answer to `open` comes first.
            worker.send(&Command::Sample { seed, calls: plan.calls }).map_err(blame)?;
            worker.receive().map_err(blame)?;
            let taken = worker.taken().map_err(blame)?;
            samples[side].push(entrants[sides[side]].empty.taken_off(taken));
        }
        let votes: Vec<_> = [0, 1].map(|side| (sides[side], samples[side][round].digest)).to_vec();
        same_work(entrants, &votes)?;
    }
    let (log_ratio, other_clock) = log_ratios(group, &samples[0], &samples[1])
        .ok_or_else(|| blame(Failure::Rubbish("no samples".into())))?;
    Ok(PairValue { contestant, baseline, log_ratio, other_clock })
}

/// Fisher and Yates.
pub(crate) fn shuffle<T>(items: &mut [T], rng: &mut Rng) {
    for last in (1..items.len()).rev() {
        let bound = u64::try_from(last + 1).unwrap_or(u64::MAX);
        items.swap(last, usize::try_from(rng.next() % bound).unwrap_or(0));
    }
}

/// Each vote is (entrant, digest of the same round).
fn same_work(entrants: &[Entrant], votes: &[(usize, u64)]) -> Result<(), Failed> {
    let odd = dissenters(votes, |at| entrants[at].name.clone());
    if odd.is_empty() {
        return Ok(());
    }
    // `dissenters` already says "did other work": only its story goes on.
    let failure = |(entrant, message): (usize, String)| {
        let story = message.split_once(": ").map_or(message.clone(), |(_, story)| story.to_owned());
        (entrant, Failure::Digest(story))
    };
    Err(odd.into_iter().map(failure).collect())
}

/// Medians of log-ratios: by the group's clock, and by the other. Samples of the same round make
/// one, and a round with the next, which went the other way, the mean of both: whoever came after
/// itself in one was the farthest from itself in the other.
#[allow(clippy::cast_precision_loss)]
fn log_ratios(group: &Group, a: &[Sample], b: &[Sample]) -> Option<(f64, f64)> {
    let by = |clock: fn(&Sample) -> u64| {
        let log = |(a, b)| (clock(a).max(1) as f64 / clock(b).max(1) as f64).ln();
        let rounds: Vec<f64> = a.iter().zip(b).map(log).collect();
        let both = |ways: &[f64]| ways.iter().sum::<f64>() / ways.len() as f64;
        median(&rounds.chunks(2).map(both).collect::<Vec<f64>>())
    };
    let (wall, cpu) = (by(|sample| sample.wall_ns)?, by(|sample| sample.cpu_ns)?);
    Some(if group.threads > 1 { (cpu, wall) } else { (wall, cpu) })
}

/// What the samples of all seats say.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn judge(group: &Group, plan: &Plan, seats: &[Seat], samples: &[Vec<Sample>]) -> Launch {
    let seat = |entrant: usize, second: bool| {
        seats.iter().position(|seat| seat.entrant == entrant && seat.second == second)
    };
    let per_call = |at: usize, figure: fn(&Sample) -> u64| {
        let values: Vec<f64> = samples[at].iter().map(|sample| figure(sample) as f64).collect();
        median(&values).unwrap_or(0.0) / plan.calls as f64
    };
    let members = group.members.iter().filter_map(|&entrant| {
        let at = seat(entrant, false)?;
        Some(Launched {
            entrant,
            padding: seats[at].padding,
            wall_ns: per_call(at, |sample| sample.wall_ns),
            cpu_ns: per_call(at, |sample| sample.cpu_ns),
            minor_faults: per_call(at, |sample| sample.minor_faults),
        })
    });
    let pairs = group.compared().into_iter().filter_map(|(contestant, baseline)| {
        let (a, b) = (seat(contestant, false)?, seat(baseline, false)?);
        let (log_ratio, other_clock) = log_ratios(group, &samples[a], &samples[b])?;
        Some(PairValue { contestant, baseline, log_ratio, other_clock })
    });
    let same = group.main_baseline().and_then(|entrant| {
        let (second, first) = (seat(entrant, true)?, seat(entrant, false)?);
        log_ratios(group, &samples[second], &samples[first]).map(|(log_ratio, _)| log_ratio)
    });
    Launch {
        policy: Policy::Default,
        samples: samples.iter().map(Vec::len).min().unwrap_or(0),
        paces: Vec::new(),
        members: members.collect(),
        pairs: pairs.collect(),
        same,
        in_process: Vec::new(),
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
            threads: 1,
            members: vec![0, 1],
            pairs: vec![(1, 0)],
            links: Vec::new(),
        }
    }

    const PLAN: Plan = Plan { calls: 4, samples: 40, warm: Duration::ZERO, launch: Duration::ZERO };

    /// Simulated samples: each round has its own mood, each process its own small luck, and the
    /// contestant does `more` times the baseline's work.
    fn simulated(seed: u64, more: f64) -> Launch {
        let seats = [(1, false), (0, true), (0, false)].map(|(entrant, second)| Seat {
            entrant,
            second,
            padding: 0,
        });
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
        verdicts(&[Case { log_ratios: &logs, floor: floor(&same), ..Case::default() }])[0]
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
