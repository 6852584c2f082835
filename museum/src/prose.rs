//! What an exhibit says in words: plain text, where whatever is said of a tool is a claim that can be
//! looked up, `{cpp.asan:found}`.

use std::sync::LazyLock;

use regex::Regex;

use crate::exhibit::{Exhibit, Part};
use crate::tools::{self, Tool};

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words.
    Words(&'a str),
    /// Words in backticks.
    Code(&'a str),
    /// A claim: part, tool and state.
    Claim(Claim<'a>),
}

/// That a cell is in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim<'a> {
    /// As it is written.
    pub text: &'a str,
    /// Of which program.
    pub part: &'a str,
    /// By which tool.
    pub tool: &'a str,
    /// What it claims.
    pub state: &'a str,
}

impl Claim<'_> {
    /// The cell, if there is one like it.
    #[must_use]
    pub fn cell(&self) -> Option<(Part, &'static Tool)> {
        let part = Part::ALL.into_iter().find(|part| part.name() == self.part)?;
        Some((part, tools::find(part, self.tool)?))
    }
}

static PIECE: LazyLock<Regex> = LazyLock::new(|| {
    let claim = r"\{(?<part>\w+)\.(?<tool>[\w+-]+):(?<state>[^{}]+)\}";
    Regex::new(&format!("{claim}|`(?<code>[^`]+)`")).expect("a constant")
});

/// Names of tools, and what they are called otherwise.
static NAMES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x) (?i: g\+\+ | \b(?:gcc|clang(?:\+\+|-tidy)?|cppcheck|fanalyzer|
        [atuml]san|\w+sanitizer|valgrind|memcheck|helgrind|clippy|rustc|miri)\b ) | \bloom\b",
    )
    .expect("a constant")
});

/// A text in its pieces.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    for found in PIECE.captures_iter(text) {
        let whole = found.get_match();
        if at < whole.start() {
            pieces.push(Piece::Words(&text[at..whole.start()]));
        }
        at = whole.end();
        let group = |name| found.name(name).map_or("", |group| group.as_str());
        pieces.push(match group("code") {
            "" => Piece::Claim(Claim {
                text: whole.as_str(),
                part: group("part"),
                tool: group("tool"),
                state: group("state"),
            }),
            code => Piece::Code(code),
        });
    }
    if at < text.len() {
        pieces.push(Piece::Words(&text[at..]));
    }
    pieces
}

/// All claims of an exhibit.
pub fn claims(exhibit: &Exhibit) -> impl Iterator<Item = Claim<'_>> {
    [&exhibit.why, &exhibit.fix].into_iter().flat_map(|text| pieces(text)).filter_map(|piece| {
        match piece {
            Piece::Claim(claim) => Some(claim),
            _ => None,
        }
    })
}

/// What is wrong with the words of an exhibit, whatever the tools say.
pub(crate) fn complaints(exhibit: &Exhibit) -> Vec<String> {
    let mut wrong = Vec::new();
    for (place, text) in [("why", &exhibit.why), ("fix", &exhibit.fix)] {
        for piece in pieces(text) {
            match piece {
                Piece::Claim(claim) => match claim.cell() {
                    Some((part, _)) if exhibit.sections.contains_key(&part) => {}
                    _ => wrong.push(format!("{place}: {}: there is no such cell", claim.text)),
                },
                Piece::Words(words) => {
                    if let Some(name) = NAMES.find(words) {
                        let name = name.as_str();
                        wrong.push(format!("{place} names {name} outside of braces"));
                    }
                    if let Some(at) = words.find(['{', '}']) {
                        let near: String = words[at..].chars().take(30).collect();
                        wrong.push(format!("{place}: no claim, {{part.tool:state}}: {near}"));
                    }
                }
                Piece::Code(_) => {}
            }
        }
    }
    for (file, text) in &exhibit.sources {
        for (line, text) in text.lines().enumerate() {
            let comment = text.trim_start();
            if !file.ends_with(".toml")
                && comment.starts_with("//")
                && let Some(name) = NAMES.find(comment)
            {
                wrong.push(format!("{file}:{} names {}", line + 1, name.as_str()));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_falls_into_words_code_and_claims() {
        let pieces = pieces("It `a{b}` is {cpp.g++:silent}, {rust.debug:panics}.");
        let claim = |text, part, tool, state| Piece::Claim(Claim { text, part, tool, state });
        assert_eq!(
            pieces,
            [
                Piece::Words("It "),
                Piece::Code("a{b}"),
                Piece::Words(" is "),
                claim("{cpp.g++:silent}", "cpp", "g++", "silent"),
                Piece::Words(", "),
                claim("{rust.debug:panics}", "rust", "debug", "panics"),
                Piece::Words("."),
            ]
        );
    }

    #[test]
    fn names_of_tools_are_known_and_words_like_them_are_not() {
        for text in ["by g++ -O2", "under TSan.", "ThreadSanitizer", "(clang)", "loom", "Valgrind"]
        {
            assert!(NAMES.is_match(text), "{text}");
        }
        for text in ["a sanitizer", "looms", "artisan", "the compiler", "miriad", "Loom"] {
            assert!(!NAMES.is_match(text), "{text}");
        }
    }
}
