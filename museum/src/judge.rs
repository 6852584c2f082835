//! Compares cells with what an exhibit expects of them, and with what it claims in words.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use crate::assemble::{same_outcome, same_sentence};
use crate::cell::{Cell, State};
use crate::exhibit::{Exhibit, Expected, Must, Part};
use crate::prose;
use crate::tools::{self, Says, Tool};

/// Something that is not as an exhibit says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Whose.
    pub exhibit: String,
    /// The cell, or what else.
    pub place: String,
    /// What should be.
    pub expected: String,
    /// What is.
    pub seen: String,
}

impl Display for Difference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { exhibit, place, expected, seen } = self;
        write!(f, "{exhibit}: {place}: expected {expected}, seen {seen}")
    }
}

/// Whether a report is of an expected kind.
fn is(tool: &Tool, expected: &str, seen: &str) -> bool {
    match tool.says {
        Says::Outcome => same_outcome(expected, seen),
        Says::Sentences(_) => same_sentence(expected, seen),
        // One diagnostic may have several names, of which one is enough.
        Says::Names(_) => {
            expected == seen || {
                let mut names = expected.split(',');
                names.any(|name| seen.split(',').any(|seen| seen == name && seen.contains('-')))
            }
        }
    }
}

fn any(tool: &Tool, expected: Option<&Expected>, seen: &str) -> bool {
    expected.is_some_and(|expected| expected.kinds.iter().any(|kind| is(tool, kind, seen)))
}

/// The state of a cell that holds kinds.
#[must_use]
pub fn state(exhibit: &Exhibit, part: Part, tool: &Tool, cell: &Cell) -> State {
    let scored = cell.scored();
    let right = exhibit.right(part, tool.id);
    if scored.iter().any(|kind| any(tool, right, kind)) {
        State::Found
    } else if scored.is_empty() {
        State::Silent
    } else {
        State::Other
    }
}

/// Whether a cell may say something else each time.
#[must_use]
pub fn varies(exhibit: &Exhibit, place: &str) -> bool {
    let Some((part, tool)) = place.split_once('.') else { return false };
    let part = exhibit.parts().find(|one| one.name() == part);
    let expected = part.and_then(|part| {
        let outcome = tools::find(part, tool)?.is_outcome();
        let given = [exhibit.right(part, tool), exhibit.other(part, tool)];
        let open = |one: &Expected| one.must != Must::Each || outcome && one.kinds.len() > 1;
        Some(given.into_iter().flatten().any(open))
    });
    exhibit.threads || expected.unwrap_or(false)
}

/// Everything that is not as the exhibit says. Cells that are not there are not compared.
#[must_use]
pub fn differences(exhibit: &Exhibit, cells: &BTreeMap<String, Cell>) -> Vec<Difference> {
    let mut all = Vec::new();
    for part in exhibit.parts() {
        for tool in tools::of(part) {
            let place = format!("{part}.{}", tool.id);
            if let Some(cell) = cells.get(&place) {
                let mut found = Finder { exhibit, part, tool, cell, place, all: &mut all };
                found.all();
            }
        }
    }
    for claim in prose::claims(exhibit) {
        let Some((part, tool)) = claim.cell() else { continue };
        let Some(cell) = cells.get(&format!("{part}.{}", tool.id)) else { continue };
        if cell.state != State::NotInstalled && !holds(tool, cell, claim.state) {
            all.push(Difference {
                exhibit: exhibit.name.clone(),
                place: format!("claim {}", claim.text),
                expected: claim.state.to_owned(),
                seen: words(tool, cell),
            });
        }
    }
    all
}

/// A cell in words.
#[must_use]
pub fn words(tool: &Tool, cell: &Cell) -> String {
    let list = |kinds: &[&str]| kinds.join("; ");
    match cell.state {
        State::Ran => {
            let outcomes = cell.outcomes();
            let n: u32 = outcomes.iter().map(|(_, count)| count).sum();
            let one = |(name, count): &(&str, u32)| match n {
                1 => (*name).to_owned(),
                _ => format!("{name} ({count} of {n})"),
            };
            outcomes.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        State::Found | State::Other => {
            let kinds = list(&cell.scored());
            match cell.rate() {
                Some((k, n)) if n > 1 => format!("{} {k} of {n}: {kinds}", cell.state.name()),
                _ => format!("{}: {kinds}", cell.state.name()),
            }
        }
        State::Failed => {
            let report = cell.builds.iter().flat_map(|build| &build.bug.report);
            report.cloned().collect::<Vec<_>>().join("\n    ")
        }
        state => {
            let _ = tool;
            state.name().to_owned()
        }
    }
}

/// Whether a cell is in the state that a text claims.
#[must_use]
pub fn holds(tool: &Tool, cell: &Cell, state: &str) -> bool {
    let state = state.trim();
    if !tool.is_outcome() {
        return cell.state.name() == state || cell.state == State::OneThread && state == "not run";
    }
    if cell.state != State::Ran {
        return cell.state.name() == state;
    }
    cell.outcomes().iter().any(|(seen, _)| match state {
        "panics" | "found" => seen.starts_with("panics"),
        "silent" => *seen == "right",
        state => same_outcome(state, seen),
    })
}

struct Finder<'a> {
    exhibit: &'a Exhibit,
    part: Part,
    tool: &'a Tool,
    cell: &'a Cell,
    place: String,
    all: &'a mut Vec<Difference>,
}

