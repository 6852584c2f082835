//! What a preloaded allocator says at the end of a program that asked for it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use super::{Outcome, Preload, compile, outcome, preloads};

const VARIABLE: &str = "DIPTYCH_MALLOC_STATS";

/// The program that holds blocks when it ends.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("malloc_held");
        compile("cc", "tests/c/malloc_held.c", &["-std=gnu11"], &program);
        program
    })
}

/// What the program says, which ends well.
fn said(preload: &Preload, end: &str, value: Option<&str>) -> String {
    let mut command = preload.command(program());
    command.arg(end).env_remove(VARIABLE);
    if let Some(value) = value {
        command.env(VARIABLE, value);
    }
    let Outcome { status, out, err } = outcome(&mut command, 60);
    let ended_well = status.is_some_and(|status| status.success());
    assert!(ended_well && out.is_empty(), "{}, {end}: {status:?}\n{out}\n{err}", preload.name);
    err
}

/// What is told of a size class, a thread or the like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Row {
    pages: usize,
    live_blocks: usize,
    live_bytes: usize,
}

impl Row {
    fn sum<'a>(rows: impl Iterator<Item = &'a Row>) -> Row {
        rows.fold(Row::default(), |sum, row| Row {
            pages: sum.pages + row.pages,
            live_blocks: sum.live_blocks + row.live_blocks,
            live_bytes: sum.live_bytes + row.live_bytes,
        })
    }
}

/// A report that was read.
#[derive(Debug)]
struct Report {
    totals: BTreeMap<String, usize>,
    rows: BTreeMap<String, Row>,
}

impl Report {
    /// Of the lines of one process, without the first.
    fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut report = Self { totals: BTreeMap::new(), rows: BTreeMap::new() };
        for line in lines {
            let words: Vec<&str> = line.split_whitespace().collect();
            let number = |word: &str| word.parse::<usize>().expect(line);
            match words[..] {
                ["pages", "live_blocks", "live_bytes"] => {}
                [name, value] => {
                    assert_eq!(line, format!("{name}{value:>0$}", 32 - name.len()));
                    report.totals.insert(name.to_owned(), number(value));
                }
                [.., pages, live_blocks, live_bytes] => {
                    let name = words[..words.len() - 3].join(" ");
                    assert_eq!(
                        line,
                        format!(
                            "{name}{pages:>0$}{live_blocks:>16}{live_bytes:>16}",
                            32 - name.len()
                        )
                    );
                    let [pages, live_blocks, live_bytes] =
                        [pages, live_blocks, live_bytes].map(number);
                    report.rows.insert(name, Row { pages, live_blocks, live_bytes });
                }
                _ => panic!("what is {line:?}"),
            }
        }
        report
    }

    /// One for each process, in the order in which they ended.
    fn all(text: &str) -> Vec<Self> {
        let mut texts = text.split("diptych: statistics of process ");
        assert_eq!(texts.next(), Some(""), "{text}");
        let read = |text: &str| {
            let (process, lines) = text.split_once('\n').expect("the first line ends");
            assert!(process.parse::<u32>().is_ok(), "{process} is a process");
            Self::read(lines.lines())
        };
        texts.map(read).collect()
    }

    fn row(&self, name: &str) -> Row {
        *self.rows.get(name).unwrap_or_else(|| panic!("{name} is not in {self:?}"))
    }

    fn whole(&self) -> Row {
        let total = |name: &str| self.totals[name];
        Row {
            pages: total("pages"),
            live_blocks: total("live_blocks"),
            live_bytes: total("live_bytes"),
        }
    }

    fn threads(&self) -> impl Iterator<Item = (&String, &Row)> {
        self.rows.iter().filter(|(name, _)| name.starts_with("thread "))
    }

    /// Each block is counted once as of its kind, and once as of its thread.
    fn adds_up(&self) -> bool {
        let of_thread = |name: &String| name.contains("thread");
        let by_kind = self.rows.iter().filter(|(name, _)| !of_thread(name)).map(|(_, row)| row);
        let by_thread = self.rows.iter().filter(|(name, _)| of_thread(name)).map(|(_, row)| row);
        Row::sum(by_kind) == self.whole() && Row::sum(by_thread) == self.whole()
    }
}

/// The text without what no two processes have in common.
fn anonymous(text: &str) -> String {
    let of_line = |line: &str| {
        let cut = match line.split_once(' ') {
            Some(("diptych:", _)) => line.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned(),
            Some(("thread", rest)) => {
                let number = rest.split(' ').next().unwrap_or("");
                assert!(number.chars().all(|c| c.is_ascii_hexdigit()), "{line}");
                line.replacen(number, "of some number", 1)
            }
            _ => line.to_owned(),
        };
        cut + "\n"
    };
    text.lines().map(of_line).collect()
}

