//! One run from the first worker to the report: calibration, launches, memory, instructions.

use std::time::{Duration, Instant};

use crate::calibrate::{Probe, calibrate};
use crate::callgrind::{Callgrind, Job};
use crate::contest::{Trouble, parallel};
use crate::design::{Design, Policy, Rotation, Scheduling};
use crate::detail::heaps;
use crate::effects::effects;
use crate::environment::Environment;
use crate::interrupt;
use crate::memory::Counter;
use crate::plan::{Cost, Plan, Wish, expected, plan};
use crate::process::{Failure, Limits};
use crate::progress::Progress;
use crate::report::{About, Found, Method, Report, SCHEMA, cores, failures, rows};
use crate::require::{self, Requirement};
use crate::roster::{Group, Roster};
use crate::timing::{Setting, launch};
use crate::variants::Variants;
use crate::workload::{Digest, Rng};

/// What a process costs in the memory pass.
const PROCESS: Duration = Duration::from_millis(5);
/// What a forked child and the file of its counts cost under valgrind.
const FORK: Duration = Duration::from_millis(100);
/// What starting a worker under valgrind costs.
const VALGRIND: Duration = Duration::from_millis(1500);

/// What is asked for.
pub(crate) struct Order {
    pub(crate) wish: Wish,
    /// The longest wait for one answer.
    pub(crate) timeout: Duration,
    pub(crate) seed: u64,
    pub(crate) design: Design,
    pub(crate) scheduling: Scheduling,
    /// Claims to judge, as they were written.
    pub(crate) requirements: Vec<(String, Requirement)>,
    /// Whether to count memory.
    pub(crate) memory: bool,
    /// Counts instructions, or why not.
    pub(crate) callgrind: Result<Callgrind, String>,
    /// Draws progress bars.
    pub(crate) terminal: bool,
}

impl Order {
    fn limits(&self, group: &Group) -> Limits {
        // Gigabytes take their time.
        self.limits_times(if group.large { 10 } else { 1 })
    }

    /// A worker lives through the turns of all others in its launch.
    fn limits_times(&self, factor: u32) -> Limits {
        Limits { answer: self.timeout * factor, life: self.timeout * factor * 20 }
    }
}

/// Runs everything for the groups of the roster. `say` gets the plan before the first launch.
pub(crate) fn run(mut roster: Roster, order: &Order, say: impl FnOnce(&str)) -> Report {
    let begin = Instant::now();
    let valgrind = order.callgrind.as_ref().ok().map(|tool| tool.version().to_owned());
    let environment = Environment::read(valgrind);

    let entered: Vec<Group> = roster.groups.clone();
    let variants = Variants::make(&roster.entrants, order.design.paddings, order.limits_times(1));
    let (probes, mut found) = probe(&mut roster, &entered, order);
    // First, as it says which rows allocate.
    count_memory(&roster, &mut found, order);
    let series = series(&roster, &found, order.design);
    let costs: Vec<Vec<Cost>> = series
        .iter()
        .map(|&Series { group, .. }| costs(&roster, group, &probes[group], order.design))
        .collect();
    if !interrupt::asked() {
        say(&announcement(&roster, &probes, &plan(&costs, order.wish), order));
    }
    time(&mut roster, &mut found, &series, &costs, &variants, order);
    count_instructions(&roster, &probes, &mut found, order);

    let rows = rows(&roster.entrants, &found, &variants);
    let judged = |(text, claim): &(String, Requirement)| require::judge(claim, text, &rows);
    let requirements = order.requirements.iter().filter_map(judged).collect();
    Report {
        schema: crate::report::NAME.into(),
        version: SCHEMA,
        complete: !interrupt::asked(),
        seconds: begin.elapsed().as_secs_f64(),
        environment,
        method: Method::new(order.wish.launches, order.design, order.scheduling, order.seed),
        cores: cores(&found),
        contestants: roster.entrants.iter().map(|one| About::new(one, &variants)).collect(),
        rows,
        requirements,
        effects: effects(&roster.entrants, &found, &variants),
        heaps: heaps(&roster.entrants, &found),
        layouts: roster.layouts,
        failures: failures(&roster.entrants, &found),
    }
}

/// Says what went wrong, unless the user ended it.
fn complain(roster: &Roster, group: &Group, trouble: &Trouble, progress: &Progress) {
    if !interrupt::asked() {
        let name = &roster.entrants[trouble.entrant].name;
        progress.say(&format!("diptych: {}: {name} {}", group.id(), trouble.message));
    }
}