impl Finder<'_> {
    fn say(&mut self, expected: impl Into<String>, seen: impl Into<String>) {
        self.all.push(Difference {
            exhibit: self.exhibit.name.clone(),
            place: self.place.clone(),
            expected: expected.into(),
            seen: seen.into(),
        });
    }

    fn all(&mut self) {
        let right = self.exhibit.right(self.part, self.tool.id).cloned();
        let other = self.exhibit.other(self.part, self.tool.id).cloned();
        match self.cell.state {
            State::NotInstalled => {}
            State::Failed => self.say("a program", words(self.tool, self.cell)),
            State::OneThread | State::NotReached => {
                for expected in [right, other].into_iter().flatten() {
                    self.say(expected.kinds.join(" or "), self.cell.state.name());
                }
            }
            State::Ran => {
                let allowed = right.map_or_else(|| vec!["right".to_owned()], |right| right.kinds);
                self.outcomes(&allowed);
                self.fix();
            }
            State::Found | State::Other | State::Silent => {
                self.kinds(right.as_ref(), other.as_ref());
                self.fix();
            }
        }
    }

    fn outcomes(&mut self, allowed: &[String]) {
        for (seen, _) in self.cell.outcomes() {
            if !allowed.iter().any(|outcome| same_outcome(outcome, seen)) {
                let report = self.cell.builds.iter().flat_map(|build| &build.bug.report);
                let report: Vec<&str> = report.map(String::as_str).take(3).collect();
                self.say(allowed.join(" or "), format!("{seen}: {}", report.join(" | ")));
            }
        }
    }

    fn kinds(&mut self, right: Option<&Expected>, other: Option<&Expected>) {
        let scored = self.cell.scored();
        for expected in [right, other].into_iter().flatten() {
            let seen = |kind: &&String| scored.iter().any(|seen| is(self.tool, kind, seen));
            let missing: Vec<&String> = expected.kinds.iter().filter(|kind| !seen(kind)).collect();
            let what = words(self.tool, self.cell);
            match expected.must {
                Must::Each => missing.iter().for_each(|kind| self.say(kind.as_str(), &*what)),
                Must::One if missing.len() == expected.kinds.len() => {
                    self.say(expected.kinds.join(" or "), what);
                }
                Must::One | Must::Sometimes => {}
            }
        }
        for kind in scored {
            if !any(self.tool, right, kind) && !any(self.tool, other, kind) {
                let expected =
                    if right.is_none() && other.is_none() { "silent" } else { "no more" };
                let rate = self.cell.builds.iter().map(|build| {
                    let with = &build.with;
                    let count = build.bug.kinds.get(kind).copied().unwrap_or(0);
                    format!("{with} {count}/{}", build.bug.n)
                });
                let rate: Vec<String> = rate.collect();
                self.say(expected, format!("{kind} ({})", rate.join(", ")));
            }
        }
    }

    /// The fix is right and nothing is said of it.
    fn fix(&mut self) {
        for build in &self.cell.builds {
            let with = &build.with;
            let kinds = build.fix.kinds.iter().map(|(kind, count)| (kind, count, "silent"));
            let wrong = build.fix.outcomes.iter().filter(|(outcome, _)| *outcome != "right");
            let wrong = wrong.map(|(outcome, count)| (outcome, count, "right"));
            let complaints: Vec<(String, &str)> = kinds
                .chain(wrong)
                .map(|(what, count, expected)| {
                    let report = build.fix.report.iter().take(6).map(String::as_str);
                    let report = report.collect::<Vec<_>>().join("\n    ");
                    let line = format!("{what} of the fix ({with} {count}/{})", build.fix.n);
                    (format!("{line}\n    {report}"), expected)
                })
                .collect();
            for (seen, expected) in complaints {
                self.all.push(Difference {
                    exhibit: self.exhibit.name.clone(),
                    place: self.place.clone(),
                    expected: expected.to_owned(),
                    seen,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::{Build, Seen};
    use std::path::Path;

    /// The differences of a program of which one tool reports this, where that is expected.
    fn found(expected: &str, reported: &[&str]) -> Vec<String> {
        let toml = format!(
            "title = \"\"\ntopic = \"control\"\ncwe = 1\nwhy = \"\"\nfix = \"\"\nprints = \"\"\n\
             [cpp]\ntsan = {expected}\n"
        );
        let sources = [("bug.cpp", ""), ("bug.rs", ""), ("exhibit.toml", toml.as_str())];
        let sources = sources.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let exhibit = Exhibit::of("a", Path::new("a"), sources.into()).unwrap();
        let kinds = reported.iter().map(|kind| ((*kind).to_owned(), 1)).collect();
        let build = Build { bug: Seen { n: 1, kinds, ..Seen::default() }, ..Build::default() };
        let mut cell = Cell { state: State::Silent, builds: vec![build] };
        cell.state = state(&exhibit, Part::Cpp, tools::find(Part::Cpp, "tsan").unwrap(), &cell);
        let cells = BTreeMap::from([("cpp.tsan".to_owned(), cell)]);
        differences(&exhibit, &cells).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_kind_or_one_of_them_or_none_must_be_reported() {
        let each = r#"["a", "b"]"#;
        let one = r#"{ one_of = ["a", "b"] }"#;
        let sometimes = r#"{ kind = ["a", "b"], sometimes = true }"#;
        assert_eq!(found(each, &["a", "b"]), [""; 0]);
        assert_eq!(found(each, &["a"]), ["a: cpp.tsan: expected b, seen found: a"]);
        assert_eq!(found(one, &["b"]), [""; 0]);
        assert_eq!(found(one, &["a", "b"]), [""; 0]);
        assert_eq!(found(one, &[]), ["a: cpp.tsan: expected a or b, seen silent"]);
        assert_eq!(found(sometimes, &[]), [""; 0]);
        for expected in [each, one, sometimes] {
            assert_eq!(
                found(expected, &["a", "b", "c"]),
                ["a: cpp.tsan: expected no more, seen c ( 1/1)"]
            );
        }
    }
}
