//! The list of programs: sections with a line for each property, `spec/lab-programs.md`.

use std::path::Path;
use std::time::Duration;

use crate::commands::{ALL, COMPONENT, Job, MEAN};

/// A program of the list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Program {
    pub(crate) name: String,
    /// Means are taken over the programs of a group.
    pub(crate) group: String,
    /// The command as a result shows it: without folders.
    pub(crate) line: String,
    pub(crate) job: Job,
    pub(crate) by_cpu: bool,
    pub(crate) same_output: bool,
    /// The longest run.
    pub(crate) limit: Option<Duration>,
}

/// What a section has said so far.
#[derive(Default)]
struct Section<'a> {
    name: &'a str,
    line: usize,
    said: Vec<(&'a str, &'a str, usize)>,
}

/// Reads a list whose paths are seen from `folder`. An error is the number of a line and what is
/// wrong there.
pub(crate) fn read(text: &str, folder: &Path) -> Result<Vec<Program>, (usize, String)> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let (number, line) = (at + 1, line.trim());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let name = name.trim();
            if name.is_empty() || name == MEAN {
                return Err((number, format!("\"{name}\" is no name for a program")));
            }
            if sections.iter().any(|section| section.name == name) {
                return Err((number, format!("two programs are named {name}")));
            }
            sections.push(Section { name, line: number, said: Vec::new() });
            continue;
        }
        let (key, value) = line.split_once('=').ok_or_else(|| {
            (number, "neither [NAME] nor KEY = VALUE nor a comment (#)".to_owned())
        })?;
        let (key, value) = (key.trim(), value.trim());
        let section =
            sections.last_mut().ok_or((number, format!("{key} stands before any [NAME]")))?;
        if section.said.iter().any(|&(other, ..)| other == key) {
            return Err((number, format!("{} is given {key} twice", section.name)));
        }
        section.said.push((key, value, number));
    }
    sections.into_iter().map(|section| program(&section, folder)).collect()
}

fn program(section: &Section<'_>, folder: &Path) -> Result<Program, (usize, String)> {
    let mut program = Program {
        name: section.name.to_owned(),
        group: COMPONENT.to_owned(),
        line: String::new(),
        job: Job { directory: Some(text(folder)), ..Job::default() },
        by_cpu: true,
        same_output: false,
        limit: None,
    };
    let mut clock = None;
    for &(key, value, number) in &section.said {
        let wrong = |what: String| (number, what);
        if value.is_empty() {
            return Err(wrong(format!("{key} says nothing")));
        }
        match key {
            "command" => {
                let words = words(value).map_err(wrong)?;
                program.line = words.iter().map(|word| short(word)).collect::<Vec<_>>().join(" ");
                program.job.words = words;
                let first = &mut program.job.words[0];
                if first.contains('/') {
                    *first = text(&folder.join(&*first));
                }
            }
            "group" if value == ALL => return Err(wrong(format!("no group is named {ALL}"))),
            "group" => value.clone_into(&mut program.group),
            "directory" => {
                let path = folder.join(value);
                if !path.is_dir() {
                    return Err(wrong(format!("{value} is no folder")));
                }
                program.job.directory = Some(text(&path));
            }
            "environment" => {
                for word in words(value).map_err(wrong)? {
                    let (name, value) = word.split_once('=').ok_or_else(|| {
                        wrong(format!("\"{word}\" is not of the form NAME=VALUE"))
                    })?;
                    program.job.environment.push((name.to_owned(), Some(value.to_owned())));
                }
            }
            "input" => {
                let path = folder.join(value);
                if !path.is_file() {
                    return Err(wrong(format!("{value} is no file")));
                }
                program.job.input = Some(text(&path));
            }
            "clock" => clock = Some(one_of(value, ["wall", "cpu"]).map_err(wrong)? == 1),
            "same-output" => {
                program.same_output = one_of(value, ["no", "yes"]).map_err(wrong)? == 1;
                program.job.read = program.same_output;
            }
            "rate" => {
                let (before, behind) = value
                    .split_once("{}")
                    .ok_or_else(|| wrong("rate has no {} where the number stands".to_owned()))?;
                program.job.figure = Some((before.to_owned(), behind.to_owned()));
            }
            "limit" => {
                let limit =
                    crate::cli::seconds(value).map_err(|what| wrong(format!("limit: {what}")))?;
                program.limit = Some(Duration::from_secs_f64(limit));
            }
            _ => {
                let keys = KEYS.iter().copied();
                let hint = crate::mistakes::nearest(key, keys);
                return Err(wrong(format!("nothing is called \"{key}\"{hint}")));
            }
        }
    }
    if program.job.words.is_empty() {
        return Err((section.line, format!("{} has no command", section.name)));
    }
    // A rate is had by running for a time, however much of a processor that takes.
    program.by_cpu = clock.unwrap_or(program.job.figure.is_none());
    Ok(program)
}