fn probe(roster: &mut Roster, entered: &[Group], order: &Order) -> (Vec<Vec<Probe>>, Vec<Found>) {
    let jobs = entered.iter().map(|group| group.members.len()).sum();
    let progress = Progress::new("calibrating", jobs, order.terminal);
    let large = entered.iter().any(|group| group.large);
    let limits = order.limits_times(if large { 10 } else { 1 });
    let (probes, troubles) =
        calibrate(roster, order.seed, limits, order.wish.cores, || progress.step());
    let mut found: Vec<Found> = entered
        .iter()
        .zip(&probes)
        .map(|(group, probes)| Found::new(group.clone(), probes))
        .collect();
    for trouble in troubles {
        if !interrupt::asked() {
            complain(roster, &entered[trouble.group], &trouble, &progress);
            found[trouble.group].troubles.push(trouble);
        }
    }
    (probes, found)
}

/// All launches of one group under one policy.
#[derive(Clone, Copy, Debug)]
struct Series {
    group: usize,
    policy: Policy,
}

/// Every group that is timed, and once more under the other policy where it allocates, or where
/// nobody knows.
fn series(roster: &Roster, found: &[Found], design: Design) -> Vec<Series> {
    let mut series = Vec::new();
    for (group, found) in found.iter().enumerate() {
        if roster.groups[group].tracked || roster.groups[group].members.is_empty() {
            continue;
        }
        series.push(Series { group, policy: Policy::Default });
        let allocates = found.counts.values().any(|counts| match &counts.heap {
            Ok(heap) => heap.allocs + heap.reallocs + heap.frees > 0,
            Err(_) => true,
        });
        if design.both_policies && (allocates || found.counts.is_empty()) {
            series.push(Series { group, policy: Policy::Pinned });
        }
    }
    series
}

/// The costs of all processes of a group: its members', that of the A/A pair's second one, and both
/// sides of every pair that is sampled in one process too.
fn costs(roster: &Roster, group: usize, probes: &[Probe], design: Design) -> Vec<Cost> {
    let group = &roster.groups[group];
    let mut costs: Vec<Cost> = probes.iter().filter_map(|probe| probe.cost).collect();
    let of = |entrant: usize| group.members.iter().position(|&member| member == entrant);
    let mut more: Vec<Option<usize>> = group.main_baseline().map(of).into_iter().collect();
    let program = |entrant: usize| &roster.entrants[entrant].program;
    for &(a, b) in group.pairs.iter().filter(|&&(a, b)| program(a) == program(b)) {
        if design.second_opinion {
            more.extend([of(a), of(b)]);
        }
    }
    let more: Vec<Cost> =
        more.into_iter().flatten().filter_map(|at| costs.get(at).copied()).collect();
    costs.extend(more);
    costs
}

fn announcement(roster: &Roster, probes: &[Vec<Probe>], plans: &[Plan], order: &Order) -> String {
    let pairs: usize =
        roster.groups.iter().map(|g| if g.tracked { 0 } else { g.pairs.len() }).sum();
    let count = |number: usize, one: &str, many: &str| match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    };
    let mut text = format!(
        "plan: {}, {}, {} of each: about {} s",
        count(roster.groups.len(), "workload", "workloads"),
        count(pairs, "pair", "pairs"),
        count(order.wish.launches, "launch", "launches"),
        expected(plans, order.wish.launches).as_secs_f64().ceil()
    );
    let passes = passes(roster, probes, order).as_secs_f64();
    if passes > 0.0 {
        text += &format!(", then about {} s for memory and instructions", passes.ceil());
    }
    let needed = crate::stats::fewest_launches(pairs, 1.0 - crate::verdict::CONFIDENCE);
    if pairs > 0 && order.wish.launches < needed {
        text += &format!(
            "\nnote: with so many pairs, fewer than {needed} launches cannot tell any apart"
        );
    }
    text
}

/// What the memory and instruction passes should take.
fn passes(roster: &Roster, probes: &[Vec<Probe>], order: &Order) -> Duration {
    let mut all = Duration::ZERO;
    for (group, probes) in roster.groups.iter().zip(probes) {
        let job = Job { group, turn: slowest_turn(probes) };
        let members = u32::try_from(probes.len()).unwrap_or(u32::MAX);
        if order.memory {
            all += (PROCESS + 4 * job.turn) * members;
        }
        if let Ok(tool) = &order.callgrind {
            all += (FORK + job.expected(tool)) * members;
        }
    }
    if order.callgrind.is_ok() {
        all += 2 * VALGRIND * u32::try_from(roster.entrants.len()).unwrap_or(u32::MAX);
    }
    all / u32::try_from(order.wish.cores).unwrap_or(1).max(1)
}

