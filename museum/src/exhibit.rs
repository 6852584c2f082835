//! An exhibit: a folder with the same bug in both languages and what each tool is expected to say.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::prose;
use crate::tools;

/// What the file of an exhibit is called.
pub const FILE: &str = "exhibit.toml";

/// All that an exhibit's folder may hold.
const FILES: [&str; 5] = ["bug.cpp", "bug.rs", FILE, "loom.rs", "unsafe.rs"];

/// What kind of mistake it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words of the field")]
pub enum Topic {
    Ownership,
    Lifetime,
    Bounds,
    Initialisation,
    Types,
    Arithmetic,
    Threads,
    Control,
    Border,
}

impl Topic {
    /// As it is spelled.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ownership => "ownership",
            Self::Lifetime => "lifetime",
            Self::Bounds => "bounds",
            Self::Initialisation => "initialisation",
            Self::Types => "types",
            Self::Arithmetic => "arithmetic",
            Self::Threads => "threads",
            Self::Control => "control",
            Self::Border => "border",
        }
    }
}

/// One of the programs of an exhibit. The border's is made of both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "said above")]
pub enum Part {
    Cpp,
    Rust,
    Unsafe,
    Loom,
    Border,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Cpp, Self::Rust, Self::Unsafe, Self::Loom, Self::Border];

    /// As its section is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpp => "cpp",
            Self::Rust => "rust",
            Self::Unsafe => "unsafe",
            Self::Loom => "loom",
            Self::Border => "border",
        }
    }

    /// What is compiled.
    #[must_use]
    pub fn files(self) -> &'static [&'static str] {
        match self {
            Self::Cpp => &["bug.cpp"],
            Self::Rust => &["bug.rs"],
            Self::Unsafe => &["unsafe.rs"],
            Self::Loom => &["loom.rs"],
            Self::Border => &["bug.cpp", "bug.rs"],
        }
    }
}

impl Display for Part {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How many of the reports that are expected must come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Must {
    /// Each of them.
    #[default]
    Each,
    /// One of them, whichever.
    One,
    /// None: there are runs without.
    Sometimes,
}

/// What a tool should say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Kinds of reports; or outcomes, of which one will come.
    pub kinds: Vec<String>,
    /// How many of these reports.
    pub must: Must,
}

/// What the tools should say of one part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// For the right reason, by the name of the tool.
    pub right: BTreeMap<String, Expected>,
    /// For another one.
    pub other: BTreeMap<String, Expected>,
}

/// A folder, read and found to be in order.
#[derive(Clone, Debug)]
pub struct Exhibit {
    /// The folder's name.
    pub name: String,
    /// The folder.
    pub folder: PathBuf,
    /// The bug in a few words.
    pub title: String,
    /// Its kind.
    pub topic: Topic,
    /// Its number in the Common Weakness Enumeration.
    pub cwe: u32,
    /// Where it happened.
    pub wild: Vec<String>,
    /// Why it happens and what each language does about it, with claims in braces.
    pub why: String,
    /// What the fixed programs do.
    pub fix: String,
    /// What they print.
    pub prints: String,
    /// Whether runs differ, so that there have to be several.
    pub threads: bool,
    /// Whether programs do not end.
    pub hangs: bool,
    /// Whether the Rust program has the bug although its runs are right.
    pub latent: bool,
    /// Expectations.
    pub sections: BTreeMap<Part, Section>,
    /// Texts by file name.
    pub sources: BTreeMap<String, String>,
    /// Of all files.
    pub hash: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    title: String,
    topic: Topic,
    cwe: u32,
    #[serde(default)]
    wild: Vec<String>,
    why: String,
    fix: String,
    prints: String,
    #[serde(default)]
    threads: bool,
    #[serde(default)]
    hangs: bool,
    #[serde(default)]
    latent: bool,
    cpp: Option<toml::Table>,
    rust: Option<toml::Table>,
    r#unsafe: Option<toml::Table>,
    r#loom: Option<toml::Table>,
    border: Option<toml::Table>,
}