const KEYS: [&str; 9] = [
    "command",
    "group",
    "directory",
    "environment",
    "input",
    "clock",
    "same-output",
    "rate",
    "limit",
];

fn words(value: &str) -> Result<Vec<String>, String> {
    shell_words::split(value).map_err(|_| format!("the quotes of \"{value}\" do not close"))
}

fn one_of(value: &str, all: [&str; 2]) -> Result<usize, String> {
    let known = all.iter().position(|&one| one == value);
    known.ok_or_else(|| format!("\"{value}\" is neither {} nor {}", all[0], all[1]))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A word without the folders that it names: a result is read elsewhere.
fn short(word: &str) -> String {
    let (before, path) = match word.split_once('=') {
        Some((before, path)) if !before.contains('/') => (&word[..=before.len()], path),
        _ => ("", word),
    };
    format!("{before}{}", path.rsplit('/').next().unwrap_or(path))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const LIST: &str = "\
# Two programs.
[cfrac]
command = bin/cfrac '17 4'
group = benchmark
same-output = yes

[server]
  command = server --data=/a/b.db
  environment = A=1 'B=two words'
  rate = Throughput = {} operations
  limit = 2.5
";

    #[test]
    fn a_section_is_a_program_and_paths_are_seen_from_the_list() {
        let programs = read(LIST, Path::new("/lists")).unwrap();
        let [cfrac, server] = &programs[..] else { panic!("{programs:?}") };
        assert_eq!(cfrac.job.words, ["/lists/bin/cfrac", "17 4"]);
        assert_eq!(
            (&*cfrac.name, &*cfrac.group, &*cfrac.line),
            ("cfrac", "benchmark", "cfrac 17 4")
        );
        assert!(cfrac.same_output && cfrac.job.read && cfrac.by_cpu);
        assert_eq!(server.job.words, ["server", "--data=/a/b.db"]);
        assert_eq!((&*server.group, &*server.line), (COMPONENT, "server --data=b.db"));
        let figure = server.job.figure.clone().unwrap();
        assert_eq!(figure, ("Throughput = ".to_owned(), " operations".to_owned()));
        assert_eq!(server.job.environment[1], ("B".to_owned(), Some("two words".to_owned())));
        assert!(!server.by_cpu && !server.job.read);
        assert_eq!(server.limit, Some(Duration::from_millis(2500)));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, line, what) in [
            ("x = y", 1, "x stands before any [NAME]"),
            ("[a]\nhello", 2, "neither [NAME] nor KEY = VALUE"),
            ("[a]\n\n[b]\ncommand = b", 1, "a has no command"),
            ("[a]\ncommand = a\n[a]", 3, "two programs are named a"),
            ("[a]\ncommand = a\ncommand = b", 3, "a is given command twice"),
            ("[a]\ncomand = a", 2, "did you mean \"command\"?"),
            ("[a]\ncommand = 'a", 2, "do not close"),
            ("[a]\ncommand =", 2, "command says nothing"),
            ("[a]\nclock = mine", 2, "\"mine\" is neither wall nor cpu"),
            ("[a]\nrate = x", 2, "rate has no {}"),
            ("[a]\ninput = no/such", 2, "no/such is no file"),
            ("[a]\ndirectory = no/such", 2, "no/such is no folder"),
            ("[a]\nenvironment = A", 2, "not of the form NAME=VALUE"),
            ("[a]\nlimit = 0", 2, "limit: from 0.01"),
            ("[a]\ngroup = all", 2, "no group is named all"),
            ("[geometric mean]", 1, "is no name for a program"),
        ] {
            let (at, said) = read(text, Path::new("/lists")).unwrap_err();
            assert!(at == line && said.contains(what), "{text:?}: {at}: {said}");
        }
    }
}
