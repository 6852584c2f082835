//! All that is known of one row.

use maud::{Markup, html};

use super::axis::Ratios;
use super::forest::beside;
use super::units::{at, bytes, count, figure, interval, percent, ratio, signed_bytes, time};
use crate::report::{About, Opinion, Report, Row};

/// A name and a figure, where there is one.
type Fact = (&'static str, Option<String>);

/// The lines under a row of the forest.
pub(super) fn facts(report: &Report, row: &Row, axis: Ratios) -> Markup {
    let about = |name: &str| report.contestants.iter().find(|about| about.name == name);
    let paddings = |name: &str| about(name).map(paddings).filter(|text| !text.is_empty());
    let baseline = row.baseline.as_deref().unwrap_or_default();
    let its = beside(report, row).find(|other| other.contestant == baseline);
    let by = if row.clock == "cpu" { "CPU time" } else { "wall time" };
    let odd = (row.outliers > 0).then(|| format!("{}; they count", row.outliers));
    html! {
        div.facts {
            @if let Some(would) = &row.would_change {
                p.would { "What would change it: " (would) "." }
            }
            @if let Some(reason) = &row.reason { p.would { "No full answer: " (reason) "." } }
            (launched(row, axis))
            div.blocks {
                (block("How", &[
                    ("launches", Some(row.launches.to_string())),
                    ("far from the rest", odd),
                    ("by", Some(by.to_owned())),
                    ("calls in a sample", row.calls_per_sample.map(count)),
                    ("samples in a launch", row.samples_per_launch.map(figure)),
                    ("core shared in", row.core_shared.map(|share| percent(share) + " of rounds")),
                    ("paddings of it", paddings(&row.contestant)),
                    ("of the other", paddings(baseline)),
                ]))
                (block("To be exceeded", &[
                    ("noise floor", row.aa_floor.map(percent)),
                    ("code layout", row.layout_margin.map(percent)),
                    ("least effect", Some(percent(report.method.least_effect))),
                    ("margin: the largest", row.margin.map(percent)),
                ]))
                (block("The same in other ways", &[
                    (
                        if row.clock == "cpu" { "by wall time" } else { "by CPU time" },
                        opinion(row.other_clock.as_ref()),
                    ),
                    ("in one process", opinion(row.in_process.as_ref())),
                    ("allocator pinned", opinion(row.pinned.as_ref())),
                ]))
                (block("One call", &[
                    ("time", row.wall_ns.map(time)),
                    ("of the other", its.and_then(|its| its.wall_ns).map(time)),
                    ("for each element", row.wall_ns_per_element.map(time)),
                    ("CPU time", row.cpu_ns.map(time)),
                    ("page faults", row.minor_faults.map(figure)),
                ]))
                (block("Memory", &[
                    ("allocations", row.allocs.map(count)),
                    ("reallocations", row.reallocs.map(count)),
                    ("frees", row.frees.map(count)),
                    ("asked for", row.bytes.map(bytes)),
                    ("peak", row.peak_bytes.map(bytes)),
                    ("alive at the end", row.live_at_end.map(signed_bytes)),
                    ("resident", row.peak_rss_bytes.map(bytes)),
                ]))
                (block("Processor", &[
                    ("instructions", row.instructions.map(figure)),
                    ("for each element", row.instructions_per_element.map(figure)),
                    ("apart by", row.instructions_spread.filter(|&apart| apart > 0.0).map(figure)),
                    ("D1 misses, simulated", row.d1_misses.map(figure)),
                    ("last level misses", row.ll_misses.map(figure)),
                    ("mispredicted", row.branch_misses.map(figure)),
                    ("cycles", row.hardware.map(|counted| count(counted.cycles))),
                    ("cache misses", row.hardware.map(|counted| count(counted.cache_misses))),
                ]))
            }
            (reasons(row))
        }
    }
}

/// A list of what is there; nothing where nothing is.
fn block(title: &str, facts: &[Fact]) -> Markup {
    html! {
        @if facts.iter().any(|(_, figure)| figure.is_some()) {
            div {
                h4 { (title) }
                dl {
                    @for (name, figure) in facts {
                        @if let Some(figure) = figure { dt { (name) } dd { (figure) } }
                    }
                }
            }
        }
    }
}

fn opinion(opinion: Option<&Opinion>) -> Option<String> {
    let Opinion { ratio: found, low, high, .. } = opinion?;
    let interval = interval(*low, *high).map_or_else(String::new, |text| format!(", {text}"));
    Some(format!("{}{interval}", ratio(*found)))
}

fn paddings(about: &About) -> String {
    let shifts: Vec<String> = about.paddings.iter().map(u64::to_string).collect();
    match &shifts[..] {
        [] => String::new(),
        [_] => "one".to_owned(),
        _ => format!("{} B", shifts.join(", ")),
    }
}

/// Each launch as a dot, on the axis of the forest.
fn launched(row: &Row, axis: Ratios) -> Markup {
    if row.log_ratios.is_empty() {
        return html! {};
    }
    let mut dots = String::new();
    for log_ratio in &row.log_ratios {
        dots += &format!("M{} 5h0", at(axis.place(log_ratio.exp()) * 10.0));
    }
    html! {
        div.launched {
            span { "each launch" }
            svg.strip width="100%" height="12" viewBox="0 0 1000 10" preserveAspectRatio="none"
                aria-hidden="true" {
                path d=(dots) vector-effect="non-scaling-stroke" {}
            }
        }
    }
}

/// Why something is missing, and the digest.
fn reasons(row: &Row) -> Markup {
    let reasons = [
        ("Memory", &row.memory_reason),
        ("Resident memory", &row.peak_rss_reason),
        ("Instructions", &row.instructions_reason),
        ("Simulated misses", &row.simulation_reason),
        ("Hardware counters", &row.hardware_reason),
    ];
    html! {
        p.reasons {
            @for (what, reason) in reasons {
                @if let Some(reason) = reason {
                    (what)
                    @if what == "Instructions" && row.instructions.is_some() { ": " }
                    @else { ": not available: " }
                    (reason) ". "
                }
            }
            @if let Some(digest) = &row.digest { "Digest of the results " code { (digest) } "." }
        }
    }
}
