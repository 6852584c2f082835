//! `diptych calibrate`: how far this laboratory can be believed on this machine.
//!
//! Kernels whose extra work is known stand against themselves: the same kernel twice, in processes
//! with other layouts of their code, shows how often a difference is found where there is none;
//! kernels with exactly that much more work show how often it is found where there is one. The
//! launches are those of an ordinary run, judged by the ordinary interval.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::Serialize;

use crate::calibrate::calibrate;
use crate::design::{Design, Policy, Rotation, Scheduling};
use crate::environment::Environment;
use crate::interrupt;
use crate::kernels;
use crate::plan::{Cost, Plan, Wish, plan};
use crate::process::Limits;
use crate::processor::Cores;
use crate::progress::Progress;
use crate::report::Failed;
use crate::roster::{Group, Roster};
use crate::stats::{Launches, median};
use crate::table::wrap;
use crate::timing::{Launch, Setting, launch};
use crate::variants::Variants;
use crate::verdict::{CONFIDENCE, floor};
use crate::workload::{Digest, Rng};

/// The component of kernels: they never take part in an ordinary run.
pub(crate) const KERNELS: &str = "calibration";

/// A launch further than this from the median of its comparison is a bad one.
const BAD: f64 = 0.03;

/// One in so many launches gives a second opinion.
const SECOND_OPINIONS: usize = 4;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(crate) comparisons: usize,
    /// In how many of them those with more work take part.
    pub(crate) tries: usize,
    pub(crate) wish: Wish,
    pub(crate) design: Design,
    pub(crate) scheduling: Scheduling,
    pub(crate) limits: Limits,
    pub(crate) seed: u64,
    pub(crate) neighbour: bool,
    pub(crate) terminal: bool,
}

/// Everything a calibration found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Calibration {
    pub(crate) schema: &'static str,
    pub(crate) version: u32,
    pub(crate) complete: bool,
    pub(crate) seconds: f64,
    pub(crate) environment: Environment,
    pub(crate) neighbour: bool,
    pub(crate) cores: Option<Cores>,
    pub(crate) launches: usize,
    pub(crate) launch_ms: f64,
    pub(crate) paddings: usize,
    pub(crate) scheduling: Scheduling,
    pub(crate) comparisons: usize,
    pub(crate) false_positives: usize,
    pub(crate) kernels: Vec<Kernel>,
    pub(crate) failures: Vec<Failed>,
}

/// One kernel in one language.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Kernel {
    pub(crate) kernel: String,
    pub(crate) language: String,
    /// The clock that it is judged by.
    pub(crate) clock: &'static str,
    /// Of one pair of processes: launches, warm-up and sampling.
    pub(crate) seconds_per_row: f64,
    /// A/A comparisons, each of that many launches of its own.
    pub(crate) comparisons: usize,
    pub(crate) false_positives: usize,
    /// The farther end of the A/A interval, at the median over comparisons and at the worst.
    pub(crate) floor: Option<f64>,
    pub(crate) worst_floor: Option<f64>,
    /// The share of A/A launches more than 3 % from their comparison's median.
    pub(crate) bad_launches: Option<f64>,
    /// The largest gap between two paddings' centres.
    pub(crate) layout_spread: Option<f64>,
    /// The value of every A/A launch, comparison by comparison.
    pub(crate) log_ratios: Vec<f64>,
    pub(crate) added: Vec<Added>,
}

/// Known added work.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Added {
    pub(crate) percent: f64,
    pub(crate) tries: usize,
    /// Comparisons whose interval lies above 1.
    pub(crate) found: usize,
    /// Over all launches of all tries, in percent.
    pub(crate) estimate: Option<f64>,
    /// The same with both in one process.
    pub(crate) in_process: Option<f64>,
    /// The value of every launch, try by try.
    pub(crate) log_ratios: Vec<f64>,
}

/// A kernel with its group: the plain one first, then those with more work.
struct Entered {
    group: Group,
    percents: Vec<f64>,
    launches: Vec<Launch>,
    plan: Option<Plan>,
    /// Seconds of one process's share in each launch.
    spent: Vec<f64>,
}

impl Entered {
    /// The plain kernel, which stands against its own second process only.
    fn alone(&self) -> Group {
        let plain = self.group.members[0];
        Group { members: vec![plain], pairs: vec![(plain, plain)], ..self.group.clone() }
    }
}

