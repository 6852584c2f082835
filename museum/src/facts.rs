//! What follows from the cells: what Rust makes of the bug, which tool is the cheapest that sees it,
//! and where nothing does.

use crate::cell::{Cell, State};
use crate::exhibit::{Exhibit, Part, Topic};
use crate::results::Record;
use crate::tools::{self, Tool};

/// Tools for C++ by what it takes to use them: a switch of the compiler, a program that reads
/// sources, another build that is run, a run that is twenty times slower.
const COST: [&str; 16] = [
    "g++",
    "clang++",
    "cppcheck",
    "fanalyzer",
    "clang-tidy",
    "fortify",
    "assertions",
    "debug-mode",
    "ubsan",
    "asan",
    "tsan",
    "msan",
    "asan-both",
    "tsan-both",
    "memcheck",
    "helgrind",
];

/// What safe Rust makes of a bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// It does not compile.
    Refused,
    /// It compiles with a warning that names the bug.
    Warned,
    /// It ends in a panic, whatever the build.
    Panics,
    /// It ends in a panic in a debug build alone.
    PanicsInDebug,
    /// The same program does not have the bug.
    Absent,
    /// The bug is there.
    There,
}

impl Answer {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Refused, Self::Warned, Self::Panics, Self::PanicsInDebug, Self::Absent, Self::There];

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Refused => "does not compile",
            Self::Warned => "compiles with a warning",
            Self::Panics => "panics",
            Self::PanicsInDebug => "panics in debug builds only",
            Self::Absent => "has no such bug",
            Self::There => "not prevented",
        }
    }

    /// For style sheets.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Refused | Self::Absent => "good",
            Self::Panics | Self::Warned => "fair",
            Self::PanicsInDebug | Self::There => "bad",
        }
    }
}

/// An exhibit and its cells.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// What it says of itself.
    pub exhibit: &'a Exhibit,
    /// What was seen.
    pub record: &'a Record,
}

impl<'a> Case<'a> {
    /// A cell by part and tool.
    #[must_use]
    pub fn cell(&self, part: Part, tool: &str) -> Option<&'a Cell> {
        self.record.cells.get(&format!("{part}.{tool}"))
    }

    /// Whether it is of the border between both languages.
    #[must_use]
    pub fn is_border(&self) -> bool {
        self.exhibit.topic == Topic::Border
    }

    /// The part that C++ is in.
    #[must_use]
    pub fn main(&self) -> Part {
        if self.is_border() { Part::Border } else { Part::Cpp }
    }

    /// Those tools that see the bug in C++ or at the border, the cheapest first. What rustc says at
    /// the border counts as well.
    #[must_use]
    pub fn seen_by(&self) -> Vec<&'static Tool> {
        let part = self.main();
        let rust = ["rustc", "clippy"].into_iter().filter(|_| self.is_border());
        rust.chain(COST)
            .filter_map(|id| tools::find(part, id))
            .filter(|tool| self.cell(part, tool.id).is_some_and(|cell| cell.state == State::Found))
            .collect()
    }

    /// How its runs ended: at -O0 and at -O2.
    #[must_use]
    pub fn runs(&self) -> Vec<(&'static str, &'a str)> {
        let of = |id: &'static str| {
            let (outcome, _) = *self.cell(self.main(), id)?.outcomes().first()?;
            Some((id, outcome))
        };
        ["O0", "O2"].into_iter().filter_map(of).collect()
    }

    /// Whether the C++ program prints what it should in every plain run.
    #[must_use]
    pub fn looks_right(&self) -> bool {
        ["O0", "O2"].into_iter().all(|id| {
            self.cell(self.main(), id).is_some_and(|cell| {
                let outcomes = cell.outcomes();
                !outcomes.is_empty() && outcomes.iter().all(|(name, _)| *name == "right")
            })
        })
    }

    /// The tools that see the bug in a Rust program, among those of some part.
    #[must_use]
    pub fn seen_in_rust(&self, part: Part) -> Vec<&'static Tool> {
        tools::of(part)
            .filter(|tool| !tool.is_outcome())
            .filter(|tool| self.cell(part, tool.id).is_some_and(|cell| cell.state == State::Found))
            .collect()
    }

    /// What safe Rust makes of it; the border has no such answer.
    #[must_use]
    pub fn answer(&self) -> Option<Answer> {
        let part = Part::Rust;
        let rustc = self.cell(part, "rustc")?;
        let debug = self.cell(part, "debug")?;
        let release = self.cell(part, "release")?;
        if debug.state == State::NotReached {
            return Some(Answer::Refused);
        }
        if rustc.state == State::Found {
            return Some(Answer::Warned);
        }
        let all = |cell: &Cell, test: fn(&str) -> bool| {
            let outcomes = cell.outcomes();
            !outcomes.is_empty() && outcomes.iter().all(|(outcome, _)| test(outcome))
        };
        let panics: fn(&str) -> bool = |outcome| outcome.starts_with("panics");
        let right: fn(&str) -> bool = |outcome| outcome == "right";
        Some(match (all(debug, panics), all(release, panics)) {
            (true, true) => Answer::Panics,
            (true, false) => Answer::PanicsInDebug,
            _ if self.exhibit.latent || !self.seen_in_rust(part).is_empty() => Answer::There,
            _ if all(debug, right) && all(release, right) => Answer::Absent,
            _ => Answer::There,
        })
    }

    /// Rust's answer in a few words, with the code or the message.
    #[must_use]
    pub fn answer_in_full(&self) -> String {
        let Some(answer) = self.answer() else { return String::new() };
        let codes = || {
            self.cell(Part::Rust, "rustc").map(|cell| cell.scored().join(", ")).unwrap_or_default()
        };
        match answer {
            Answer::Refused => codes(),
            Answer::Warned => format!("warning: {}", codes()),
            other => other.words().to_owned(),
        }
    }

    /// Whether no tool sees it in C++, or at the border.
    #[must_use]
    pub fn nothing(&self) -> bool {
        self.seen_by().is_empty()
    }

    /// Whether it is there in Rust, and C++ has a tool for it where Rust has none.
    #[must_use]
    pub fn cpp_sees_more(&self) -> bool {
        let there = matches!(self.answer(), Some(Answer::There | Answer::PanicsInDebug));
        let loom = self.cell(Part::Loom, "loom").is_some_and(|cell| cell.state == State::Found);
        there && !loom && !self.nothing() && self.seen_in_rust(Part::Rust).is_empty()
    }
}

/// How often a tool was found in each state: found, other, silent, and all that it was run on.
#[must_use]
pub fn tally(cases: &[Case<'_>], part: Part, tool: &Tool) -> [usize; 4] {
    let mut tally = [0; 4];
    for cell in cases.iter().filter_map(|case| case.cell(part, tool.id)) {
        match cell.state {
            State::Found => tally[0] += 1,
            State::Other => tally[1] += 1,
            State::Silent => tally[2] += 1,
            _ => continue,
        }
        tally[3] += 1;
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_for_cpp_has_a_cost() {
        for part in [Part::Cpp, Part::Border] {
            for tool in tools::of(part).filter(|tool| !tool.is_outcome()) {
                let rust = matches!(tool.id, "rustc" | "clippy");
                assert!(rust || COST.contains(&tool.id), "{}", tool.id);
            }
        }
    }
}
