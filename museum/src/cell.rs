//! A cell of the table: what one tool says of one program of an exhibit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What came out, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum State {
    /// It fires on the bug, for the right reason, and not on the fix.
    #[serde(rename = "found")]
    Found,
    /// It fires, but names another cause.
    #[serde(rename = "other")]
    Other,
    /// It says nothing of the bug that it does not say of the fix.
    #[serde(rename = "silent")]
    Silent,
    /// The program was run as it is: the runs say how it ended.
    #[serde(rename = "ran")]
    Ran,
    /// The tool is not there.
    #[serde(rename = "not installed")]
    NotInstalled,
    /// There is nothing for it to see.
    #[serde(rename = "not run: one thread")]
    OneThread,
    /// The compiler refused the program.
    #[serde(rename = "not reached")]
    NotReached,
    /// Something that was needed failed.
    #[serde(rename = "failed")]
    Failed,
}

impl State {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Other => "other",
            Self::Silent => "silent",
            Self::Ran => "ran",
            Self::NotInstalled => "not installed",
            Self::OneThread => "not run: one thread",
            Self::NotReached => "not reached",
            Self::Failed => "failed",
        }
    }
}

/// What one program did, in one build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// How often it was run; a compiler once.
    pub n: u32,
    /// In how many of these each kind was reported.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<String, u32>,
    /// In how many it ended so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outcomes: BTreeMap<String, u32>,
    /// What a learner is shown, by lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub report: Vec<String>,
}

/// One build of bug and fix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// Compiler and level.
    pub with: String,
    /// The bug.
    pub bug: Seen,
    /// The fix.
    pub fix: Seen,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// In a word.
    pub state: State,
    /// In full.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub builds: Vec<Build>,
}

impl Cell {
    /// A cell with nothing behind it.
    #[must_use]
    pub fn empty(state: State) -> Self {
        Self { state, builds: Vec::new() }
    }

    /// The kinds that are said of the bug and not of the fix.
    #[must_use]
    pub fn scored(&self) -> Vec<&str> {
        let mut kinds: Vec<&str> = Vec::new();
        for kind in self.builds.iter().flat_map(|build| build.bug.kinds.keys()) {
            let of_fix = self.builds.iter().any(|build| build.fix.kinds.contains_key(kind));
            if !of_fix && !kinds.contains(&kind.as_str()) {
                kinds.push(kind);
            }
        }
        kinds
    }

    /// How the bug ended, the most frequent first.
    #[must_use]
    pub fn outcomes(&self) -> Vec<(&str, u32)> {
        let mut all: Vec<(&str, u32)> = Vec::new();
        for (name, &count) in self.builds.iter().flat_map(|build| &build.bug.outcomes) {
            match all.iter_mut().find(|(other, _)| other == name) {
                Some((_, sum)) => *sum += count,
                None => all.push((name, count)),
            }
        }
        all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        all
    }

    /// In how many runs of how many something was reported: of the build that reported most.
    #[must_use]
    pub fn rate(&self) -> Option<(u32, u32)> {
        let of =
            |build: &Build| (build.bug.kinds.values().copied().max().unwrap_or(0), build.bug.n);
        self.builds.iter().map(of).max_by(|a, b| (a.0 * b.1).cmp(&(b.0 * a.1)))
    }

    /// Whether another run of the same says the same, whatever the figures and the words.
    #[must_use]
    pub fn like(&self, other: &Self) -> bool {
        let keys = |seen: &Seen| -> (Vec<String>, Vec<String>) {
            (seen.kinds.keys().cloned().collect(), seen.outcomes.keys().cloned().collect())
        };
        self.state == other.state
            && self.builds.len() == other.builds.len()
            && self.builds.iter().zip(&other.builds).all(|(one, two)| {
                one.with == two.with
                    && keys(&one.bug) == keys(&two.bug)
                    && keys(&one.fix) == keys(&two.fix)
            })
    }
}
