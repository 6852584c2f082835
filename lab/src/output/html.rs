//! One page that shows everything a run found: no other file, no network, no script.
//!
//! All text that comes from elsewhere goes through the template's escaping. A policy in the head
//! keeps a browser from asking for anything, whatever is in the page.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::report::{Report, Row};
use crate::verdict::Verdict;

mod axis;
mod facts;
mod forest;
mod heaps;
mod layouts;
mod method;
mod scaling;
mod series;
mod summary;
mod tables;
mod units;

const STYLE: &str = include_str!("html/page.css");

/// What the page may load: nothing but its own style, and an icon that is in it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// A part of the page: its anchor, its name, what is in it.
type Part = (&'static str, &'static str, Markup);

/// The whole page.
pub(crate) fn page(report: &Report) -> Result<String, String> {
    let title = title(report);
    let parts: Vec<Part> = [
        ("summary", "Summary", summary::part(report)),
        ("ratios", "Ratios", forest::part(report)),
        ("scaling", "Scaling", scaling::part(report)),
        ("costs", "Time and memory", tables::costs(report)),
        ("heaps", "Heap over the call", heaps::part(report)),
        ("elements", "Copies and moves", tables::tracked(report)),
        ("effects", "Effects", tables::effects(report)),
        ("layouts", "Layouts", layouts::part(report)),
        ("method", "Method and machine", method::part(report)),
    ]
    .into_iter()
    .filter_map(|(anchor, name, part)| Some((anchor, name, part?)))
    .collect();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "diptych-lab " (report.environment.lab) };
                link rel="icon" href="data:,";
                title { (title) " \u{b7} diptych" }
                style { (PreEscaped(STYLE)) (PreEscaped(forest::grid(report))) }
            }
            body {
                header {
                    p.eyebrow { "diptych" }
                    h1 { (title) }
                    (summary::lead(report))
                }
                nav aria-label="Parts of this page" {
                    ul {
                        @for (anchor, name, _) in &parts {
                            li { a href={ "#" (anchor) } { (name) } }
                        }
                    }
                }
                main {
                    @for (anchor, name, part) in &parts {
                        section id=(anchor) { h2 { (name) } (part) }
                    }
                }
                footer {
                    p {
                        "diptych-lab " (report.environment.lab) ", "
                        (report.environment.started) "."
                    }
                }
            }
        }
    };
    Ok(page.into_string())
}

/// All components, or what else there is to call it.
fn title(report: &Report) -> String {
    let mut names: Vec<&str> = Vec::new();
    for row in &report.rows {
        if !names.contains(&&*row.component) {
            names.push(&row.component);
        }
    }
    if names.is_empty() { "Nothing measured".to_owned() } else { names.join(", ") }
}

/// A workload at one size.
type Group<'a> = (&'a str, &'a str, u64);

fn group(row: &Row) -> Group<'_> {
    (&row.component, &row.workload, row.n)
}

/// Rows by workload and size, in their order. `wanted` picks rows.
fn groups(report: &Report, wanted: impl Fn(&Row) -> bool) -> Vec<(Group<'_>, Vec<&Row>)> {
    let mut groups: Vec<(Group<'_>, Vec<&Row>)> = Vec::new();
    for row in report.rows.iter().filter(|row| wanted(row)) {
        match groups.last_mut() {
            Some((name, rows)) if *name == group(row) => rows.push(row),
            _ => groups.push((group(row), vec![row])),
        }
    }
    groups
}

/// The same with one row of each contestant, for what it does by itself.
fn alone(report: &Report, wanted: impl Fn(&Row) -> bool) -> Vec<(Group<'_>, Vec<&Row>)> {
    let mut groups = groups(report, wanted);
    for (_, rows) in &mut groups {
        let mut seen: Vec<&str> = Vec::new();
        rows.retain(|row| {
            let new = !seen.contains(&&*row.contestant);
            seen.push(&row.contestant);
            new
        });
    }
    groups
}

/// The name of a workload at one size.
fn spelled((component, workload, n): Group<'_>) -> Markup {
    html! {
        span.component { (component) } " " span.workload { (workload) } " "
        span.size { "n\u{202f}=\u{202f}" (units::count(n)) }
    }
}

/// The class that gives a verdict its colour.
fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Faster => "faster",
        Verdict::Slower => "slower",
        Verdict::Equivalent => "equivalent",
        Verdict::NotDistinguishable => "open",
        Verdict::DependsOnState => "state",
        Verdict::Reference => "reference",
        Verdict::Failed => "failed",
    }
}

/// The shape that says the same without colour, about the origin, 10 wide.
fn shape(verdict: Verdict) -> Markup {
    html! {
        @match verdict {
            Verdict::Faster => path d="M-6 0 4-5.5V5.5z" {},
            Verdict::Slower => path d="M6 0-4-5.5V5.5z" {},
            Verdict::Equivalent => rect x="-4.5" y="-4.5" width="9" height="9" {},
            Verdict::NotDistinguishable => circle.hollow r="4" {},
            Verdict::DependsOnState => path d="M0-6 6 0 0 6-6 0z" {},
            Verdict::Reference => circle r="2" {},
            Verdict::Failed => path.hollow d="M-4-4 4 4M4-4-4 4" {},
        }
    }
}

/// Shape and word.
fn mark(verdict: Verdict) -> Markup {
    let word = if verdict == Verdict::Reference { "reference" } else { verdict.word() };
    html! {
        span class={ "verdict " (class(verdict)) } {
            svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true" { (shape(verdict)) }
            (word)
        }
    }
}
