//! The front page: what the museum shows, where Rust does not help, then all of it in one table.

use std::collections::BTreeSet;

use maud::{Markup, html};

use crate::exhibit::Part;
use crate::facts::{Answer, Case, tally};
use crate::results::Results;
use crate::tools::{self, Tool};

use super::text::{mark, run};
use super::{count, frame};

const SCRIPT: &str = include_str!("filter.js");

pub(super) fn page(cases: &[Case<'_>], results: &Results) -> String {
    let (border, pairs): (Vec<Case<'_>>, Vec<Case<'_>>) =
        cases.iter().copied().partition(Case::is_border);
    let body = html! {
        header {
            p.eyebrow { "diptych" }
            h1 { "The bug museum" }
            (lead(&pairs, &border))
        }
        main {
            section #rust { h2 { "What Rust does not prevent" } (not_prevented(&pairs)) }
            section #cpp { h2 { "Where tools for C++ see more" } (sees_more(&pairs)) }
            section #nothing { h2 { "What nothing catches" } (nothing(&pairs, &border)) }
            section #exhibits { h2 { "All exhibits" } (table(cases)) }
            section #totals { h2 { "What each tool sees" } (totals(&pairs, &border)) }
            section #method { h2 { "How it was made" } (method(results)) }
        }
    };
    frame("All exhibits", "index.html", Some(SCRIPT), &body)
}

fn lead(pairs: &[Case<'_>], border: &[Case<'_>]) -> Markup {
    let right = pairs.iter().filter(|case| case.looks_right()).count();
    let refused = answers(pairs, Answer::Refused).len();
    html! {
        p.lead {
            (count(pairs.len(), "bug", "bugs")) " that people really write, each in C++20 and in Rust, and "
            (border.len()) " more at the border between the two. Every one was given to every tool, with its fix as a "
            "control: a tool scores only if it reports the bug and is silent about the fix."
        }
        p.lead {
            "Of the C++ programs " (right) " print what they should, bug and all. Of those in safe Rust "
            (refused) " do not compile. Neither is the whole story; what follows first is the rest of it."
        }
        p.go { a href="quiz.html" { "Guess before you look: the quiz" } }
    }
}

fn answers<'a>(cases: &[Case<'a>], answer: Answer) -> Vec<Case<'a>> {
    cases.iter().copied().filter(|case| case.answer() == Some(answer)).collect()
}

/// Exhibits as a list, each with a few words.
fn list<'a>(cases: &[Case<'a>], words: impl Fn(&Case<'a>) -> Markup) -> Markup {
    html! {
        ul.cases {
            @for case in cases {
                li {
                    a href={ (case.exhibit.name) ".html" } { (case.exhibit.title) }
                    span.aside { (words(case)) }
                }
            }
        }
    }
}

fn names(tools: &[&Tool]) -> String {
    tools.iter().map(|tool| tool.title).collect::<Vec<_>>().join(", ")
}

fn not_prevented(pairs: &[Case<'_>]) -> Markup {
    let there = answers(pairs, Answer::There);
    let debug = answers(pairs, Answer::PanicsInDebug);
    let warned = answers(pairs, Answer::Warned);
    let tools = |case: &Case<'_>| {
        let mut seen = case.seen_in_rust(Part::Rust);
        seen.extend(case.seen_in_rust(Part::Loom));
        let release = case.cell(Part::Rust, "release").map_or("", |cell| run(cell));
        html! {
            "release build: " (release) "; "
            @if seen.is_empty() { "no tool for Rust sees it" } @else { "seen by " (names(&seen)) }
        }
    };
    html! {
        @if !there.is_empty() {
            p {
                "Safe Rust that compiles without a word and has the bug: "
                (count(there.len(), "exhibit", "exhibits")) "."
            }
            (list(&there, tools))
        }
        @if !debug.is_empty() {
            p {
                "A panic in debug builds alone; a release build goes on with another number: "
                (count(debug.len(), "exhibit", "exhibits")) "."
            }
            (list(&debug, tools))
        }
        @if !warned.is_empty() {
            p {
                "A warning, and the program is built: " (count(warned.len(), "exhibit", "exhibits")) "."
            }
            (list(&warned, |case| html! { code { (case.answer_in_full()) } }))
        }
    }
}

