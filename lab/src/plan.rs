//! How much of what is measured, so that the whole run keeps its time.

use std::time::Duration;

/// Samples shorter than this drown in the clock and in the handshake around them.
const SAMPLE: Duration = Duration::from_micros(120);
/// Fewer calls than this measure what the other processes left in the cache.
const FEWEST_CALLS: u64 = 4;
/// More inputs than this are never prepared at once, however short a call seems to be.
pub(crate) const MOST_CALLS: u64 = 1 << 17;
/// A sample longer than this is cut to fewer calls, down to one: its working set is larger
/// than the caches anyway.
const LONG_SAMPLE: Duration = Duration::from_millis(5);
/// Nor is more time than this spent on a sample with its preparation, while it has more than the
/// fewest calls: more samples are worth more than longer ones.
const LONG_TURN: Duration = Duration::from_millis(4);
/// What a command and its answer cost beside the work.
const HANDSHAKE: Duration = Duration::from_micros(60);
/// What starting and ending a process costs.
const START: Duration = Duration::from_millis(3);
/// Sampling per contestant and launch: more buys little, launches are what counts.
const LONGEST: f64 = 75.0;
/// Samples beyond this add nothing to a launch's median.
const MOST_SAMPLES: usize = 400;

/// What is asked for on the command line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    /// Launches of every contestant.
    pub(crate) launches: usize,
    /// Sampling per contestant and launch; chosen to fit `timing` when absent.
    pub(crate) launch: Option<Duration>,
    /// Time for all launches of all groups.
    pub(crate) timing: Duration,
    /// How many processes warm up at once.
    pub(crate) cores: usize,
}

impl Wish {
    /// The wish for the launches that are left after `done` ones that took `spent`, where
    /// `foreseen` was planned for them.
    pub(crate) fn rest(self, done: usize, spent: Duration, foreseen: Duration) -> Self {
        if done == 0 || foreseen.is_zero() {
            return self;
        }
        // How much slower than planned: the plan's own clock runs by calibrated costs.
        let slowness = (spent.as_secs_f64() / foreseen.as_secs_f64()).clamp(0.1, 10.0);
        let timing = self.timing.saturating_sub(spent).div_f64(slowness);
        Self { launches: self.launches.saturating_sub(done).max(1), timing, ..self }
    }
}

/// What one contestant's calls cost, measured before the plan is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// One call, in seconds.
    pub(crate) call: f64,
    /// One call with the preparation of its input and the release of its result, in seconds.
    pub(crate) turn: f64,
}

/// How one group is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Plan {
    /// Calls in every sample of every contestant.
    pub(crate) calls: u64,
    /// Samples of every contestant in one launch: even, half of them in each direction.
    pub(crate) samples: usize,
    /// Before them, in each process.
    pub(crate) warm: Duration,
    /// What one launch of the whole group should take.
    pub(crate) launch: Duration,
}

/// Plans all groups: for each, the costs of all its processes (the second one of the A/A pair too).
pub(crate) fn plan(groups: &[Vec<Cost>], wish: Wish) -> Vec<Plan> {
    let all = |milliseconds: f64| -> Vec<Plan> {
        groups.iter().map(|costs| group(costs, milliseconds, wish.cores)).collect()
    };
    if let Some(launch) = wish.launch {
        return all(launch.as_secs_f64() * 1000.0);
    }
    // The longest sampling that still keeps the time. More sampling never costs less.
    let (mut fits, mut tight) = (0.0, LONGEST);
    for _ in 0..20 {
        let middle = f64::midpoint(fits, tight);
        if expected(&all(middle), wish.launches) <= wish.timing {
            fits = middle;
        } else {
            tight = middle;
        }
    }
    all(fits)
}

