//! The command line: one program that is coordinator and, for each launch, worker.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::callgrind::Callgrind;
use crate::detail::section;
use crate::interrupt;
use crate::json::Destination;
use crate::layout::{Layout, draw};
use crate::plan::Wish;
use crate::process::{Limits, Program as Executable};
use crate::protocol::WORKER_ARGUMENT;
use crate::report::Report;
use crate::roster::{Roster, Source, matches};
use crate::run::{Order, run};
use crate::table::{Look, table};
use crate::worker;
use crate::workload::Contestant;

/// Builds a pure C++ worker with the given compiler and answers where it is, or why it cannot,
/// in one line.
pub type BuildCxxWorker = Box<dyn Fn(&str) -> Result<PathBuf, String>>;

/// A program around the laboratory: its contestants and what else it brings.
///
/// ```no_run
/// # use std::process::ExitCode;
/// use diptych_lab::cli::Program;
///
/// fn main() -> ExitCode {
///     Program::new(Vec::new()).main()
/// }
/// ```
pub struct Program {
    contestants: Vec<Contestant>,
    cxx: Option<BuildCxxWorker>,
    layouts: Vec<Layout>,
}

impl Program {
    /// A program with these contestants. It may have none, and compare those of other workers.
    pub fn new(contestants: Vec<Contestant>) -> Self {
        Self { contestants, cxx: None, layouts: Vec::new() }
    }

    /// Tells of types how they are laid out: the subcommand `layout` shows it.
    #[must_use]
    pub fn layouts(mut self, layouts: Vec<Layout>) -> Self {
        self.layouts = layouts;
        self
    }

    /// Makes `--cxx COMPILER` possible: `build` is asked once for each compiler.
    #[must_use]
    pub fn cxx_workers(mut self, build: BuildCxxWorker) -> Self {
        self.cxx = Some(build);
        self
    }

    /// Does what the command line says: see `--help`.
    ///
    /// The exit status is 0 when everything was measured; 2 for a command line that cannot be
    /// followed, or when a contestant failed (the others' results are complete); 130 after
    /// Ctrl-C. 1 is kept for requirements that are refuted.
    pub fn main(self) -> ExitCode {
        let mut arguments = std::env::args_os();
        if arguments.nth(1).is_some_and(|first| first == WORKER_ARGUMENT) {
            return worker::serve_with(&self.contestants, &self.layouts);
        }
        match Cli::try_parse() {
            Ok(cli) => self.follow(cli),
            Err(error) if error.use_stderr() => {
                // One line says what is wrong; --help says the rest.
                let text = error.to_string();
                let line = text.lines().next().unwrap_or_default();
                complain(line.strip_prefix("error: ").unwrap_or(line));
                ExitCode::from(2)
            }
            // Help and version: a closed pipe is the reader's choice.
            Err(error) => {
                let _ = error.print();
                ExitCode::SUCCESS
            }
        }
    }

    fn follow(self, cli: Cli) -> ExitCode {
        let status = match cli.command {
            Some(Command::Compare(compare)) => self.compare(&compare),
            Some(Command::List(selection)) => self.list(&selection),
            Some(Command::Layout(selection)) => self.layout(&selection),
            None => self.compare(&cli.compare),
        };
        match status {
            Ok(status) => ExitCode::from(status),
            Err(line) => {
                complain(&line);
                ExitCode::from(2)
            }
        }
    }

    /// Asks all workers, and answers what is selected and whether all of them answered.
    fn roster(&self, selection: &Selection) -> Result<(Roster, bool), String> {
        let limits = selection.limits();
        let mut sources = Vec::new();
        if !self.contestants.is_empty() {
            let path = std::env::current_exe()
                .map_err(|error| format!("this program does not find itself: {error}"))?;
            sources.push(Source { label: None, program: Executable { path, own: true } });
        }
        for compiler in &selection.cxx {
            let build = self.cxx.as_ref().ok_or("this program cannot build C++ workers (--cxx)")?;
            let path = build(compiler)?;
            let program = Executable { path, own: false };
            sources.push(Source { label: Some(compiler.clone()), program });
        }
        sources.extend(selection.worker.iter().map(source));

        let (mut roster, mut complete) = (Roster::default(), true);
        for source in &sources {
            if let Err(failure) = roster.add(source, limits) {
                if interrupt::asked() {
                    break;
                }
                complain(&format!("worker {} {failure}", source.program.path.display()));
                complete = false;
            }
        }
        for name in &selection.contestant {
            if !roster.entrants.iter().any(|entrant| matches(name, &entrant.name)) {
                return Err(format!("no contestant is named like \"{name}\"; see: list"));
            }
        }
        roster.only(&selection.contestant);
        for filter in &selection.filter {
            if !roster.groups.iter().any(|group| matches(filter, &group.id())) {
                return Err(format!("no workload is named like \"{filter}\"; see: list"));
            }
        }
        let filters = &selection.filter;
        roster.groups.retain(|group| {
            let id = group.id();
            (filters.is_empty() || filters.iter().any(|filter| matches(filter, &id)))
                && (selection.large || !group.large)
        });
        if roster.groups.is_empty() && complete && !interrupt::asked() {
            return Err("no workload is left to run; large ones need --large".into());
        }
        roster.pair();
        Ok((roster, complete))
    }

