//! Two runs, row by row: what changed.

use std::collections::{HashMap, HashSet};

use super::beside::{counts, differences};
use super::grid::{Column, Grid};
use super::shift::{RankSum, Shift};
use crate::report::{Report, Row};
use crate::stats::holm;
use crate::table::{ratio, wrap};
use crate::verdict::{CONFIDENCE, EQUIVALENCE, Verdict};

/// What became of a pair's ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Less,
    More,
    Same,
    Open,
    /// One of the runs has no ratio.
    Unknown,
}

impl Change {
    fn word(self) -> &'static str {
        match self {
            Self::Less => "less than before",
            Self::More => "more than before",
            Self::Same => "as before",
            Self::Open => "not distinguishable",
            Self::Unknown => "not measured",
        }
    }
}

/// Names a row in any run.
type Key<'a> = (&'a str, &'a str, u64, &'a str, &'a str);

type Workload<'a> = (&'a str, &'a str, u64);

fn workload(row: &Row) -> Workload<'_> {
    (&row.component, &row.workload, row.n)
}

fn key(row: &Row) -> Option<Key<'_>> {
    Some((&row.component, &row.workload, row.n, &row.contestant, row.baseline.as_deref()?))
}

/// A row that both runs have.
struct Both<'a> {
    old: &'a Row,
    new: &'a Row,
    center: Option<f64>,
    interval: Option<(f64, f64)>,
    /// Of "nothing changed beyond the margin".
    p: f64,
    margin: f64,
    change: Change,
}

/// Everything that is to be said of two runs, for a terminal of this width.
pub(crate) fn changes(old: &Report, new: &Report, width: usize) -> String {
    let mut text = String::new();
    wrap(&mut text, &format!("before: {}", old.environment.line()), width);
    wrap(&mut text, &format!("now:    {}", new.environment.line()), width);
    for line in differences(old, new) {
        wrap(&mut text, &format!("warning: {line}"), width);
    }
    let both = judged(old, new);
    text.push('\n');
    if both.is_empty() {
        text += "no row is in both runs\n";
    } else {
        text += &table(&both, width);
        text.push('\n');
        wrap(&mut text, &summary(&both), width);
        let legend = format!(
            "before, now: time of the contestant divided by that of the one it stands against. \
             change: by how much that ratio moved: the median difference between a launch of one \
             run and one of the other, with its interval ({:.0} %, Wilcoxon's rank sums). less, \
             more: beyond what noise and code layout may do in both runs, with Holm's correction \
             over the rows. as before: the interval lies within {:.0} %. was: the verdict of \
             before, where it is another now.",
            CONFIDENCE * 100.0,
            EQUIVALENCE * 100.0
        );
        wrap(&mut text, &legend, width);
    }
    for line in counts(old, new) {
        wrap(&mut text, &line, width);
    }
    for (this, other, when) in [(old, new, "before"), (new, old, "now")] {
        for line in missing(this, other) {
            wrap(&mut text, &format!("only {when}: {line}"), width);
        }
    }
    text
}

/// What one run compared and the other did not, a line for each workload.
fn missing(this: &Report, other: &Report) -> Vec<String> {
    let there: HashSet<Key<'_>> = other.rows.iter().filter_map(key).collect();
    let workloads: HashSet<Workload<'_>> = other.rows.iter().map(workload).collect();
    let mut lines: Vec<(Workload<'_>, Vec<String>)> = Vec::new();
    for row in &this.rows {
        let Some(key) = key(row).filter(|key| !there.contains(key)) else { continue };
        let pair = format!("{} / {}", key.3, key.4);
        match lines.last_mut() {
            Some((last, pairs)) if *last == workload(row) => pairs.push(pair),
            _ => lines.push((workload(row), vec![pair])),
        }
    }
    let line = |(at, pairs): (Workload<'_>, Vec<String>)| {
        let (component, name, n) = at;
        let what = if workloads.contains(&at) { pairs.join(", ") } else { "all of it".into() };
        format!("{component}/{name}/{n}: {what}")
    };
    lines.into_iter().map(line).collect()
}

/// Rows that both have, in the order of the new run, judged together.
fn judged<'a>(old: &'a Report, new: &'a Report) -> Vec<Both<'a>> {
    let rows = old.rows.iter().filter_map(|row| Some((key(row)?, row)));
    let rows: HashMap<Key<'_>, &Row> = rows.collect();
    let mut distributions: HashMap<(usize, usize), RankSum> = HashMap::new();
    let mut both = Vec::new();
    for new in &new.rows {
        let Some(&old) = key(new).and_then(|key| rows.get(&key)) else {
            continue;
        };
        let size = (old.log_ratios.len(), new.log_ratios.len());
        let distribution =
            distributions.entry(size).or_insert_with(|| RankSum::new(size.0, size.1));
        let shift = Shift::new(&old.log_ratios, &new.log_ratios, distribution);
        // Each run's ratio may be off by its own.
        let margin = |row: &Row| row.margin.or(row.aa_floor).map_or(f64::INFINITY, f64::ln_1p);
        let margin = margin(old).hypot(margin(new));
        let center = shift.center();
        let edge = center.map_or(f64::NAN, |center| margin.copysign(center));
        let beyond = center.is_some_and(|center| center.abs() > margin);
        both.push(Both {
            old,
            new,
            center,
            interval: shift.interval(CONFIDENCE),
            p: if beyond { shift.p(edge) } else { 1.0 },
            margin,
            change: Change::Unknown,
        });
    }
    let p: Vec<f64> = both.iter().map(|both| both.p).collect();
    for (both, moved) in both.iter_mut().zip(holm(&p, 1.0 - CONFIDENCE)) {
        let within = EQUIVALENCE.ln_1p();
        both.change = match (both.center, both.interval) {
            (None, _) => Change::Unknown,
            (Some(center), Some(_)) if moved && center < 0.0 => Change::Less,
            (Some(_), Some(_)) if moved => Change::More,
            (_, Some((low, high))) if low > -within && high < within && both.margin < within => {
                Change::Same
            }
            _ => Change::Open,
        };
    }
    both
}

const COLUMNS: &[Column] = &[
    Column { title: "contestant", left: true, goes: 0 },
    Column { title: "against", left: true, goes: 0 },
    Column { title: "before", left: false, goes: 0 },
    Column { title: "now", left: false, goes: 0 },
    Column { title: "change", left: false, goes: 0 },
    Column { title: "interval", left: true, goes: 1 },
    Column { title: "", left: true, goes: 0 },
    Column { title: "verdict", left: true, goes: 2 },
];

fn table(both: &[Both<'_>], width: usize) -> String {
    let lines: Vec<Vec<String>> = both.iter().map(cells).collect();
    let grid = Grid::fit(COLUMNS, &lines, width);
    let titles: Vec<&str> = COLUMNS.iter().map(|column| column.title).collect();
    let mut text = grid.line(&titles);
    let mut last = None;
    for (both, line) in both.iter().zip(&lines) {
        let Row { component, workload, n, .. } = both.new;
        if last != Some((component, workload, n)) {
            wrap(&mut text, &format!("{component} {workload}, n = {n}"), width);
            last = Some((component, workload, n));
        }
        text += &grid.line(line);
    }
    text
}

fn cells(both: &Both<'_>) -> Vec<String> {
    let percent = |log: f64| format!("{:+.1}", log.exp_m1() * 100.0);
    let shown = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), ratio);
    let (before, now) = (both.old.verdict, both.new.verdict);
    let word = |verdict: Verdict| match verdict {
        Verdict::Reference => "reference",
        other => other.word(),
    };
    vec![
        both.new.contestant.clone(),
        both.new.baseline.clone().unwrap_or_default(),
        shown(both.old.ratio),
        shown(both.new.ratio),
        both.center.map(|center| percent(center) + " %").unwrap_or_default(),
        both.interval
            .map(|(low, high)| format!("{}..{} %", percent(low), percent(high)))
            .unwrap_or_default(),
        both.change.word().to_owned(),
        if before == now { String::new() } else { format!("was {}", word(before)) },
    ]
}

