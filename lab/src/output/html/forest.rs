//! Ratios with their intervals about 1, on one axis for the whole page. Each line opens.

use maud::{Markup, html};

use super::axis::Ratios;
use super::summary::VERDICTS;
use super::units::{at, interval, percent, ratio, time};
use super::{class, facts, group, groups, mark, shape, spelled};
use crate::report::{Report, Row};
use crate::verdict::Verdict;

/// Workloads that a page shows opened; more are folded, with their verdicts in the fold.
const OPEN: usize = 400;

fn axis(report: &Report) -> Ratios {
    Ratios::of(&report.rows.iter().filter_map(|row| row.ratio).collect::<Vec<_>>())
}

/// Lines of the axis behind every strip, as a rule of the style.
pub(super) fn grid(report: &Report) -> String {
    let axis = axis(report);
    let ticks: Vec<f64> = axis.ticks().iter().map(|&(value, _)| axis.place(value)).collect();
    let image = vec!["linear-gradient(var(--grid),var(--grid))"; ticks.len()].join(",");
    let places: Vec<String> = ticks.iter().map(|&place| format!("{}% 0", at(place))).collect();
    format!(
        "\n.strip{{background-image:{image};background-position:{};background-size:1px \
         100%;background-repeat:no-repeat}}\n",
        places.join(",")
    )
}

/// All timed workloads.
pub(super) fn part(report: &Report) -> Option<Markup> {
    let groups = groups(report, |row| !row.tracked);
    if !groups.iter().any(|(_, rows)| rows.iter().any(|row| row.baseline.is_some())) {
        return None;
    }
    let axis = axis(report);
    let folded = report.rows.len() > OPEN;
    Some(html! {
        p.explain {
            "Time of a contestant divided by the time of the one it stands against: left of 1 it "
            "takes less. Bars are intervals over launches of fresh processes, at "
            (percent(report.method.confidence)) " each. "
            span.swatch.band {} " what a difference must exceed; "
            span.swatch.floor {} " noise floor, how far a contestant seemed to be from itself. "
            "Each line opens."
        }
        ul.legend {
            @for verdict in VERDICTS {
                @if report.rows.iter().any(|row| row.verdict == verdict && row.baseline.is_some()) {
                    li { (mark(verdict)) }
                }
            }
        }
        div.forest {
            @for (name, rows) in &groups {
                details.group open[!folded] {
                    summary { h3 { (spelled(*name)) } (aside(rows)) }
                    (ticks(axis))
                    @for row in rows.iter().filter(|row| row.baseline.is_some()) {
                        (line(report, row, axis))
                    }
                    (references(rows))
                }
            }
        }
    })
}

/// What a group's head says beside its name.
fn aside(rows: &[&Row]) -> Markup {
    let first = rows.first();
    html! {
        span.aside {
            @if let Some(floor) = first.and_then(|row| row.aa_floor) {
                "noise floor " (percent(floor))
            }
            @if let Some(row) = first.filter(|row| row.clock == "cpu") {
                ", " (row.threads) " threads: by CPU time"
            }
        }
    }
}

/// Contestants that stand against nobody.
fn references(rows: &[&Row]) -> Markup {
    let alone: Vec<&&Row> = rows.iter().filter(|row| row.baseline.is_none()).collect();
    html! {
        @if !alone.is_empty() {
            p.references {
                @for (number, row) in alone.iter().enumerate() {
                    @if number > 0 { ", " }
                    (row.contestant)
                    @if let Some(wall) = row.wall_ns { " " (time(wall)) }
                    @if let (Verdict::Failed, Some(why)) = (row.verdict, &row.reason) {
                        " failed: " (why)
                    }
                }
            }
        }
    }
}

fn ticks(axis: Ratios) -> Markup {
    html! {
        div.ticks aria-hidden="true" {
            span {}
            svg width="100%" height="18" {
                @for (value, text) in axis.ticks() {
                    text x={ (at(axis.place(value))) "%" } y="13" { (text) }
                }
            }
        }
    }
}

fn line(report: &Report, row: &Row, axis: Ratios) -> Markup {
    html! {
        details.row {
            summary {
                span.who {
                    b { (row.contestant) } " "
                    span.against { "/ " (row.baseline.as_deref().unwrap_or_default()) }
                }
                (strip(row, axis))
                span.figure {
                    @if let Some(found) = row.ratio { b { (ratio(found)) } } " "
                    @if let Some(interval) = interval(row.low, row.high) { span { (interval) } }
                }
                (mark(row.verdict))
            }
            (facts::facts(report, row, axis))
        }
    }
}

fn strip(row: &Row, axis: Ratios) -> Markup {
    let label = match (row.ratio, interval(row.low, row.high)) {
        (Some(found), Some(interval)) => {
            format!("ratio {}, interval {interval}, {}", ratio(found), row.verdict.word())
        }
        (Some(found), None) => format!("ratio {}, no interval", ratio(found)),
        _ => "no ratio".to_owned(),
    };
    html! {
        svg class={ "strip " (class(row.verdict)) } width="100%" height="24" role="img"
            aria-label=(label) {
            @if let Some(margin) = row.margin { (band("band", margin, axis)) }
            @if let Some(floor) = row.aa_floor { (band("floor", floor, axis)) }
            line.one x1="50%" x2="50%" y1="0" y2="24" {}
            @if let Some(found) = row.ratio {
                @if let (Some(low), Some(high)) = (row.low, row.high) {
                    line.interval x1={ (at(axis.place(low))) "%" } x2={ (at(axis.place(high))) "%" }
                        y1="12" y2="12" {}
                    @for end in [low, high] {
                        line.interval x1={ (at(axis.place(end))) "%" }
                            x2={ (at(axis.place(end))) "%" } y1="8.5" y2="15.5" {}
                    }
                }
                svg x={ (at(axis.place(found))) "%" } y="12" overflow="visible" {
                    @if axis.beyond(found) { (off(found > 1.0)) } @else { (shape(row.verdict)) }
                }
            }
        }
    }
}

/// Points to where the mark would be.
fn off(right: bool) -> Markup {
    html! {
        @if right { path.hollow d="M-15-4-11 0l-4 4M-9-4-5 0l-4 4" {} }
        @else { path.hollow d="M15-4 11 0l4 4M9-4 5 0l4 4" {} }
    }
}

/// So much to both sides of 1.
fn band(name: &str, share: f64, axis: Ratios) -> Markup {
    let (low, high) = (axis.place(1.0 / (1.0 + share)), axis.place(1.0 + share));
    html! {
        rect class=(name) x={ (at(low)) "%" } width={ (at(high - low)) "%" } y="3" height="18" {}
    }
}

/// The rows of the same workload, for the facts of one.
pub(super) fn beside<'a>(report: &'a Report, row: &'a Row) -> impl Iterator<Item = &'a Row> {
    report.rows.iter().filter(move |other| group(other) == group(row))
}
