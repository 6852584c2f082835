//! What exhibits say in words, and cells as marks.

use maud::{Markup, html};

use crate::cell::{Cell, State};
use crate::exhibit::Part;
use crate::facts::Case;
use crate::judge;
use crate::prose::{Claim, Piece, pieces};
use crate::tools::Tool;

use super::called;

/// A text with its claims, which link to cells of the exhibit's page. Blank lines part paragraphs.
pub(super) fn prose(case: &Case<'_>, page: &str, text: &str) -> Markup {
    html! {
        @for paragraph in text.split("\n\n") {
            p {
                @for piece in pieces(paragraph) {
                    @match piece {
                        Piece::Words(words) => (words),
                        Piece::Code(code) => code { (code) },
                        Piece::Claim(claim) => (chip(case, page, claim)),
                    }
                }
            }
        }
    }
}

/// A claim: the tool's name and the state of its cell.
fn chip(case: &Case<'_>, page: &str, claim: Claim<'_>) -> Markup {
    let Some((part, tool)) = claim.cell() else { return html! { (claim.text) } };
    let class = case.cell(part, tool.id).map_or("silent", |cell| class(cell));
    let mark = if tool.is_outcome() { claim.state } else { "" };
    html! {
        a class={ "chip " (class) } href={ (page) "#" (part) "." (tool.id) }
            title={ (tool.with) ": " (claim.state) } {
            (called(part, tool)) " "
            @if mark.is_empty() { (symbol(class, claim.state)) } @else { b { (mark) } }
        }
    }
}

fn symbol(class: &str, state: &str) -> Markup {
    let symbol = match class {
        "found" => "\u{2713}",
        "other" => "\u{2248}",
        _ => "\u{2715}",
    };
    html! { b aria-label=(state) { (symbol) } }
}

/// The class that gives a cell its colour.
pub(super) fn class(cell: &Cell) -> &'static str {
    match cell.state {
        State::Found => "found",
        State::Other => "other",
        State::Silent => "silent",
        State::NotInstalled | State::OneThread | State::NotReached | State::Failed => "none",
        State::Ran => match cell.outcomes().first().map_or("", |(name, _)| *name) {
            "right" => "right",
            panic if panic.starts_with("panics") => "found",
            _ => "wrong",
        },
    }
}

/// A cell in a column of the table.
pub(super) fn mark(tool: &Tool, cell: Option<&Cell>) -> Markup {
    let Some(cell) = cell else { return html! {} };
    let rate = cell.rate().filter(|(k, n)| 0 < *k && k < n);
    let words = judge::words(tool, cell);
    html! {
        span class={ "mark " (class(cell)) } title={ (tool.title) ": " (words) } {
            @match cell.state {
                State::Found | State::Other if rate.is_some() => {
                    @if let Some((k, n)) = rate { (k) "/" (n) }
                }
                State::Found => "\u{25cf}",
                State::Other => "\u{25cb}",
                State::Silent => "\u{b7}",
                State::NotInstalled => "?",
                State::OneThread | State::NotReached | State::Failed => "",
                State::Ran => (run(cell)),
            }
        }
    }
}

/// How a run ended, in a word.
pub(super) fn run(cell: &Cell) -> &str {
    match cell.outcomes().first().map_or("", |(name, _)| *name) {
        "right" => "right",
        panic if panic.starts_with("panics") => "panic",
        "SIGSEGV" => "segv",
        "SIGABRT" => "abort",
        "SIGFPE" => "fpe",
        other => other,
    }
}

/// A part as a heading.
pub(super) fn heading(part: Part) -> &'static str {
    match part {
        Part::Cpp => "What tools say of the C++ program",
        Part::Rust => "What tools say of the Rust program",
        Part::Unsafe => "The bug again in unsafe Rust",
        Part::Loom => "Under loom, in every order of threads",
        Part::Border => "What tools say of both halves together",
    }
}