    fn list(&self, selection: &Selection) -> Result<u8, String> {
        let with_large = Selection { large: true, ..selection.clone() };
        let (roster, complete) = self.roster(&with_large)?;
        let mut text = String::new();
        for entrant in &roster.entrants {
            text += &format!(
                "{}  ({}, {}, {})\n",
                entrant.name, entrant.language, entrant.compiler, entrant.flags
            );
        }
        for group in &roster.groups {
            let names: Vec<&str> =
                group.members.iter().map(|&at| roster.entrants[at].name.as_str()).collect();
            let mut marks = String::new();
            if group.tracked {
                marks += ", counted only";
            }
            if group.large {
                marks += ", with --large only";
            }
            text += &format!("{}  ({}{marks})\n", group.id(), names.join(", "));
        }
        print(&text)?;
        Ok(if complete { 0 } else { 2 })
    }

    fn layout(&self, selection: &Selection) -> Result<u8, String> {
        // The filter is for the names of types.
        let all = Selection { filter: Vec::new(), large: true, ..selection.clone() };
        let (mut roster, complete) = self.roster(&all)?;
        let filters = &selection.filter;
        roster.layouts.retain(|layout| {
            filters.is_empty() || filters.iter().any(|filter| matches(filter, &layout.name))
        });
        if roster.layouts.is_empty() {
            return Err("no worker tells of such a type".to_owned());
        }
        print(&draw(&roster.layouts))?;
        Ok(if complete { 0 } else { 2 })
    }

    fn compare(&self, compare: &Compare) -> Result<u8, String> {
        interrupt::watch().map_err(|error| format!("signals cannot be watched: {error}"))?;
        let callgrind = if compare.no_instructions {
            Err("not asked for (--no-instructions)".to_owned())
        } else {
            match Callgrind::find(compare.instructions) {
                Err(reason) if compare.instructions => {
                    return Err(format!("instructions cannot be counted: {reason}"));
                }
                found => found,
            }
        };
        let destination = match &compare.json {
            Some(path) => Some(
                Destination::open(path)
                    .map_err(|error| format!("{} cannot be written: {error}", path.display()))?,
            ),
            None => None,
        };
        let (roster, complete) = self.roster(&compare.selection)?;
        let order = Order {
            wish: compare.wish(),
            timeout: compare.selection.timeout(),
            seed: compare.seed,
            memory: !compare.no_memory,
            callgrind,
            terminal: io::stderr().is_terminal(),
        };
        let mut printed = Ok(());
        let report = run(roster, &order, |plan| printed = print(&format!("{plan}\n")));
        // What went before it is not worth losing the result file for.
        let mut shown = show(&report);
        if compare.memory_detail {
            shown += &format!("\n{}", section(&report, look().width));
        }
        let printed = printed.and(print(&shown));
        if let Some(destination) = destination {
            let path = compare.json.as_ref().expect("it was opened");
            destination
                .write(&report)
                .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        }
        printed?;
        Ok(match (report.complete, report.failures.is_empty() && complete) {
            (false, _) => 130,
            (true, false) => 2,
            (true, true) => 0,
        })
    }
}

/// Compares these contestants as the command line says: [`Program`] with nothing else.
pub fn main(contestants: Vec<Contestant>) -> ExitCode {
    Program::new(contestants).main()
}

/// Compares implementations of the same work: time, with an interval on the ratio, and memory.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    compare: Compare,
}

#[derive(Subcommand)]
enum Command {
    /// Measures and compares (the default).
    Compare(Compare),
    /// Names the contestants and the workloads.
    List(Selection),
    /// Draws how compilers lay out the types of all workers, byte by byte.
    Layout(Selection),
}