/// All first launches, then all second ones: what drifts over minutes meets all groups alike,
/// and a run that is stopped has something of everything. Before each round the rest is planned
/// anew: a busier or quieter machine than at calibration gets fewer or more samples, not a
/// longer or shorter run. The calls in a sample stay.
fn time(
    roster: &mut Roster,
    found: &mut [Found],
    series: &[Series],
    costs: &[Vec<Cost>],
    variants: &Variants,
    order: &Order,
) {
    let progress = Progress::new("timing", series.len() * order.wish.launches, order.terminal);
    let mut seeds = Rng::new(order.seed);
    let (begin, mut foreseen) = (Instant::now(), Duration::ZERO);
    for done in 0..order.wish.launches {
        let plans = plan(costs, order.wish.rest(done, begin.elapsed(), foreseen));
        foreseen += expected(&plans, 1);
        for (&Series { group: at, policy }, plan) in series.iter().zip(&plans) {
            found[at].plan = Some(*plan);
            let seed = seeds.next();
            while !interrupt::asked() && !roster.groups[at].members.is_empty() {
                let group = &roster.groups[at];
                let setting = Setting {
                    plan,
                    limits: order.limits(group),
                    variants,
                    rotation: Rotation { seed: identity(group), turn: done },
                    policy,
                    scheduling: order.scheduling,
                    second_opinion: order.design.second_opinion && policy == Policy::Default,
                    seed,
                };
                match launch(&roster.entrants, group, &setting) {
                    Ok(launch) => {
                        found[at].launches.push(launch);
                        break;
                    }
                    Err(failures) => void(roster, &mut found[at], at, failures, &progress),
                }
            }
            progress.step();
        }
    }
}

/// A number that is the same for a group in every run.
fn identity(group: &Group) -> u64 {
    let mut digest = Digest::new();
    group.id().bytes().for_each(|byte| digest.add(byte.into()));
    digest.value()
}

/// Takes those that spoiled a launch out of the group.
fn void(
    roster: &mut Roster,
    found: &mut Found,
    at: usize,
    failures: Vec<(usize, Failure)>,
    progress: &Progress,
) {
    let before = roster.groups[at].main_baseline();
    for (entrant, failure) in failures {
        if interrupt::asked() || found.troubles.iter().any(|trouble| trouble.entrant == entrant) {
            continue;
        }
        let trouble = Trouble { group: at, entrant, message: failure.to_string() };
        complain(roster, &found.group, &trouble, progress);
        found.troubles.push(trouble);
        roster.groups[at].remove(entrant);
    }
    if roster.groups[at].main_baseline() != before {
        // The floor must be one contestant's.
        found.launches.iter_mut().for_each(|launch| launch.same = None);
    }
}

fn count_memory(roster: &Roster, found: &mut [Found], order: &Order) {
    if !order.memory {
        return;
    }
    let jobs: Vec<(usize, usize)> = members(roster);
    let progress = Progress::new("memory", jobs.len(), order.terminal);
    let counter = Counter::new();
    let work = |&(group, entrant): &(usize, usize)| {
        let limits = order.limits(&roster.groups[group]);
        counter.count(&roster.entrants[entrant], &roster.groups[group], order.seed, limits)
    };
    let counts = parallel(&jobs, order.wish.cores, work, || progress.step());
    for ((group, entrant), counts) in jobs.into_iter().zip(counts) {
        found[group].counts.insert(entrant, counts);
    }
}

/// (group, entrant) of all that are left.
fn members(roster: &Roster) -> Vec<(usize, usize)> {
    let of = |at: usize| roster.groups[at].members.iter().map(move |&entrant| (at, entrant));
    (0..roster.groups.len()).flat_map(of).collect()
}

fn count_instructions(roster: &Roster, probes: &[Vec<Probe>], found: &mut [Found], order: &Order) {
    let all = members(roster);
    let tool = match &order.callgrind {
        Ok(tool) => tool,
        Err(reason) => {
            for (group, entrant) in all {
                found[group].instructions.insert(entrant, Err(reason.clone()));
            }
            return;
        }
    };
    let progress = Progress::new("instructions", all.len(), order.terminal);
    // One worker per contestant; the ones with most to do first, so that none is left alone.
    let mut order_of: Vec<usize> = (0..roster.entrants.len()).collect();
    let load = |entrant: usize| all.iter().filter(|&&(_, member)| member == entrant).count();
    order_of.sort_by_key(|&entrant| std::cmp::Reverse(load(entrant)));
    let work = |&entrant: &usize| {
        let groups: Vec<usize> =
            all.iter().filter(|&&(_, member)| member == entrant).map(|&(group, _)| group).collect();
        let jobs: Vec<Job<'_>> = groups
            .iter()
            .map(|&at| Job { group: &roster.groups[at], turn: slowest_turn(&probes[at]) })
            .collect();
        let limits = order.limits_times(10);
        let counted =
            tool.count(&roster.entrants[entrant], &jobs, order.seed, limits, || progress.step());
        groups.into_iter().zip(counted).collect::<Vec<_>>()
    };
    let counted = parallel(&order_of, order.wish.cores, work, || ());
    for (entrant, counted) in order_of.into_iter().zip(counted) {
        for (group, result) in counted {
            found[group].instructions.insert(entrant, result);
        }
    }
}

/// Of all members, so that a group is counted for all or for none.
fn slowest_turn(probes: &[Probe]) -> Duration {
    let turns = probes.iter().filter_map(|probe| Some(probe.cost?.turn));
    Duration::from_secs_f64(turns.fold(0.0, f64::max))
}