impl Exhibit {
    /// Reads a folder. What is wrong is said in full, a line each.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let complain = |what: &dyn Display| format!("{name}: {what}");
        let mut sources = BTreeMap::new();
        let entries = fs::read_dir(folder).map_err(|error| complain(&error))?;
        for entry in entries {
            let entry = entry.map_err(|error| complain(&error))?;
            let file = entry.file_name().to_string_lossy().into_owned();
            if !FILES.contains(&file.as_str()) {
                return Err(complain(&format!("{file} is none of {}", FILES.join(", "))));
            }
            let text = fs::read_to_string(entry.path())
                .map_err(|error| complain(&format!("{file}: {error}")))?;
            sources.insert(file, text);
        }
        Self::of(&name, folder, sources)
    }

    /// The same from texts.
    pub fn of(
        name: &str,
        folder: &Path,
        sources: BTreeMap<String, String>,
    ) -> Result<Self, String> {
        let text = sources.get(FILE).ok_or_else(|| format!("{name}: there is no {FILE}"))?.as_str();
        let raw: Raw = toml::from_str(text).map_err(|error| format!("{name}: {FILE}: {error}"))?;
        let mut wrong = Vec::new();
        let mut sections = BTreeMap::new();
        let given = [raw.cpp, raw.rust, raw.r#unsafe, raw.r#loom, raw.border];
        for (part, table) in Part::ALL.into_iter().zip(given) {
            let border = raw.topic == Topic::Border;
            let wanted = match part {
                Part::Cpp | Part::Rust => !border,
                Part::Border => border,
                Part::Unsafe | Part::Loom => sources.contains_key(part.files()[0]),
            };
            let files = part.files().iter();
            match (table, wanted) {
                (Some(_), false) if part == Part::Border => {
                    wrong.push("[border] is for the topic border".to_owned());
                }
                (Some(_), false) if matches!(part, Part::Cpp | Part::Rust) => {
                    wrong.push(format!("[{part}] has no place at the border: [border]"));
                }
                (Some(_), false) => {
                    wrong.push(format!("[{part}] is there, {} is not", part.files()[0]));
                }
                (None, true) if matches!(part, Part::Unsafe | Part::Loom) => {
                    wrong.push(format!("{} is there, [{part}] is not", part.files()[0]));
                }
                (None, false) => {}
                (table, true) => {
                    for file in files.filter(|file| !sources.contains_key(**file)) {
                        wrong.push(format!("there is no {file}"));
                    }
                    sections.insert(part, section(part, table.unwrap_or_default(), &mut wrong));
                }
            }
        }
        if !raw.prints.is_empty() && !raw.prints.ends_with('\n') {
            wrong.push("prints does not end in a newline".to_owned());
        }
        let exhibit = Self {
            name: name.to_owned(),
            folder: folder.to_owned(),
            title: raw.title,
            topic: raw.topic,
            cwe: raw.cwe,
            wild: raw.wild,
            why: raw.why.trim().to_owned(),
            fix: raw.fix.trim().to_owned(),
            prints: raw.prints,
            threads: raw.threads,
            hangs: raw.hangs,
            latent: raw.latent,
            sections,
            hash: hash(&sources),
            sources,
        };
        wrong.extend(prose::complaints(&exhibit));
        if wrong.is_empty() {
            return Ok(exhibit);
        }
        wrong.dedup();
        let lines: Vec<String> = wrong.iter().map(|line| format!("{name}: {line}")).collect();
        Err(lines.join("\n"))
    }

    /// The parts that it has.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        self.sections.keys().copied()
    }

    /// What a tool should say for the right reason.
    #[must_use]
    pub fn right(&self, part: Part, tool: &str) -> Option<&Expected> {
        self.sections.get(&part)?.right.get(tool)
    }

    /// What it may say for another one.
    #[must_use]
    pub fn other(&self, part: Part, tool: &str) -> Option<&Expected> {
        self.sections.get(&part)?.other.get(tool)
    }
}

/// Of names and texts, in order.
fn hash(sources: &BTreeMap<String, String>) -> String {
    let mut hasher = Sha256::new();
    for (name, text) in sources {
        hasher.update(name.as_bytes());
        hasher.update([0]);
        hasher.update(text.len().to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hex(&hasher.finalize()[..16])
}

/// In digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn section(part: Part, table: toml::Table, wrong: &mut Vec<String>) -> Section {
    let mut section = Section::default();
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) if key == "other" => {
                for (tool, value) in inner {
                    let place = format!("[{part}.other] {tool}");
                    known(part, &tool, &place, wrong);
                    if let Some(expected) = expected(&place, value, wrong) {
                        section.other.insert(tool, expected);
                    }
                }
            }
            value => {
                let place = format!("[{part}] {key}");
                known(part, &key, &place, wrong);
                if let Some(expected) = expected(&place, value, wrong) {
                    section.right.insert(key, expected);
                }
            }
        }
    }
    section
}

fn known(part: Part, tool: &str, place: &str, wrong: &mut Vec<String>) {
    if tools::find(part, tool).is_none() {
        let all: Vec<&str> = tools::of(part).map(|tool| tool.id).collect();
        wrong.push(format!("{place}: no such tool; there are {}", all.join(", ")));
    }
}

fn expected(place: &str, value: toml::Value, wrong: &mut Vec<String>) -> Option<Expected> {
    let form = "a text, a list of texts, { one_of = ... }, or { kind = ..., sometimes = true }";
    let texts = |value: toml::Value| match value {
        toml::Value::String(text) => Some(vec![text]),
        toml::Value::Array(list) if !list.is_empty() => list
            .into_iter()
            .map(|item| if let toml::Value::String(text) = item { Some(text) } else { None })
            .collect(),
        _ => None,
    };
    let read = match value {
        toml::Value::Table(mut table) => {
            let taken = ["kind", "one_of", "sometimes"].map(|key| table.remove(key));
            let read = match taken {
                [Some(kinds), None, None] => texts(kinds).zip(Some(Must::Each)),
                [None, Some(kinds), None] => texts(kinds).zip(Some(Must::One)),
                [Some(kinds), None, Some(toml::Value::Boolean(sometimes))] => {
                    let must = if sometimes { Must::Sometimes } else { Must::Each };
                    texts(kinds).zip(Some(must))
                }
                _ => None,
            };
            read.filter(|_| table.is_empty())
        }
        value => texts(value).zip(Some(Must::Each)),
    };
    let read = read.map(|(kinds, must)| Expected { kinds, must });
    if read.is_none() {
        wrong.push(format!("{place} is not {form}"));
    }
    read
}

