//! The quiz: a bug is shown, and the reader says which tools will see it.

use maud::{Markup, html};

use crate::cell::State;
use crate::facts::Case;
use crate::tools::{self, Tool};

use super::colour::source;
use super::text::{mark, prose};
use super::{count, frame};

const SCRIPT: &str = include_str!("quiz.js");

pub(super) fn page(cases: &[Case<'_>]) -> String {
    let body = html! {
        header {
            p.eyebrow { "Quiz" }
            h1 { "Which tool sees it?" }
            p.lead {
                "A program with a bug. Say which of the tools report it, and no others; then open the answer."
            }
            p.score #score hidden {}
        }
        main.quiz #quiz { @for case in cases { (question(case)) } }
    };
    frame("Quiz", "quiz.html", Some(SCRIPT), &body)
}

fn question(case: &Case<'_>) -> Markup {
    let exhibit = case.exhibit;
    let part = case.main();
    // Tools that were run on it.
    let asked: Vec<(&Tool, bool)> = tools::of(part)
        .filter(|tool| !tool.is_outcome())
        .filter_map(|tool| {
            let state = case.cell(part, tool.id)?.state;
            let asked = matches!(state, State::Found | State::Other | State::Silent);
            asked.then_some((tool, state == State::Found))
        })
        .collect();
    let files: &[&str] = if case.is_border() { &["bug.cpp", "bug.rs"] } else { &["bug.cpp"] };
    html! {
        section.question {
            h2 { (exhibit.title) }
            p.note { (exhibit.topic.name()) ", CWE-" (exhibit.cwe) }
            div.panes.only-bug {
                @for file in files {
                    figure { figcaption { (file) } (source(file, &exhibit.sources[*file])) }
                }
            }
            fieldset.guesses {
                legend { "Which of these report it?" }
                @for (tool, found) in &asked {
                    label title=(tool.with) {
                        input type="checkbox" data-found=[found.then_some("")];
                        " " (tool.title)
                    }
                }
            }
            details.answer {
                summary { "The answer" }
                p.verdict hidden {}
                ul.marks {
                    @for (tool, found) in &asked {
                        li.yes[*found] {
                            (mark(tool, case.cell(part, tool.id))) " " (tool.title)
                        }
                    }
                }
                @if let Some(answer) = case.answer() {
                    p { "Safe Rust: " span class={ "answer " (answer.class()) } { (answer.words()) } ". "
                        (count(case.seen_by().len(), "tool sees", "tools see")) " it in C++." }
                }
                div.why { (prose(case, &format!("{}.html", exhibit.name), &exhibit.why)) }
                p { a href={ (exhibit.name) ".html" } { "The exhibit, with all reports" } }
            }
        }
    }
}