fn sees_more(pairs: &[Case<'_>]) -> Markup {
    let more: Vec<Case<'_>> = pairs.iter().copied().filter(Case::cpp_sees_more).collect();
    html! {
        p { "The bug is in both programs. Tools for C++ report it, those for Rust do not." }
        (list(&more, |case| html! { (names(&case.seen_by())) }))
    }
}

fn nothing(pairs: &[Case<'_>], border: &[Case<'_>]) -> Markup {
    let quiet: Vec<Case<'_>> = pairs.iter().copied().filter(Case::nothing).collect();
    let border: Vec<Case<'_>> = border.iter().copied().filter(Case::nothing).collect();
    html! {
        p {
            "No compiler, analyser or sanitizer reports these in C++. What remains is a test that looks at the "
            "output, or Rust where it has an answer."
        }
        (list(&quiet, |case| html! { "Rust: " (case.answer_in_full()) }))
        @if !border.is_empty() {
            p { "At the border, where either half is right by itself:" }
            (list(&border, |case| html! {
                @for (at, (id, outcome)) in case.runs().iter().enumerate() {
                    @if at > 0 { ", " } (outcome) " at -" (id)
                }
            }))
        }
    }
}

fn totals(pairs: &[Case<'_>], border: &[Case<'_>]) -> Markup {
    let bars = |cases: &[Case<'_>], part: Part| {
        let mut rows: Vec<(&Tool, [usize; 4])> = tools::of(part)
            .filter(|tool| !tool.is_outcome())
            .map(|tool| (tool, tally(cases, part, tool)))
            .filter(|(_, tally)| tally[3] > 0)
            .collect();
        rows.sort_by_key(|(_, tally)| std::cmp::Reverse(tally[0]));
        html! {
            div.bars {
                @for (tool, [found, other, silent, all]) in rows {
                    span.name title=(tool.with) { (tool.title) }
                    span.bar role="img" aria-label={ (found) " found, " (other) " for another reason, " (silent) " not" } {
                        i.found style={ "flex:" (found) } {}
                        i.other style={ "flex:" (other) } {}
                        i.silent style={ "flex:" (silent) } {}
                    }
                    span.figure { b { (found) } " of " (all) }
                }
            }
        }
    };
    html! {
        p.keys {
            span.key { i.found {} " reports the bug" } span.key { i.other {} " reports something, but not the cause" }
            span.key { i.silent {} " silent" }
        }
        div.charts {
        div { h3 { (count(pairs.len(), "pair", "pairs")) ": tools for C++" }
        (bars(pairs, Part::Cpp)) }
        div { h3 { "What safe Rust makes of the same" }
        div.bars {
            @for answer in Answer::ALL {
                @let n = answers(pairs, answer).len();
                span.name { (answer.words()) }
                span.bar {
                    i class=(answer.class()) style={ "flex:" (n) } {}
                    i.silent style={ "flex:" (pairs.len() - n) } {}
                }
                span.figure { b { (n) } " of " (pairs.len()) }
            }
        } }
        @let again: Vec<Case<'_>> = pairs.iter().copied().filter(|case| case.exhibit.sections.contains_key(&Part::Unsafe)).collect();
        @if !again.is_empty() {
            div { h3 { (count(again.len(), "bug", "bugs")) " again in unsafe Rust" }
            (bars(&again, Part::Unsafe)) }
        }
        @if !border.is_empty() {
            div { h3 { (count(border.len(), "bug", "bugs")) " at the border" }
            (bars(border, Part::Border)) }
        }
        }
    }
}

/// Columns of the table: the tools of the border come in their places.
fn columns() -> Vec<&'static Tool> {
    tools::of(Part::Cpp).collect()
}

