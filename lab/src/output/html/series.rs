//! What a contestant looks like in drawings: the same in all of them, and told apart without colour
//! by dashes and shapes.

use maud::{Markup, html};

use crate::report::Report;

/// Colours that the style has.
const COLOURS: usize = 8;

const DASHES: [&str; 4] = ["none", "6 3", "2 3", "9 3 2 3"];

/// Contestants in the order of their colours.
pub(super) struct Series<'a>(Vec<&'a str>);

impl<'a> Series<'a> {
    /// The first of Rust's and the first of C++'s come first, so that they look alike on all pages;
    /// then those who do most, so that they have colours of their own.
    pub(super) fn of(report: &'a Report) -> Self {
        let mut names: Vec<&str> = Vec::new();
        for language in ["rust", "c++"] {
            let mut of = report.contestants.iter().filter(|about| about.language == language);
            names.extend(of.next().map(|about| about.name.as_str()));
        }
        let rows = |name: &str| report.rows.iter().filter(|row| row.contestant == name).count();
        let mut others: Vec<&str> = report.contestants.iter().map(|about| &*about.name).collect();
        others.retain(|name| !names.contains(name));
        others.sort_by_key(|name| std::cmp::Reverse(rows(name)));
        names.extend(others);
        Self(names)
    }

    fn number(&self, name: &str) -> usize {
        self.0.iter().position(|&other| other == name).unwrap_or(self.0.len())
    }

    /// The class of its colour.
    pub(super) fn class(&self, name: &str) -> String {
        format!("s{}", self.number(name) % COLOURS)
    }

    /// How its line is dashed.
    pub(super) fn dash(&self, name: &str) -> &'static str {
        DASHES[self.number(name) % DASHES.len()]
    }

    /// Its shape at a place.
    pub(super) fn dot(&self, name: &str, x: f64, y: f64) -> Markup {
        let at = format!("translate({x:.1} {y:.1})");
        html! {
            g transform=(at) {
                @match self.number(name) % 5 {
                    0 => circle r="3.2" {},
                    1 => rect x="-2.9" y="-2.9" width="5.8" height="5.8" {},
                    2 => path d="M0-4 3.8 3h-7.6z" {},
                    3 => path d="M0-4.2 4.2 0 0 4.2-4.2 0z" {},
                    _ => path d="M0 4 3.8-3h-7.6z" {},
                }
            }
        }
    }

    /// An entry of a legend: the line, and whose it is.
    pub(super) fn entry(&self, names: &[&str], dots: bool) -> Markup {
        let first = names.first().copied().unwrap_or_default();
        html! {
            li {
                svg class={ "key " (self.class(first)) } width="26" height="10" viewBox="0 -5 26 10"
                    aria-hidden="true" {
                    path d="M1 0H25" stroke-dasharray=(self.dash(first)) {}
                    @if dots { (self.dot(first, 13.0, 0.0)) }
                }
                (names.join(" = "))
            }
        }
    }
}
