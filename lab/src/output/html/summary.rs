//! What came out, in words and in one table.

use maud::{Markup, html};

use super::units::{interval, ratio, time};
use super::{class, groups, mark, spelled};
use crate::report::{Report, Row};
use crate::require::Outcome;
use crate::stats::median;
use crate::verdict::Verdict;

/// Verdicts in the order of the table.
pub(super) const VERDICTS: [Verdict; 6] = [
    Verdict::Faster,
    Verdict::Slower,
    Verdict::Equivalent,
    Verdict::NotDistinguishable,
    Verdict::DependsOnState,
    Verdict::Failed,
];

/// All comparisons of one contestant with one baseline.
struct Pair<'a> {
    contestant: &'a str,
    baseline: &'a str,
    rows: Vec<&'a Row>,
}

impl Pair<'_> {
    fn count(&self, verdict: Verdict) -> usize {
        self.rows.iter().filter(|row| row.verdict == verdict).count()
    }

    /// The ratio that half of the workloads are below.
    fn middle(&self) -> Option<f64> {
        let logs: Vec<f64> = self.rows.iter().filter_map(|row| row.ratio).map(f64::ln).collect();
        median(&logs).map(f64::exp)
    }
}

fn pairs(report: &Report) -> Vec<Pair<'_>> {
    let mut pairs: Vec<Pair<'_>> = Vec::new();
    for row in &report.rows {
        let Some(baseline) = row.baseline.as_deref() else { continue };
        let same =
            |pair: &&mut Pair<'_>| pair.contestant == row.contestant && pair.baseline == baseline;
        match pairs.iter_mut().find(same) {
            Some(pair) => pair.rows.push(row),
            None => pairs.push(Pair { contestant: &row.contestant, baseline, rows: vec![row] }),
        }
    }
    pairs
}

/// The sentences under the title.
pub(super) fn lead(report: &Report) -> Markup {
    let pairs = pairs(report);
    let workloads = groups(report, |_| true).len();
    let minutes = report.seconds / 60.0;
    let environment = &report.environment;
    html! {
        @if let Some(pair) = pairs.first() {
            p.lead {
                strong { (pair.contestant) } " against " strong { (pair.baseline) } ": "
                (in_words(pair)) "."
                @if pairs.len() > 1 {
                    " " (pairs.len() - 1) " more " @if pairs.len() == 2 { "pair" } @else { "pairs" }
                    " below."
                }
            }
        } @else if workloads > 0 {
            p.lead { "Nothing was compared: no contestant names another as its baseline." }
        }
        @if !report.complete {
            p.notice { strong { "Stopped before its end. " } "Fewer launches than planned." }
        }
        ul.meta {
            li { (environment.started) }
            @if let Some(cpu) = &environment.cpu { li { (cpu) ", " (environment.cpus) " CPUs" } }
            li { (workloads) " workloads" }
            li { (report.method.launches) " launches of each" }
            li {
                @if minutes < 1.0 { (time(report.seconds * 1e9)) }
                @else { (format!("{minutes:.0} min")) }
            }
        }
        @if let Some(sentence) = report.cores.and_then(|cores| cores.sentence()) {
            p.notice { (sentence) }
        }
    }
}

/// "faster in 3 of 12 workloads, slower in 2, equivalent in 5; 2 cannot be told apart".
fn in_words(pair: &Pair<'_>) -> String {
    let total = pair.rows.len();
    let mut parts = Vec::new();
    for (verdict, text) in [
        (Verdict::Faster, "faster in"),
        (Verdict::Slower, "slower in"),
        (Verdict::Equivalent, "equivalent in"),
        (Verdict::NotDistinguishable, "not distinguishable in"),
        (Verdict::DependsOnState, "depending on state in"),
        (Verdict::Failed, "failed in"),
    ] {
        let count = pair.count(verdict);
        if count > 0 {
            let of = match (parts.is_empty(), total) {
                (true, 1) => " of 1 workload".to_owned(),
                (true, _) => format!(" of {total} workloads"),
                _ => String::new(),
            };
            parts.push(format!("{text} {count}{of}"));
        }
    }
    match parts.pop() {
        Some(last) if !parts.is_empty() => format!("{} and {last}", parts.join(", ")),
        Some(only) => only,
        None => String::new(),
    }
}