/// All exhibits of a folder, or those that are asked for, by name.
pub fn all(folder: &Path, wanted: &[String]) -> Result<Vec<Exhibit>, String> {
    let mut names: Vec<String> = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(format!("{}: {error}", folder.display())),
        Ok(entries) => entries
            .flatten()
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect(),
    };
    names.sort();
    if let Some(name) = wanted.iter().find(|name| !names.contains(name)) {
        let near: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|other| other.contains(name.as_str()))
            .collect();
        let hint = if near.is_empty() { String::new() } else { format!("; {}?", near.join(", ")) };
        return Err(format!("no exhibit is named {name}{hint}"));
    }
    names.retain(|name| wanted.is_empty() || wanted.contains(name));
    let mut exhibits = Vec::new();
    let mut wrong = Vec::new();
    for name in names {
        match Exhibit::read(&folder.join(name)) {
            Ok(exhibit) => exhibits.push(exhibit),
            Err(lines) => wrong.push(lines),
        }
    }
    if wrong.is_empty() { Ok(exhibits) } else { Err(wrong.join("\n")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
title = "A"
topic = "bounds"
cwe = 125
why = "{cpp.asan:found} sees it."
fix = "It looks."
prints = "1\n"
[cpp]
asan = "heap-buffer-overflow"
tsan = { kind = "data race", sometimes = true }
memcheck = { one_of = ["a", "b"] }
[cpp.other]
cppcheck = ["one", "two"]
[rust]
rustc = "E0502"
"#;

    fn read(toml: &str) -> Result<Exhibit, String> {
        let sources = [("bug.cpp", ""), ("bug.rs", ""), (FILE, toml)];
        let sources =
            sources.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        Exhibit::of("a", Path::new("a"), sources)
    }

    #[test]
    fn an_exhibit_says_what_each_tool_should_say() {
        let exhibit = read(GOOD).unwrap();
        let asan = exhibit.right(Part::Cpp, "asan").unwrap();
        assert_eq!(asan.kinds, ["heap-buffer-overflow"]);
        assert_eq!(asan.must, Must::Each);
        assert_eq!(exhibit.right(Part::Cpp, "tsan").unwrap().must, Must::Sometimes);
        let memcheck = exhibit.right(Part::Cpp, "memcheck").unwrap();
        assert_eq!((memcheck.kinds.len(), memcheck.must), (2, Must::One));
        assert_eq!(exhibit.other(Part::Cpp, "cppcheck").unwrap().kinds, ["one", "two"]);
        assert!(exhibit.right(Part::Cpp, "msan").is_none());
    }

    #[test]
    fn what_is_wrong_with_an_exhibit_is_said() {
        let cases = [
            ("cwe = 125", "cwe = 125\ncolour = 1", "unknown field `colour`"),
            ("asan = ", "assan = ", "a: [cpp] assan: no such tool; there are O0, O2, g++,"),
            ("[rust]", "[unsafe]", "a: [unsafe] is there, unsafe.rs is not"),
            ("[rust]", "[border]", "a: [border] is for the topic border"),
            ("\"bounds\"", "\"border\"", "a: [cpp] has no place at the border: [border]"),
            ("\"bounds\"", "\"bound\"", "unknown variant `bound`"),
            ("sometimes = true", "often = true", "a: [cpp] tsan is not a text, a list of texts,"),
            ("one_of = [", "one_of = 1, kind = [", "a: [cpp] memcheck is not a text,"),
            ("\"1\\n\"", "\"1\"", "a: prints does not end in a newline"),
            ("{cpp.asan:found}", "{cpp.asam:found}", "a: why: {cpp.asam:found}: there is no such"),
            ("{cpp.asan:found}", "ASan", "a: why names ASan outside of braces"),
        ];
        for (from, to, words) in cases {
            assert!(GOOD.contains(from), "{from}");
            let error = read(&GOOD.replacen(from, to, 1)).expect_err(to);
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_missing_is_named() {
        let sources = [("bug.cpp".to_owned(), String::new()), (FILE.to_owned(), GOOD.to_owned())];
        let error = Exhibit::of("a", Path::new("a"), sources.into()).expect_err("no bug.rs");
        assert_eq!(error, "a: there is no bug.rs");
    }

    #[test]
    fn a_hash_knows_each_byte_and_where_it_stands() {
        let of = |pairs: &[(&str, &str)]| {
            hash(&pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect())
        };
        let all = [of(&[("a", "bc")]), of(&[("ab", "c")]), of(&[("a", "b"), ("c", "")]), of(&[])];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[at + 1..].contains(one));
        }
    }
}
