//! The committed file with all that was seen: sorted, and the same byte for byte where nothing that
//! counts has changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cell::{Cell, State};
use crate::exhibit::Exhibit;
use crate::judge;

/// Raised when the same runs are to be written down differently.
const FORMAT: u32 = 1;

/// Where the runs were made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The kernel.
    pub kernel: String,
    /// The kind of processor.
    pub architecture: String,
    /// How many processors.
    pub processors: usize,
}

impl Machine {
    /// This one.
    #[must_use]
    pub fn here() -> Self {
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            kernel: format!("{} {}", std::env::consts::OS, kernel.trim()),
            architecture: std::env::consts::ARCH.to_owned(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// What was seen of one exhibit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Of all its files, as they were.
    pub hash: String,
    /// By part and tool.
    pub cells: BTreeMap<String, Cell>,
}

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    /// How it is written.
    pub format: u32,
    /// Where.
    pub machine: Machine,
    /// With what.
    pub tools: BTreeMap<String, String>,
    /// By name.
    pub exhibits: BTreeMap<String, Record>,
}

impl Results {
    /// Reads the file, if there is one.
    pub fn read(path: &Path) -> Result<Option<Self>, String> {
        let complain = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        match fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| complain(&error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(complain(&error)),
        }
    }

    /// As it is committed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("plain data");
        text.push('\n');
        text
    }

    /// Writes the file, if it is not the same already; says whether it did.
    pub fn write(&self, path: &Path) -> Result<bool, String> {
        let text = self.text();
        if fs::read_to_string(path).is_ok_and(|old| old == text) {
            return Ok(false);
        }
        fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(true)
    }

    /// Whether what was seen with these tools may stand beside what is in the file.
    pub fn goes_with(&self, tools: &BTreeMap<String, String>) -> Result<(), String> {
        for (name, version) in tools {
            if let Some(other) = self.tools.get(name).filter(|other| *other != version) {
                return Err(format!("the results are of {other}, here is {version}"));
            }
        }
        if self.format != FORMAT {
            return Err(format!("the results are of format {}, this is {FORMAT}", self.format));
        }
        Ok(())
    }

    /// Puts what was seen now in the place of what was seen before. What says the same in other
    /// figures or words stays as it was, and so does what no tool was here for.
    pub fn merge(
        old: Option<Self>,
        seen: BTreeMap<String, Record>,
        exhibits: &[Exhibit],
        tools: BTreeMap<String, String>,
        anew: bool,
    ) -> Self {
        let (mut old, same) = match old {
            Some(old) if old.goes_with(&tools).is_ok() => (old, true),
            Some(old) => (Self { exhibits: old.exhibits, ..Self::default() }, false),
            None => (Self::default(), false),
        };
        if !same {
            old.format = FORMAT;
            old.tools.clear();
        }
        old.tools.extend(tools);
        let known = old.exhibits.clone();
        for (name, mut record) in seen {
            let before = old.exhibits.remove(&name).filter(|_| same && !anew);
            let exhibit = exhibits.iter().find(|exhibit| exhibit.name == name);
            if let (Some(before), Some(exhibit)) = (before, exhibit) {
                for (place, cell) in &mut record.cells {
                    if let Some(kept) = before.cells.get(place)
                        && stays(exhibit, place, before.hash == record.hash, kept, cell)
                    {
                        cell.clone_from(kept);
                    }
                }
            }
            old.exhibits.insert(name, record);
        }
        if !same || old.exhibits != known {
            old.machine = Machine::here();
        }
        old
    }
}

