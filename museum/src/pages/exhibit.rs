//! The page of one exhibit.

use maud::{Markup, html};

use crate::cell::{Build, Cell, State};
use crate::exhibit::Part;
use crate::facts::Case;
use crate::judge;
use crate::tools::{self, Tool};

use super::colour::source;
use super::frame;
use super::text::{class, heading, mark, prose};

pub(super) fn page(case: &Case<'_>, beside: [Option<&Case<'_>>; 2]) -> String {
    let exhibit = case.exhibit;
    let more: Vec<&str> = ["unsafe.rs", "loom.rs"]
        .into_iter()
        .filter(|file| exhibit.sources.contains_key(*file))
        .collect();
    let body = html! {
        header {
            p.eyebrow { (exhibit.topic.name()) " \u{b7} CWE-" (exhibit.cwe) }
            h1 { (exhibit.title) }
            (summary(case))
        }
        main {
            section.why { (prose(case, "", &exhibit.why)) }
            section.sources {
                fieldset.variants {
                    legend { "Show" }
                    @for (id, words) in [("both", "both programs"), ("bug", "with the bug"), ("fix", "with the fix")] {
                        label {
                            input type="radio" name="variant" id={ "show-" (id) } checked[id == "both"];
                            " " (words)
                        }
                    }
                    span.key { i.bug {} " only with the bug" }
                    span.key { i.fix {} " only with the fix" }
                }
                div.panes {
                    @for file in ["bug.cpp", "bug.rs"] {
                        figure { figcaption { (file) } (source(file, &exhibit.sources[file])) }
                    }
                }
                div.after { (prose(case, "", &format!("The fix. {}", exhibit.fix))) }
                @if !exhibit.prints.is_empty() {
                    p.prints { "Every fixed program prints " }
                    pre.printed { (exhibit.prints) }
                }
                @for file in more {
                    figure { figcaption { (file) } (source(file, &exhibit.sources[file])) }
                }
            }
            @for part in exhibit.parts() {
                section { h2 { (heading(part)) } (cells(case, part)) }
            }
            @if !exhibit.wild.is_empty() {
                section {
                    h2 { "In the wild" }
                    ul.wild { @for line in &exhibit.wild { li { (line) } } }
                }
            }
            p.beside {
                @for (case, arrow) in beside.into_iter().zip(["\u{2190} ", "\u{2192} "]) {
                    @if let Some(case) = case {
                        a href={ (case.exhibit.name) ".html" } { (arrow) (case.exhibit.title) }
                    } @else { span {} }
                }
            }
        }
    };
    frame(&exhibit.title, "", None, &body)
}

/// The answers in short: plain runs, the cheapest tool, Rust.
fn summary(case: &Case<'_>) -> Markup {
    let seen = case.seen_by();
    let runs = case.runs();
    html! {
        dl.facts {
            dt { "Run as it is" }
            dd {
                @for (at, (id, outcome)) in runs.iter().enumerate() {
                    @if at > 0 { ", " }
                    span class=(if *outcome == "right" { "right" } else { "wrong" }) { (outcome) }
                    " at -" (id)
                }
            }
            dt { "Seen by" }
            dd {
                @match &seen[..] {
                    [] => strong.wrong { "nothing" },
                    [first] => (first.title),
                    [first, rest @ ..] => { (first.title) ", and " (rest.len()) " more" },
                }
            }
            @if let Some(answer) = case.answer() {
                dt { "Safe Rust" }
                dd { span class={ "answer " (answer.class()) } { (answer.words()) } " " (code(case, answer.words())) }
            }
        }
    }
}

fn code(case: &Case<'_>, words: &str) -> Markup {
    let full = case.answer_in_full();
    html! { @if full != words { code { (full) } } }
}

/// What says something gets a row; the rest shares a line for each state.
fn cells(case: &Case<'_>, part: Part) -> Markup {
    let cells: Vec<(&Tool, &Cell)> =
        tools::of(part).filter_map(|tool| Some((tool, case.cell(part, tool.id)?))).collect();
    let speaks = |cell: &Cell| {
        matches!(cell.state, State::Found | State::Other | State::Ran | State::Failed)
    };
    let first = cells.iter().find(|(_, cell)| cell.state == State::Found).map(|(tool, _)| tool.id);
    html! {
        ul.cells {
            @for (tool, cell) in cells.iter().filter(|(_, cell)| speaks(cell)) {
                li id={ (part) "." (tool.id) } class=(class(cell)) {
                    (row(tool, cell, first == Some(tool.id)))
                }
            }
        }
        @for state in [State::Silent, State::NotReached, State::OneThread, State::NotInstalled] {
            @let those: Vec<&Tool> =
                cells.iter().filter(|(_, cell)| cell.state == state).map(|(tool, _)| *tool).collect();
            @if !those.is_empty() {
                p.rest {
                    b { (capital(state.name())) } ": "
                    @for (at, tool) in those.iter().enumerate() {
                        @if at > 0 { ", " }
                        span id={ (part) "." (tool.id) } title=(tool.with) { (tool.title) }
                    }
                    "."
                }
            }
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// One tool: its mark, its name, what it says, and its report to be opened.
fn row(tool: &Tool, cell: &Cell, open: bool) -> Markup {
    let head = html! {
        span.sign { (mark(tool, Some(cell))) }
        span.tool { (tool.title) small { (tool.with) } }
        span.says { (judge::words(tool, cell)) }
    };
    let shown: Vec<&Build> = distinct(&cell.builds);
    html! {
        @if shown.is_empty() {
            div.head { (head) }
        } @else {
            details open[open] {
                summary.head { (head) }
                @for build in shown {
                    @if cell.builds.len() > 1 {
                        p.build {
                            (build.with)
                            @if build.bug.n > 1 { ", " (rates(build)) }
                        }
                    } @else if build.bug.n > 1 { p.build { (rates(build)) } }
                    pre.report tabindex="0" { (build.bug.report.join("\n")) }
                }
            }
        }
    }
}

/// Builds with something to show; those that say the same once.
fn distinct(builds: &[Build]) -> Vec<&Build> {
    let mut shown: Vec<&Build> = Vec::new();
    for build in builds.iter().filter(|build| !build.bug.report.is_empty()) {
        if !shown.iter().any(|other| other.bug.report == build.bug.report) {
            shown.push(build);
        }
    }
    shown
}

fn rates(build: &Build) -> String {
    let seen = &build.bug;
    let counts = if seen.kinds.is_empty() { &seen.outcomes } else { &seen.kinds };
    let one = |(kind, count): (&String, &u32)| format!("{kind} in {count} of {} runs", seen.n);
    counts.iter().map(one).collect::<Vec<_>>().join(", ")
}