fn table(cases: &[Case<'_>]) -> Markup {
    let topics: BTreeSet<&str> = cases.iter().map(|case| case.exhibit.topic.name()).collect();
    let seen: Vec<&Tool> = columns().into_iter().filter(|tool| !tool.is_outcome()).collect();
    html! {
        form.filters #filters hidden {
            input type="search" name="text" placeholder="Search" aria-label="Search";
            select name="topic" aria-label="Topic" {
                option value="" { "any topic" }
                @for topic in topics { option { (topic) } }
            }
            select name="tool" aria-label="Tool" {
                option value="" { "seen by any tool or none" }
                @for tool in &seen { option value=(tool.id) { "seen by " (tool.title) } }
            }
            select name="first" aria-label="Cheapest tool" {
                option value="" { "whatever is cheapest" }
                @for tool in &seen { option value=(tool.id) { "cheapest: " (tool.title) } }
            }
            select name="rust" aria-label="Rust" {
                option value="" { "any answer of Rust" }
                @for answer in Answer::ALL { option { (answer.words()) } }
            }
            label { input type="checkbox" name="nothing"; " nothing catches it" }
            output #shown {}
        }
        p.note {
            "\u{25cf} found, \u{25cb} another cause, \u{b7} silent, 3/10 in three of ten runs. Tools of C++ on the C++ program; at "
            "the border on both halves. Hold the pointer over a mark for the words, or open the exhibit."
        }
        div.scroll tabindex="0" {
            table.exhibits {
                thead {
                    tr {
                        th { "Exhibit" }
                        th.wide { "Topic" }
                        @for tool in columns() { th.tilted.wide title=(tool.with) { span { (tool.title) } } }
                        th { "Cheapest" }
                        th { "Safe Rust" }
                    }
                }
                tbody { @for case in cases { (row(case)) } }
            }
        }
    }
}

fn row(case: &Case<'_>) -> Markup {
    let exhibit = case.exhibit;
    let seen = case.seen_by();
    let ids: Vec<&str> = seen.iter().map(|tool| tool.id).collect();
    let words = format!(
        "{} {} {} cwe-{} {}",
        exhibit.name,
        exhibit.title,
        exhibit.topic.name(),
        exhibit.cwe,
        exhibit.wild.join(" ")
    );
    let part = case.main();
    html! {
        tr data-text=(words.to_lowercase()) data-topic=(exhibit.topic.name()) data-tools=(ids.join(" "))
            data-first=(ids.first().copied().unwrap_or_default())
            data-rust=(case.answer().map(Answer::words).unwrap_or_default()) {
            th scope="row" { a href={ (exhibit.name) ".html" } { (exhibit.title) } }
            td.wide { (exhibit.topic.name()) }
            @for tool in columns() {
                td.cell.wide { (mark(tool, case.cell(part, tool.id))) }
            }
            td.first {
                @match seen.first() {
                    Some(tool) => (tool.title),
                    None => strong.wrong { "nothing" },
                }
            }
            td {
                @if let Some(answer) = case.answer() {
                    span class={ "answer " (answer.class()) } title=(answer.words()) { (case.answer_in_full()) }
                }
            }
        }
    }
}

fn method(results: &Results) -> Markup {
    html! {
        p {
            "One command compiles and runs every program with every tool, and writes down what each said. A test compares "
            "that with what each exhibit expects, and with each claim in its text. Programs with threads are run ten "
            "times, three times where a run takes seconds."
        }
        dl.tools {
            @for (name, version) in &results.tools { dt { (name) } dd { (version) } }
            dt { "machine" }
            dd {
                (results.machine.kernel) ", " (results.machine.architecture) ", "
                (count(results.machine.processors, "processor", "processors"))
            }
        }
    }
}