/// Whether what was seen before still stands beside what is seen now. `same`: of the same files.
fn stays(exhibit: &Exhibit, place: &str, same: bool, kept: &Cell, cell: &Cell) -> bool {
    let fits = |cell: &Cell| {
        let cells = BTreeMap::from([(place.to_owned(), cell.clone())]);
        let found = judge::differences(exhibit, &cells);
        found.iter().all(|difference| difference.place != place)
    };
    same && (cell.state == State::NotInstalled
        || kept.like(cell)
        || judge::varies(exhibit, place) && fits(kept) && fits(cell))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::{Build, Seen};

    fn exhibit(threads: bool) -> Exhibit {
        let toml = format!(
            "title = \"\"\ntopic = \"threads\"\ncwe = 1\nwhy = \"\"\nfix = \"\"\nprints = \"\"\n\
             threads = {threads}\n[cpp]\ntsan = {{ kind = \"data race\", sometimes = true }}\n"
        );
        let sources = [("bug.cpp", ""), ("bug.rs", ""), ("exhibit.toml", toml.as_str())];
        let sources = sources.map(|(name, text)| (name.to_owned(), text.to_owned()));
        Exhibit::of("a", Path::new("a"), sources.into()).unwrap()
    }

    fn record(
        hash: &str,
        place: &str,
        state: State,
        kind: Option<(&str, u32)>,
        line: &str,
    ) -> Record {
        let kinds = kind.into_iter().map(|(kind, count)| (kind.to_owned(), count)).collect();
        let bug = Seen { n: 10, kinds, report: vec![line.to_owned()], ..Seen::default() };
        let build = Build { with: "g++ -O1".to_owned(), bug, ..Build::default() };
        let cells = [(place.to_owned(), Cell { state, builds: vec![build] })].into();
        Record { hash: hash.to_owned(), cells }
    }

    /// What is in the file after the second of two runs.
    fn after(threads: bool, version: &str, anew: bool, first: &Record, second: &Record) -> Record {
        let exhibits = [exhibit(threads)];
        let tools = |version: &str| BTreeMap::from([("g++".to_owned(), version.to_owned())]);
        let seen = |record: &Record| BTreeMap::from([("a".to_owned(), record.clone())]);
        let old = Results::merge(None, seen(first), &exhibits, tools("12"), false);
        let new = Results::merge(Some(old), seen(second), &exhibits, tools(version), anew);
        new.exhibits["a"].clone()
    }

    #[test]
    fn what_says_the_same_in_other_figures_and_words_stays() {
        let race = |n, line| record("h", "cpp.tsan", State::Found, Some(("data race", n)), line);
        let (first, second) = (race(7, "one"), race(9, "two"));
        assert_eq!(after(true, "12", false, &first, &second), first);
        assert_eq!(after(true, "12", true, &first, &second), second, "asked for anew");
        assert_eq!(after(true, "13", false, &first, &second), second, "another compiler");
        let other = Record { hash: "i".to_owned(), ..second };
        assert_eq!(after(true, "12", false, &first, &other), other, "other sources");
    }

    #[test]
    fn what_may_be_silent_or_not_stays_and_what_may_not_is_written() {
        let race = record("h", "cpp.tsan", State::Found, Some(("data race", 7)), "");
        let silent = record("h", "cpp.tsan", State::Silent, None, "");
        assert_eq!(after(true, "12", false, &race, &silent), race);
        assert_eq!(after(true, "12", false, &silent, &race), silent);
        let other = record("h", "cpp.tsan", State::Other, Some(("thread leak", 1)), "");
        assert_eq!(after(true, "12", false, &race, &other), other, "not as expected");
        let (first, second) = (
            record("h", "cpp.g++", State::Silent, None, ""),
            record("h", "cpp.g++", State::Other, Some(("-Wx", 1)), ""),
        );
        assert_eq!(after(false, "12", false, &first, &second), second);
    }

    #[test]
    fn who_lacks_a_tool_does_not_take_its_cell_away() {
        let found = record("h", "cpp.tsan", State::Found, Some(("data race", 7)), "");
        let mut absent = found.clone();
        absent.cells.insert("cpp.tsan".to_owned(), Cell::empty(State::NotInstalled));
        assert_eq!(after(false, "12", false, &found, &absent), found);
        absent.hash = "i".to_owned();
        assert_eq!(after(false, "12", false, &found, &absent), absent);
    }
}