/// How long all launches of these plans should take.
pub(crate) fn expected(plans: &[Plan], launches: usize) -> Duration {
    let launches = u32::try_from(launches).unwrap_or(u32::MAX);
    plans.iter().map(|plan| plan.launch).sum::<Duration>().saturating_mul(launches)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
fn group(costs: &[Cost], milliseconds: f64, cores: usize) -> Plan {
    let fastest = costs.iter().map(|cost| cost.call).fold(f64::INFINITY, f64::min).max(1e-10);
    let slowest = costs.iter().map(|cost| cost.call).fold(1e-10, f64::max);
    let wanted = ((SAMPLE.as_secs_f64() / fastest).ceil() as u64).clamp(FEWEST_CALLS, MOST_CALLS);
    let bound = ((LONG_SAMPLE.as_secs_f64() / slowest) as u64).clamp(1, wanted);
    let turn = costs.iter().map(|cost| cost.turn).fold(1e-10, f64::max);
    let calls = bound.min(((LONG_TURN.as_secs_f64() / turn) as u64).max(FEWEST_CALLS));
    let turns: f64 = costs.iter().map(|cost| cost.turn).sum::<f64>() * calls as f64;
    let processes = costs.len() as f64;
    let round = turns + processes * HANDSHAKE.as_secs_f64();
    let sampling = milliseconds / 1000.0 * processes;
    // Two rounds are one ABBA block.
    let fewest = if round > 0.02 { 2 } else { 4 };
    let samples = ((sampling / round) as usize / 2 * 2).clamp(fewest, MOST_SAMPLES);
    let warm = (milliseconds / 2.0).clamp(5.0, 30.0) / 1000.0;
    let one = warm.max(turns / processes);
    let launch =
        processes * (one / cores.max(1) as f64 + START.as_secs_f64()) + samples as f64 * round;
    Plan {
        calls,
        samples,
        warm: Duration::from_secs_f64(warm),
        launch: Duration::from_secs_f64(launch),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const WISH: Wish =
        Wish { launches: 20, launch: None, timing: Duration::from_secs(120), cores: 2 };

    fn cost(call: f64) -> Cost {
        Cost { call, turn: 1.5 * call }
    }

    #[test]
    fn thirty_ordinary_groups_of_five_processes_fill_the_time_and_keep_it() {
        let plans = plan(&vec![vec![cost(60e-6); 5]; 30], WISH);
        let time = expected(&plans, 20);
        assert!(time <= WISH.timing && time > WISH.timing * 9 / 10, "{time:?}");
        assert!(plans.iter().all(|plan| plan.samples >= 20), "{plans:?}");
    }

    #[test]
    fn heavy_groups_take_their_least_and_the_rest_shares() {
        let mut groups = vec![vec![cost(1e-6); 5]; 28];
        groups.extend(vec![vec![cost(0.03); 5]; 2]);
        let plans = plan(&groups, WISH);
        assert!(expected(&plans, 20) <= WISH.timing);
        assert_eq!((plans[29].calls, plans[29].samples), (1, 2));
        assert!(plans[0].samples > 10);
    }

    #[test]
    fn a_sample_has_four_calls_and_is_long_enough_for_the_fastest() {
        let plan = &plan(&[vec![cost(10e-9), cost(40e-9)]], WISH)[0];
        assert_eq!(plan.calls, 12_000);
        let plan = group(&[cost(0.5e-3), cost(1e-3)], 20.0, 2);
        assert_eq!(plan.calls, 4);
    }

    #[test]
    fn costly_preparation_means_fewer_calls_but_never_fewer_than_four() {
        let prepared = |turn| [Cost { call: 9e-6, turn }; 5];
        assert_eq!(group(&prepared(10e-6), 20.0, 2).calls, 14);
        assert_eq!(group(&prepared(500e-6), 20.0, 2).calls, 8);
        assert_eq!(group(&prepared(5e-3), 20.0, 2).calls, 4);
    }

    #[test]
    fn samples_come_in_whole_abba_blocks() {
        for call in [1e-8, 1e-5, 3e-4, 7e-3, 0.2] {
            for milliseconds in [1.0, 13.0, 75.0] {
                let plan = group(&[cost(call); 3], milliseconds, 2);
                assert!(plan.samples >= 2 && plan.samples.is_multiple_of(2), "{plan:?}");
            }
        }
    }

    #[test]
    fn a_slow_machine_gets_fewer_samples_and_the_run_its_time() {
        let groups = vec![vec![cost(60e-6); 5]; 30];
        for slowness in [0.5, 1.0, 1.3] {
            let (mut spent, mut foreseen) = (Duration::ZERO, Duration::ZERO);
            for done in 0..WISH.launches {
                let plans = plan(&groups, WISH.rest(done, spent, foreseen));
                foreseen += expected(&plans, 1);
                spent += expected(&plans, 1).mul_f64(slowness);
            }
            let share = spent.as_secs_f64() / WISH.timing.as_secs_f64();
            assert!((0.9..1.02).contains(&share), "{slowness}: {share}");
        }
    }

    #[test]
    fn an_asked_for_length_is_kept_whatever_it_costs() {
        let wish = Wish { launch: Some(Duration::from_millis(75)), ..WISH };
        let plans = plan(&vec![vec![cost(60e-6); 5]; 30], wish);
        assert!(expected(&plans, 20) > WISH.timing);
    }
}