// ---- Tests --------------------------------------------------------------------------------------

#[test]
fn a_program_that_asks_is_told_what_it_holds_at_its_end() {
    for preload in preloads() {
        let text = said(&preload, "return", Some("1"));
        let reports = Report::all(&text);
        let [report] = &reports[..] else { panic!("{text}") };
        // 2000 bytes and a word, of which 15 are in 32 KiB: 300 of them, then 200.
        let wanted = Row { pages: 20, live_blocks: 200, live_bytes: 200 * 2040 };
        assert_eq!(report.row("class 2048"), wanted);
        // Aligned to 1024 inside a block of as many bytes more.
        assert_eq!(report.row("class 4096"), Row { pages: 1, live_blocks: 1, live_bytes: 4088 });
        let runs = report.row("runs");
        assert_eq!(runs, Row { pages: 2, live_blocks: 2, live_bytes: 300_000 });
        assert_eq!(report.row("huge"), Row { pages: 1, live_blocks: 1, live_bytes: 5 << 20 });
        assert!(report.adds_up(), "{text}");
        let total = |name: &str| report.totals[name];
        assert_eq!(total("threads"), 1);
        assert_eq!(report.threads().count(), 1, "{text}");
        assert!(total("live_bytes") <= total("committed_bytes"));
        assert!(total("committed_bytes") <= total("peak_committed_bytes"));
        assert!(total("peak_committed_bytes") <= total("reserved_bytes"));
    }
}

#[test]
fn both_twins_say_the_same_of_the_same_program() {
    for end in ["return", "fork", "environment"] {
        let told: Vec<String> =
            preloads().iter().map(|preload| anonymous(&said(preload, end, Some("1")))).collect();
        for other in told.iter().skip(1) {
            assert_eq!(&told[0], other, "{end}");
        }
    }
}

#[test]
fn any_value_but_nothing_and_0_asks() {
    let long = "x".repeat(10_000);
    for preload in preloads() {
        for silent in [None, Some(""), Some("0")] {
            assert_eq!(said(&preload, "return", silent), "", "{}, {silent:?}", preload.name);
        }
        for value in ["1", "00", "no", "%s%n", "\u{fc}", &long] {
            let reports = Report::all(&said(&preload, "return", Some(value)));
            assert_eq!(reports.len(), 1, "{}, {value}", preload.name);
        }
    }
}

#[test]
fn every_process_speaks_for_itself() {
    for preload in preloads() {
        let text = said(&preload, "fork", Some("1"));
        let reports = Report::all(&text);
        let [child, parent] = &reports[..] else { panic!("{text}") };
        assert_eq!(child.row("huge"), Row { pages: 2, live_blocks: 2, live_bytes: 12 << 20 });
        assert_eq!(parent.row("huge"), Row { pages: 1, live_blocks: 1, live_bytes: 5 << 20 });
        assert!(child.adds_up() && parent.adds_up(), "{text}");
    }
}

#[test]
fn every_thread_that_has_pages_has_a_line() {
    for preload in preloads() {
        let text = said(&preload, "threads", Some("1"));
        let reports = Report::all(&text);
        let [report] = &reports[..] else { panic!("{text}") };
        assert_eq!(report.totals["threads"], 4);
        assert_eq!(report.threads().count(), 4, "{text}");
        let small = |row: &Row| row.live_blocks == 10 && row.live_bytes == 10 * 40;
        assert_eq!(report.threads().filter(|(_, row)| small(row)).count(), 3, "{text}");
        assert!(report.adds_up(), "{text}");
    }
}

#[test]
fn who_ends_without_a_word_or_cannot_be_heard_ends_well() {
    for preload in preloads() {
        for end in ["_exit", "closed", "broken", "full"] {
            assert_eq!(said(&preload, end, Some("1")), "", "{}, {end}", preload.name);
        }
    }
}

#[test]
fn a_file_is_not_taken_for_a_standard_error_that_was_closed() {
    let folder = tempfile::tempdir().unwrap();
    for preload in preloads() {
        let file = folder.path().join(&preload.name);
        let shell = r#"exec "$0" file "$1" 2>&-"#;
        let mut command = preload.command(Path::new("/bin/sh"));
        command.args(["-c", shell]).arg(program()).arg(&file).env(VARIABLE, "1");
        let outcome = outcome(&mut command, 60);
        assert!(outcome.status.is_some_and(|status| status.success()), "{:?}", outcome.status);
        assert_eq!(fs::read_to_string(&file).unwrap(), "", "{}", preload.name);
    }
}

#[test]
fn a_program_may_do_with_its_environment_what_it_likes() {
    for preload in preloads() {
        let text = said(&preload, "environment", Some("1"));
        assert_eq!(Report::all(&text).len(), 1, "{}: {text}", preload.name);
    }
}
