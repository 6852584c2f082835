//! What whole programs took.

use serde::{Deserialize, Serialize};

use crate::json::rounded;
use crate::memory::Counts;
use crate::protocol::Sample;
use crate::report::Row;
use crate::roster::Group;
use crate::stats::median;
use crate::verdict::{self, Ratio};

use super::field::{Costs, Course, Field};
use super::means::Mean;
use super::starter::Ran;

/// A figure that a program tells is a rate: the time that stands for it is that of so many.
const OF_A_RATE: f64 = 1e6;

/// What a whole program took, beside what all contestants have: `command` of a row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Figures {
    /// As it was given.
    pub(crate) line: String,
    /// Timed ones.
    pub(crate) runs: usize,
    pub(crate) minimum_ns: f64,
    pub(crate) user_ns: f64,
    pub(crate) system_ns: f64,
    /// Most memory of its largest process against the baseline's, and the ends of the interval.
    pub(crate) memory_ratio: Option<f64>,
    pub(crate) memory_low: Option<f64>,
    pub(crate) memory_high: Option<f64>,
    /// By how many bytes it is more, at the median over launches.
    pub(crate) memory_difference_bytes: Option<f64>,
    /// The logarithm of the ratio in each launch.
    #[serde(serialize_with = "rounded")]
    pub(crate) memory_log_ratios: Vec<f64>,
    pub(crate) major_faults: f64,
    /// What an empty program takes, from fork to exit.
    pub(crate) empty_ns: Option<f64>,
    /// What was taken off each run: the shell's own time.
    pub(crate) shell_ns: Option<f64>,
}

impl Figures {
    fn with_memory(mut self, log_ratios: Vec<f64>) -> Self {
        let ratio = verdict::ratio(&log_ratios);
        self.memory_ratio = ratio.map(|ratio| ratio.ratio);
        (self.memory_low, self.memory_high) =
            ratio.map_or((None, None), |Ratio { low, high, .. }| (low, high));
        self.memory_log_ratios = log_ratios;
        self
    }
}

/// As the rest of the laboratory knows it. What runs for a fixed time and tells a rate takes as
/// long as so many steps do.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn sample(ran: &Ran, costs: &Costs) -> Sample {
    let shell = costs.shell.clone().unwrap_or_default();
    let cpu = (ran.user_ns + ran.system_ns).saturating_sub(shell.user_ns + shell.system_ns);
    let wall = ran.wall_ns.saturating_sub(shell.wall_ns);
    let (wall_ns, cpu_ns) = match ran.figure {
        None => (wall, cpu),
        Some(rate) => ((1e9 * OF_A_RATE / rate) as u64, (cpu as f64 * OF_A_RATE / rate) as u64),
    };
    Sample { wall_ns, cpu_ns, minor_faults: ran.minor_faults, digest: 0 }
}

#[allow(clippy::cast_precision_loss)]
pub(crate) fn middle(ran: &[Ran], figure: fn(&Ran) -> u64) -> Option<f64> {
    median(&ran.iter().map(|ran| figure(ran) as f64).collect::<Vec<_>>())
}

fn peak(ran: &[Ran]) -> Option<f64> {
    middle(ran, |ran| ran.peak_rss_bytes).filter(|&bytes| bytes > 0.0)
}

/// What is counted of runs from outside.
pub(crate) fn counts(ran: &[Ran]) -> Counts {
    let none = || "whole programs are seen from outside".to_owned();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let peak_rss = peak(ran).map(|bytes| bytes as u64).ok_or_else(|| "not one run".to_owned());
    Counts {
        heap: Err(none()),
        detail: Err(none()),
        tracked: Err(none()),
        peak_rss,
        hardware: Err(none()),
    }
}

/// The memory of two entrants in each launch: median by median.
fn memories(course: &Course, (one, other): (usize, usize)) -> impl Iterator<Item = (f64, f64)> {
    let of = move |at| {
        let runs = course.runs.get(&at).into_iter();
        runs.flat_map(|runs| runs.chunks(course.plan.samples.max(1))).map(peak)
    };
    of(one).zip(of(other)).filter_map(|(one, other)| one.zip(other))
}

/// The logarithm of their ratio in each launch.
pub(crate) fn memory(course: &Course, pair: (usize, usize)) -> Vec<f64> {
    memories(course, pair).map(|(one, other)| (one / other).ln()).collect()
}

fn is_of(row: &Row, group: &Group) -> bool {
    (&row.component, &row.workload) == (&group.component, &group.workload)
}

/// What a row says of its program.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn figures(
    field: &Field,
    courses: &[Course],
    means: &[Mean],
    costs: &Costs,
    row: &Row,
) -> Option<Figures> {
    let named = |name: &str| field.roster.entrants.iter().position(|entrant| entrant.name == name);
    let at = named(&row.contestant)?;
    let baseline = row.baseline.as_deref().and_then(named);
    let shell_ns = costs.shell.as_ref().map(|shell| shell.wall_ns as f64);
    let known = Figures { empty_ns: costs.empty_ns, shell_ns, ..Figures::default() };
    if let Some(mean) = means.iter().find(|mean| is_of(row, &mean.found.group)) {
        let line = mean.names(courses);
        let memory = baseline.map(|baseline| mean.memory(courses, (at, baseline)));
        return Some(Figures { line, ..known }.with_memory(memory.unwrap_or_default()));
    }
    let group = courses.iter().position(|course| is_of(row, &course.found.group))?;
    let (course, line) = (&courses[group], field.tasks[group][at].line.clone());
    let Some(ran) = course.runs.get(&at) else {
        return Some(Figures { line, ..known });
    };
    let least = ran.iter().map(|ran| sample(ran, costs).wall_ns).min();
    let figures = Figures {
        line,
        runs: ran.len(),
        minimum_ns: least.unwrap_or(0) as f64,
        user_ns: middle(ran, |ran| ran.user_ns).unwrap_or(0.0),
        system_ns: middle(ran, |ran| ran.system_ns).unwrap_or(0.0),
        major_faults: middle(ran, |ran| ran.major_faults).unwrap_or(0.0),
        ..known
    };
    let Some(baseline) = baseline else { return Some(figures) };
    let more: Vec<f64> = memories(course, (at, baseline)).map(|(one, other)| one - other).collect();
    let figures = figures.with_memory(memory(course, (at, baseline)));
    Some(Figures { memory_difference_bytes: median(&more), ..figures })
}
