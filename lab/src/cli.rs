//! The command line: one program that is coordinator and, for each launch, worker.

mod options;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use serde::Serialize;

pub(crate) use self::options::seconds;
use self::options::{Calibrate, Cli, Command, Compare, Mode, Selection, is_worker};
use crate::calibration;
use crate::callgrind::Callgrind;
use crate::claims::{Claims, settled};
use crate::commands;
use crate::design::Design;
use crate::detail::section;
use crate::interrupt;
use crate::json::Destination;
use crate::layout::{Layout, draw};
use crate::mistakes::{all_debug, explained, nearest, parts, same_builds};
use crate::neighbour::{self, Neighbour};
use crate::output::{Again, Said};
use crate::plan::Wish;
use crate::process::Program as Executable;
use crate::programs::Programs;
use crate::protocol::WORKER_ARGUMENT;
use crate::report::Report;
use crate::require::{Outcome, Requirement};
use crate::roster::{Roster, Source, matches};
use crate::run::{Order, run};
use crate::table::{Look, table};
use crate::worker;
use crate::workload::{Contestant, Workload};

/// What a program may be asked to build before it measures: see [`Program::builds`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Build {
    /// Its contestants in C++ by this compiler, in a worker without anything else: `--cxx`.
    Cxx {
        /// As on the command line.
        compiler: String,
        /// For the instructions of this processor.
        native: bool,
    },
    /// All its contestants for the instructions of this processor: `--native`.
    Native,
    /// All its contestants, optimised across the border between languages: `--xlto`.
    CrossLanguage {
        /// For the instructions of this processor.
        native: bool,
    },
}

/// A worker that was built: see [`Program::builds`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The executable.
    pub path: PathBuf,
    /// What its contestants are told apart by: `rust@label`.
    pub label: String,
    /// Whether it is a [`Program`], which needs to be told that it is a worker.
    pub own: bool,
}

/// Builds a worker, or answers in one line why it cannot: see [`Program::builds`].
pub type Builder = Box<dyn Fn(&Build) -> Result<Built, String>>;

/// What `cargo bench` tells a program without a harness.
const CARGO_BENCH: &str = "--bench";

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
    builder: Option<Builder>,
    layouts: Vec<Layout>,
    usual: Mode,
}

impl Program {
    /// A program with these contestants. It may have none, and compare those of other workers.
    pub fn new(contestants: Vec<Contestant>) -> Self {
        Self { contestants, builder: None, layouts: Vec::new(), usual: Mode::Quick }
    }

    /// Tells of types how they are laid out: the subcommand `layout` shows it.
    ///
    /// ```
    /// use diptych_lab::{cli::Program, layout};
    ///
    /// let program = Program::new(Vec::new()).layouts(vec![layout!("Vec<u64>", Vec<u64>)]);
    /// # drop(program);
    /// ```
    #[must_use]
    pub fn layouts(mut self, layouts: Vec<Layout>) -> Self {
        self.layouts = layouts;
        self
    }

    /// Makes `--cxx COMPILER`, `--native` and `--xlto` possible: `builder` is asked once for each
    /// worker that they want.
    ///
    /// ```
    /// use diptych_lab::cli::{Build, Built, Program};
    ///
    /// let program = Program::new(Vec::new()).builds(Box::new(|asked| match asked {
    ///     Build::Cxx { compiler, native: false } => Ok(Built {
    ///         path: format!("build/worker-{compiler}").into(),
    ///         label: compiler.clone(),
    ///         own: false,
    ///     }),
    ///     _ => Err("this program has a worker for each compiler and no other".into()),
    /// }));
    /// # drop(program);
    /// ```
    #[must_use]
    pub fn builds(mut self, builder: Builder) -> Self {
        self.builder = Some(builder);
        self
    }