/// The share of added work that a contestant's name states: `rust +0.5 %` has 0.5.
fn added(name: &str) -> Option<f64> {
    let (_, more) = name.rsplit_once(" +")?;
    more.strip_suffix('%')?.trim().parse().ok()
}

/// A group for each plain contestant in each workload, with those of its own variants that are
/// worth their time.
fn enter(roster: &Roster) -> Vec<Entered> {
    let mut entered = Vec::new();
    for group in &roster.groups {
        for &plain in &group.members {
            let name = &roster.entrants[plain].name;
            if added(name).is_some() {
                continue;
            }
            let more = group.members.iter().filter_map(|&member| {
                let other = &roster.entrants[member].name;
                let percent = added(other).filter(|_| other.starts_with(&format!("{name} +")))?;
                worthwhile(&group.workload, percent).then_some((member, percent))
            });
            let (members, percents): (Vec<usize>, Vec<f64>) = more.unzip();
            let pairs = members.iter().map(|&member| (member, plain)).collect();
            let members = [vec![plain], members].concat();
            let group = Group { members, pairs, links: Vec::new(), ..group.clone() };
            let (launches, plan, spent) = (Vec::new(), None, Vec::new());
            entered.push(Entered { group, percents, launches, plan, spent });
        }
    }
    entered
}

fn worthwhile(kernel: &str, percent: f64) -> bool {
    let shares = kernels::shares(kernel);
    shares.is_empty() || shares.contains(&percent)
}

/// Runs it. The roster holds kernels alone. `say` gets the plan before the first launch.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn run(mut roster: Roster, order: &Order, say: impl FnOnce(&str)) -> Calibration {
    let begin = Instant::now();
    let environment = Environment::read(None);
    let mut entered = enter(&roster);
    roster.groups = entered.iter().map(|one| one.group.clone()).collect();
    let (probes, troubles) =
        calibrate(&mut roster, order.seed, order.limits, order.wish.cores, || ());
    let mut failures: Vec<Failed> = troubles
        .iter()
        .filter(|_| !interrupt::asked())
        .map(|trouble| {
            failed(&roster, &entered[trouble.group].group, trouble.entrant, trouble.message.clone())
        })
        .collect();
    for ((one, group), probes) in entered.iter_mut().zip(&roster.groups).zip(&probes) {
        // A kernel that lost a variant is not worth its time.
        if group.members.len() == one.group.members.len() {
            let mut costs: Vec<Cost> = probes.iter().filter_map(|probe| probe.cost).collect();
            costs.extend(costs.first().copied());
            one.plan = plan(&[costs], order.wish).pop();
        }
    }
    say(&announcement(&entered, order));
    let variants = Variants::make(&roster.entrants, order.design.paddings, order.limits);
    let rounds = order.comparisons * order.wish.launches;
    let progress = Progress::new("calibrating", rounds, order.terminal);
    let mut seeds = Rng::new(order.seed);
    for turn in 0..rounds {
        let alone = turn >= order.tries * order.wish.launches;
        for one in &mut entered {
            let seed = seeds.next();
            let Some(plan) = one.plan.filter(|_| !interrupt::asked()) else { continue };
            let group = if alone { one.alone() } else { one.group.clone() };
            let setting = Setting {
                plan: &plan,
                limits: order.limits,
                variants: &variants,
                rotation: Rotation { seed: identity(&one.group), turn },
                policy: Policy::Default,
                scheduling: order.scheduling,
                second_opinion: order.design.second_opinion
                    && !alone
                    && turn % SECOND_OPINIONS == 0,
                seed,
            };
            let start = Instant::now();
            match launch(&roster.entrants, &group, &setting) {
                Ok(launch) => one.launches.push(launch),
                Err(_) if interrupt::asked() => {}
                Err(failed_ones) => {
                    one.plan = None;
                    for (entrant, failure) in failed_ones {
                        failures.push(failed(&roster, &one.group, entrant, failure.to_string()));
                    }
                }
            }
            if !setting.second_opinion {
                one.spent.push(start.elapsed().as_secs_f64() / (group.members.len() + 1) as f64);
            }
        }
        progress.step();
    }
    let kernels: Vec<Kernel> =
        entered.iter().map(|one| kernel(&roster, one, order, &variants)).collect();
    let launches = entered.iter().flat_map(|one| &one.launches);
    let paces = launches.flat_map(|launch| launch.paces.iter().copied());
    Calibration {
        schema: "diptych-calibration",
        version: 1,
        complete: !interrupt::asked(),
        seconds: begin.elapsed().as_secs_f64(),
        environment,
        neighbour: order.neighbour,
        cores: Cores::new(paces.collect()),
        launches: order.wish.launches,
        launch_ms: order.wish.launch.map_or(0.0, |launch| launch.as_secs_f64() * 1000.0),
        paddings: order.design.paddings,
        scheduling: order.scheduling,
        comparisons: kernels.iter().map(|kernel| kernel.comparisons).sum(),
        false_positives: kernels.iter().map(|kernel| kernel.false_positives).sum(),
        kernels,
        failures,
    }
}