#[derive(Args, Clone)]
struct Selection {
    /// Only workloads whose name (component/operation/element/n) has this in it, or matches it
    /// as a whole when it has * or ?.
    filter: Vec<String>,
    /// Only contestants whose name has this in it, or matches it.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    contestant: Vec<String>,
    /// Adds the contestants of another executable that speaks the worker protocol.
    #[arg(long, value_name = "[NAME=]PATH")]
    worker: Vec<OsString>,
    /// Adds the C++ contestants as built by these compilers.
    #[arg(long, value_name = "COMPILER", value_delimiter = ',')]
    cxx: Vec<String>,
    /// Workloads that need gigabytes, too.
    #[arg(long)]
    large: bool,
    /// How long a worker may take for one answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = seconds)]
    timeout: f64,
}

#[derive(Args)]
struct Compare {
    #[command(flatten)]
    selection: Selection,
    /// Fresh processes of every contestant: 20, or 80 with --claim.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    launches: Option<u32>,
    /// Sampling in each of them, in milliseconds: chosen to keep --seconds, or 75 with --claim.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..=60_000))]
    launch_ms: Option<u32>,
    /// Time for all launches together.
    #[arg(long, value_name = "SECONDS", default_value_t = 110.0, value_parser = seconds)]
    seconds: f64,
    /// Many long launches, for a result to be quoted.
    #[arg(long)]
    claim: bool,
    /// Where all inputs start from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Writes the whole result (spec/lab-json.md).
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Counts the instructions of every workload, however long it takes; needs valgrind.
    #[arg(long, conflicts_with = "no_instructions")]
    instructions: bool,
    /// Does not count instructions.
    #[arg(long)]
    no_instructions: bool,
    /// Does not count memory.
    #[arg(long)]
    no_memory: bool,
    /// Shows who asked for memory, the heap over the call, and what stayed alive after it.
    #[arg(long, conflicts_with = "no_memory")]
    memory_detail: bool,
}

impl Selection {
    fn timeout(&self) -> Duration {
        Duration::from_secs_f64(self.timeout)
    }

    fn limits(&self) -> Limits {
        Limits { answer: self.timeout(), life: self.timeout() * 20 }
    }
}

impl Compare {
    fn wish(&self) -> Wish {
        let launches = self.launches.unwrap_or(if self.claim { 80 } else { 20 });
        let milliseconds = self.launch_ms.or(self.claim.then_some(75));
        Wish {
            launches: usize::try_from(launches).unwrap_or(20),
            launch: milliseconds.map(|ms| Duration::from_millis(u64::from(ms))),
            timing: Duration::from_secs_f64(self.seconds),
            cores: std::thread::available_parallelism().map_or(1, usize::from).min(8),
        }
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.01..=1e6).contains(&seconds) => Ok(seconds),
        _ => Err("from 0.01 to 1000000".to_owned()),
    }
}

/// `NAME=PATH` or `PATH`. A path that has `=` in it is written `./a=b` or `NAME=a=b`.
fn source(text: &OsString) -> Source {
    let whole = || Executable { path: PathBuf::from(text), own: false };
    let parts = text.to_str().and_then(|text| text.split_once('='));
    match parts {
        Some((label, path)) if !label.is_empty() && !label.contains('/') => {
            let program = Executable { path: PathBuf::from(path), own: false };
            Source { label: Some(label.to_owned()), program }
        }
        _ => Source { label: None, program: whole() },
    }
}

fn show(report: &Report) -> String {
    let mut head = format!("\n{}\n", report.environment.line());
    for about in &report.contestants {
        head +=
            &format!("  {}: {}, {}, {}\n", about.name, about.language, about.compiler, about.flags);
    }
    head += "\n";
    head + &table(report, look())
}

fn look() -> Look {
    let terminal = console::Term::stdout();
    let shown = io::stdout().is_terminal();
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width = match terminal.size_checked() {
        Some((_, columns)) if shown => usize::from(columns),
        _ => asked.unwrap_or(120),
    };
    let colours = shown && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    Look { width, colours }
}

/// To standard output. A reader that went away is no error: the result file may still be wanted.
fn print(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("standard output cannot be written: {error}"))
        }
        _ => Ok(()),
    }
}

/// One line to standard error, which may be closed.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "diptych: {line}");
}
