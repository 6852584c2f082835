//! Geometric means over programs. In each launch the mean of the programs' log-ratios is one value;
//! from there on a mean is a row like all others, with an interval over launches and a floor.

use crate::contest::Trouble;
use crate::report::Found;
use crate::roster::Group;
use crate::timing::{Launch, PairValue};

use super::field::Course;
use super::figures::memory;

/// The workload of a mean. No program has this name.
pub(crate) const MEAN: &str = "geometric mean";
/// The component of the mean over all programs, where they are of several.
pub(crate) const ALL: &str = "all";

/// A mean, and the courses that are in it.
#[derive(Debug)]
pub(crate) struct Mean {
    pub(crate) found: Found,
    of: Vec<usize>,
}

/// Of the programs of each component, and of all. A program that could not be run is in none. A
/// library that failed in one program has no mean: it would be one over other programs.
pub(crate) fn means(courses: &[Course]) -> Vec<Mean> {
    let ran = |at: &usize| !courses[*at].found.launches.is_empty();
    let all: Vec<usize> = (0..courses.len()).filter(ran).collect();
    let component = |at: usize| courses[at].found.group.component.as_str();
    let mut components: Vec<&str> = Vec::new();
    for &at in &all {
        if !components.contains(&component(at)) {
            components.push(component(at));
        }
    }
    let of = |name: &str| all.iter().copied().filter(|&at| component(at) == name).collect();
    let mut sets: Vec<(&str, Vec<usize>)> = components.iter().map(|&one| (one, of(one))).collect();
    if sets.len() > 1 {
        sets.push((ALL, all.clone()));
    }
    let several = sets.into_iter().filter(|(_, of)| of.len() > 1);
    several.map(|(name, of)| Mean::new(name, of, courses)).collect()
}

impl Mean {
    fn new(component: &str, of: Vec<usize>, courses: &[Course]) -> Self {
        let each = || of.iter().map(|&at| &courses[at].found);
        let first = &courses[of[0]].found.group;
        let group = Group {
            component: component.to_owned(),
            workload: MEAN.to_owned(),
            n: u64::try_from(of.len()).unwrap_or(u64::MAX),
            threads: each().map(|found| found.group.threads).max().unwrap_or(1),
            links: Vec::new(),
            ..first.clone()
        };
        let launches = each().map(|found| found.launches.len()).min().unwrap_or(0);
        let launch = |at: usize| {
            let parts: Vec<(&Group, &Launch)> =
                each().map(|found| (&found.group, &found.launches[at])).collect();
            let pairs = group.pairs.iter().filter_map(|&pair| value(&group, pair, &parts));
            let same: Option<Vec<f64>> = parts.iter().map(|(_, launch)| launch.same).collect();
            Launch {
                samples: 1,
                pairs: pairs.collect(),
                same: same.map(|same| mean(&same)),
                ..Launch::default()
            }
        };
        let mut found = Found::new(group.clone(), &[]);
        found.whole = true;
        found.launches = (0..launches).map(launch).collect();
        for trouble in each().flat_map(|found| &found.troubles) {
            let program = &courses[trouble.group].found.group.workload;
            if !found.troubles.iter().any(|other| other.entrant == trouble.entrant) {
                let message = format!("it failed in {program}");
                found.troubles.push(Trouble { message, ..trouble.clone() });
            }
        }
        Self { found, of }
    }

    /// The programs that are in it.
    pub(crate) fn names(&self, courses: &[Course]) -> String {
        let name = |&at: &usize| courses[at].found.group.workload.as_str();
        self.of.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    /// The logarithm of the ratio of memory in each launch.
    pub(crate) fn memory(&self, courses: &[Course], pair: (usize, usize)) -> Vec<f64> {
        let each: Vec<Vec<f64>> = self.of.iter().map(|&at| memory(&courses[at], pair)).collect();
        let launches = each.iter().map(Vec::len).min().unwrap_or(0);
        let of = |at: usize| mean(&each.iter().map(|values| values[at]).collect::<Vec<_>>());
        (0..launches).map(of).collect()
    }
}

/// A pair's mean over programs, by the clock of the mean and by the other; `None` where one of them
/// has no value.
fn value(
    mean_of: &Group,
    (contestant, baseline): (usize, usize),
    parts: &[(&Group, &Launch)],
) -> Option<PairValue> {
    let values = parts.iter().map(|(group, launch)| {
        let mut pairs = launch.pairs.iter();
        let value = pairs.find(|one| (one.contestant, one.baseline) == (contestant, baseline))?;
        let same_clock = (group.threads > 1) == (mean_of.threads > 1);
        let (first, second) = (value.log_ratio, value.other_clock);
        Some(if same_clock { (first, second) } else { (second, first) })
    });
    let (by_clock, by_other): (Vec<f64>, Vec<f64>) =
        values.collect::<Option<Vec<_>>>()?.into_iter().unzip();
    Some(PairValue {
        contestant,
        baseline,
        log_ratio: mean(&by_clock),
        other_clock: mean(&by_other),
    })
}

#[allow(clippy::cast_precision_loss)]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