#[allow(clippy::cast_precision_loss)]
fn announcement(entered: &[Entered], order: &Order) -> String {
    let tries = order.tries.min(order.comparisons);
    // Of the processes in a launch with all variants, two are the plain kernel's.
    let of = |one: &Entered| {
        let launch = one.plan.map_or(0.0, |plan| plan.launch.as_secs_f64());
        let alone = 2.0 / (one.group.members.len() + 1) as f64;
        launch * (tries as f64 + (order.comparisons - tries) as f64 * alone)
    };
    let seconds: f64 = entered.iter().map(of).sum::<f64>() * order.wish.launches as f64;
    format!(
        "plan: {} kernels, {} comparisons with themselves and {tries} with more work, of {} \
         launches each: about {:.0} s",
        entered.len(),
        order.comparisons,
        order.wish.launches,
        seconds.ceil()
    )
}

fn failed(roster: &Roster, group: &Group, entrant: usize, message: String) -> Failed {
    let Group { component, workload, n, .. } = group.clone();
    Failed { component, workload, n, contestant: roster.entrants[entrant].name.clone(), message }
}

fn identity(group: &Group) -> u64 {
    let mut digest = Digest::new();
    group.id().bytes().for_each(|byte| digest.add(byte.into()));
    group.members.iter().for_each(|&member| digest.add(member as u64));
    digest.value()
}

/// Whole comparisons only.
fn comparisons(values: &[f64], launches: usize) -> impl Iterator<Item = &[f64]> {
    values.chunks_exact(launches.max(1))
}

fn interval(values: &[f64]) -> Option<(f64, f64)> {
    Launches::new(values).estimate(CONFIDENCE)?.interval
}

fn percent(values: &[f64]) -> Option<f64> {
    Some(Launches::new(values).estimate(CONFIDENCE)?.center.exp_m1() * 100.0)
}

#[allow(clippy::cast_precision_loss)]
fn kernel(roster: &Roster, one: &Entered, order: &Order, variants: &Variants) -> Kernel {
    let Entered { group, percents, launches, spent, .. } = one;
    let each = order.wish.launches;
    let plain = &roster.entrants[group.members[0]];
    let same: Vec<f64> = launches.iter().filter_map(|launch| launch.same).collect();
    let outside = |values: &&[f64]| interval(values).is_some_and(|(l, h)| l > 0.0 || h < 0.0);
    let floors: Vec<f64> = comparisons(&same, each).filter_map(floor).collect();
    let bad: usize = comparisons(&same, each)
        .map(|values| {
            let centre = median(values).unwrap_or(0.0);
            values.iter().filter(|&&value| (value - centre).abs() > BAD).count()
        })
        .sum();
    let added = percents.iter().enumerate().map(|(at, &stated)| {
        let pair = (group.members[at + 1], group.members[0]);
        let of = |values: &[crate::timing::PairValue]| {
            let mut values = values.iter();
            values.find(|v| (v.contestant, v.baseline) == pair).map(|value| value.log_ratio)
        };
        let values: Vec<f64> = launches.iter().filter_map(|launch| of(&launch.pairs)).collect();
        let inside: Vec<f64> =
            launches.iter().filter_map(|launch| of(&launch.in_process)).collect();
        let above = |values: &&[f64]| interval(values).is_some_and(|(low, _)| low > 0.0);
        Added {
            percent: stated,
            tries: comparisons(&values, each).count(),
            found: comparisons(&values, each).filter(above).count(),
            estimate: percent(&values),
            in_process: percent(&inside),
            log_ratios: values,
        }
    });
    let count = comparisons(&same, each).count();
    Kernel {
        kernel: group.workload.clone(),
        language: plain.language.clone(),
        clock: if group.threads > 1 { "cpu" } else { "wall" },
        seconds_per_row: median(spent).unwrap_or(0.0) * each as f64 * 2.0,
        comparisons: count,
        false_positives: comparisons(&same, each).filter(outside).count(),
        floor: median(&floors),
        worst_floor: floors.iter().copied().reduce(f64::max),
        bad_launches: (count > 0).then(|| bad as f64 / (count * each) as f64),
        layout_spread: layout_spread(one, variants.count(&plain.program)),
        log_ratios: same,
        added: added.collect(),
    }
}