fn summary(both: &[Both<'_>]) -> String {
    let count = |change: Change| both.iter().filter(|both| both.change == change).count();
    let all = [Change::More, Change::Less, Change::Same, Change::Open, Change::Unknown];
    let counts: Vec<String> = all
        .into_iter()
        .filter(|&change| count(change) > 0)
        .map(|change| format!("{} {}", count(change), change.word()))
        .collect();
    let verdicts = both.iter().filter(|both| both.old.verdict != both.new.verdict).count();
    format!(
        "{} {} in both: {}. Of their verdicts {} changed.",
        both.len(),
        if both.len() == 1 { "row" } else { "rows" },
        counts.join(", "),
        if verdicts == 0 { "none".to_owned() } else { verdicts.to_string() }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(log_ratio: f64, margin: f64) -> Report {
        let jitter = |at: i32| f64::from(at % 7 - 3) * 0.001;
        let log_ratios: Vec<f64> = (0..20).map(|at| log_ratio + jitter(at)).collect();
        let row = |contestant: &str| Row {
            component: "vector".to_owned(),
            workload: "push/u64".to_owned(),
            n: 10,
            contestant: contestant.to_owned(),
            baseline: Some("cpp".to_owned()),
            ratio: Some(log_ratio.exp()),
            margin: Some(margin),
            allocs: Some(if log_ratio > 0.1 { 2 } else { 1 }),
            log_ratios: log_ratios.clone(),
            ..Row::default()
        };
        Report { rows: vec![row("rust")], ..crate::output::read::sample() }
    }

    fn changed(old: &Report, new: &Report) -> Change {
        judged(old, new)[0].change
    }

    #[test]
    fn a_change_needs_to_be_beyond_the_margins_of_both_runs() {
        let old = report(0.0, 0.01);
        assert_eq!(changed(&old, &report(0.2, 0.01)), Change::More);
        assert_eq!(changed(&old, &report(-0.2, 0.01)), Change::Less);
        assert_eq!(changed(&old, &report(0.001, 0.01)), Change::Same);
        assert_eq!(changed(&old, &report(0.2, 0.3)), Change::Open);
        assert_eq!(changed(&old, &report(0.001, 0.1)), Change::Open);
        let mut none = report(0.2, 0.01);
        none.rows[0].log_ratios.clear();
        assert_eq!(changed(&old, &none), Change::Unknown);
        none.rows[0].log_ratios = vec![0.9];
        assert_eq!(changed(&old, &none), Change::Open);
    }

    #[test]
    fn the_text_says_what_changed_and_what_is_in_one_run_only() {
        let (mut old, mut new) = (report(0.0, 0.01), report(0.2, 0.01));
        new.environment.kernel = Some("7.0".to_owned());
        old.rows.push(Row { contestant: "gone".to_owned(), ..old.rows[0].clone() });
        new.rows.push(Row { contestant: "come".to_owned(), ..new.rows[0].clone() });
        let text = changes(&old, &new, 100);
        for told in [
            "warning: another kernel: unknown before, 7.0 now",
            "1 row in both: 1 more than before.",
            "+22.1 %",
            "counted: vector/push/u64/10: rust: allocs 1 -> 2",
            "only before: vector/push/u64/10: gone / cpp",
            "only now: vector/push/u64/10: come / cpp",
        ] {
            assert!(text.contains(told), "{told}\n{text}");
        }
    }
}