/// A line for each pair; what was required; what failed.
pub(super) fn part(report: &Report) -> Option<Markup> {
    let pairs = pairs(report);
    if pairs.is_empty() && report.failures.is_empty() && report.requirements.is_empty() {
        return None;
    }
    Some(html! {
        @if !pairs.is_empty() { (table(&pairs)) }
        (requirements(report))
        (failures(report))
    })
}

fn table(pairs: &[Pair<'_>]) -> Markup {
    let shown: Vec<Verdict> = VERDICTS
        .into_iter()
        .filter(|&verdict| pairs.iter().any(|pair| pair.count(verdict) > 0))
        .collect();
    html! {
        div.scroll tabindex="0" {
            table.pairs {
                thead { tr {
                    th scope="col" { "Contestant / baseline" }
                    th.wide scope="col" { "Workloads" }
                    @for &verdict in &shown { th.figure scope="col" { (mark(verdict)) } }
                    th.figure scope="col" title="Half of the workloads' ratios lie below it" {
                        "Median ratio"
                    }
                } }
                tbody {
                    @for pair in pairs {
                        tr {
                            th scope="row" {
                                (pair.contestant) " " span.against { "/ " (pair.baseline) }
                            }
                            td.wide { (bar(pair)) }
                            @for &verdict in &shown {
                                @let count = pair.count(verdict);
                                td.figure {
                                    @if count > 0 { (count) } @else { span.none { "0" } }
                                }
                            }
                            td.figure { @if let Some(middle) = pair.middle() { (ratio(middle)) } }
                        }
                    }
                }
            }
        }
    }
}

/// Shares as a bar. The numbers beside it say the same.
fn bar(pair: &Pair<'_>) -> Markup {
    html! {
        span.bar aria-hidden="true" {
            @for verdict in VERDICTS {
                @let count = pair.count(verdict);
                @if count > 0 { i class=(class(verdict)) style={ "flex:" (count) } {} }
            }
        }
    }
}

fn requirements(report: &Report) -> Markup {
    html! {
        @if !report.requirements.is_empty() {
            h3 { "Requirements" }
            @for judged in &report.requirements {
                @let (word, class) = match judged.outcome {
                    Outcome::Proven => ("proven", "faster"),
                    Outcome::Refuted => ("refuted", "slower"),
                    Outcome::Undecided => ("not decided", "open"),
                };
                details.claim open[judged.outcome != Outcome::Proven] {
                    summary {
                        code { (judged.require) } " " span class={ "badge " (class) } { (word) }
                    }
                    div.scroll tabindex="0" {
                        table {
                            thead { tr {
                                th scope="col" { "Workload" }
                                th scope="col" { "Outcome" }
                                th.figure scope="col" { "Ratio" }
                                th.figure scope="col" { "Held against the limit" }
                                th scope="col" { "Why" }
                            } }
                            tbody { @for part in &judged.workloads {
                                tr {
                                    th scope="row" {
                                        (spelled((&part.component, &part.workload, part.n)))
                                    }
                                    td { @match part.outcome {
                                        Outcome::Proven => "proven",
                                        Outcome::Refuted => "refuted",
                                        Outcome::Undecided => "not decided",
                                    } }
                                    td.figure { (part.ratio.map(ratio).unwrap_or_default()) }
                                    td.figure {
                                        (interval(part.at_least, part.at_most).unwrap_or_default())
                                    }
                                    td { (part.reason.as_deref().unwrap_or_default()) }
                                }
                            } }
                        }
                    }
                }
            }
        }
    }
}

fn failures(report: &Report) -> Markup {
    html! {
        @if !report.failures.is_empty() {
            h3 { "Failures" }
            ul.failures {
                @for failed in &report.failures {
                    li {
                        strong { (failed.contestant) } " in " (failed.component) " "
                        (failed.workload) " " (failed.n) ": " (failed.message)
                    }
                }
            }
        }
    }
}