/// By the plain kernel's paddings, of its ratio to those with more work: the same in every launch
/// but for the layout.
fn layout_spread(one: &Entered, paddings: usize) -> Option<f64> {
    let plain = one.group.members[0];
    let mut groups: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for launch in &one.launches {
        let padding = launch.members.iter().find(|member| member.entrant == plain)?.padding;
        let others = launch.pairs.iter().filter(|pair| pair.contestant != plain);
        let values = others.map(|pair| pair.log_ratio);
        groups.entry(padding).or_default().extend(values);
    }
    if groups.len() < 2 || groups.len() < paddings {
        return None;
    }
    let centres: Vec<f64> = groups.values().filter_map(|values| median(values)).collect();
    let largest = centres.iter().copied().reduce(f64::max)?;
    let smallest = centres.iter().copied().reduce(f64::min)?;
    Some((largest - smallest).exp_m1())
}

/// The table on the terminal.
pub(crate) fn show(found: &Calibration) -> String {
    let mut text = format!("\n{}\n", found.environment.line());
    text += &format!(
        "{} launches of {} ms, {} paddings{}\n\n",
        found.launches,
        found.launch_ms,
        found.paddings,
        if found.neighbour { ", beside a noisy neighbour" } else { "" }
    );
    text += "kernel         clock  s/row  A/A found  floor   bad    layout  added work found\n";
    let share = |share: Option<f64>| {
        share.map_or_else(|| "-".to_owned(), |share| format!("{:.2} %", share * 100.0))
    };
    for kernel in &found.kernels {
        let added: Vec<String> = kernel
            .added
            .iter()
            .map(|added| {
                let seen = added.estimate.map(|seen| {
                    let other = added.in_process;
                    let other = other.map(|other| format!(", in one process {other:+.2} %"));
                    format!(" (seen as {seen:+.2} %{})", other.unwrap_or_default())
                });
                format!(
                    "+{} % {}/{}{}",
                    added.percent,
                    added.found,
                    added.tries,
                    seen.unwrap_or_default()
                )
            })
            .collect();
        text += &format!(
            "{:14} {:5} {:6.1}  {:>9}  {:>6}  {:>6} {:>6}  {}\n",
            format!("{} {}", kernel.kernel, kernel.language),
            kernel.clock,
            kernel.seconds_per_row,
            format!("{}/{}", kernel.false_positives, kernel.comparisons),
            share(kernel.floor),
            share(kernel.bad_launches),
            share(kernel.layout_spread),
            added.join("  ")
        );
    }
    text += &format!(
        "\nfalse positives: {} of {} comparisons of a kernel with itself (nominal {:.0} %)\n",
        found.false_positives,
        found.comparisons,
        (1.0 - CONFIDENCE) * 100.0
    );
    if let Some(sentence) = found.cores.and_then(|cores| cores.sentence()) {
        wrap(&mut text, &sentence, 80);
    }
    if !found.complete {
        text += "The run was stopped before its end: fewer comparisons than planned.\n";
    }
    for failure in &found.failures {
        let Failed { workload, contestant, message, .. } = failure;
        text += &format!("{workload}: {contestant} {message}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_work_is_read_from_the_name() {
        assert_eq!(added("rust +0.5 %"), Some(0.5));
        assert_eq!(added("c++ +5 %"), Some(5.0));
        for name in ["rust", "c++", "c++ + %", "rust +x %", "rust +1"] {
            assert_eq!(added(name), None, "{name}");
        }
    }

    #[test]
    fn only_whole_comparisons_count() {
        let values: Vec<f64> = (0..95).map(f64::from).collect();
        assert_eq!(comparisons(&values, 40).count(), 2);
        assert_eq!(comparisons(&values[..39], 40).count(), 0);
    }
}
