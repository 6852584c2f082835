//! The museum as a folder of pages: no other file, no network, and all of it readable without script.
//!
//! All text that comes from elsewhere goes through the template's escaping. A policy in the head
//! keeps a browser from asking for anything, whatever is in the page.

mod colour;
mod exhibit;
mod index;
mod quiz;
mod text;
mod variants;

use std::fs;
use std::path::Path;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::exhibit::{Exhibit, Part};
use crate::facts::Case;
use crate::results::Results;
use crate::tools::Tool;

const STYLE: &str = include_str!("pages/page.css");
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/// Writes all pages into a folder; says how many.
pub fn write(out: &Path, exhibits: &[Exhibit], results: &Results) -> Result<usize, String> {
    let cases: Vec<Case<'_>> = exhibits
        .iter()
        .filter_map(|exhibit| Some(Case { exhibit, record: results.exhibits.get(&exhibit.name)? }))
        .collect();
    let mut pages = vec![
        ("index.html".to_owned(), index::page(&cases, results)),
        ("quiz.html".to_owned(), quiz::page(&cases)),
    ];
    for (at, case) in cases.iter().enumerate() {
        let beside = [at.checked_sub(1).map(|at| &cases[at]), cases.get(at + 1)];
        pages.push((format!("{}.html", case.exhibit.name), exhibit::page(case, beside)));
    }
    fs::create_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    for (name, page) in &pages {
        let path = out.join(name);
        fs::write(&path, page).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(pages.len())
}

/// What all pages have around them.
fn frame(title: &str, here: &str, script: Option<&str>, body: &Markup) -> String {
    let links = [("index.html", "Bug museum"), ("quiz.html", "Quiz")];
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                link rel="icon" href="data:,";
                title { (title) " \u{b7} bug museum" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                nav aria-label="Museum" {
                    ul {
                        @for (link, name) in links {
                            li {
                                a href=(link) aria-current=[(link == here).then_some("page")] { (name) }
                            }
                        }
                    }
                }
                (body)
                footer {
                    p {
                        "Made from recorded runs: every mark is a report, or the lack of one. Part of diptych."
                    }
                }
                @if let Some(script) = script { script { (PreEscaped(script)) } }
            }
        }
    };
    page.into_string()
}

/// A tool's name, with what it is run on where that is not C++.
fn called(part: Part, tool: &Tool) -> String {
    match part {
        Part::Cpp | Part::Border => tool.title.to_owned(),
        Part::Unsafe => format!("{} on unsafe Rust", tool.title),
        Part::Loom => tool.title.to_owned(),
        Part::Rust if matches!(tool.id, "rustc" | "clippy") => tool.title.to_owned(),
        Part::Rust => format!("{}, Rust", tool.title),
    }
}

/// A count with its noun.
fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}