    /// Does what the command line says: see `--help`.
    ///
    /// The exit status is 0 when everything was measured and every requirement is proven; 1 when
    /// a requirement is refuted; 2 when one is not decided, for a command line that cannot be
    /// followed, or when a contestant failed (the others' results are complete); 130 after
    /// Ctrl-C.
    pub fn main(self) -> ExitCode {
        let mut arguments = std::env::args_os();
        let first = arguments.nth(1);
        if first.as_ref().is_some_and(|first| first == WORKER_ARGUMENT) {
            return worker::serve_with(&self.contestants, &self.layouts);
        }
        if let Some(served) = commands::starter(first.as_ref()) {
            return served;
        }
        if first.is_some_and(|first| first == neighbour::ARGUMENT) {
            neighbour::disturb();
        }
        // `cargo bench` adds a word of its own.
        match Cli::try_parse_from(std::env::args_os().filter(|word| word != CARGO_BENCH)) {
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

    /// The same for a program that cargo runs: a benchmark without a harness. Without further words
    /// it is `compare`, not a quick look.
    ///
    /// `cargo bench` tells such a program that it is one; `cargo test` starts it too, and does not.
    /// Then all contestants do all work once, untimed, and the exit status is 2 when one does other
    /// work than the rest.
    ///
    /// ```no_run
    /// # use diptych_lab::cli::Program;
    /// # use std::process::ExitCode;
    /// fn main() -> ExitCode {
    ///     Program::new(Vec::new()).bench()
    /// }
    /// ```
    pub fn bench(mut self) -> ExitCode {
        self.usual = Mode::Full;
        let tested = std::env::args_os().len() == 1 && std::env::var_os("CARGO").is_some();
        if tested { self.check() } else { self.main() }
    }

    fn check(&self) -> ExitCode {
        let mut equal = true;
        for (at, contestant) in self.contestants.iter().enumerate() {
            for workload in &contestant.workloads {
                let same = |other: &&Workload| {
                    let of = |workload: &Workload| (workload.component.clone(), workload.n);
                    other.name == workload.name && of(other) == of(workload)
                };
                let earlier = self.contestants[..at]
                    .iter()
                    .find_map(|earlier| Some((earlier, earlier.workloads.iter().find(same)?)));
                let Some((earlier, first)) = earlier else { continue };
                let digest = |workload: &Workload| (workload.prepare)(workload.n, 1, 2).check();
                if digest(workload) != digest(first) {
                    let Workload { component, name, n, .. } = workload;
                    complain(&format!(
                        "{component}/{name}/{n}: {} did other work than {}",
                        contestant.name, earlier.name
                    ));
                    equal = false;
                }
            }
        }
        if equal { ExitCode::SUCCESS } else { ExitCode::from(2) }
    }

    fn follow(self, cli: Cli) -> ExitCode {
        let status = match cli.command {
            Some(Command::Compare(compare)) => self.compare(&compare, Mode::Full),
            Some(Command::List(selection)) => self.list(&selection),
            Some(Command::Layout(selection)) => self.layout(&selection),
            Some(Command::Calibrate(calibrate)) => self.calibrate(&calibrate),
            Some(Command::Programs(asked)) => programs(&asked),
            Some(Command::New(new)) => new.make().and_then(|text| print(&text)).map(|()| 0),
            Some(Command::Report(again)) => report(&again),
            None => self.compare(&cli.compare, self.usual),
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
    fn roster(&self, selection: &Selection, kernels: bool) -> Result<(Roster, bool), String> {
        let limits = selection.limits();
        let (workers, filters) = selection.workers()?;
        let named = workers.len() > selection.worker.len();
        let alone = named && selection.contestant.is_empty();
        let mut sources = Vec::new();
        if !self.contestants.is_empty() && (!alone || selection.builds().next().is_some()) {
            let path = std::env::current_exe()
                .map_err(|error| format!("this program does not find itself: {error}"))?;
            sources.push(Source { label: None, program: Executable { path, own: true } });
        }
        for build in selection.builds() {
            let refused = "this program cannot build workers (--cxx, --native, --xlto)";
            let Built { path, label, own } = self.builder.as_ref().ok_or(refused)?(&build)?;
            sources.push(Source { label: Some(label), program: Executable { path, own } });
        }
        let given: Vec<Executable> = workers.iter().map(|one| one.program.clone()).collect();
        sources.extend(workers);

        let (mut roster, mut complete) = (Roster::default(), true);
        for source in &sources {
            if let Err(failure) = roster.add(source, limits, kernels) {
                if interrupt::asked() {
                    break;
                }
                let path = source.program.path.display();
                let line = format!("worker {path} {}", explained(&source.program, &failure));
                if named && given.contains(&source.program) {
                    return Err(line);
                }
                complain(&line);
                complete = false;
            }
        }
        for name in &selection.contestant {
            if !roster.entrants.iter().any(|entrant| matches(name, &entrant.name)) {
                let hint = nearest(name, roster.entrants.iter().map(|one| one.name.as_str()));
                return Err(format!("no contestant is named like \"{name}\"{hint}; see: list"));
            }
        }
        roster.only(&selection.contestant);
        for filter in &filters {
            if !roster.groups.iter().any(|group| matches(filter, &group.id())) {
                let known = parts(&roster.groups);
                let hint = nearest(filter, known.iter().map(String::as_str));
                return Err(format!("no workload is named like \"{filter}\"{hint}; see: list"));
            }
        }
        roster.groups.retain(|group| {
            let id = group.id();
            (filters.is_empty() || filters.iter().any(|filter| matches(filter, &id)))
                && (selection.large || !group.large)
        });
        if roster.groups.is_empty() && complete && !interrupt::asked() {
            return Err("no workload is left to run; large ones need --large".into());
        }
        roster.pair();
        roster.pair_given(&given, alone);
        if alone && given.len() > 1 && roster.groups.iter().all(|group| group.pairs.is_empty()) {
            return Err("these workers have no workload in common: component, name and size must \
                        be equal; see: list"
                .to_owned());
        }
        Ok((roster, complete))
    }

    /// Who is compared with whom, with what the requirements ask for.
    fn opponents(
        &self,
        compare: &Compare,
        requirements: &[(String, Requirement)],
    ) -> Result<(Roster, bool, Claims), String> {
        let (mut roster, complete) = self.roster(&compare.selection, false)?;
        let claims = settled(&mut roster, requirements, complete)?;
        if !compare.allow_debug {
            same_builds(&roster.entrants, &roster.groups)?;
        }
        Ok((roster, complete, claims))
    }

    fn list(&self, selection: &Selection) -> Result<u8, String> {
        let with_large = Selection { large: true, ..selection.clone() };
        let (roster, complete) = self.roster(&with_large, false)?;
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
        let (workers, filters): (Vec<String>, Vec<String>) =
            selection.filter.iter().cloned().partition(|text| is_worker(text));
        let all = Selection { filter: workers, large: true, ..selection.clone() };
        let (mut roster, complete) = self.roster(&all, false)?;
        roster.layouts.retain(|layout| {
            filters.is_empty() || filters.iter().any(|filter| matches(filter, &layout.name))
        });
        if roster.layouts.is_empty() {
            return Err("no worker tells of such a type".to_owned());
        }
        print(&draw(&roster.layouts))?;
        Ok(if complete { 0 } else { 2 })
    }

    fn calibrate(&self, asked: &Calibrate) -> Result<u8, String> {
        interrupt::watch().map_err(|error| format!("signals cannot be watched: {error}"))?;
        let destination = destination(asked.json.as_deref())?;
        let (roster, complete) = self.roster(&asked.selection, true)?;
        let neighbour = if asked.no_neighbour {
            None
        } else {
            let started = Neighbour::start();
            Some(started.map_err(|error| format!("no neighbour can be started: {error}"))?)
        };
        let order = calibration::Order {
            comparisons: usize::try_from(asked.comparisons).unwrap_or(1),
            tries: usize::try_from(asked.tries.unwrap_or(asked.comparisons)).unwrap_or(1),
            wish: Wish {
                launches: usize::try_from(asked.launches).unwrap_or(40),
                launch: Some(Duration::from_millis(asked.launch_ms.into())),
                timing: Duration::MAX,
                cores: cores(),
            },
            design: Design { paddings: asked.paddings.into(), ..Design::FULL },
            scheduling: asked.scheduling,
            limits: asked.selection.limits(),
            seed: asked.seed,
            neighbour: neighbour.is_some(),
            terminal: io::stderr().is_terminal(),
        };
        let mut printed = Ok(());
        let found = calibration::run(roster, &order, |plan| printed = print(&format!("{plan}\n")));
        drop(neighbour);
        let printed = printed.and(print(&calibration::show(&found)));
        deliver(destination, asked.json.as_deref(), &found)?;
        printed?;
        Ok(match (found.complete, complete && found.failures.is_empty()) {
            (false, _) => 130,
            (true, true) => 0,
            (true, false) => 2,
        })
    }

    fn compare(&self, compare: &Compare, usual: Mode) -> Result<u8, String> {
        let mode = compare.mode(usual);
        interrupt::watch().map_err(|error| format!("signals cannot be watched: {error}"))?;
        let requirements = compare.requirements()?;
        let wish = compare.whole_wish(mode);
        let whole = compare.whole.order(wish, compare.scheduling, requirements.clone())?;
        let callgrind = if compare.no_instructions || whole.is_some() {
            Err("not asked for (--no-instructions)".to_owned())
        } else {
            match Callgrind::find(compare.instructions) {
                Err(reason) if compare.instructions => {
                    return Err(format!("instructions cannot be counted: {reason}"));
                }
                found => found,
            }
        };
        let destination = destination(compare.json.as_deref())?;
        let drafts = compare.formats.open()?;
        let (roster, complete, requirements) = match whole {
            Some(_) => (Roster::default(), true, requirements),
            None => self.opponents(compare, &requirements)?,
        };
        let order = Order {
            wish: compare.wish(mode),
            design: compare.design(mode),
            scheduling: compare.scheduling,
            requirements,
            timeout: compare.selection.timeout(),
            seed: compare.seed,
            memory: !compare.no_memory,
            callgrind,
            terminal: io::stderr().is_terminal(),
        };
        let mut printed = Ok(());
        let note = match all_debug(&roster.entrants) {
            true => "note: these are debug builds: figures say little of release builds\n",
            false => "",
        };
        let say = |plan: &str| printed = print(&format!("{plan}\n{note}"));
        let report = match &whole {
            Some(whole) => commands::run(whole, say),
            None => run(roster, &order, say),
        };
        // What went before it is not worth losing the result file for.
        let shown = show(&report, compare.why, compare.memory_detail);
        let printed = printed.and(print(&shown));
        let delivered = deliver(destination, compare.json.as_deref(), &report);
        delivered.and(drafts.write(&report))?;
        printed?;
        let judged = report.requirements.len() == order.requirements.len();
        Ok(status(&report, complete && judged))
    }
}

/// The exit status that a report stands for, where all that was asked for took part or not.
fn status(report: &Report, complete: bool) -> u8 {
    let came = |outcome| report.requirements.iter().any(|judged| judged.outcome == outcome);
    match (report.complete, report.failures.is_empty() && complete) {
        (false, _) => 130,
        (true, _) if came(Outcome::Refuted) => 1,
        (true, true) if !came(Outcome::Undecided) => 0,
        _ => 2,
    }
}

/// Follows `programs`.
fn programs(asked: &Programs) -> Result<u8, String> {
    interrupt::watch().map_err(|error| format!("signals cannot be watched: {error}"))?;
    let destination = destination(asked.json.as_deref())?;
    let drafts = asked.formats.open()?;
    let field = asked.order()?;
    let mut printed = Ok(());
    let report = commands::run(&field, |plan| printed = print(&format!("{plan}\n")));
    let printed = printed.and(print(&show(&report, asked.why, false)));
    let delivered = deliver(destination, asked.json.as_deref(), &report);
    delivered.and(drafts.write(&report))?;
    printed?;
    Ok(status(&report, report.requirements.len() == field.requirements.len()))
}

/// Compares these contestants as the command line says: [`Program`] with nothing else.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     diptych_lab::cli::main(Vec::new()) // Contestants of other workers: --worker.
/// }
/// ```
pub fn main(contestants: Vec<Contestant>) -> ExitCode {
    Program::new(contestants).main()
}

/// The result file, before any work is done for it.
fn destination(path: Option<&Path>) -> Result<Option<Destination>, String> {
    path.map(|path| Destination::open(path).map_err(|error| unwritten(path, &error))).transpose()
}

fn deliver(
    destination: Option<Destination>,
    path: Option<&Path>,
    result: &impl Serialize,
) -> Result<(), String> {
    match destination.zip(path) {
        Some((destination, path)) => {
            destination.write(result).map_err(|error| unwritten(path, &error))
        }
        None => Ok(()),
    }
}

fn unwritten(path: &Path, error: &io::Error) -> String {
    format!("{} cannot be written: {error}", path.display())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(8)
}

/// Follows `report`.
fn report(again: &Again) -> Result<u8, String> {
    let shown = |report: &Report| show(report, again.why, again.memory_detail);
    let Said { text, refused } = again.follow(look(false).width, shown)?;
    print(&text)?;
    refused.iter().for_each(|line| complain(line));
    Ok(if refused.is_empty() { 0 } else { 2 })
}

fn show(report: &Report, why: bool, memory_detail: bool) -> String {
    let mut head = format!("\n{}\n", report.environment.line());
    let takes_part = |name: &String| {
        report.rows.iter().any(|row| row.contestant == *name || row.baseline.as_ref() == Some(name))
    };
    for about in report.contestants.iter().filter(|about| takes_part(&about.name)) {
        head +=
            &format!("  {}: {}, {}, {}\n", about.name, about.language, about.compiler, about.flags);
    }
    head += "\n";
    let requirements: String = report.requirements.iter().map(|judged| judged.lines()).collect();
    let mut text = head + &table(report, look(why)) + &requirements;
    if memory_detail {
        text += &format!("\n{}", section(report, look(why).width));
    }
    text
}

fn look(why: bool) -> Look {
    let terminal = console::Term::stdout();
    let shown = io::stdout().is_terminal();
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width = match terminal.size_checked() {
        Some((_, columns)) if shown => usize::from(columns),
        _ => asked.unwrap_or(120),
    };
    let colours = shown && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    Look { width, colours, why }
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
